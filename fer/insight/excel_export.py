"""A lesson as an Excel file: a sheet for each of its CSVs, and one that says what their columns mean.

The lines are those of the CSVs, so that both say the same; times stand in UTC and in the reader's time zone, and numbers are
numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from fer.insight import wording
from fer.insight.csv_exports import MADE_UP, REPORTS, file_name, kinds, safe_cell
from fer.records import EMOTIONS, STATES, Lesson
from fer.store.store import Store

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LINES = 50_000  # of one sheet; they take 10 s of a processor, which may serve a lesson meanwhile
TIMES = ("time", "joined_at", "left_at", "last_seen_at", "closed")
TEXTS = ("student", "text", "question", "answer")  # as people typed them: "2026" stays a text
PROBABILITY, SHARE = "probability that the face looks so, 0 to 1", "share of the student's faces, 0 to 1"
READ_ON = "where faces were read: server, or device, which is the student's own, whose numbers can be made up"
MEANINGS = {  # kind -> column -> what it means
    "observations": {
        "time": "when the picture came",
        "student": "who",
        "status": "face, no face, or camera off",
        "face": "number of the face in the picture, from 0",
        "label": "likeliest expression, or unsure",
        **dict.fromkeys(EMOTIONS, PROBABILITY),
        **dict.fromkeys(("x1", "y1", "x2", "y2"), "edge of the face's box, pixels of the picture"),
        "role": "student, or bystander, who is in no figure",
        "unsure_because": "why a face is unsure",
        "read_on": READ_ON,
    },
    "minutes": {
        "time": "start of the minute",
        "students": "students who sent pictures; in a class-only lesson, who were present",
        "faces": "faces looked at; in a class-only lesson each student once in 5 seconds",
        **dict.fromkeys(STATES, "how many of them showed this"),
        "read_on": READ_ON,
    },
    "students": {
        "student": "who",
        "joined_at": "when they joined",
        "left_at": "when they left, or were removed",
        "last_seen_at": "when their last picture came",
        "observations": "pictures looked at",
        "faces": "faces found in them",
        **dict.fromkeys(STATES, "how many of them showed this"),
        **{f"{name} share": SHARE for name in (*EMOTIONS, "unsure")},
    },
    "coverage": {
        "time": "start of 5 seconds in which anybody was there",
        "present": "students in the lesson",
        "visible": "of them, with a face that was seen; empty where too few were there to say",
    },
    "moments": {
        "time": "when",
        "what": "moment or alert",
        "text": "what was marked, or the alert's kind",
        "change": "how large the change was that alerted, 0 to 1",
        "outcome": "what the teacher made of the alert",
        "closed": "when the teacher did",
    },
    "answers": {
        "time": "start of the minute of a button or of raised hands; when a poll or a question was asked",
        "what": "button, hand, poll, or question of a student",
        "question": "of the poll, or of the student",
        "answer": "the button, or an answer of the poll; of a question of a student: answered, or empty",
        "n": "how many; of a question of a student: how many others want to know it",
        "of": "how many students answered the poll",
        "correct": "where the poll is a quiz question: whether the answer is right",
    },
}


def workbook(store: Store, lesson: Lesson, zone: tzinfo) -> bytes:
    """The .xlsx file; ``zone``: of the reader. A sheet of more than ``MOST_LINES`` lines is cut, and the first one says so."""
    book = Workbook(write_only=True)
    book.create_sheet("README")
    heads, cut = {}, []
    for kind in kinds(lesson):
        lines = csv.reader(_text_lines(REPORTS[kind](store, lesson)))
        heads[kind] = next(lines)
        if not _write_sheet(book, kind, heads[kind], lines, zone):
            cut.append(kind)
    _write_readme(book, lesson, heads, cut, zone)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def excel_name(lesson: Lesson) -> str:
    return file_name(lesson, "minutes").replace("-minutes.csv", ".xlsx")


def _text_lines(parts: Iterable[bytes]) -> Iterator[str]:
    """A CSV that comes in whole lines, without its byte order mark."""
    for part in parts:
        yield from io.StringIO(part.decode("utf-8-sig"), newline="")


def _write_sheet(book: Workbook, kind: str, head: list[str], lines: Iterable[list[str]], zone: tzinfo) -> bool:
    """Whether all lines have found a place."""
    sheet = book.create_sheet(kind)
    sheet.freeze_panes = "A2"
    columns = [name for of in head for name in _columns(of)]
    for place, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 20 if "(" in name else max(10, len(name) + 2)
    sheet.append([_bold(sheet, name) for name in columns])
    for number, line in enumerate(lines):
        if number == MOST_LINES:
            return False
        sheet.append([cell for name, value in zip(head, line, strict=True) for cell in _cells(name, value, zone)])
    return True


def _columns(name: str) -> tuple[str, ...]:
    return (f"{name} (UTC)", f"{name} (local)") if name in TIMES else (name,)


def _cells(name: str, value: str, zone: tzinfo) -> list:
    """Of one cell of a CSV, in which nothing is a formula already."""
    if name in TIMES:
        at = datetime.fromisoformat(value) if value else None
        # Excel knows no time zones.
        return [at.replace(tzinfo=None), at.astimezone(zone).replace(tzinfo=None)] if at else [None, None]
    return [_number_or_text(name, value)]


def _number_or_text(name: str, value: str) -> float | str | None:
    if name not in TEXTS:
        try:
            return float(value)
        except ValueError:
            pass
    return value or None


def _write_readme(book: Workbook, lesson: Lesson, heads: dict[str, list[str]], cut: list[str], zone: tzinfo) -> None:
    sheet = book["README"]
    for letter, width in zip("ABC", (18, 26, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    facts = [
        ("Lesson", lesson.title),
        ("Course", lesson.course),
        ("Join code", lesson.code),
        ("Began", f"{wording.day(lesson.started_at, zone)}, {wording.clock(lesson.started_at, zone)}"),
        ("Local time", f"{zone}; the columns with (local)"),
        ("Demo", MADE_UP if lesson.is_demo else ""),
        ("Cut", f"{', '.join(cut)}: only the first {MOST_LINES:,} lines; the CSV has all" if cut else ""),
        ("Beware", "An expression is a guess about a face, and guesses err. Not for marks, attendance or discipline."),
    ]
    for what, said in facts:
        if said:
            sheet.append([_bold(sheet, what), safe_cell(said)])
    sheet.append([])
    sheet.append([_bold(sheet, name) for name in ("Sheet", "Column", "Meaning")])
    for kind, head in heads.items():
        for name in head:
            meaning = MADE_UP if name == "demo" else MEANINGS[kind].get(name, "")
            for column in _columns(name):
                sheet.append([kind, column, meaning])


def _bold(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top")
    return cell
