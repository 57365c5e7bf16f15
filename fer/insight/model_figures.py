"""What a model's card says, for a teacher: the table of all models, where one fails, its confusions and its curves."""

import json
from pathlib import Path

import pandas as pd

from fer.insight.wording import percent
from fer.languages import N_, _
from fer.records import EMOTIONS
from fer.vision.cards import Card

LEAST_GOOD = 0.55  # a class of which less is found, or less is right when said, is weak
FEW_FACES = 100  # a share of fewer is little more than a guess
FACES_OF = {"emotion": N_("training faces"), "val_emotion": N_("test faces")}  # the columns of a history file
LOOKS = {
    "angry": N_("brows low and drawn together, lips pressed or teeth shown"),
    "disgust": N_("nose wrinkled, upper lip raised"),
    "fear": N_("eyes wide, brows raised and drawn together, mouth stretched"),
    "happy": N_("corners of the mouth up, cheeks raised"),
    "neutral": N_("nothing in the face stands out"),
    "sad": N_("corners of the mouth down, inner brows up"),
    "surprise": N_("brows up, eyes and mouth open"),
}
WHILE_IT_LEARNT = {"accuracy": N_("**Accuracy while it learnt**"), "loss": N_("**Loss while it learnt**")}

CHANGES = (  # of pictures, as train.robustness names them in the cards
    N_("24 px high"),
    N_("off-centre by 10 %"),
    N_("rotated by 15°"),
    N_("half as bright"),
    N_("blurred (deviation 1.5 px)"),
    N_("JPEG quality 30"),
)
MISTAKES = [N_("Vectors"), N_("Person"), N_("Taken for"), N_("Faces"), N_("Share")]
IDENTITY_FIGURES = {  # of telling people apart
    "accuracy": N_("Accuracy"),
    "precision": N_("Precision"),
    "recall": N_("Recall"),
    "specificity": N_("Specificity"),
    "f1": N_("F1"),
    "true_accept": N_("Known and named"),
    "unknown_accepted": N_("Strangers named"),
}


def models_table(cards: list[Card], models_dir: Path) -> pd.DataFrame:
    """One row per card. Shares in percent; what a card does not say is None."""
    return pd.DataFrame(
        [
            {
                _("Model"): card.name,
                "FER-2013": 100 * card.metrics["accuracy"],
                "FER+": _times(100, card.metrics.get("ferplus_by_emotion")),
                "Macro F1": card.metrics["macro_f1"],
                "ECE": _times(1, card.calibration.get("ece_after")),
                "MB": (models_dir / card.file).stat().st_size / 1e6,
                _("Parameters"): _times(1, card.trained.get("parameters")),
                _("Epochs"): _times(1, card.trained.get("epochs")),
            }
            for card in cards
        ]
    )


def weak_classes(card: Card) -> list[str]:
    """The expressions the model is bad at, worst F1 first: those below ``LEAST_GOOD``, or else the worst one."""
    rows = card.metrics["per_class"]
    worst_first = sorted(EMOTIONS, key=lambda emotion: rows[emotion]["f1"])
    return [
        emotion for emotion in worst_first if min(rows[emotion]["recall"], rows[emotion]["precision"]) < LEAST_GOOD
    ] or worst_first[:1]


def weakness(card: Card, emotion: str) -> str:
    """How the model fails at one expression, as sentences."""
    row = card.metrics["per_class"][emotion]
    counts = dict(zip(EMOTIONS, card.metrics["confusion_matrix"][EMOTIONS.index(emotion)], strict=True))
    right, faces = counts.pop(emotion), row["support"]
    mistaken = max(counts, key=lambda said: counts[said])
    said = [_("it finds {share} of such faces.").format(share=percent(row["recall"]))]
    if counts[mistaken]:
        share = percent(counts[mistaken] / (right + sum(counts.values())))
        said.append(_("It calls {share} of them {expression}.").format(share=share, expression=_(mistaken)))
    if any(said_of[EMOTIONS.index(emotion)] for said_of in card.metrics["confusion_matrix"]):
        share = percent(row["precision"])
        said.append(_("Of the faces it calls {expression}, {share} are.").format(expression=_(emotion), share=share))
    else:
        said.append(_("It never says {expression}.").format(expression=_(emotion)))
    if faces < FEW_FACES:
        said.append(_("Measured on {faces} faces only.").format(faces=faces))
    return " ".join(said)


def notes(card: Card, unsure_below: float) -> list[str]:
    """More of what the figures mean, as sentences; none where the card has not measured it."""
    said = []
    if card.unsure:
        row = min(card.unsure, key=lambda row: abs(row["below"] - unsure_below))
        said.append(
            _(
                "With the threshold {threshold}, {unsure} of the faces are *unsure*, and of the others "
                "{right} get their label."
            ).format(
                threshold=f"{row['below']:g}",
                unsure=percent(row["unsure_share"]),
                right=percent(row["accuracy_of_rest"]),
            )
        )
    faces, accuracy = (card.metrics.get(f"deduplicated_{key}") for key in ("faces", "accuracy"))
    if isinstance(faces, int) and isinstance(accuracy, (int, float)):
        said.append(
            _(
                "Some test faces are also among the training faces; of the {faces} that are not, {accuracy} "
                "get their label."
            ).format(faces=faces, accuracy=percent(accuracy))
        )
    return said


def robustness_table(card: Card) -> pd.DataFrame:
    """What changed pictures cost: Pictures, Accuracy (percent) and Lost points; empty where it is not measured."""
    changes = [row["change"] for row in card.robustness]
    return pd.DataFrame(
        {
            _("Pictures"): [_(change) for change in changes],
            _("Accuracy"): [100 * row["accuracy"] for row in card.robustness],
            # + 0.0, or what gains a little shows -0.0
            _("Lost points"): [round(100 * row["drop"], 1) + 0.0 for row in card.robustness],
        }
    )


def confusion(card: Card) -> pd.DataFrame:
    """The confusion matrix as rows: true, said, faces, share (of the true expression's faces), text."""
    rows = [
        {"true": true, "said": said, "faces": faces, "share": faces / max(sum(row), 1)}
        for true, row in zip(EMOTIONS, card.metrics["confusion_matrix"], strict=True)
        for said, faces in zip(EMOTIONS, row, strict=True)
    ]
    return pd.DataFrame(rows).assign(text=lambda table: table["share"].map(percent))


def curves(path: Path) -> pd.DataFrame:
    """A history file of train.fit as rows: epoch (from 1, over all runs), figure, faces, value.

    Empty without the file; raises ValueError for one that is none."""
    columns = ["epoch", "figure", "faces", "value"]
    if not path.is_file():
        return pd.DataFrame(columns=columns)
    try:
        table = pd.read_csv(path)
        parts = [
            pd.DataFrame(
                {
                    "epoch": range(1, len(table) + 1),
                    "figure": figure,
                    "faces": _(faces),
                    "value": table[f"{column}_{figure}"].astype(float),
                }
            )
            for figure in ("accuracy", "loss")
            for column, faces in FACES_OF.items()
        ]
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            _("{path} must be a history of train.fit. Received: {error}").format(path=path, error=error)
        ) from None
    return pd.concat(parts, ignore_index=True)


def identity_table(path: Path) -> pd.DataFrame:
    """What train.identity wrote of how well people are told apart, a row for each kind of vector and model, in percent.

    Empty without the file; raises ValueError for one that is none."""
    names = (
        {"vectors": _("Vectors"), "model": _("Model")}
        | {key: _(name) for key, name in IDENTITY_FIGURES.items()}
        | {"ms": _("ms a face")}
    )
    if not path.is_file():
        return pd.DataFrame(columns=list(names.values()))
    try:
        records = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))[list(names)]
        records[list(IDENTITY_FIGURES)] *= 100
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ValueError(
            _("{path} must be a table of train.identity. Received: {error}").format(path=path, error=error)
        ) from None
    return records.rename(columns=names)


def identity_mistakes(path: Path, model: str = "ensemble") -> pd.DataFrame:
    """Who was taken for whom, of the closed set over all splits, the commonest first: the cells of the confusion matrix
    beside its diagonal. ``Share`` is of that person's faces, in percent. Empty without the file."""
    if not path.is_file():
        return pd.DataFrame(columns=[_(one) for one in MISTAKES])
    try:
        rows = [
            (record["vectors"], name, said, faces, 100 * faces / sum(row))
            for record in json.loads(path.read_text(encoding="utf-8"))
            if record["model"] == model
            for name, row in zip(record["names"], record["confusion_matrix"], strict=True)
            for said, faces in zip(record["names"], row, strict=True)
            if faces and said != name
        ]
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ValueError(
            _("{path} must be a table of train.identity. Received: {error}").format(path=path, error=error)
        ) from None
    return pd.DataFrame(rows, columns=[_(one) for one in MISTAKES]).sort_values(
        _("Faces"), ascending=False, ignore_index=True
    )


def _times(factor: float, value: object) -> float | None:
    return factor * value if isinstance(value, (int, float)) else None
