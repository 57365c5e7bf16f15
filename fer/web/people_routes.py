"""The addresses of the page People: the roster, and a list of who is here while the page that made it is open."""

import io
import secrets
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fer.insight.csv_exports import BYTE_ORDER_MARK
from fer.insight.presence import Row, presence_csv
from fer.insight.roster import export_roster
from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.web.for_teacher import for_teacher, note_export


@dataclass(eq=False)
class HereList:
    rows: list[Row]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


_lists: WeakValueDictionary[str, HereList] = WeakValueDictionary()


def keep(one: HereList) -> str:
    """Gives it an address while somebody holds it; the name of its file without the ending."""
    _lists[one.token] = one
    return one.token


def people_route(running: Monitor) -> Route:
    """GET /people/roster.csv, /people/<token>.csv: for a signed-in admin only."""

    def people(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "roster" and running.people is not None:
            note_export(running, request, "roster.csv")
            file = io.StringIO(newline="")
            export_roster(running.store, file)
            return csv_file(file.getvalue(), "roster.csv")
        kept = _lists.get(name)
        if kept is None:
            return PlainTextResponse(_("This is not there any more.") + "\n", status_code=404)
        note_export(running, request, "who-is-here.csv")
        return csv_file(presence_csv(kept.rows), "who-is-here.csv")

    return for_teacher(running, "/people/{name}.csv", people, only_admin=True)


def csv_file(text: str, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(BYTE_ORDER_MARK + text.encode(), media_type="text/csv", headers=headers)
