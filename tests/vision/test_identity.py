"""Who a face is: made-up vectors of made-up people, strangers, and too little to learn from."""

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator

from fer.vision.identity import FIXED_THRESHOLD, MODELS, People, fit, scores

NAMES = ("Ana", "José", "李雷", "سارة")


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def faces_of(centres, count, spread, seed):
    """``count`` vectors near each centre, in their order."""
    random = np.random.default_rng(seed)
    return unit(np.repeat(centres, count, axis=0) + random.normal(0, spread, (len(centres) * count, centres.shape[1])))


@pytest.fixture(scope="module")
def centres():
    return unit(np.random.default_rng(1).normal(size=(8, 128)))  # the first four are known


@pytest.fixture(params=["hog", "dlib"])
def people(request, centres):
    return People(request.param, faces_of(centres[:4], 5, 0.02, 2), [name for name in NAMES for _ in range(5)])


@pytest.mark.parametrize("model", MODELS)
def test_people_are_known_again(people, centres, model):
    found = people.recognise(faces_of(centres[:4], 3, 0.02, 3), model)
    assert [one.name for one in found] == [name for name in NAMES for _ in range(3)]
    assert all(one.similarity > FIXED_THRESHOLD[people.kind] for one in found)


def test_strangers_are_unknown(people, centres):
    assert people.recognise(faces_of(centres[4:], 3, 0.02, 4)) == [None] * 12


def test_calibrating_asks_for_more_than_any_stranger_had(people, centres):
    alike = unit(centres[:1] + 0.25 * centres[4:5])  # a stranger who looks like Ana
    people.threshold = 0.5
    assert people.recognise(alike)[0].name == "Ana"
    people.calibrate(alike)
    assert people.recognise(alike) == [None]
    assert people.recognise(centres[:1])[0].name == "Ana"


def test_nobody_to_calibrate_with_changes_nothing(people):
    people.calibrate(np.empty((0, 128), np.float32))
    assert people.threshold == FIXED_THRESHOLD[people.kind]


def test_no_face_is_nobody(people):
    assert people.recognise(np.empty((0, 128), np.float32)) == []


def test_two_people_are_enough(centres):
    two = People("dlib", faces_of(centres[:2], 3, 0.02, 5), ["Ana"] * 3 + ["Ben"] * 3)
    assert [two.recognise(centres[:2], model)[1].name for model in MODELS] == ["Ben"] * 4


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["Ana"] * 6, "at least 2 must be known. Received: 1"),
        ([], "at least 2 must be known. Received: 0"),
        (["Ana"] * 4 + ["Ben"] * 2, "at least 3 faces. Received: Ben has 2"),
    ],
)
def test_too_little_to_learn_from(centres, names, what):
    with pytest.raises(ValueError, match=what):
        People("hog", faces_of(centres[:1], len(names), 0.02, 6), names)


def test_a_model_that_is_not_there(people):
    with pytest.raises(ValueError, match="Received: 'knn'"):
        people.votes(people.vectors, "knn")


class Machine:
    """A support vector machine in the form that scikit-learn's vote takes."""

    _estimator_type = "classifier"

    def __init__(self, model):
        self.model, self.classes_ = model, model.classes_

    def predict_proba(self, features):
        return scores(self.model, features)

    def fit(self, *_):
        return self


def test_the_vote_is_scikit_learns(people):
    random = np.random.default_rng(7)
    features, labels = random.normal(size=(40, 6)), np.repeat(np.arange(4), 10)
    models = fit(features, labels)
    machines = [(name, FrozenEstimator(one) if name != "svm" else Machine(one)) for name, one in models.items()]
    vote = VotingClassifier(machines, voting="soft")
    vote.estimators_, vote.le_, vote.classes_ = [one for _, one in machines], None, np.arange(4)
    people._models, people._components = models, type("Nothing", (), {"transform": staticmethod(lambda rows: rows)})
    judged = random.normal(size=(50, 6))
    assert np.allclose(people.votes(judged), vote.predict_proba(judged))
