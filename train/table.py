"""The comparison of all models, in Markdown, from their cards: only what was measured.

python -m train.table models/
"""

import argparse
import sys
from pathlib import Path

from fer.vision.cards import CardError, list_cards

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=Path, help="with the model cards")


def figure(value, form="{:.1f} %", factor=100):
    return form.format(factor * value) if isinstance(value, (int, float)) else ""


def own_head(metrics):
    """FER+ accuracy of a head that was trained on the votes; it does not compare with that of the seven expressions."""
    return metrics.get("ferplus_accuracy") if metrics.get("ferplus_source") == "ferplus head" else None


def accuracy_columns(metrics):
    """The columns that train.evaluate measures, as text."""
    return {
        "FER-2013 label": figure(metrics["accuracy"]),
        "one view": figure(metrics.get("one_view_accuracy")),
        "without duplicates": figure(metrics.get("deduplicated_accuracy")),
        "FER+ majority": figure(metrics.get("ferplus_by_emotion")),
        "FER+, own head": figure(own_head(metrics)),
        "macro F1": figure(metrics["macro_f1"], "{:.2f}", 1),
        "ECE": figure(metrics["ece"], "{:.3f}", 1),
    }


def row(card, folder):
    speed = card.serving.get("faces_per_s", {})
    served = speed.get("int8") or speed.get("joblib") or {}
    unseen = {"ECE": figure(card.calibration["ece_after"], "{:.3f}", 1)} if "ece_after" in card.calibration else {}
    return {
        "model": card.name,
        **accuracy_columns(card.metrics),
        **unseen,
        "worst drop, points": figure(max((one["drop"] for one in card.robustness), default=None), "{:.1f}"),
        "parameters": figure(card.trained.get("parameters"), "{:.2f} M", 1e-6),
        "epochs": figure(card.trained.get("epochs"), "{:.0f}", 1),
        "MB": figure((folder / card.file).stat().st_size, "{:.1f}", 1e-6),
        "faces/s, 1 / 32 at a time": " / ".join(str(served[n]) for n in ("1", "32") if n in served),
    }


def markdown(rows):
    """A table of dicts with the same keys; a column in which nothing was measured is left out."""
    keys = [key for key in rows[0] if any(one[key] for one in rows)]
    lines = [keys, ["---"] * len(keys), *([one[key] for key in keys] for one in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def comparison(folder):
    """The table of a folder's models, best accuracy first; says which are left out, and raises CardError if all are."""
    cards, problems = list_cards(folder)
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    if not cards:
        raise CardError(f"There must be a model card to tabulate. Received: {folder}, which has none that can be used")
    return markdown([row(card, folder) for card in sorted(cards, key=lambda card: -card.metrics["accuracy"])])


def main():
    print(comparison(parser.parse_args().folder))


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(f"error: {error}")
