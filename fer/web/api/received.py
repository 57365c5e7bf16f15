"""What a request brings: its body, JSON or a form, held in memory and never on disk."""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from fer.web.api.problems import Problem
from fer.web.api.schemas import Options
from fer.web.bodies import TooLong, at_most

BODY_S = 60.0  # in which a body must have arrived
MOST_FIELDS = 100
DATA_URL = re.compile(r"^data:[\w.+-]+/[\w.+-]+(;[\w=.+-]+)*;base64,", re.ASCII)

Asked = TypeVar("Asked", bound=Options)


class InMemory(MultiPartParser):
    spool_max_size = 2**40  # Starlette's own writes what is larger than 1 MB into a file


async def asked(request: Request, what: type[Asked], most_bytes: int) -> Asked:
    """The body, checked. Raises ``Problem``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "multipart/form-data"):
        raise Problem(415, f"The body must be application/json or multipart/form-data. Received: {kind[:100]!r}")
    try:
        async with asyncio.timeout(BODY_S):
            raw = await (from_json if kind == "application/json" else from_form)(request, most_bytes)
    except TimeoutError:
        raise Problem(408, f"The body must arrive within {BODY_S:.0f} s.") from None
    try:
        return what.model_validate(raw, strict=kind == "application/json")  # a form knows no numbers
    except ValidationError as error:
        raise Problem(422, sentence(error)) from None


async def bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in parts; ends with ``Problem`` where it is too large."""
    try:
        async for part in at_most(request, most_bytes):
            yield part
    except TooLong:
        raise too_large() from None


def too_large() -> Problem:
    return Problem(413, "The body is too large: a picture may have 20 MB, several together and a video 64 MB.")


async def from_json(request: Request, most_bytes: int) -> dict[str, Any]:
    parts = [part async for part in bounded(request, most_bytes)]
    try:
        found = json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise Problem(422, "The body must be a JSON object. Received: something that is no JSON") from None
    if not isinstance(found, dict):
        raise Problem(422, f"The body must be a JSON object. Received: {type(found).__name__}")
    return found


async def from_form(request: Request, most_bytes: int) -> dict[str, Any]:
    parser = InMemory(
        request.headers,
        bounded(request, most_bytes),
        max_files=MOST_FIELDS,
        max_fields=MOST_FIELDS,
        max_part_size=most_bytes,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):  # KeyError: a form without its boundary
        raise Problem(422, "The body must be a whole multipart form, with its boundary in Content-Type.") from None
    found: dict[str, Any] = {}
    for name, value in form.multi_items():
        content = value if isinstance(value, str) else await value.read()
        if name == "images":
            found.setdefault(name, []).append(content)
        elif name in found:
            raise Problem(422, f"{name[:100]} must be there once. Received: several")
        else:
            found[name] = content
    await form.close()
    return found


def file_of(received: str | bytes, name: str) -> bytes:
    """The file itself; text is its base64. Raises ``Problem``."""
    if isinstance(received, bytes):
        return received
    text = "".join(DATA_URL.sub("", received, count=1).split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, f"{name} must be a file, or in JSON its base64 or a data: URL. Received: neither") from None


def sentence(error: ValidationError) -> str:
    """The first thing that is wrong."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))[:100]
    return f"{where}: {first['msg']}" if where else first["msg"]
