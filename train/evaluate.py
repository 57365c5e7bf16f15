"""Measure a model, or all models of a folder, on faces it was not trained on.

    python -m train.evaluate --model models/resnet.keras --data fer2013.zip --votes fer2013new.csv --json out.json
    python -m train.evaluate --model models/ --data fer2013.zip --robustness --train-split train

The model is a .keras file, the served .tflite file, or the .joblib file of a classical model with its card beside it.
Prints accuracy, figures per class, the confusion matrix, ECE (top label, 15 equally wide bins) and faces/s in batches
of 32. For a folder: every model that has a card, a line each, then a table.

Judged is the mean of what the model says of a face and of its mirror image, the two views that take turns in a lesson;
the accuracy of the face alone is printed beside it, as one view. faces/s counts views.

With --votes also FER+: an image counts if one of its ten vote columns has more votes than any other and that column is
one of the eight emotions (not unknown, not not-a-face); that emotion is its label. Judged is the model's head
``ferplus``. A model without one (every .tflite and .joblib) is judged by its seven emotions under their FER+ names, so
it is wrong on every contempt. With --train-split also the accuracy without the faces that are pixel by pixel in that
split, which a model may know by heart. With --robustness also the accuracy on changed faces, and of a model that says
how readable a face is which covered faces it still names (train/robustness.py). ± is one standard error. With --against:
on how many faces only one of two models is right, and how often chance alone would make as large a difference
(McNemar's test, exact).
"""

import argparse
import json
import os
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from fer.config import Settings
from fer.records import EMOTIONS
from fer.vision.cards import CardError, list_cards, load_card
from fer.vision.classifier import MOST_FACES, load_heads, load_joblib, load_litert
from fer.vision.detector import load_detector
from fer.vision.preprocess import to_batch
from train.data import FERPLUS_EMOTIONS, FERPLUS_NAMES, also_in, load_faces, load_votes
from train.identity import pictures
from train.metrics import as_probabilities, majority, mcnemar, report, standard_error
from train.robustness import judge_covers, robustness
from train.table import accuracy_columns, figure, markdown
from train.unreadable import Judge, astronaut_bgr, judge_kinds, judge_lenses, judge_posters, judge_sizes, portraits

EVERY_PHOTO = 4  # one of so many is judged

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, type=Path, help=".keras, .tflite or .joblib file, or a folder with cards")
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv")
parser.add_argument("--split", default="test", help="train or test; of fer2013.csv also a Usage, such as PrivateTest")
parser.add_argument("--votes", help="fer2013new.csv, the FER+ votes")
parser.add_argument("--train-split", help="judge also without the faces of this split, usually train")
parser.add_argument("--robustness", action="store_true", help="measure also on faces that are small, turned, dark ...")
parser.add_argument("--photos", type=Path, help="with --robustness: photos of faces to make camera pictures of")
parser.add_argument("--against", type=Path, help="another model file: is the difference to it more than chance?")
parser.add_argument("--json", type=Path, help="write the figures here too")


def heads_of(classifier):
    """A ``Classifier`` in the form of ``load_model``."""

    def heads(faces):
        said = classifier.read(faces)
        readable = {} if said.readable is None else {"readable": said.readable[:, None]}
        return {"emotion": said.probabilities, **readable}

    return heads


def load_model(path):
    """uint8 faces (n, 48, 48) -> head name -> (n, width), for any kind of file."""
    if path.suffix == ".tflite":
        return heads_of(load_litert(path))
    if path.suffix == ".keras":
        heads = load_heads(path)
        return lambda faces: heads(to_batch(faces))
    if path.suffix == ".joblib":
        card = load_card(path.with_suffix(".json"))
        return heads_of(load_joblib(path, card.sha256, card.temperature))
    raise CardError(f"A model must be a .keras, .tflite or .joblib file, or a folder of them. Received: {path}")


def both_views(pixels):
    """The faces (n, 48, 48) as they are, and their mirror images."""
    return pixels, pixels[:, :, ::-1]


def predict(model, pixels):
    """(head name -> probabilities (2, n, width) of both views of all faces, faces/s).

    Logits of a model not exported yet become probabilities."""
    model(pixels[:MOST_FACES])  # the first call is slow
    started = time.perf_counter()
    said = said_of(model, pixels)
    return said, 2 * len(pixels) / (time.perf_counter() - started)


def said_of(model, pixels):
    """The same without the speed."""
    views = [
        [model(view[start : start + MOST_FACES]) for start in range(0, len(pixels), MOST_FACES)]
        for view in both_views(pixels)
    ]
    return {
        name: np.stack([_shares(name, np.concatenate([part[name] for part in parts])) for parts in views])
        for name in views[0][0]
    }


def _shares(head, values):
    """The head that says how readable a face is gives one share, every other one logits or probabilities."""
    return values if head == "readable" else as_probabilities(values)


def judged(model, pixels):
    """float (n, 7): the mean of the expression's probabilities in both views."""
    return said_of(model, pixels)["emotion"].mean(0)


def ferplus_report(heads, votes):
    """Accuracy against the FER+ majority; see the top of this file."""
    label, counts = majority(votes)
    if not counts.any():
        raise ValueError("The votes must give some face of the split a majority. Received: none does")
    columns = np.array([FERPLUS_EMOTIONS.index(FERPLUS_NAMES[emotion]) for emotion in EMOTIONS])
    by_emotion = columns[heads["emotion"].argmax(1)]
    if "ferplus" in heads:
        predicted, source = heads["ferplus"].argmax(1), "ferplus head"
    else:
        predicted, source = by_emotion, "emotion head under FER+ names, contempt never given"
    accuracy = float((predicted == label)[counts].mean())
    return {
        "ferplus_accuracy": accuracy,
        "ferplus_standard_error": standard_error(accuracy, counts.sum()),
        "ferplus_faces": int(counts.sum()),
        "ferplus_source": source,
        "ferplus_by_emotion": float((by_emotion == label)[counts].mean()),
    }


def clean_report(probabilities, labels, is_known):
    """Accuracy on the faces that ``is_known`` does not mark as pictures of the training split."""
    if is_known.all():
        raise ValueError("Some face must not be in the training split. Received: all are")
    accuracy, faces = float((probabilities.argmax(1) == labels)[~is_known].mean()), int((~is_known).sum())
    return {
        "deduplicated_accuracy": accuracy,
        "deduplicated_standard_error": standard_error(accuracy, faces),
        "deduplicated_faces": faces,
    }


def comparison(probabilities, other, labels, is_known=None):
    """``mcnemar`` of two models on the same faces, on all of them and on those that are not in the training split."""
    first, second = (said.argmax(1) == labels for said in (probabilities, other))
    found = {"accuracy": float(second.mean()), **mcnemar(first, second)}
    if is_known is not None:
        found["deduplicated"] = mcnemar(first[~is_known], second[~is_known])
    return found


def accuracies(views, labels, votes=None, is_known=None):
    """Every figure of what a model says of both views (``predict``), and the accuracy of the first view.

    ``is_known``: which faces are also in the training split."""
    heads = {name: both.mean(0) for name, both in views.items()}
    figures = {
        "one_view_accuracy": float((views["emotion"][0].argmax(1) == labels).mean()),
        **report(heads["emotion"], labels, EMOTIONS),
    }
    if votes is not None:
        figures |= ferplus_report(heads, votes)
    if is_known is not None:
        figures |= clean_report(heads["emotion"], labels, is_known)
    return figures


def evaluate(model, faces, votes=None, is_known=None, changed=False, against=None, readable_below=None):
    """``accuracies`` of a model (``load_model``), its speed, if ``changed`` its robustness, and how it compares with the
    model ``against`` it. ``readable_below``: adds which faces with something drawn over them are still named."""
    views, rate = predict(model, faces.pixels)
    figures = {"faces_per_s": rate, **accuracies(views, faces.labels, votes, is_known)}
    if changed:
        figures["robustness"] = robustness(
            lambda pixels: judged(model, pixels), faces.pixels, faces.labels, figures["accuracy"]
        )
    if changed and readable_below is not None and "readable" in views:
        figures["covered"] = judge_covers(partial(said_of, model), faces, readable_below)
        figures["sizes"] = judge_sizes(partial(said_of, model), faces.pixels)
    if against:
        other = judged(against, faces.pixels)
        figures["against"] = comparison(views["emotion"].mean(0), other, faces.labels, is_known)
    return figures


def unreadable(model, path, below):
    """What is named of camera pictures with a face that cannot be read, made of the photos of ``path`` and the astronaut."""
    settings = Settings.from_env()
    detector = load_detector(settings.detector, settings.detector_file)
    judge = Judge(detector, partial(said_of, model), below)
    photos = [astronaut_bgr(), *(picture for _, picture in pictures(path)[::EVERY_PHOTO])]
    people = portraits(photos, detector)
    return {
        "photos": len(people),
        "kinds": judge_kinds(people, judge),
        "posters": judge_posters(people, judge),
        "lenses": judge_lenses(judge),
    }


def within(figures, which):
    """An accuracy and its standard error, as text."""
    return f"{figures[f'{which}accuracy']:.4f} ± {figures[f'{which}standard_error']:.4f}"


def print_comparison(name, found):
    print(f"\nagainst {name}, accuracy {found['accuracy']:.4f}:")
    for faces, pair in (("all faces", found), ("faces that are not in the training split", found.get("deduplicated"))):
        if pair:
            print(
                f"  {faces}: only this one right {pair['only_first']}, only the other {pair['only_second']}; "
                f"p {pair['p']:.3f} ({'a difference' if pair['p'] < 0.05 else 'no difference'} beyond chance, McNemar exact)"
            )


def print_report(figures):
    print(
        f"accuracy {within(figures, '')} (one view {figures['one_view_accuracy']:.4f})   "
        f"macro F1 {figures['macro_f1']:.4f}   "
        f"ECE {figures['ece']:.4f} ({figures['ece_bins']} bins)   {figures['faces_per_s']:.0f} faces/s"
    )
    print(f"\n{'':10}{'precision':>12}{'recall':>12}{'specificity':>12}{'F1':>12}{'support':>12}")
    for name, row in figures["per_class"].items():
        shares = "".join(f"{row[key]:12.3f}" for key in ("precision", "recall", "specificity", "f1"))
        print(f"{name:10}{shares}{row['support']:12}")
    print(
        "\nconfusion matrix, row = true, column = predicted\n" + " " * 10 + "".join(f"{name:>10}" for name in EMOTIONS)
    )
    for name, row in zip(EMOTIONS, figures["confusion_matrix"], strict=True):
        print(f"{name:10}" + "".join(f"{count:10}" for count in row))
    if "ferplus_accuracy" in figures:
        print(
            f"\nFER+ accuracy {within(figures, 'ferplus_')} on {figures['ferplus_faces']} faces with a majority "
            f"({figures['ferplus_source']})"
        )

    if "deduplicated_accuracy" in figures:
        print(
            f"\naccuracy {within(figures, 'deduplicated_')} on the {figures['deduplicated_faces']} faces that are "
            "not in the training split"
        )
    if "robustness" in figures:
        print("\n" + markdown(robustness_rows(figures)))
    if "covered" in figures:
        print("\n" + markdown(covered_rows(figures["covered"])))
        print("\n" + markdown(size_rows(figures["sizes"])))


def size_rows(rows):
    return [
        {"px": str(row["px"]), "named": figure(row["named"]), "of those the name of 48 px": figure(row["same_name"])}
        for row in rows
    ]


def print_unreadable(figures):
    posters, lenses = figures["posters"], figures["lenses"]
    print("\n" + markdown(unreadable_rows(figures["kinds"])))
    print(
        f"\na smaller face behind, in {posters['pictures']} pictures: counted in {posters['counted_before']} before "
        f"(first of all in {posters['first_before']}) and in {posters['counted']} now"
        f"\nof {lenses['pictures']} pictures of a covered lens: off in {lenses['before']} before and in {lenses['off']} now"
    )


def unreadable_rows(kinds):
    return [
        {
            "the face": row["change"],
            "pictures": str(row["pictures"]),
            "named before": str(row["before"]),
            "by another name": str(row["another_before"]),
            "named": str(row["named"]),
            "by another name than as it is": str(row["another"]),
        }
        for row in kinds
    ]


def robustness_rows(figures):
    return [
        {"faces": "as they are", "accuracy": figure(figures["accuracy"]), "drop, points": ""},
        *(
            {
                "faces": row["change"],
                "accuracy": figure(row["accuracy"]),
                "drop, points": figure(row["drop"], "{:z.1f}"),
            }
            for row in figures["robustness"]
        ),
    ]


def covered_rows(rows):
    return [
        {
            "drawn over the face": row["change"],
            "named": figure(row["named"]),
            "named and readable": figure(row["named_readable"]),
        }
        for row in rows
    ]


def evaluate_folder(folder, faces, **measured):
    """name -> figures, for every model of the folder that can be loaded; says which cannot."""
    cards, problems = list_cards(folder)
    found = {}
    for card in cards:
        try:
            found[card.name] = figures = evaluate(load_model(folder / card.file), faces, **measured)
        except CardError as error:
            problems.append(str(error))
        else:
            print(f"{card.name}: accuracy {figures['accuracy']:.4f}, {figures['faces_per_s']:.0f} faces/s", flush=True)
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    if not found:
        raise ValueError(
            f"--model must be a folder with models and their cards. Received: {folder}, which has none to load"
        )
    return found


def folder_rows(found):
    """The table of ``evaluate_folder``, best accuracy first."""
    return [
        {
            "model": name,
            **accuracy_columns(figures),
            **{row["change"]: figure(row["accuracy"]) for row in figures.get("robustness", [])},
            "faces/s": f"{figures['faces_per_s']:.0f}",
        }
        for name, figures in sorted(found.items(), key=lambda item: -item[1]["accuracy"])
    ]


def readable_below(path):
    """What the card beside a model says, or None."""
    card = path.with_suffix(".json")
    return load_card(card).readable_below if card.is_file() else None


def main():
    args = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    model = None if args.model.is_dir() else load_model(args.model)  # before the data, which takes longer
    faces = load_faces(args.data, args.split)
    measured = {
        "votes": load_votes(args.votes, faces.names) if args.votes else None,
        "changed": args.robustness,
        "is_known": also_in(load_faces(args.data, args.train_split), faces) if args.train_split else None,
    }
    print(f"{args.model} on {len(faces)} faces, split {args.split} of {args.data}")
    if missing := faces.missing():
        print(f"no face is {' or '.join(missing)}: macro F1 is the mean of the others")
    if args.against:
        measured["against"] = load_model(args.against)
    what = {"model": str(args.model), "data": str(args.data), "split": args.split}
    if model is None:
        figures = {**what, "models": evaluate_folder(args.model, faces, **measured)}
        print("\n" + markdown(folder_rows(figures["models"])))
    else:
        figures = {**what, **evaluate(model, faces, readable_below=readable_below(args.model), **measured)}
        print_report(figures)
        if args.photos and args.robustness:
            figures["unreadable"] = unreadable(model, args.photos, readable_below(args.model))
            print_unreadable(figures["unreadable"])
        if args.against:
            print_comparison(args.against, figures["against"])
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
