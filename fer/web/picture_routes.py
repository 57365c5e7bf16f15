"""The addresses of what the page Pictures shows: for a signed-in teacher, while the page that looks at them is open.

Streamlit's own addresses for pictures and downloads answer anybody who has them, so none is used.
"""

from io import BytesIO, StringIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fer.insight.csv_exports import safe_cell
from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.lesson.pictures import Work, marked
from fer.vision.face_tables import FER, TABLES, Row
from fer.web.for_teacher import for_teacher, note_export

TABLE_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def picture_route(running: Monitor) -> Route:
    """GET /picture/<token>/faces.csv, .json, .xlsx: a table; /picture/<token>/<file>/<look>.jpg: what is shown of a look,
    and /picture/<token>/<file>/marked.jpg: a picture in its full size with the faces marked."""

    def picture(request: Request) -> Response:
        work = running.pictures.find(request.path_params["token"])
        name = request.path_params["name"]
        is_seen = work is not None and request.state.teacher.may_see(work.owner_id)
        answer = answer_of(work, name) if work is not None and is_seen else None
        if answer is not None and name.startswith("faces"):
            note_export(running, request, f"{name} of pictures")
        return answer or PlainTextResponse(_("This is not there any more.") + "\n", status_code=404)

    return for_teacher(running, "/picture/{token}/{name:path}", picture)


def answer_of(work: Work, name: str) -> Response | None:
    number, _slash, of_file = name.partition("/")
    if number.startswith("faces"):
        return table(work.rows(), number.removeprefix("faces"))
    if not number.isdecimal() or int(number) >= len(work.results):
        return None
    result, look = work.results[int(number)], of_file.removesuffix(".jpg")
    if look == "marked" and result.looks and not result.given.is_video:
        return jpeg(marked(result), f"{result.given.name}.faces.jpg")
    if look.isdecimal() and int(look) < len(result.looks):
        return jpeg(result.looks[int(look)].shown)
    return None


def table(rows: list[Row], ending: str) -> Response | None:
    if ending not in TABLE_TYPES:
        return None
    if ending == ".csv":  # the only one in which a spreadsheet would take a file's name for a formula
        rows = [row | {"file": safe_cell(row["file"])} for row in rows]
    text, binary = StringIO(newline=""), BytesIO()
    with TABLES[ending](binary if ending == ".xlsx" else text, FER) as add:
        add(rows)
    content = binary.getvalue() or text.getvalue().encode()
    return Response(content, media_type=TABLE_TYPES[ending], headers=never_stored(f"faces{ending}"))


def jpeg(content: bytes, name: str = "") -> Response:
    return Response(content, media_type="image/jpeg", headers=never_stored(name))


def never_stored(name: str) -> dict[str, str]:
    """``name``: of what is to be saved, "" for what is shown."""
    return {"Cache-Control": "no-store"} | (
        {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"} if name else {}
    )
