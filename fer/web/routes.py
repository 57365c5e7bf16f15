"""The addresses that cannot be pages: those that set cookies, and those that send files.

``/signin`` turns a one-time ticket into an HttpOnly cookie, ``/mine`` a student's own link; ``/report`` is a lesson on
one page to print; ``/export`` and ``/my-data.csv`` stream a CSV (a download button's file is deleted by Streamlit as
soon as any two scripts of the process end, on live pages at once).
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from math import inf

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from fer.insight.csv_exports import REPORTS, audit_csv, file_name, kinds, observations_csv
from fer.insight.excel_export import MEDIA_TYPE, excel_name, workbook
from fer.insight.printed_report import handout
from fer.lesson.auth import BROWSER_S, TEACHER_SESSION_S
from fer.lesson.monitor import Monitor
from fer.records import Lesson
from fer.store.audit import Done
from fer.store.errors import StoreError
from fer.store.sessions import NOT_BY_ACCOUNT
from fer.web import own_files, screen
from fer.web.for_teacher import for_lesson, for_teacher, note_export
from fer.web.mirror_socket import mirror_route
from fer.web.people_routes import people_route
from fer.web.picture_routes import picture_route


def routes(running: Monitor) -> list[BaseRoute]:
    made = (
        sign_in_route,
        export_route,
        excel_route,
        own_page_route,
        own_data_route,
        report_route,
        picture_route,
        mirror_route,
        people_route,
        audit_route,
    )
    return [
        *(make(running) for make in made),
        Mount(own_files.ADDRESS, StaticFiles(directory=own_files.FOLDER)),
    ]


def sign_in_route(running: Monitor) -> Route:
    """GET /signin?ticket=...: sets the cookie the ticket grants and goes on to its page."""

    def sign_in(request: Request) -> Response:
        if request.method == "HEAD":  # a link checker must not use the ticket up
            return Response()
        try:
            grant = running.sign_in.redeem(request.query_params.get("ticket", ""))
            if grant is None:
                return RedirectResponse("/?expired=1", status_code=303)
            response = go_on(request, grant.page, grant.cookie, grant.value)
            if grant.cookie == running.sign_in.cookie:
                teacher_is_in(running, request, response)
                running.store.note_action(NOT_BY_ACCOUNT, Done.SIGNED_IN, "", time.time())
            elif running.sign_in.is_session(request.cookies.get(running.sign_in.cookie, "")):
                running.students.joined_beside_teacher(grant.value)
            return response
        except StoreError as error:
            # A ticket that could not be taken is still good; one that was taken for nothing is made up for.
            with suppress(StoreError):
                print_sign_in_link(running, "Signing in failed. Try again with:")
            return PlainTextResponse(f"{error}\n", status_code=503)

    return Route("/signin", sign_in, methods=["GET"])


def teacher_is_in(running: Monitor, request: Request, response: Response) -> None:
    """With a password, the browser is known from now on; without one, the next browser needs the next link."""
    sign_in = running.sign_in
    if not sign_in.has_password:
        print_sign_in_link(running, "The link was used. To sign in on another browser:")
    elif not sign_in.is_known_browser(request.cookies.get(sign_in.browser_cookie, "")):
        keep(request, response, sign_in.browser_cookie, sign_in.new_browser(), BROWSER_S)


def go_on(request: Request, page: str, cookie: str = "", value: str = "", for_s: float = TEACHER_SESSION_S) -> Response:
    """On to a page of this site, with a cookie."""
    response = RedirectResponse(page, status_code=303, headers={"Cache-Control": "no-store"})
    if cookie:
        keep(request, response, cookie, value, for_s)
    return response


def keep(request: Request, response: Response, cookie: str, value: str, for_s: float) -> None:
    """A cookie that no script can read."""
    is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(cookie, value, int(for_s), httponly=True, samesite="lax", secure=is_secure)


def export_route(running: Monitor) -> Route:
    """GET /export/<lesson>/<kind>.csv: the CSV, for a signed-in teacher only; it is written while it is sent."""

    def export(request: Request, lesson: Lesson) -> Response:
        kind = request.path_params["kind"]
        if kind not in kinds(lesson):
            return PlainTextResponse(
                f"This lesson has no export {kind!r}. It has: {', '.join(kinds(lesson))}\n", status_code=404
            )
        note_export(running, request, f"{kind}.csv", lesson)
        parts = REPORTS[kind](running.store, lesson)
        if kind == "observations":  # the others take no time
            parts = running.exports.follow(lesson.id, parts, running.store.observation_count(lesson.id))
        return csv_response(parts, file_name(lesson, kind))

    return for_lesson(running, "/export/{lesson_id}/{kind}.csv", export)


def excel_route(running: Monitor) -> Route:
    """GET /export/<lesson>.xlsx?zone=Europe/Berlin: all of its tables, for a signed-in teacher only."""

    def excel(request: Request, lesson: Lesson) -> Response:
        note_export(running, request, "excel", lesson)
        return Response(
            workbook(running.store, lesson, screen.zone(request.query_params.get("zone", ""))),
            media_type=MEDIA_TYPE,
            headers=as_download(excel_name(lesson)),
        )

    return for_lesson(running, "/export/{lesson_id}.xlsx", excel)


def own_page_route(running: Monitor) -> Route:
    """GET /mine?token=...: the link that a student keeps. The token goes into a cookie, out of the address bar, the
    browser's history and whatever is shared of the page."""

    def own_page(request: Request) -> Response:
        token = request.query_params.get("token", "")
        try:
            student = running.students.of_token(token)
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        if student is None:
            return go_on(request, "/my-data")
        cookie = running.students.own_cookie(student.lesson_id)
        return go_on(request, f"/my-data?lesson={student.lesson_id}", cookie, token)

    return Route("/mine", own_page, methods=["GET"])


def own_data_route(running: Monitor) -> Route:
    """GET /my-data.csv?lesson=...: what is stored of one student, for the browser that opened their link."""

    def own_data(request: Request) -> Response:
        token = request.cookies.get(running.students.own_cookie(request.query_params.get("lesson", "")), "")
        try:
            student = running.students.of_token(token)
            lesson = None if student is None else running.store.lesson(student.lesson_id)
            if student is None or lesson is None:
                return PlainTextResponse("Nothing is stored for this link.\n", status_code=404)
            parts = observations_csv(running.store, lesson, student.id)
            return csv_response(parts, "my-data.csv")
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    return Route("/my-data.csv", own_data, methods=["GET"])


def csv_response(parts: Iterator[bytes], name: str) -> Response:
    """A download that is written while it is sent."""
    first = next(parts)  # a database that fails says so here, not in the middle of a file
    return StreamingResponse(
        chain([first], parts),
        media_type="text/csv",
        headers=as_download(name),
    )


def as_download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def report_route(running: Monitor) -> Route:
    """GET /report/<lesson>?zone=Europe/Berlin: the lesson on one page to print, for a signed-in teacher only."""

    def report(request: Request, lesson: Lesson) -> Response:
        note_export(running, request, "report", lesson)
        zone = screen.zone(request.query_params.get("zone", ""))
        page = handout(
            running.store,
            running.journal,
            lesson,
            lesson.ended_at or time.time(),
            zone,
        )
        return HTMLResponse(
            page,
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'",
            },
        )

    return for_lesson(running, "/report/{lesson_id}", report)


def audit_route(running: Monitor) -> Route:
    """GET /admin/audit.csv: the audit log, for a signed-in admin only."""

    def audit(request: Request) -> Response:
        note_export(running, request, "the audit log")
        return csv_response(audit_csv(running.store), "audit.csv")

    return for_teacher(running, "/admin/audit.csv", audit, only_admin=True)


def print_sign_in_link(running: Monitor, introduction: str, page: str = "/dashboard") -> None:
    base = running.settings.own_url
    if running.sign_in.has_password:
        print(f"\n  {introduction}\n\n      {base}{page}   (with the password in FER_TEACHER_PASSWORD)\n", flush=True)
    else:
        print(f"\n  {introduction}\n\n      {base}/signin?ticket={running.sign_in.ticket(inf, page)}\n", flush=True)
