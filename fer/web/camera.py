"""The student's camera: streamlit-webrtc, with the work-arounds its version needs, behind one function."""

import logging
import time

import streamlit as st
from aiortc.exceptions import OperationError
from streamlit_webrtc import VideoHTMLAttributes, WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import (
    WebRtcStreamerContext,
    _reset_context,
    compile_state,
    generate_frontend_component_key,
)
from streamlit_webrtc.sink import VideoSinkTrack

from fer.config import Settings
from fer.lesson.camera_budget import FRAME_PX
from fer.lesson.seats import Seat
from fer.web import own_files
from fer.web.camera_help import camera_help
from fer.web.ice import browser_ice_servers, server_ice_servers
from fer.web.language import _
from fer.web.watching import CAMERAS_FAILED

log = logging.getLogger(__name__)


def camera(
    seat: Seat, settings: Settings, fps: float, size_px: tuple[int, int] = FRAME_PX, goes_on: str | None = None
) -> bool:
    """Show the camera's Start and Stop button; frames go to the seat. Whether Start was pressed and Stop was not.

    ``size_px`` and ``fps`` are asked of the camera. ``goes_on``: what can be done on this page without one.

    A connection that cannot be made ends the camera, not the page: see ``says_it_failed``.
    """
    key = camera_key(seat.student_id)
    try:
        state = connect(key, seat, settings, fps, size_px).state
    except Exception as error:  # noqa: BLE001  (aiortc raises whatever it meets in what a browser offers)
        CAMERAS_FAILED.inc()
        log.warning("A camera could not be connected: %r", error)
        st.session_state[f"{key} failed"] = "format" if isinstance(error, OperationError) else "connection"
        stop_camera(seat.student_id)
        st.rerun()
    st.html(camera_help(goes_on) + own_files.script("camera.js"), unsafe_allow_javascript=True)
    return state.playing or state.signalling


def connect(key: str, seat: Seat, settings: Settings, fps: float, size_px: tuple[int, int]) -> WebRtcStreamerContext:
    """A sink takes the frames on the WebRTC event loop: no callback thread, and only a frame that is analysed is ever
    converted to pixels."""
    context = st.session_state.get(key)
    is_new_here = context is None
    if context is not None:
        # Two quick reruns make 0.79 take a healthy stream for an orphan and reset it; without a count it cannot.
        context._last_rendered_run_count = None
    is_playing = context is not None and context.state.playing
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDONLY,
        frontend_rtc_configuration={"iceServers": ice_servers_of_browser(settings, is_playing)},
        server_rtc_configuration={"iceServers": server_ice_servers(settings)},
        media_stream_constraints={
            "audio": False,
            "video": {
                "width": {"ideal": size_px[0]},
                "height": {"ideal": size_px[1]},
                "frameRate": {"ideal": fps, "max": fps},
            },
        },
        sink_video_track=VideoSinkTrack(seat.connect()),  # used by the run that makes the connection
        video_html_attrs=VideoHTMLAttributes(autoPlay=True, controls=False, muted=True, style={"width": "100%"}),
        translations={
            "start": _("Start camera"),
            "stop": _("Stop camera"),
            "select_device": _("Choose a camera"),
            "select_camera": _("Choose a camera"),
            "turn_camera_on": _("Turn camera on"),
            "turn_camera_off": _("Turn camera off"),
            "media_api_not_available": _("This browser gives no camera to this page."),
            "device_ask_permission": _("Allow the camera in your browser."),
            "device_not_available": _("No camera was found."),
            "device_access_denied": _("The browser was told not to give the camera to this page."),
        },
    )
    told = st.session_state.get(generate_frontend_component_key(key))
    if is_new_here and told:
        # After the page's socket was away for two minutes this is a new session, and the camera may have gone on.
        context._set_state(compile_state(told))
    return context


def ice_servers_of_browser(settings: Settings, is_playing: bool) -> list[dict]:
    """The same for as long as they are good: each rerun with new ones would start the camera's component anew."""
    lent, until = st.session_state.get("ice servers", ([], 0.0))
    now = time.time()
    if until <= now and not is_playing:
        lent, until = browser_ice_servers(settings, now), now + settings.turn_ttl_s / 2
        st.session_state["ice servers"] = lent, until
    return lent


def says_it_failed(student_id: int) -> bool:
    """Whether the connection could not be made; if so, it says what to do and offers to try again."""
    failed = f"{camera_key(student_id)} failed"
    if failed not in st.session_state:
        return False
    if st.session_state[failed] == "format":
        sentence = _(
            "This browser sends no video that the server can read. Use a current Chrome, Edge, Firefox or Safari."
        )
    else:
        sentence = _("Your camera could not be connected. Try again, or try another browser or another network.")
    st.error(sentence, icon=":material/videocam_off:")
    if st.button(_("Try again"), icon=":material/refresh:"):
        del st.session_state[failed]
        st.rerun()
    return True


def stop_camera(student_id: int) -> None:
    """End the connection at once; taking the component off the page alone would leave the server's half open."""
    context = st.session_state.get(camera_key(student_id))
    if context is not None:
        _reset_context(context)  # not deleted: the browser's last message still asks for it


def camera_key(student_id: int) -> str:
    return f"camera-{student_id}"
