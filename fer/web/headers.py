"""The headers of every answer: what a browser may do with it, and that it asks no other host for anything."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send
from streamlit import file_util

POLICY = "Content-Security-Policy"
OTHERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # addresses hold codes; forms and sockets still say where they come from
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}


def content_security_policy(frame_ancestors: str, scripts: str) -> str:
    """The strictest in which Streamlit, its charts and the camera's component work.

    Streamlit puts its styles into the page, and takes pictures and icons as data. Its charts need no 'unsafe-eval'."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self' data:",  # st.camera_input fetches the picture it took from such an address
            "worker-src 'self' blob:",
            "frame-src 'self'",  # the camera's component
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            framing(frame_ancestors),
        ]
    )


def framing(frame_ancestors: str) -> str:
    """Who may show an answer inside their own page."""
    return f"frame-ancestors 'self' {frame_ancestors}".strip()


def streamlits_inline_scripts() -> str:
    """The hashes of the scripts in Streamlit's own page."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    hashes = [hashlib.sha256(script.encode()).digest() for script in re.findall(r"<script>(.*?)</script>", page, re.S)]
    return " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashes)


class SecurityHeaders:
    """Adds the headers to the answers that are sent through it. What an answer says itself stays; a policy that does not
    say who may frame it is told."""

    def __init__(self, frame_ancestors: str):
        self.framing = framing(frame_ancestors)
        policy = content_security_policy(frame_ancestors, streamlits_inline_scripts())
        self.headers = OTHERS | {POLICY: policy}

    def __call__(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                said = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self.headers.items():
                    said.setdefault(name, value)
                if "frame-ancestors" not in said[POLICY]:
                    said[POLICY] = f"{said[POLICY]}; {self.framing}"
            await send(message)

        return send_with_headers
