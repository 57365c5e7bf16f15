"""The path in FER_PUBLIC_URL, as in https://school.example.org/monitor: what stands behind knows nothing of it.

Pages link to each other relatively, and all of them stand side by side, so only what an answer says of where to go on
needs the path.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class UnderPath:
    """ASGI middleware: takes the path off, where a proxy in front has not, and puts it before each Location.

    ``path``: "/monitor", or "" for a site of its own."""

    def __init__(self, app: ASGIApp, path: str):
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.path or scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = self.with_path(send)
        if scope["path"] == self.path and scope["type"] == "http":  # from here, relative links would lead out of it
            query = scope["query_string"].decode()
            await RedirectResponse(f"/?{query}" if query else "/")(scope, receive, send)
            return
        if scope["path"].startswith(f"{self.path}/"):
            scope = {**scope, "path": scope["path"].removeprefix(self.path), "raw_path": None}
        await self.app(scope, receive, send)

    def with_path(self, send: Send) -> Send:
        async def send_with_path(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                if headers.get("location", "").startswith("/"):
                    headers["location"] = self.path + headers["location"]
            await send(message)

        return send_with_path
