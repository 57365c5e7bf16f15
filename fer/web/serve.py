"""Start the server.

    python -m fer serve

Checks what can be checked before anyone connects, prints a sign-in link for the teacher, and serves app.py and the
addresses of routes.py behind the front door.
"""

import argparse
import asyncio
import errno
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.formparsers import MultiPartParser
from starlette.routing import Mount
from streamlit import config as streamlit_config
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

from fer.config import ROOT, Settings, SettingsError
from fer.lesson import monitor
from fer.lesson.monitor import Monitor
from fer.records import PER_STUDENT, PRESENCE
from fer.store.errors import StoreError
from fer.vision.cards import CardError
from fer.web import quiet_log, watching
from fer.web.api.app import Api, switched_off
from fer.web.api.received import InMemory
from fer.web.compressed import Compressed
from fer.web.connection_check import ConnectionCheck
from fer.web.connections import bounded, most_sockets, raise_file_limit
from fer.web.device_files import device_route
from fer.web.first_page import FirstPage
from fer.web.front_door import FrontDoor
from fer.web.ice import bind_within
from fer.web.routes import print_sign_in_link, routes
from fer.web.school_account import SchoolAccount
from fer.web.seat_socket import SeatSockets
from fer.web.under_path import UnderPath

STOPS = signal.SIGINT, signal.SIGTERM

log = logging.getLogger(__name__)


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
    """The ASGI application: Streamlit's pages, the addresses beside them, and /api."""
    api = Api(running.store, running.reader) if running.settings.api and running.reader else None
    school = SchoolAccount(running) if running.settings.oidc_issuer else None

    @asynccontextmanager
    async def while_it_runs(app: App) -> AsyncIterator[None]:
        if running.settings.udp_ports:
            bind_within(asyncio.get_running_loop(), running.settings.udp_ports)
        watch = asyncio.create_task(school.watch_roles()) if school is not None else None
        yield
        if watch is not None:
            watch.cancel()
        if api is not None:
            api.stop()

    # Until a session has called st.navigation, Streamlit serves pages/*.py without app.py; this says not to.
    PagesManager.uses_pages_directory = False
    # From now on .streamlit/ beside app.py is read.
    app = App(
        ROOT / "app.py",
        lifespan=while_it_runs,
        routes=[
            *routes(running),
            *ConnectionCheck(running.settings).routes(),
            *watching.routes(running),
            *([school.mount] if school is not None else []),
            device_route(running),
            SeatSockets(running).route,
            Mount("/api", switched_off) if api is None else api.mount,
        ],
    )
    streamlit_config.set_option("server.port", running.settings.port)
    # FrontDoor has judged the Origin before Streamlit does, which would ask another host for this machine's address.
    net_util.get_external_ip = lambda: None
    streamlit_config.set_option("server.corsAllowedOrigins", list(filter(None, [running.settings.public_origin])))
    quiet_log.take_over_streamlit()
    MultiPartParser.spool_max_size = InMemory.spool_max_size  # a larger upload would go into a file on its way
    return app


def front_door(running: Monitor, files: int) -> FrontDoor:
    """What is served, for a process that may open so many files."""
    app = build_app(running)
    upload_bytes = (
        streamlit_config.get_option("server.maxUploadSize") * 2**20 if running.reader or running.people else 0
    )
    return FrontDoor(FirstPage(Compressed(app)), running.settings, running.sign_in, most_sockets(files), upload_bytes)


def server_config(running: Monitor, door: FrontDoor, files: int) -> uvicorn.Config:
    connections = door.most_sockets + files // 8  # what loads pages does not wait for what stays connected
    return uvicorn.Config(
        UnderPath(door, running.settings.public_path),
        http=bounded(connections),
        limit_concurrency=connections + 1,  # answers 503 where all of them are in use
        forwarded_allow_ips=list(running.settings.trusted_proxies),
        server_header=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fer serve",
        description="Start the app on PORT (8501) and print a sign-in link for the teacher.",
        epilog="PORT and FER_* in the environment are its settings: docs/settings.md.",
    )
    parser.add_argument("--demo", action="store_true", help="open a demo lesson with made-up students, too")
    args = parser.parse_args(argv)
    # A shell script's background jobs would ignore the first until it serves.
    for how in STOPS:
        signal.signal(how, signal.default_int_handler)
    try:
        settings = Settings.from_env()
        quiet_log.set_up(settings.log)
        listener = bind(settings.host, settings.port)
        running = Monitor(settings)
    except (SettingsError, StoreError, CardError) as error:
        sys.exit(f"Live Class Monitor cannot start. {error}")
    monitor.use(running)
    files = raise_file_limit()
    door = front_door(running, files)
    try:
        stop_figures = watching.serve_figures(settings, watching.Figures(running, door.sockets.total))
    except SettingsError as error:
        running.store.close()
        sys.exit(f"Live Class Monitor cannot start. {error}")
    try:
        running.start()
        server = uvicorn.Server(server_config(running, door, files))
        introduction, page = "Live Class Monitor is ready. The teacher opens:", "/dashboard"
        if args.demo:
            demo = running.demos.open(PER_STUDENT if running.recognition else PRESENCE)
            introduction, page = "A demo lesson runs. To see it, open:", f"/dashboard?lesson={demo.id}"
        print_sign_in_link(running, introduction, page)
        for how in STOPS:  # asyncio cannot be interrupted cleanly while it makes its loop
            signal.signal(how, server.handle_exit)
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        stop_figures()
        running.stop()
