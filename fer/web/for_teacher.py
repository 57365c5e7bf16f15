"""Addresses beside the pages that answer the signed-in teacher only."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.store.audit import Done
from fer.store.errors import StoreError
from fer.web import language


def refused() -> Response:
    return PlainTextResponse(_("Only the teacher who is signed in sees this.") + "\n", status_code=403)


def to_sign_in() -> Response:
    return RedirectResponse("/dashboard", status_code=303)


def note_export(running: Monitor, request: Request, what: str, lesson: Lesson | None = None) -> None:
    """Writes into the audit log who gets this, before they get it."""
    running.store.note_action(request.state.teacher, Done.EXPORTED, what, time.time(), lesson)


def for_teacher(
    running: Monitor,
    path: str,
    answer: Callable[[Request], Response],
    stranger: Callable[[], Response] = refused,
    only_admin: bool = False,
) -> Route:
    """GET: what ``answer`` gives the teacher, who is in ``request.state.teacher``, and ``stranger`` everybody else; 503
    where the database fails. What belongs to a teacher is asked for by ``for_lesson``, or ``Teacher.may_see``."""

    def guarded(request: Request) -> Response:
        try:
            teacher = running.sign_in.teacher(request.cookies.get(running.sign_in.cookie, ""))
            if teacher is None:
                return stranger()
            if only_admin and not teacher.is_admin:
                return PlainTextResponse(_("Only an admin sees this.") + "\n", status_code=403)
            request.state.teacher = teacher
            return answer(request)
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    def in_their_language(request: Request) -> Response:
        with language.of_teacher(request):
            return guarded(request)

    return Route(path, in_their_language, methods=["GET"])


def for_lesson(running: Monitor, path: str, answer: Callable[[Request, Lesson], Response]) -> Route:
    """The same of an address with ``{lesson_id}``, where it is a lesson that the teacher may see, else 404; strangers are
    sent to the sign-in."""

    def of_lesson(request: Request) -> Response:
        number = request.path_params["lesson_id"]
        lesson = running.lessons.one_seen_by(request.state.teacher, number)
        if lesson is None:
            return PlainTextResponse(_("There is no lesson {number}.").format(number=number) + "\n", status_code=404)
        return answer(request, lesson)

    return for_teacher(running, path, of_lesson, to_sign_in)
