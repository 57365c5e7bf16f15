"""What goes wrong, as ``application/problem+json`` (RFC 9457): one sentence, never a path or a traceback."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fer.lesson.reader import UnknownModel
from fer.store.errors import StoreError
from fer.web.api.schemas import ProblemOut

log = logging.getLogger(__name__)


class Problem(Exception):
    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def answer(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    problem = ProblemOut(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(problem.model_dump(), status, headers, media_type="application/problem+json")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI of these answers."""
    schema = {"application/problem+json": {"schema": ProblemOut.model_json_schema()}}
    return {status: {"description": HTTPStatus(status).phrase, "content": schema} for status in statuses}


def tell(app: FastAPI) -> None:
    """Makes the app answer so, whatever is raised."""

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> JSONResponse:
        return answer(error.status, error.detail, error.headers)

    @app.exception_handler(UnknownModel)
    async def of_the_reader(request: Request, error: UnknownModel) -> JSONResponse:
        return answer(422, str(error))

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(StoreError)
    async def of_the_store(request: Request, error: StoreError) -> JSONResponse:
        log.error("The API could not use the database: %s", error)
        return answer(503, "The database does not answer. Try again in a minute.", {"Retry-After": "60"})

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        return answer(500, "The server failed. Its log says why.")  # Starlette raises it again, for the log
