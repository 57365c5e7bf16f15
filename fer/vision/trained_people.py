"""What was learnt of people, as a file, so that a start need not learn anew. Beside it lies a card: of which faces it was
learnt, and its sha256, without which nothing is unpacked. It knows people by their numbers, not by their names."""

import json
from pathlib import Path

from fer.vision.cards import file_sha256
from fer.vision.identity import People


class TrainedFileError(Exception):
    """The file cannot be used; the message says why."""


def save(path: Path, people: People, state: str) -> None:
    """``state``: which faces were learnt (``StoredPeople.faces_state``)."""
    import joblib

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished, card_file = path.with_suffix(".unfinished"), path.with_suffix(".json")
    for file in (unfinished, card_file):
        file.touch(mode=0o600)
    joblib.dump(people, unfinished, compress=3)
    card = {"sha256": file_sha256(unfinished), "state": state, "learnt_by": _version()}
    unfinished.replace(path)
    card_file.write_text(json.dumps(card) + "\n", encoding="utf-8")


def load(path: Path, state: str) -> People | None:
    """None where there is none, or one of other faces. Raises ``TrainedFileError`` for a damaged one."""
    import joblib

    try:
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if card["state"] != state or card["learnt_by"] != _version():
            return None
        if file_sha256(path) != card["sha256"]:
            raise TrainedFileError(f"{path} is damaged: its sha256 is not the one in its card")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainedFileError(f"{path} or its card is damaged ({error})") from error
    return joblib.load(path)


def forget(path: Path) -> None:
    """Deletes it."""
    for one in (path, path.with_suffix(".json"), path.with_suffix(".unfinished")):
        one.unlink(missing_ok=True)


def _version() -> str:
    import sklearn

    return f"scikit-learn {sklearn.__version__}"
