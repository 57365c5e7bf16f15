"""Addresses beside the pages that answer the signed-in teacher only."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from fer.lesson.monitor import Monitor
from fer.store.errors import StoreError


def refused() -> Response:
    return PlainTextResponse("Only the teacher who is signed in sees this.\n", status_code=403)


def to_sign_in() -> Response:
    return RedirectResponse("/dashboard", status_code=303)


def for_teacher(
    running: Monitor, path: str, answer: Callable[[Request], Response], stranger: Callable[[], Response] = refused
) -> Route:
    """GET: what ``answer`` gives the teacher and ``stranger`` everybody else; 503 where the database fails."""

    def guarded(request: Request) -> Response:
        try:
            is_teacher = running.sign_in.is_session(request.cookies.get(running.sign_in.cookie, ""))
            return answer(request) if is_teacher else stranger()
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    return Route(path, guarded, methods=["GET"])
