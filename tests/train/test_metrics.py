"""Every figure against a value worked out by hand."""

import numpy as np
import pytest

from train.metrics import (
    confusion_matrix,
    expected_calibration_error,
    fit_temperature,
    macro_f1,
    majority,
    mcnemar,
    per_class,
    report,
    softmax,
    standard_error,
    unsure_table,
)

TRUE = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 0, 1])
MATRIX = [[2, 1, 0], [1, 1, 0], [0, 1, 0]]  # row = true


def test_confusion_matrix_has_true_labels_as_rows():
    assert confusion_matrix(TRUE, PREDICTED, 3).tolist() == MATRIX


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", {"precision": 2 / 3, "recall": 2 / 3, "specificity": 2 / 3, "f1": 2 / 3, "support": 3}),
        ("b", {"precision": 1 / 3, "recall": 1 / 2, "specificity": 1 / 2, "f1": 2 / 5, "support": 2}),
        ("c", {"precision": 0, "recall": 0, "specificity": 1, "f1": 0, "support": 1}),  # never predicted
    ],
)
def test_per_class(name, expected):
    assert per_class(np.array(MATRIX), "abc")[name] == pytest.approx(expected)


def test_macro_f1_counts_each_class_the_same():
    assert macro_f1(np.array(MATRIX)) == pytest.approx((2 / 3 + 2 / 5 + 0) / 3)


def test_a_class_without_a_face_is_zero_not_nan():
    assert per_class(np.zeros((2, 2), int), "ab")["a"] == {
        "precision": 0,
        "recall": 0,
        "specificity": 0,
        "f1": 0,
        "support": 0,
    }


def test_calibration_error_weighs_bins_by_their_faces():
    # Of 10 bins: (0.9, 1.0] holds 0.95 right, 0.95 wrong: gap 0.45, 2 faces;
    # (0.6, 0.7] holds 0.7 right: gap 0.3, 1 face.
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.3, 0.7]])
    assert expected_calibration_error(probabilities, np.array([0, 1, 1]), bins=10) == pytest.approx(
        (2 * 0.45 + 0.3) / 3
    )


@pytest.mark.parametrize(("true", "error"), [([0, 0], 0), ([1, 1], 1), ([0, 1], 0.5)])
def test_calibration_error_of_certainty(true, error):
    assert expected_calibration_error(np.eye(2)[[0, 0]], np.array(true)) == pytest.approx(error)


def test_report_is_whole_and_consistent():
    figures = report(np.eye(3)[PREDICTED], TRUE, "abc")
    assert figures["accuracy"] == pytest.approx(3 / 6)
    assert figures["confusion_matrix"] == MATRIX
    assert figures["ece"] == pytest.approx(0.5)
    assert (figures["faces"], figures["ece_bins"]) == (6, 15)


def test_unsure_table():
    probabilities = np.array([[0.35, 0.65], [0.55, 0.45], [0.9, 0.1], [0.9, 0.1]])
    low, high = unsure_table(probabilities, np.array([1, 1, 0, 1]), (0.6, 0.95))
    assert low == {"below": 0.6, "unsure_share": 0.25, "accuracy_of_rest": pytest.approx(2 / 3)}
    assert high == {"below": 0.95, "unsure_share": 1.0, "accuracy_of_rest": 0}


@pytest.mark.parametrize(
    ("votes", "label", "counts"),
    [
        ([6, 4, 0, 0, 0, 0, 0, 0, 0, 0], 0, True),
        ([0, 3, 0, 0, 0, 0, 0, 4, 3, 0], 7, True),  # most, although not half
        ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], 0, False),  # tied
        ([4, 0, 0, 0, 0, 0, 0, 0, 4, 2], 0, False),  # tied with unknown
        ([1, 0, 0, 0, 0, 0, 0, 0, 7, 2], 8, False),  # unknown
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 9, False),  # not a face
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, False),  # nobody voted
    ],
)
def test_majority(votes, label, counts):
    labels, counted = majority(np.array([votes], np.float32))
    assert (labels[0], counted[0]) == (label, counts)


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (5000, 7))
    labels = (softmax(honest).cumsum(1) > rng.random((5000, 1))).argmax(1)
    assert fit_temperature(honest[None], labels) == pytest.approx(1, rel=0.05)
    assert fit_temperature(honest[None] * 3, labels) == pytest.approx(3, rel=0.05)  # three times too sure
    overconfident, fitted = softmax(honest * 3), softmax(honest * 3 / fit_temperature(honest[None] * 3, labels))
    assert expected_calibration_error(fitted, labels) < 0.03 < expected_calibration_error(overconfident, labels)


def test_softmax_of_large_logits():
    assert softmax(np.array([[1000.0, 1000.0]])).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_scikit_learn_on_random_labels(seed):
    sk = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn (train/requirements.txt)")
    rng = np.random.default_rng(seed)
    true, probabilities = rng.integers(0, 7, 300), rng.dirichlet(np.ones(7), 300)
    predicted = probabilities.argmax(1)
    figures = report(probabilities, true, range(7))
    assert figures["confusion_matrix"] == sk.confusion_matrix(true, predicted, labels=range(7)).tolist()
    assert figures["accuracy"] == pytest.approx(sk.accuracy_score(true, predicted))
    assert figures["macro_f1"] == pytest.approx(sk.f1_score(true, predicted, average="macro"))
    precision, recall, f1, support = sk.precision_recall_fscore_support(true, predicted, labels=range(7))
    for name, row in figures["per_class"].items():
        assert [row["precision"], row["recall"], row["f1"], row["support"]] == pytest.approx(
            [precision[name], recall[name], f1[name], support[name]]
        )
        others = sk.recall_score(true != name, predicted != name)  # found among what is another class
        assert row["specificity"] == pytest.approx(others)


def test_the_standard_error_of_a_share():
    assert standard_error(0.5, 100) == pytest.approx(0.05) and standard_error(1.0, 100) == 0


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1), (5, 5, 1), (1, 9, 22 / 1024), (9, 1, 22 / 1024), (0, 5, 2 / 32), (600, 900, 0)],
)
def test_mcnemar_counts_the_faces_that_one_of_two_models_gets_right(only_first, only_second, p):
    first = np.array([True] * only_first + [False] * only_second + [True, False])
    second = np.array([False] * only_first + [True] * only_second + [True, False])
    found = mcnemar(first, second)
    assert (found["only_first"], found["only_second"]) == (only_first, only_second)
    assert found["p"] == pytest.approx(p, abs=1e-9)
