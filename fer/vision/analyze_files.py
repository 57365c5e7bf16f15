"""Read the faces of pictures and videos: one row per face.

    python -m fer analyze PATH... --out faces.csv

A folder stands for the pictures and videos in it. Of a video one picture every half second is read, and a face keeps
its number. Ctrl-C ends early and keeps what is done. Ends with 1 if a file could not be read.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from fer.config import MODELS_DIR, Settings, SettingsError
from fer.records import Reading
from fer.store.deletion_log import DeletionLog
from fer.store.errors import StoreError
from fer.store.store import Store
from fer.vision import video
from fer.vision.analyze import Namer, PictureError, analyze, decode, open_picture
from fer.vision.annotate import annotated, as_jpeg
from fer.vision.cards import Card, CardError, load_card
from fer.vision.classifier import Classifier, load_classifier
from fer.vision.detector import Detector, load_detector
from fer.vision.face_tables import FER, FEX, TABLES, Add, Row, TableError, csv_table, fer_rows, fex_rows
from fer.vision.known_people import KnownPeople

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif"}
COLUMNS = {"fer": FER, "fex": FEX}


@dataclass(frozen=True, slots=True)
class Eye:
    """What looks, loaded once."""

    detector: Detector
    classifier: Classifier
    unsure_below: float
    card: Card
    namer: Namer | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture of a file: the faces in it, and of a video its frame, its time, the numbers of the faces."""

    picture_bgr: np.ndarray
    readings: list[Reading]
    frame: int = 0
    time_s: float | None = None
    numbers: list[int] | None = None
    share_done: float = 1.0  # of the file


def main(argv: list[str] | None = None) -> None:
    args = arguments().parse_args(argv)
    if args.out and args.out.suffix.lower() not in TABLES:
        sys.exit(f"--out must end in {', '.join(TABLES)}. Received: {str(args.out)!r}")
    if not 0 < args.every < video.MOST_SECONDS:
        sys.exit(f"--every must be a number of seconds above 0. Received: {args.every}")
    try:
        eye = load(args.model, names=not args.no_names)
        files, missing = found(args.paths)
        for path in missing:
            print(f"{path}: there is no such file or folder", file=sys.stderr)
        with table(args.out, COLUMNS[args.columns]) as add:
            failed = read_all(files, eye, args, add)
    except (SettingsError, CardError, TableError, StoreError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or args.out} cannot be written ({error.strerror})")
    if args.columns == "fex":
        say_model(args.out, eye.card)
    if failed or missing:
        sys.exit(1)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fer analyze", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture, a video, or a folder of them")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"{', '.join(TABLES)}; without it a CSV is printed")
    parser.add_argument("--every", type=float, default=0.5, metavar="S", help="seconds between looks at a video (0.5)")
    parser.add_argument("--model", metavar="NAME", help="a model of models/ (FER_MODEL)")
    parser.add_argument("--annotate", type=Path, metavar="DIR", help="also write the pictures there, faces marked")
    parser.add_argument("--no-names", action="store_true", help="name nobody, also with FER_IDENTITY=on")
    parser.add_argument("--columns", choices=COLUMNS, default="fer", help="fex: the names that py-feat has")
    return parser


def load(model: str | None, names: bool = True) -> Eye:
    settings = Settings.from_env()
    name = model or settings.model
    classifier = load_classifier(MODELS_DIR, name)
    card = load_card(MODELS_DIR / f"{name.removesuffix('.keras')}.json")
    detector = load_detector(settings.detector, settings.detector_file)
    return Eye(
        detector, classifier, settings.unsure_below, card, namer(settings) if settings.identity and names else None
    )


def namer(settings: Settings) -> Namer | None:
    """Names the people who agreed; None, with the reason, where nobody can or may be named now."""
    people = KnownPeople(Store(settings.url, DeletionLog(settings.deletion_log)), settings)
    if reason := people.refusal() or people.problem():
        print(f"Nobody is named. {reason}", file=sys.stderr)
        return None
    return people.names


def found(paths: list[Path]) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """(file, its name under the folder that was given) of each picture and video, and the paths that are not there."""
    files: list[tuple[Path, Path]] = []
    missing = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in PICTURES | video.SUFFIXES)
            files += [(one, one.relative_to(path)) for one in inside if one.is_file()]
        elif path.exists():
            files.append((path, Path(path.name)))
        else:
            missing.append(path)
    return files, missing


def table(out: Path | None, columns: tuple[str, ...]) -> AbstractContextManager[Add]:
    return TABLES[out.suffix.lower()](out, columns) if out else csv_table(sys.stdout, columns)


def read_all(files: list[tuple[Path, Path]], eye: Eye, args: argparse.Namespace, add: Add) -> bool:
    """Whether a file could not be read; a sentence for each goes to stderr."""
    failed = False
    sizes = [path.stat().st_size for path, _ in files]
    with tqdm(total=sum(sizes), unit="B", unit_scale=True, disable=None) as bar:  # None: only on a terminal
        for (path, short), size in zip(files, sizes, strict=True):
            done_before = bar.n
            bar.set_postfix_str(path.name)
            try:
                for seen in looks(path, str(path), eye, args.every):
                    add(rows(str(path), seen, eye, args.columns))
                    if args.annotate:
                        save(args.annotate / annotated_name(short, seen.time_s), seen)
                    bar.update(done_before + round(size * seen.share_done) - bar.n)
            except PictureError as error:
                failed = True
                tqdm.write(str(error), file=sys.stderr)
            bar.update(done_before + size - bar.n)
    return failed


def looks(
    file: Path | BinaryIO, name: str, eye: Eye, every_s: float, most_seconds: float = video.MOST_SECONDS
) -> Iterator[Seen]:
    """A picture or a video, as its ``name`` says. Raises ``PictureError``, of a video perhaps after some looks."""
    if Path(name).suffix.lower() not in video.SUFFIXES:
        picture = open_picture(file) if isinstance(file, Path) else decode(file, name)
        yield Seen(picture, analyze(picture, eye.detector, eye.classifier, eye.unsure_below, eye.namer))
        return
    with video.open_video(file, name, most_seconds) as opened:
        for one in video.read_video(opened, every_s, eye.detector, eye.classifier, eye.unsure_below, eye.namer):
            share = min(1.0, one.time_s / opened.seconds) if opened.seconds else 0.0
            yield Seen(one.frame_bgr, one.readings, one.frame, one.time_s, one.numbers, share)


def rows(file: str, seen: Seen, eye: Eye, columns: str) -> list[Row]:
    if columns == "fex":
        return fex_rows(file, seen.readings, seen.frame, seen.time_s)
    return fer_rows(file, seen.readings, f"{eye.card.name} {eye.card.version}", seen.time_s, seen.numbers)


def annotated_name(short: Path, time_s: float | None) -> Path:
    """``a/face.png`` -> ``a/face.png.jpg``; of a video, one for each time."""
    return short.with_name(short.name + ("" if time_s is None else f".{time_s:08.2f}s") + ".jpg")


def save(path: Path, seen: Seen) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_jpeg(annotated(seen.picture_bgr, seen.readings, seen.numbers)))


def say_model(out: Path | None, card: Card) -> None:
    """py-feat's columns have no room for the model, so it stands in a file beside, or on stderr."""
    text = json.dumps({"model": {"name": card.name, "version": card.version}}) + "\n"
    if out:
        out.with_name(out.name + ".model.json").write_text(text)
    else:
        sys.stderr.write(text)
