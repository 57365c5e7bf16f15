"""The files of a browser that reads faces itself: code built from device/, and the networks of this server.

Each address holds a hash of its file, so browsers keep it for ever. A file of another model is gone when the model is.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fer.lesson.monitor import Monitor
from fer.vision.browser_net import NotForBrowsers

FOLDER = Path(__file__).parent / "device"
BUILT = {"worker": "worker.js", "wasm": "tfjs-backend-wasm.wasm", "wasm_simd": "tfjs-backend-wasm-simd.wasm"}
SEAT = "seat.js"  # runs in the page
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}
# A worker has the policy of its own file: only it may compile WebAssembly, and it can ask this server only.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file, packed, and its address, beside the pages."""

    address: str
    packed: bytes


@lru_cache(maxsize=16)
def packed(name: str, content: bytes) -> Kept:
    return Kept(f"device/{hashlib.sha256(content).hexdigest()[:16]}/{name}", gzip.compress(content))


@lru_cache
def built(name: str) -> Kept:
    return packed(name, (FOLDER / name).read_bytes())


def addresses(running: Monitor) -> dict[str, str]:
    """What the page is told: name -> address. Raises ``NotForBrowsers``."""
    return {name: kept.address for name, kept in kept_files(running).items()}


def kept_files(running: Monitor) -> dict[str, Kept]:
    if running.recognition is None:
        raise NotForBrowsers("this server computes no expressions (FER_EXPRESSIONS=off)")
    kit = {name.removesuffix(".json"): packed(name, content) for name, content in running.recognition.kit().items()}
    return kit | {name: built(file) for name, file in BUILT.items()}


def device_route(running: Monitor) -> Route:
    """GET /device/<hash>/<name>: one of these files."""

    def device(request: Request) -> Response:
        path = request.scope["path"].lstrip("/")
        try:
            files = [built(SEAT), *kept_files(running).values()]
        except NotForBrowsers:
            files = [built(SEAT)]
        kept = next((one for one in files if one.address == path), None)
        if kept is None:
            return PlainTextResponse("There is no such file. Load the page again.\n", status_code=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Encoding": "gzip"}
        if path.endswith(BUILT["worker"]):
            headers["Content-Security-Policy"] = WORKER_POLICY
        return Response(
            kept.packed, media_type=TYPES.get(Path(path).suffix, "application/octet-stream"), headers=headers
        )

    return Route("/device/{hash}/{name}", device, methods=["GET"])
