"""What a student is told about their camera, at every moment."""

from fer.lesson.seats import Seat
from fer.records import CUT_OFF, STUDENT, TOO_SMALL, TURNED, UNDECIDED, Status
from fer.web.language import _, ngettext

NO_FRAME_HINT_AFTER_S = 12
STOPPING_S = 3  # frames on their way when Stop was pressed have arrived by then


def camera_state(seat: Seat, started: bool, since: float, now: float, gone_after_s: float) -> tuple[str, str, str]:
    """Level (``info``, ``success``, ``warning`` or ``error``), sentence and icon for a student's camera.

    ``started``: Start was pressed in this window, at ``since`` or earlier; times are ``time.monotonic``'s.
    """
    arrived_at = seat.arrived_at
    is_arriving = now - arrived_at <= gone_after_s
    if not started:
        if is_arriving and arrived_at > since + STOPPING_S:
            return "info", _("Your camera is shared from another window or device of yours."), "videocam"
        return "info", not_shared(), "videocam_off"
    if is_arriving:
        return seen(seat)
    if arrived_at > since:
        sentence = _("The picture stopped arriving. If it stays so, stop the camera and start it again.")
        return "warning", sentence, "sync_problem"
    if now - since <= NO_FRAME_HINT_AFTER_S:
        return "info", _("Connecting …"), "sync"
    sentence = _(
        "No picture reaches the server. A firewall may be in the way: try another network, or open “Check camera and "
        "network” on the start page and show your teacher what it says."
    )
    return "error", sentence, "sync_problem"


def seen(seat: Seat) -> tuple[str, str, str]:
    """The same, of the newest picture that was looked at."""
    if seat.last is None:
        return "info", looking(), "videocam"
    first, *others = seat.last.observations
    if first.status is Status.CAMERA_OFF:
        return "warning", dark(), "videocam_off"
    if first.status is Status.NO_FACE and others:
        return "warning", another_face(), "videocam"
    if first.status is Status.NO_FACE:
        return "warning", no_face(), "videocam"
    students = sum(one.role == STUDENT for one in seat.last.observations)
    if students == 1 and first.unsure_because not in (None, UNDECIDED):
        return "warning", unread(first.unsure_because, seat.last.help.beyond), "videocam"
    doubt = undecided() if first.unsure_because == UNDECIDED and students == 1 else ""
    told = (faces_seen(students), turned_camera(seat.last.help.turns), doubt)
    return "success", " ".join(filter(None, told)), "videocam"


# The sentences that a lesson read on the student's device has, too (device_seat.py).


def not_shared() -> str:
    return _("Your camera is not shared. Press **Start camera** and allow it in the browser.")


def looking() -> str:
    return _("Camera on. Looking for your face …")


def dark() -> str:
    return _("Connected, but the picture is dark. Open the cover of your camera, or switch it on.")


def another_face() -> str:
    return _("Camera on, but **your face is not seen**, only somebody else's. Sit in front of the camera.")


def no_face() -> str:
    return _("Camera on, but **no face is seen**. Sit in front of it, with light on your face.")


def faces_seen(n: int) -> str:
    return ngettext("Camera on, **your face is seen**.", "Camera on, **{n} faces are seen**.", n).format(n=n)


def unread(reason: str, beyond: str) -> str:
    """What helps when a face is seen and cannot be read; ``beyond``: the edge of the picture over which it reaches."""
    if reason == TOO_SMALL:
        return _("Your face is seen, but it is **too small** to be read. Move closer to the camera.")
    if reason == CUT_OFF:
        return where_to_move(beyond)
    if reason == TURNED:
        return _("Your face is seen, but not which way is up. Hold your head upright, or turn your camera.")
    return _(
        "Your face is seen, but **too much of it is covered** or in shadow to be read. Light from the front helps."
    )


def where_to_move(beyond: str) -> str:
    """The camera looks at the student: what is at the left edge of its picture is at their right hand."""
    if beyond == "left":
        return _("Your face is **cut off** at the edge of the picture. Move to your left.")
    if beyond == "right":
        return _("Your face is **cut off** at the edge of the picture. Move to your right.")
    if beyond == "top":
        return _("Your face is **cut off** at the upper edge of the picture. Move back, or tilt the camera up.")
    return _("Your face is **cut off** at the lower edge of the picture. Move back, or tilt the camera down.")


def turned_camera(turns: int) -> str:
    """About a camera whose picture has to be turned before it is read."""
    if turns == 2:
        return _("Your camera is upside down; its picture is turned before it is looked at.")
    return _("Your camera lies on its side; its picture is turned before it is looked at.") if turns else ""


def undecided() -> str:
    return _("Its expression is not clear right now. That is nothing bad.")
