"""The model cards: ``models/<name>.json`` says what the weights beside it are and what was measured of them.

A card names its weights with their sha256, so a card is never taken for that of other weights.
"""

import hashlib
import json
import math
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path

from fer.records import EMOTIONS

INPUT = {"size": 48, "channels": 1, "range": "0-255"}
METRICS = ("accuracy", "macro_f1", "ece", "per_class", "confusion_matrix")
KINDS = {
    "name": str,
    "arch": str,
    "file": str,
    "sha256": str,
    "split": str,
    "date": str,
    "dataset": dict,
    "metrics": dict,
    "trained": dict,
    "calibration": dict,
    "serving": dict,
    "unsure": list,
    "robustness": list,
    "covered": list,
}
ROWS = {
    "unsure": ("below", "unsure_share", "accuracy_of_rest"),
    "robustness": ("change", "accuracy", "drop"),
    "covered": ("change", "named", "named_readable"),
}
PER_CLASS = ("precision", "recall", "specificity", "f1", "support")


class CardError(ValueError):
    """A model that cannot be served or shown as it is; one sentence that names the file."""


@dataclass(frozen=True)
class Card:
    """What a model is and what was measured of it.

    ``file`` is the LiteRT or joblib file beside the card, ``sha256`` its hash. ``metrics`` holds at least ``METRICS``,
    measured on the served file, each face by the mean of it and its mirror image; rows of its ``confusion_matrix`` are
    the true emotions, in the order of ``labels``.
    """

    name: str
    arch: str
    labels: tuple[str, ...]
    input: dict
    file: str
    sha256: str
    dataset: dict
    split: str  # which pictures trained, calibrated and judged it
    metrics: dict
    trained: dict  # epochs, seed, backend, flags
    date: str  # of the export, YYYY-MM-DD
    temperature: float  # what the emotion logits were divided by
    calibration: dict = field(default_factory=dict)  # ECE before and after, each face by a temperature it did not fit
    unsure: list = field(default_factory=list)  # per threshold: share of unsure faces, accuracy of the others
    serving: dict = field(default_factory=dict)  # agreement with the .keras file, faces/s, file sizes
    robustness: list = field(default_factory=list)  # per change of the pictures: accuracy and drop
    readable_below: float | None = None  # a face less readable than this is covered; None if the model does not say it
    covered: list = field(default_factory=list)  # per cover: shares of the faces named without and with readable_below

    @property
    def version(self) -> str:
        """Of the weights, short: another training has another."""
        return self.sha256[:12]

    def __post_init__(self) -> None:
        for key, kind in KINDS.items():
            if not isinstance(getattr(self, key), kind):
                raise CardError(f"{key} must be of type {kind.__name__}. Received: {getattr(self, key)!r}")
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.labels != EMOTIONS:
            raise CardError(f"labels must be {', '.join(EMOTIONS)}, in this order. Received: {', '.join(self.labels)}")
        if self.input != INPUT:
            raise CardError(f"input must be {INPUT}. Received: {self.input}")
        if not self.file or Path(self.file).name != self.file:
            raise CardError(f"file must be the bare name of a file beside the card. Received: {self.file!r}")
        if not isinstance(self.temperature, (int, float)) or not 0 < self.temperature < math.inf:
            raise CardError(f"temperature must be a number above 0. Received: {self.temperature!r}")
        if self.readable_below is not None and not _is_share(self.readable_below):
            raise CardError(f"readable_below must be a number from 0 to 1, or null. Received: {self.readable_below!r}")
        speeds = self.serving.get("faces_per_s", {})
        if not isinstance(speeds, dict) or not all(isinstance(by_batch, dict) for by_batch in speeds.values()):
            raise CardError(f"serving.faces_per_s must hold faces/s by batch size. Received: {speeds!r}")
        missing = [key for key in METRICS if key not in self.metrics]
        if missing:
            raise CardError(f"metrics must have {', '.join(METRICS)}. Received: no {', '.join(missing)}")
        shares = {key: self.metrics[key] for key in METRICS[:3]}
        if not all(_is_share(value) for value in shares.values()):
            raise CardError(f"metrics must give {', '.join(shares)} as numbers from 0 to 1. Received: {shares}")
        table = self.metrics["per_class"]
        if set(table) != set(EMOTIONS) or any(set(PER_CLASS) - set(row) for row in table.values()):
            raise CardError(f"metrics.per_class must have {', '.join(PER_CLASS)} for every label. Received: {table}")
        if not all(
            _is_share(row[key]) and _is_count(row["support"]) for row in table.values() for key in PER_CLASS[:-1]
        ):
            raise CardError(f"metrics.per_class must hold numbers from 0 to 1, and faces as support. Received: {table}")
        matrix = self.metrics["confusion_matrix"]
        if len(matrix) != len(EMOTIONS) or any(len(row) != len(EMOTIONS) for row in matrix):
            raise CardError(
                f"metrics.confusion_matrix must be {len(EMOTIONS)} rows of {len(EMOTIONS)}. Received: {matrix}"
            )
        if not all(_is_count(count) for row in matrix for count in row):
            raise CardError(f"metrics.confusion_matrix must hold numbers of faces. Received: {matrix}")
        for key, needed in ROWS.items():
            rows = getattr(self, key)
            if not all(isinstance(row, dict) and set(needed) <= set(row) for row in rows):
                raise CardError(f"{key} must be a list of rows with {', '.join(needed)}. Received: {rows}")
            if not all(
                isinstance(value, (int, float)) for row in rows for name, value in row.items() if name != "change"
            ):
                raise CardError(f"{key} must hold numbers. Received: {rows}")


def load_card(path: str | Path) -> Card:
    """The card at ``path``, checked against the weights beside it; raises ``CardError``."""
    path = Path(path)
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.json"))) or "none"
        raise CardError(f"There is no model card {path}. Cards in that folder: {known}")
    card = _parse(path)
    if card.name != path.stem:
        raise CardError(f"{path} must be the card of {path.stem}. Received: name {card.name!r}")
    weights = path.parent / card.file
    if not weights.is_file():
        raise CardError(f"The weights {weights} that {path.name} describes are missing")
    try:
        received = file_sha256(weights)
    except OSError as error:
        raise CardError(f"The weights {weights} cannot be read. Received: {error.strerror}") from error
    if received != card.sha256:
        raise CardError(
            f"{path} is a card that does not fit its weights: {card.file} must have sha256 "
            f"{card.sha256}. Received: {received}"
        )
    return card


def save_card(path: str | Path, card: Card) -> None:
    """Writes the card; a reader never sees half of one."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(asdict(card), indent=1) + "\n")
    partial.replace(path)


def list_cards(models_dir: str | Path) -> tuple[list[Card], list[str]]:
    """The cards of a folder by name, each checked as in ``load_card``, and a sentence for each that cannot be used.

    Nothing of either for a folder that is empty or missing."""
    cards, problems = [], []
    for path in sorted(Path(models_dir).glob("*.json")):
        try:
            cards.append(load_card(path))
        except CardError as error:
            problems.append(str(error))
    return cards, problems


def file_sha256(path: str | Path) -> str:
    """The hexadecimal sha256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 1


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _parse(path: Path) -> Card:
    try:
        data = json.loads(path.read_text())
    except (ValueError, OSError) as error:  # not JSON, not even text, or not ours to read
        raise CardError(f"{path} must be a model card in JSON. Received: {error}") from None
    if not isinstance(data, dict):
        raise CardError(f"{path} must be a JSON object. Received: {type(data).__name__}")
    needed = {f.name for f in fields(Card) if f.default is MISSING and f.default_factory is MISSING}
    missing = sorted(needed - set(data))
    unknown = sorted(set(data) - {f.name for f in fields(Card)})
    if missing or unknown:
        raise CardError(f"{path} must have the keys of a model card. Received: missing {missing}, unknown {unknown}")
    try:
        return Card(**data)
    except CardError as error:
        raise CardError(f"{path}: {error}") from None
    except (TypeError, AttributeError) as error:  # a list where an object belongs, and the like
        raise CardError(f"{path} has a value of the wrong type. Received: {error}") from None
