"""Streamlit's scripts and styles, compressed.

Streamlit sends them as they lie: 5.4 MB for a page with a chart and a table. Each is compressed once in the life of a process.
"""

import gzip
from functools import cache
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

MEDIA_TYPES = {".js": "application/javascript", ".css": "text/css"}


class Compressed:
    """Answers for those files where the browser takes gzip, and passes all else on."""

    def __init__(self, app: ASGIApp):
        self.app = app
        folder = Path(file_util.get_static_dir())
        files = [file for file in (folder / "static").rglob("*") if file.suffix in MEDIA_TYPES]
        self._files = {f"/{file.relative_to(folder).as_posix()}": file for file in files}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._files.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if file is None or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        answer = Response(
            await to_thread.run_sync(_gzipped, file),
            media_type=MEDIA_TYPES[file.suffix],
            headers={
                "Content-Encoding": "gzip",
                "Vary": "Accept-Encoding",
                "Cache-Control": "public, immutable, max-age=31536000",  # their names change with what is in them
            },
        )
        await answer(scope, receive, send)


@cache
def _gzipped(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)
