"""What a student is told about their camera, at every moment."""

from math import inf

from fer.lesson.seats import Seat
from fer.records import Status

NO_FRAME_HINT_AFTER_S = 12
STOPPING_S = 3  # frames on their way when Stop was pressed have arrived by then

CLASS_FULL = (
    "**The class is full.** This server cannot look at more cameras. Leave this page open: it gets you in as soon "
    "as a place is free. Tell your teacher that you are waiting."
)


def camera_state(seat: Seat, started: bool, since: float, now: float, gone_after_s: float) -> tuple[str, str, str]:
    """Level (``info``, ``success``, ``warning`` or ``error``), sentence and icon for a student's camera.

    ``started``: Start was pressed in this window, at ``since`` or earlier; times are Unix seconds.
    """
    arrived_at, last = -inf if seat.arrived_at is None else seat.arrived_at, seat.last
    is_arriving = now - arrived_at <= gone_after_s
    if not started:
        if is_arriving and arrived_at > since + STOPPING_S:
            return "info", "Your camera is shared from another window of yours.", "videocam"
        return "info", "Your camera is not shared. Press **Start camera** and allow it in the browser.", "videocam_off"
    if not is_arriving:
        if arrived_at > since:
            return (
                "warning",
                "The picture stopped arriving. If it stays so, stop the camera and start it again.",
                "sync_problem",
            )
        if now - since > NO_FRAME_HINT_AFTER_S:
            return (
                "error",
                (
                    "No picture reaches the server. A firewall may be in the way: try another network, or tell "
                    "your teacher that this server needs a TURN server (docs/settings.md: FER_ICE_SERVERS)."
                ),
                "sync_problem",
            )
        return "info", "Connecting …", "sync"
    if last is None:
        return "info", "Camera on. Looking for your face …", "videocam"
    status, faces = last.observations[0].status, len(last.observations)
    if status is Status.CAMERA_OFF:
        return "warning", "Connected, but the picture is black: the camera is covered or switched off.", "videocam_off"
    if status is Status.NO_FACE:
        return "warning", "Camera on, but **no face is seen**. Sit in front of it, with light on your face.", "videocam"
    return "success", f"Camera on, **{'your face is' if faces == 1 else f'{faces} faces are'} seen**.", "videocam"
