"""The page that a browser is sent first: Streamlit's, with our look in it and with what it will need asked for at once.

Streamlit's own is empty. What stands in it comes by its socket, styles included, and each kind of element then asks for
a script of its own. So whatever a style would place was drawn elsewhere before, and moved.
"""

import gzip
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

from fer.web import own_files

OF_ALL = ("Html", "PageLink", "Button")
OF_FORMS = ("TextInput", "Selectbox", "Radio", "Checkbox")
OF_CHARTS = ("ArrowVegaLiteChart", "embed", "arrowFormatUtils")
PAGES = {  # those of app.py: Streamlit's scripts that they need
    "/": ("TextInput",),
    "/join": ("TextInput", "Checkbox"),
    "/my-data": ("DataFrame",),
    "/check": (),
    "/mirror": (),
    "/dashboard": ("LinkButton", "Metric", "ButtonGroup", *OF_CHARTS),
    "/lessons": ("DataFrame", *OF_CHARTS),
    "/pictures": OF_FORMS,
    "/open-mirror": OF_FORMS,
    "/people": OF_FORMS,
    "/models": ("DataFrame", *OF_CHARTS),
    "/course": ("DataFrame", *OF_CHARTS),
    "/replay": ("Slider", "Metric", *OF_CHARTS),
    "/admin": ("DataFrame",),
}


class FirstPage:
    """ASGI middleware: answers for the addresses of ``PAGES``, and passes all else on."""

    def __init__(self, app: ASGIApp):
        self.app = app
        pages = {path: page((*OF_ALL, *scripts)) for path, scripts in PAGES.items()}
        self._pages = {path: (body, gzip.compress(body, mtime=0)) for path, body in pages.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if not is_asked or scope["path"] not in self._pages:
            await self.app(scope, receive, send)
            return
        body, gzipped = self._pages[scope["path"]]
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            body, headers = gzipped, headers | {"Content-Encoding": "gzip"}
        await HTMLResponse(body, headers=headers)(scope, receive, send)


def page(scripts: tuple[str, ...]) -> bytes:
    folder = Path(file_util.get_static_dir())
    links = [
        f'<link rel="modulepreload" href="./static/js/{file.name}">'
        for name in scripts
        for file in (folder / "static" / "js").glob(f"{name}.*.js")
    ]
    links += [
        f'<link rel="preload" href="./static/media/{file.name}" as="font" type="font/woff2" crossorigin>'
        for file in (folder / "static" / "media").glob("MaterialSymbols-*.woff2")
    ]
    # In the body, so that it stands after Streamlit's own styles, which it changes.
    style = f"<style>{(own_files.FOLDER / 'look.css').read_text(encoding='utf-8')}</style>"
    streamlits = (folder / "index.html").read_text(encoding="utf-8")
    return streamlits.replace("</head>", f"{''.join(links)}</head>").replace("</body>", f"{style}</body>").encode()
