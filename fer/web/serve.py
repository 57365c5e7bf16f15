"""Start the server.

    python -m fer serve

Checks what can be checked before anyone connects, prints a sign-in link for the teacher, and serves app.py with routes
that a page cannot be: ``/signin`` turns a one-time ticket into an HttpOnly cookie, ``/report`` is a lesson on one page
to print, ``/export`` and ``/my-data.csv`` stream a CSV (a download button's file is deleted by Streamlit as soon as any
two scripts of the process end, on live pages at once).
"""

import argparse
import errno
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import chain
from math import inf

import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from streamlit import config as streamlit_config
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

from fer.config import ROOT, Settings, SettingsError
from fer.insight.csv_exports import REPORTS, file_name, kinds, observations_csv
from fer.insight.printed_report import handout
from fer.lesson import monitor
from fer.lesson.auth import TEACHER_SESSION_S
from fer.lesson.monitor import Monitor
from fer.store.errors import StoreError
from fer.vision.cards import CardError
from fer.web import own_files, quiet_log, screen
from fer.web.api.app import Api, switched_off
from fer.web.connections import bounded, most_sockets, raise_file_limit
from fer.web.front_door import FrontDoor

log = logging.getLogger(__name__)


def sign_in_route(running: Monitor) -> Route:
    """GET /signin?ticket=...: sets the cookie the ticket grants and goes on to its page."""

    def sign_in(request: Request) -> Response:
        if request.method == "HEAD":  # a link checker must not use the ticket up
            return Response()
        try:
            grant = running.sign_in.redeem(request.query_params.get("ticket", ""))
        except StoreError as error:
            print_sign_in_link(running, "Signing in failed. When the database works again:")
            return PlainTextResponse(f"{error}\n", status_code=503)
        if grant is None:
            return RedirectResponse("/?expired=1", status_code=303)
        if grant.cookie == running.sign_in.cookie and not running.sign_in.has_password:
            print_sign_in_link(running, "The link was used. To sign in on another browser:")
        response = RedirectResponse(grant.page, status_code=303)
        response.set_cookie(
            grant.cookie,
            grant.value,
            max_age=int(TEACHER_SESSION_S),
            httponly=True,
            samesite="lax",
            secure=request.headers.get("x-forwarded-proto", request.url.scheme) == "https",
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    return Route("/signin", sign_in, methods=["GET"])


def export_route(running: Monitor) -> Route:
    """GET /export/<lesson>/<kind>.csv: the CSV, for a signed-in teacher only; it is written while it is sent."""

    def export(request: Request) -> Response:
        lesson_id, kind = request.path_params["lesson_id"], request.path_params["kind"]
        try:
            if not running.sign_in.is_session(request.cookies.get(running.sign_in.cookie, "")):
                return RedirectResponse("/dashboard", status_code=303)
            lesson = running.store.lesson_by_number(lesson_id)
            if lesson is None:
                return PlainTextResponse(f"There is no lesson {lesson_id}.\n", status_code=404)
            if kind not in kinds(lesson):
                return PlainTextResponse(
                    f"This lesson has no export {kind!r}. It has: {', '.join(kinds(lesson))}\n", status_code=404
                )
            parts = REPORTS[kind](running.store, lesson)
            if kind == "observations":  # the others take no time
                parts = running.exports.follow(lesson.id, parts, running.store.observation_count(lesson.id))
            return csv_response(parts, file_name(lesson, kind))
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)

    return Route("/export/{lesson_id}/{kind}.csv", export, methods=["GET"])


def own_data_route(running: Monitor) -> Route:
    """GET /my-data.csv?token=...: what is stored of one student, for whoever has the token of their seat."""

    def own_data(request: Request) -> Response:
        try:
            student = running.students.of_token(request.query_params.get("token", ""))
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
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def report_route(running: Monitor) -> Route:
    """GET /report/<lesson>?zone=Europe/Berlin: the lesson on one page to print, for a signed-in teacher only."""

    def report(request: Request) -> Response:
        try:
            if not running.sign_in.is_session(request.cookies.get(running.sign_in.cookie, "")):
                return RedirectResponse("/dashboard", status_code=303)
            lesson = running.store.lesson_by_number(request.path_params["lesson_id"])
            if lesson is None:
                return PlainTextResponse(f"There is no lesson {request.path_params['lesson_id']}.\n", status_code=404)
            zone = screen.zone(request.query_params.get("zone", ""))
            page = handout(
                running.store,
                running.journal,
                lesson,
                lesson.ended_at or time.time(),
                lambda at: datetime.fromtimestamp(at, zone).strftime("%H:%M"),
            )
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        return HTMLResponse(
            page,
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            },
        )

    return Route("/report/{lesson_id}", report, methods=["GET"])


def print_sign_in_link(running: Monitor, introduction: str) -> None:
    base = running.settings.public_url or f"http://localhost:{running.settings.port}"
    if running.sign_in.has_password:
        print(
            f"\n  {introduction}\n\n      {base}/dashboard   (with the password in FER_TEACHER_PASSWORD)\n", flush=True
        )
    else:
        print(f"\n  {introduction}\n\n      {base}/signin?ticket={running.sign_in.ticket(valid_s=inf)}\n", flush=True)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, or a SettingsError that says what holds the port."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # only now can no other server take the port
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"Port {port} is in use by another program. Stop it, or choose another port: PORT={port + 1} make run"
            ) from error
        raise SettingsError(
            f"FER_HOST and PORT must be an address of this machine that may be used. "
            f"Received: {host} and {port} ({error.strerror})"
        ) from error
    return listener


def build_app(running: Monitor) -> App:
    """The ASGI application: Streamlit's pages, /signin, /export, /my-data.csv, /report, and /api."""
    api = Api(running, running.recognition) if running.settings.api and running.recognition else None

    @asynccontextmanager
    async def while_it_runs(app: App) -> AsyncIterator[None]:
        yield
        if api is not None:
            api.stop()

    # Until a session has called st.navigation, Streamlit serves pages/*.py without app.py; this says not to.
    PagesManager.uses_pages_directory = False
    # From now on .streamlit/ beside app.py is read.
    app = App(
        ROOT / "app.py",
        lifespan=while_it_runs,
        routes=[
            sign_in_route(running),
            export_route(running),
            own_data_route(running),
            report_route(running),
            Mount(own_files.ADDRESS, StaticFiles(directory=own_files.FOLDER)),
            Mount("/api", switched_off) if api is None else api.mount,
        ],
    )
    streamlit_config.set_option("server.port", running.settings.port)
    # FrontDoor has judged the Origin before Streamlit does, which would ask another host for this machine's address.
    net_util.get_external_ip = lambda: None
    streamlit_config.set_option("server.corsAllowedOrigins", list(filter(None, [running.settings.public_origin])))
    quiet_log.take_over_streamlit()
    return app


def server_config(running: Monitor, files: int) -> uvicorn.Config:
    """uvicorn for a process that may open so many files."""
    sockets = most_sockets(files)
    connections = sockets + files // 8  # what loads pages does not wait for what stays connected
    return uvicorn.Config(
        FrontDoor(build_app(running), running.settings, running.sign_in, sockets),
        http=bounded(connections),
        limit_concurrency=connections + 1,  # answers 503 where all of them are in use
        forwarded_allow_ips=list(running.settings.trusted_proxies),
        server_header=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(
        prog="python -m fer serve",
        description="Start the app on PORT (8501) and print a sign-in link for the teacher.",
        epilog="PORT and FER_* in the environment are its settings: docs/settings.md.",
    ).parse_args(argv)
    quiet_log.set_up()
    try:
        settings = Settings.from_env()
        listener = bind(settings.host, settings.port)
        running = Monitor(settings)
    except (SettingsError, StoreError, CardError) as error:
        sys.exit(f"Live Class Monitor cannot start. {error}")
    monitor.use(running)
    running.start()
    server = uvicorn.Server(server_config(running, raise_file_limit()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print_sign_in_link(running, "Live Class Monitor is ready. The teacher opens:")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn raises it again after a clean stop
        pass
    finally:
        running.stop()
