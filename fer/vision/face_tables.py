"""Rows of faces as files: CSV, JSON, JSON lines, Parquet, Excel. What was added is there when a run ends early."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

from fer.records import EMOTIONS, Reading

BOX = ("x", "y", "width", "height")
FER = (
    "file",
    "time_s",
    "face",
    *BOX,
    "score",
    "expression",
    "unsure_because",
    *EMOTIONS,
    "identity",
    "similarity",
    "model",
)
FEX_EMOTIONS = {  # py-feat's name -> ours, in its order
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutrality": "neutral",
}
FEX_BOX = ("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight")
FEX = ("frame", "approx_time", *FEX_BOX, "FaceScore", *FEX_EMOTIONS, "valence", "input")
NEGATIVE = ("angry", "disgust", "fear", "sad")
TEXTS = {"file", "expression", "unsure_because", "identity", "model", "approx_time", "input"}
WHOLE = {"face", "frame"}
MOST_EXCEL_ROWS = 1_048_575  # beside the one with the names

Row = dict[str, Any]
Add = Callable[[list[Row]], None]
Out = Path | IO  # an open one must be of text for CSV and JSON, else of bytes


class TableError(ValueError):
    """A table that cannot be written; the message says why."""


def fer_rows(
    file: str, readings: list[Reading], model: str, time_s: float | None = None, numbers: list[int] | None = None
) -> list[Row]:
    """A row of ``FER`` for each face of a picture, or one without a face. ``numbers``: of the faces, else their place."""
    seen = {"file": file, "time_s": None if time_s is None else round(time_s, 3), "model": model}
    return [
        seen
        | {"face": number, "score": round(one.score, 4)}
        | dict(zip(BOX, rounded_box(one), strict=True))
        | {"expression": one.expression, "unsure_because": one.unsure_because}
        | {emotion: round(p, 4) for emotion, p in zip(EMOTIONS, one.probabilities, strict=True)}
        | ({"identity": one.identity.name, "similarity": round(one.identity.similarity, 4)} if one.identity else {})
        for number, one in zip(numbers or range(len(readings)), readings, strict=True)
    ] or [seen]


def fex_rows(file: str, readings: list[Reading], frame: int = 0, time_s: float | None = None) -> list[Row]:
    """The same under the names of py-feat's Fex; ``valence`` is p(happy) less the four negative ones."""
    when = None if time_s is None else f"{int(time_s) // 60:02d}:{int(time_s) % 60:02d}"
    seen = {"frame": frame, "approx_time": when, "input": file}
    return [
        seen
        | dict(zip(FEX_BOX, rounded_box(one), strict=True))
        | {"FaceScore": round(one.score, 4)}
        | {theirs: round(p[ours], 4) for theirs, ours in FEX_EMOTIONS.items()}
        | {"valence": round(p["happy"] - sum(p[name] for name in NEGATIVE), 4)}
        for one in readings
        for p in [dict(zip(EMOTIONS, one.probabilities, strict=True))]
    ] or [seen]


def rounded_box(reading: Reading) -> tuple[float, ...]:
    x1, y1, x2, y2 = reading.box_xyxy
    return tuple(round(edge, 1) for edge in (x1, y1, x2 - x1, y2 - y1))


@contextmanager
def text_file(out: Out) -> Iterator[TextIO]:
    if isinstance(out, Path):
        with out.open("w", newline="", encoding="utf-8") as file:
            yield file
    else:
        yield out  # type: ignore[misc]


@contextmanager
def csv_table(out: Out, columns: tuple[str, ...]) -> Iterator[Add]:
    with text_file(out) as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        yield table.writerows


@contextmanager
def jsonl_table(out: Out, columns: tuple[str, ...]) -> Iterator[Add]:
    with text_file(out) as file:
        yield lambda rows: file.writelines(as_json(row, columns) + "\n" for row in rows)


@contextmanager
def json_table(out: Out, columns: tuple[str, ...]) -> Iterator[Add]:
    """One list, a row a line."""
    with text_file(out) as file:
        between = "[\n"

        def add(rows: list[Row]) -> None:
            nonlocal between
            for row in rows:
                file.write(between + as_json(row, columns))
                between = ",\n"

        try:
            yield add
        finally:
            file.write("[]\n" if between == "[\n" else "\n]\n")


def as_json(row: Row, columns: tuple[str, ...]) -> str:
    return json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False)


@contextmanager
def parquet_table(out: Out, columns: tuple[str, ...]) -> Iterator[Add]:
    import pyarrow as pa  # comes with Streamlit; only this needs it
    from pyarrow import parquet

    types = {True: pa.string(), False: pa.float64()}
    schema = pa.schema([(name, pa.int64() if name in WHOLE else types[name in TEXTS]) for name in columns])
    waiting: list[Row] = []
    with parquet.ParquetWriter(out, schema) as file:

        def write(least: int) -> None:
            if len(waiting) >= least:
                file.write_table(pa.Table.from_pylist(waiting, schema))
                waiting.clear()

        def add(rows: list[Row]) -> None:
            waiting.extend(rows)
            write(10_000)

        try:
            yield add
        finally:
            write(1)


@contextmanager
def excel_table(out: Out, columns: tuple[str, ...]) -> Iterator[Add]:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("faces")
    written = 0

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = WriteOnlyCell(sheet, value)
        text.data_type = "s"  # a file may be called "=1+1", which is no formula
        return text

    def add(rows: list[Row]) -> None:
        nonlocal written
        for row in rows:
            if written == MOST_EXCEL_ROWS:
                raise TableError(f"{out}: an Excel sheet holds {MOST_EXCEL_ROWS:,} rows. Choose .csv or .parquet")
            sheet.append([cell(row.get(name)) for name in columns])
            written += 1

    sheet.append(list(columns))
    try:
        yield add
    finally:
        book.save(out)


TABLES: dict[str, Callable[[Out, tuple[str, ...]], AbstractContextManager[Add]]] = {
    ".csv": csv_table,
    ".json": json_table,
    ".jsonl": jsonl_table,
    ".parquet": parquet_table,
    ".xlsx": excel_table,
}
