"""What is measured of a classifier, from its probabilities and the true labels. Pure numpy."""

import math
from fractions import Fraction

import numpy as np

ECE_BINS = 15


def softmax(logits):
    """Probabilities (..., k) from logits (..., k)."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def as_probabilities(values):
    """Logits (n, width) of a model not exported yet as probabilities; those of an exported model as they are."""
    is_done = (values >= 0).all() and np.allclose(values.sum(1), 1, atol=1e-3)
    return values if is_done else softmax(values)


def confusion_matrix(true, predicted, classes):
    """Counts (classes, classes): row = true label, column = predicted label."""
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (true, predicted), 1)
    return matrix


def per_class(matrix, names):
    """name -> precision, recall, specificity, f1, support; a share of nothing (0/0) is 0."""
    hits, true, predicted, faces = np.diag(matrix), matrix.sum(1), matrix.sum(0), matrix.sum()
    columns = {
        "precision": _share(hits, predicted),
        "recall": _share(hits, true),
        "specificity": _share(faces - true - predicted + hits, faces - true),
        "f1": _share(2 * hits, true + predicted),
    }
    return {
        name: {**{key: float(values[row]) for key, values in columns.items()}, "support": int(true[row])}
        for row, name in enumerate(names)
    }


def macro_f1(matrix):
    """The mean F1 of the classes that there are faces of, each counting the same however rare it is."""
    return float(np.mean([row["f1"] for row in per_class(matrix, range(len(matrix))).values() if row["support"]]))


def expected_calibration_error(probabilities, true, bins=ECE_BINS):
    """How far the highest probability is from the share of correct answers, averaged over equally wide bins of it.

    Naeini et al. 2015; top label, each bin weighted by its faces, upper edges belong to a bin: (0, 1/15], ...
    """
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == true
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(bin_of, confidence, bins) - np.bincount(bin_of, correct, bins)
    return float(np.abs(gaps).sum() / len(true))


def report(probabilities, true, names):
    """The figures of one evaluation, ready for JSON."""
    matrix = confusion_matrix(true, probabilities.argmax(1), len(names))
    accuracy = float(np.trace(matrix) / len(true))
    return {
        "faces": len(true),
        "accuracy": accuracy,
        "standard_error": standard_error(accuracy, len(true)),
        "macro_f1": macro_f1(matrix),
        "ece": expected_calibration_error(probabilities, true),
        "ece_bins": ECE_BINS,
        "per_class": per_class(matrix, names),
        "confusion_matrix": matrix.tolist(),
    }


def standard_error(share, faces):
    """Of a share of so many faces, as of independent draws: 95 % of the time the truth is within two of them."""
    return float(np.sqrt(share * (1 - share) / faces))


def mcnemar(first, second):
    """Whether one model is better than another on the same faces, from which ones each gets right, bool (n,) both.

    ``p``: how often models of equal worth would differ as much by chance, exact and two-sided. Source: McNemar 1947,
    doi:10.1007/BF02295996; only the faces count that one of the two gets right."""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differ = only_first + only_second
    tail = sum(math.comb(differ, k) for k in range(min(only_first, only_second) + 1))
    return {"only_first": only_first, "only_second": only_second, "p": min(1.0, float(Fraction(2 * tail, 2**differ)))}


def unsure_table(probabilities, true, thresholds=tuple(n / 20 for n in range(4, 19))):
    """Per threshold: the share of faces whose highest probability is below it, and the accuracy of the others."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == true
    return [
        {
            "below": threshold,
            "unsure_share": float((confidence < threshold).mean()),
            "accuracy_of_rest": float(_share(correct[confidence >= threshold].sum(), (confidence >= threshold).sum())),
        }
        for threshold in thresholds
    ]


def majority(votes, emotions=8):
    """(label, counts) for FER+ votes (n, 10): the column with most votes, and which faces count.

    A face counts if one column has more votes than any other and that column is an emotion, not unknown or not-a-face.
    """
    label = votes.argmax(1)
    most = votes.max(1)
    alone = (votes == most[:, None]).sum(1) == 1
    return label, alone & (label < emotions)


def fit_temperature(views, true):
    """The T > 0 for which the mean over the views of softmax(logits / T) makes the true labels likeliest.

    ``views``: logits (views, n, k). Source: Guo et al. 2017, arXiv:1706.04599."""
    low, high = 0.05, 20.0  # of 1/T, in which the loss has one minimum: a ternary search finds it
    for _ in range(60):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if _loss(views * left, true) < _loss(views * right, true):
            high = right
        else:
            low = left
    return 2 / (low + high)


def _loss(views, true):
    logs = views - np.logaddexp.reduce(views, -1, keepdims=True)
    return -np.mean(np.logaddexp.reduce(logs[:, np.arange(len(true)), true], 0))


def _share(part, whole):
    return np.where(whole > 0, part / np.maximum(whole, 1), 0.0)
