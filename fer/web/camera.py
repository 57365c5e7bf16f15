"""The student's camera: streamlit-webrtc, with the work-arounds its version needs, behind one function."""

import streamlit as st
from streamlit_webrtc import VideoHTMLAttributes, WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import _reset_context
from streamlit_webrtc.sink import VideoSinkTrack

from fer.config import Settings
from fer.lesson.camera_budget import FRAME_PX
from fer.lesson.seats import Seat
from fer.web import own_files
from fer.web.language import _


def camera(seat: Seat, settings: Settings, fps: float) -> bool:
    """Show the camera's Start and Stop button; frames go to the seat. Whether Start was pressed and Stop was not.

    A sink takes the frames on the WebRTC event loop: no callback thread, and only a frame that is analysed is
    ever converted to pixels.
    """
    key = camera_key(seat.student_id)
    context = st.session_state.get(key)
    if context is not None:
        # Two quick reruns make 0.79 take a healthy stream for an orphan and reset it; without a count it cannot.
        context._last_rendered_run_count = None
    context = webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDONLY,
        rtc_configuration={"iceServers": list(settings.ice_servers)},
        media_stream_constraints={
            "audio": False,
            "video": {
                "width": {"ideal": FRAME_PX[0]},
                "height": {"ideal": FRAME_PX[1]},
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
    return context.state.playing or context.state.signalling


def ask_for(fps: float) -> None:
    """Ask the camera that plays for another rate: as a class grows, all of it sends fewer frames."""
    st.html(f'<span data-camera-fps="{fps}"></span>{own_files.script("camera_rate.js")}', unsafe_allow_javascript=True)


def stop_camera(student_id: int) -> None:
    """End the connection at once; taking the component off the page alone would leave the server's half open."""
    context = st.session_state.get(camera_key(student_id))
    if context is not None:
        _reset_context(context)  # not deleted: the browser's last message still asks for it


def camera_key(student_id: int) -> str:
    return f"camera-{student_id}"
