"""What a student is told about their camera, at every moment: as names of sentences, because it is known where no page's
language is, and the sentences of those names."""

from fer.lesson.seats import Seat
from fer.records import COVERED, CUT_OFF, STUDENT, TOO_SMALL, TURNED, UNDECIDED, Status
from fer.web.language import _, ngettext

NO_FRAME_HINT_AFTER_S = 12
STOPPING_S = 3  # frames on their way when Stop was pressed have arrived by then
MOST_FACES = 20  # that a sentence counts

State = tuple[str, ...]  # level (info, success, warning or error), then names of ``sentences``


def camera_state(seat: Seat, started: bool, since: float, now: float, gone_after_s: float) -> State:
    """``started``: Start was pressed in this window, at ``since`` or earlier; times are ``time.monotonic``'s."""
    arrived_at = seat.arrived_at
    is_arriving = now - arrived_at <= gone_after_s
    if not started:
        is_another = is_arriving and arrived_at > since + STOPPING_S
        return "info", "another window" if is_another else "off"
    if is_arriving:
        return seen(seat)
    if arrived_at > since:
        return "warning", "silent"
    return ("info", "connecting") if now - since <= NO_FRAME_HINT_AFTER_S else ("error", "blocked")


def seen(seat: Seat) -> State:
    """The same, of the newest picture that was looked at."""
    last = seat.last
    if last is None:
        return "info", "looking"
    first, *others = last.observations
    if first.status is Status.NO_FACE and others:
        return "warning", "another face"
    if first.status is not Status.FACE:
        return "warning", first.status.value
    students = sum(one.role == STUDENT for one in last.observations)
    reason = first.unsure_because if students == 1 else None
    if reason not in (None, UNDECIDED):
        return "warning", f"{CUT_OFF} {last.help.beyond or 'bottom'}" if reason == CUT_OFF else reason
    turned = (None, "on its side", "upside down", "on its side")[last.help.turns]
    return "success", *filter(None, (faces(students), turned, reason))


def faces(n: int) -> str:
    return "face" if n == 1 else f"{min(n, MOST_FACES)} faces"


def sentences() -> dict[str, str]:
    """By name, in the page's language."""
    return (
        {
            "no camera": _("You are in the lesson. No camera is used."),
            "off": _("Your camera is not shared. Press **Start camera** and allow it in the browser."),
            "another window": _("Your camera is shared from another window or device of yours."),
            "connecting": _("Connecting …"),
            "silent": _("The picture stopped arriving. If it stays so, stop the camera and start it again."),
            "blocked": _(
                "No picture reaches the server. A firewall may be in the way: try another network, or open “Check camera "
                "and network” on the start page and show your teacher what it says."
            ),
            "looking": _("Camera on. Looking for your face …"),
            Status.CAMERA_OFF.value: _(
                "Connected, but the picture is dark. Open the cover of your camera, or switch it on."
            ),
            "another face": _(
                "Camera on, but **your face is not seen**, only somebody else's. Sit in front of the camera."
            ),
            Status.NO_FACE.value: _("Camera on, but **no face is seen**. Sit in front of it, with light on your face."),
            "on its side": _("Your camera lies on its side; its picture is turned before it is looked at."),
            "upside down": _("Your camera is upside down; its picture is turned before it is looked at."),
        }
        | {faces(n): counted(n) for n in range(1, MOST_FACES + 1)}
        | unread()
    )


def counted(n: int) -> str:
    return ngettext("Camera on, **your face is seen**.", "Camera on, **{n} faces are seen**.", n).format(n=n)


def unread() -> dict[str, str]:
    """What helps when a face is seen and cannot be read. The camera looks at the student: what is at the left edge of its
    picture is at their right hand."""
    return {
        TOO_SMALL: _("Your face is seen, but it is **too small** to be read. Move closer to the camera."),
        TURNED: _("Your face is seen, but not which way is up. Hold your head upright, or turn your camera."),
        COVERED: _(
            "Your face is seen, but **too much of it is covered** or in shadow to be read. Light from the front helps."
        ),
        UNDECIDED: _("Its expression is not clear right now. That is nothing bad."),
        f"{CUT_OFF} left": _("Your face is **cut off** at the edge of the picture. Move to your left."),
        f"{CUT_OFF} right": _("Your face is **cut off** at the edge of the picture. Move to your right."),
        f"{CUT_OFF} top": _(
            "Your face is **cut off** at the upper edge of the picture. Move back, or tilt the camera up."
        ),
        f"{CUT_OFF} bottom": _(
            "Your face is **cut off** at the lower edge of the picture. Move back, or tilt the camera down."
        ),
    }
