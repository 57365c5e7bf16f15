"""The JSON API, mounted under ``/api``: what it can be asked, and the page that says so.

A picture is looked at and dropped; it is never written to a disk, and nothing here opens a path or an address.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from fer.lesson.auth import hash_token
from fer.lesson.reader import PICTURE_BYTES, Reader
from fer.privacy import law
from fer.store.store import Store
from fer.vision.analyze import PictureError
from fer.web.api import problems
from fer.web.api.docs_page import docs_page
from fer.web.api.jobs import FORGOTTEN_S, Jobs
from fer.web.api.problems import Problem, documented
from fer.web.api.received import asked, file_of, too_large
from fer.web.api.schemas import (
    Analysis,
    Batch,
    Failed,
    Health,
    JobOut,
    Model,
    Models,
    Options,
    PictureIn,
    PicturesIn,
    VideoIn,
    body,
)

BODY_BYTES = 64_000_000
AS_BASE64 = 1.4  # how much larger JSON is, with line breaks
AT_ONCE = 16  # requests whose bodies are in memory
bearer = HTTPBearer(auto_error=False, description="A key that python -m fer keys add printed")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by the hash of a key that is good, and whether they may be told who somebody is."""

    key_hash: str
    may_name: bool


class Api:
    """Its parts, which live as long as the server. ``mount`` is a route of the server; ``stop`` it at the end."""

    def __init__(self, store: Store, reader: Reader):
        self.store, self.reader = store, reader
        self.jobs = Jobs(self.reader)
        self.requests = 0
        self.app = self._app()
        self.mount = Mount("/api", self.app)

    def stop(self) -> None:
        self.jobs.stop()

    def _app(self) -> FastAPI:
        app = FastAPI(
            title="Live Class Monitor",
            version="1",
            description="The expressions of the faces in a picture or a video. An expression is a guess about a face, "
            "not about what someone feels.",
            docs_url=None,
            redoc_url=None,
            openapi_url="/openapi.json",
        )
        app.state.api = self
        problems.tell(app)
        app.include_router(routes, prefix="/v1")
        page = docs_page(app.openapi())

        @app.get("/docs", include_in_schema=False)
        async def docs() -> HTMLResponse:
            return page

        return app

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Bounds what is in memory. Raises ``Problem`` where too many ask at once."""
        if self.requests >= AT_ONCE:
            raise Problem(503, f"The server answers {AT_ONCE} requests at a time. Try again.", {"Retry-After": "1"})
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    async def count(self, key: Caller, pictures: int) -> None:
        """On the key's day. Raises ``Problem`` where it has had them all."""
        if not await run_in_threadpool(self.store.use_key, key.key_hash, pictures, time.time()):
            raise Problem(
                429, "This key has had its pictures for today (UTC). Ask again tomorrow.", {"Retry-After": "3600"}
            )

    async def look(self, file: bytes, name: str, options: Options, caller: Caller) -> Analysis:
        if len(file) > PICTURE_BYTES:
            raise too_large()
        look = partial(self.reader.look, file, name, options.model, caller.may_name)
        looked = await asyncio.get_running_loop().run_in_executor(self.reader.pool, look)
        return Analysis.of(looked, options)


def the_api(request: Request) -> Api:
    return request.app.state.api


async def the_key(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Raises ``Problem`` unless the key is good."""
    store: Store = the_api(request).store
    key_hash = hash_token(credentials.credentials) if credentials else ""
    key = await run_in_threadpool(store.key_of, key_hash) if credentials else None
    if key is None:
        raise Problem(
            401,
            f"Send a key: Authorization: Bearer KEY. Received: {'a key that is not known' if credentials else 'none'}",
            {"WWW-Authenticate": "Bearer"},
        )
    try:
        law.check_key(key.country, key.purpose)
    except ValueError as error:
        raise Problem(403, str(error)) from None
    return Caller(key_hash, law.may_name(key.purpose))


Key = Annotated[Caller, Depends(the_key)]
TheApi = Annotated[Api, Depends(the_api)]
KEY_PROBLEMS = (401, 403, 503)
PICTURE_PROBLEMS = documented(*KEY_PROBLEMS, 408, 413, 415, 422, 429)
routes = APIRouter()


@routes.post("/analyze", openapi_extra=body(PictureIn, "image"), responses=PICTURE_PROBLEMS)
async def analyze_picture(request: Request, key: Key, api: TheApi) -> Analysis:
    """The faces of one picture. Where there is none, the answer is 200 with an empty list."""
    async with api.turn():
        one = await asked(request, PictureIn, int(PICTURE_BYTES * AS_BASE64))
        file = file_of(one.image, "image")
        await api.count(key, 1)
        try:
            return await api.look(file, "image", one, key)
        except PictureError as error:
            raise Problem(422, str(error)) from None


@routes.post("/analyze/batch", openapi_extra=body(PicturesIn, "images"), responses=PICTURE_PROBLEMS)
async def analyze_pictures(request: Request, key: Key, api: TheApi) -> Batch:
    """Up to 32 pictures. One that cannot be read has an error in its place, and the others are read."""
    async with api.turn():
        many = await asked(request, PicturesIn, int(BODY_BYTES * AS_BASE64))
        files = [file_of(image, f"images.{place}") for place, image in enumerate(many.images)]
        await api.count(key, len(files))

        async def look(file: bytes, name: str) -> Analysis | Failed:
            try:
                return await api.look(file, name, many, key)
            except PictureError as error:
                return Failed(error=str(error))

        return Batch(results=await asyncio.gather(*(look(file, f"images.{place}") for place, file in enumerate(files))))


@routes.post("/analyze/video", status_code=202, openapi_extra=body(VideoIn, "video"), responses=PICTURE_PROBLEMS)
async def analyze_video(request: Request, response: Response, key: Key, api: TheApi) -> JobOut:
    """Starts to look at a video (MP4, MOV, WebM, MKV) and answers at once. Ask for the job again and again: one that
    nobody has asked for in a minute is cancelled, and its result is dropped. A video counts as one picture."""
    async with api.turn():
        one = await asked(request, VideoIn, int(BODY_BYTES * AS_BASE64))
        file = file_of(one.video, "video")
        await api.count(key, 1)
        job = await run_in_threadpool(api.jobs.add, key.key_hash, file, one, key.may_name)
    asyncio.get_running_loop().call_later(FORGOTTEN_S + 1, api.jobs.forget)
    response.headers["Location"] = str(request.url_for("job", job_id=job.id).path)
    return job.told()


@routes.get("/jobs/{job_id}", responses=documented(*KEY_PROBLEMS, 404))
async def job(job_id: str, key: Key, api: TheApi) -> JobOut:
    """How far a video is, and when it is done, what was seen."""
    found = api.jobs.get(key.key_hash, job_id)
    asyncio.get_running_loop().call_later(FORGOTTEN_S + 1, api.jobs.forget)
    return found.told()


@routes.delete("/jobs/{job_id}", responses=documented(*KEY_PROBLEMS, 404))
async def cancel_job(job_id: str, key: Key, api: TheApi) -> JobOut:
    """Cancels and forgets it."""
    return api.jobs.cancel(key.key_hash, job_id).told()


@routes.get("/models", responses=documented(*KEY_PROBLEMS))
async def models(key: Key, api: TheApi) -> Models:
    """The models that ``model`` can name."""
    cards = await run_in_threadpool(lambda: api.reader.cards)
    return Models(models=[Model.of(card, api.reader.served()) for card in cards.values()])


@routes.get("/health")
async def health() -> Health:
    """Whether the API answers; needs no key."""
    return Health()


async def switched_off(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands in its place with FER_API=off or without expressions."""
    await problems.answer(404, "This server has no API (FER_API=off or FER_EXPRESSIONS=off).")(scope, receive, send)
