"""What a student is told about their camera, at every moment."""

from fer.lesson.seats import Seat
from fer.records import Status
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
        sentence = _("Your camera is not shared. Press **Start camera** and allow it in the browser.")
        return "info", sentence, "videocam_off"
    if is_arriving:
        return seen(seat)
    if arrived_at > since:
        sentence = _("The picture stopped arriving. If it stays so, stop the camera and start it again.")
        return "warning", sentence, "sync_problem"
    if now - since <= NO_FRAME_HINT_AFTER_S:
        return "info", _("Connecting …"), "sync"
    sentence = _(
        "No picture reaches the server. A firewall may be in the way: try another network, or tell your teacher that "
        "this server needs a TURN server (docs/settings.md: FER_ICE_SERVERS)."
    )
    return "error", sentence, "sync_problem"


def seen(seat: Seat) -> tuple[str, str, str]:
    """The same, of the newest picture that was looked at."""
    if seat.last is None:
        return "info", _("Camera on. Looking for your face …"), "videocam"
    status, faces = seat.last.observations[0].status, len(seat.last.observations)
    if status is Status.CAMERA_OFF:
        sentence = _("Connected, but the picture is black: the camera is covered or switched off.")
        return "warning", sentence, "videocam_off"
    if status is Status.NO_FACE:
        sentence = _("Camera on, but **no face is seen**. Sit in front of it, with light on your face.")
        return "warning", sentence, "videocam"
    sentence = ngettext("Camera on, **your face is seen**.", "Camera on, **{n} faces are seen**.", faces)
    return "success", sentence.format(n=faces), "videocam"
