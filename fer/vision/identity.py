"""Who a face is: learnt from a few faces of each person, with an honest *unknown*.

Logistic regression, a support vector machine and a random forest name the likeliest person, alone or by their vote.
Whether it is anybody who was learnt is a question of its own: the face must be more similar to that person than any
stranger was.
scikit-learn is needed to learn and to recognise; ``pip install -r train/requirements.txt`` brings it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from fer.records import Identity

LEAST_FACES = 3  # of a person, to learn from
LEAST_PEOPLE = 2
MODELS = ("logistic", "svm", "forest", "ensemble")  # the ensemble is the vote of the others
COMPONENTS = 100  # principal components of the vectors that the models see
TREES = 200
# Of more people, only logistic regression learns: a forest of 300 takes 48 s of a core, and support vector machines of
# 1,000, which are half a million, 5 s for each face.
MOST_FOR_ALL_MODELS = 150
# How similar a face must be to a person, by kind of vector, where no stranger's face was there to measure it: the
# largest similarity of 10 strangers to 20 people, mean over 60 splits of ORL (python -m train.identity).
FIXED_THRESHOLD = {"hog": 0.932, "dlib": 0.942}


class People:
    """People who were learnt. ``recognise`` names faces, or says None: unknown.

    ``vectors``: float32 (n, d) of length 1 (``FaceVectors.of``); ``names``: whose each is. Raises ValueError where
    there is too little to learn from."""

    def __init__(self, kind: str, vectors: np.ndarray, names: Sequence[str]):
        from sklearn.decomposition import PCA
        from threadpoolctl import ThreadpoolController  # comes with scikit-learn

        counts = Counter(names)
        if len(counts) < LEAST_PEOPLE:
            raise ValueError(f"To tell people apart at least {LEAST_PEOPLE} must be known. Received: {len(counts)}")
        few = [f"{name} has {n}" for name, n in counts.items() if n < LEAST_FACES]
        if few:
            raise ValueError(f"Each person needs at least {LEAST_FACES} faces. Received: {', '.join(few)}")
        self.kind, self.vectors, self.names = kind, vectors, np.asarray(names, dtype=object)
        self.known = np.array(sorted(counts), dtype=object)
        self.threshold = FIXED_THRESHOLD[kind]
        # Several threads wait for each other on a busy machine: of 100 people 13 s of CPU instead of 4 (measured).
        with ThreadpoolController().limit(limits=1):
            self._components = PCA(min(COMPONENTS, *vectors.shape), svd_solver="full").fit(vectors)
            self._models = fit(self._components.transform(vectors), np.searchsorted(self.known, self.names))

    def votes(self, vectors: np.ndarray, model: str = "ensemble") -> np.ndarray:
        """float64 (n, people): what a model of ``MODELS`` says of each face, by person in the order of ``known``."""
        if model not in (*self._models, "ensemble"):
            raise ValueError(f"A model is one of {', '.join((*self._models, 'ensemble'))}. Received: {model!r}")
        if not len(vectors):
            return np.empty((0, len(self.known)))
        seen = self._components.transform(vectors)
        if model == "ensemble":
            return np.mean([scores(one, seen) for one in self._models.values()], axis=0)
        return scores(self._models[model], seen)

    def similarity(self, vectors: np.ndarray) -> np.ndarray:
        """float64 (n, people): how similar each face is to each person."""
        of_person = [self.vectors[self.names == name] for name in self.known]
        return np.stack([similarity_to(self.kind, faces, vectors) for faces in of_person], axis=1)

    def calibrate(self, strangers: np.ndarray) -> None:
        """Asks from now on for more similarity than any of these faces (n, d) of people who are not known has."""
        if len(strangers):
            self.threshold = float(self.similarity(strangers).max())

    def recognise(self, vectors: np.ndarray, model: str = "ensemble") -> list[Identity | None]:
        """Who each face is, None for unknown."""
        best = self.votes(vectors, model).argmax(1)
        similar = self.similarity(vectors)[np.arange(len(vectors)), best] if len(vectors) else ()
        return [
            Identity(self.known[person], float(value)) if value > self.threshold else None
            for person, value in zip(best, similar, strict=True)
        ]


def similarity_to(kind: str, faces: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """float (n,): cosine of each of the ``vectors`` (n, d) to a person, who has these ``faces`` (m, d).

    ``hog`` knows a face again that is turned alike, so the most similar of a person's faces counts. ``dlib`` knows
    it in any turn, so the mean of them does. Each is better so: docs/models.md."""
    if kind == "hog":
        return (vectors @ faces.T).max(1)
    mean = faces.mean(0)
    return vectors @ (mean / np.linalg.norm(mean))


def fit(features: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    """name -> fitted model, each with the settings that won in cross-validation over the few faces of each person."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.svm import SVC

    folds = StratifiedKFold(3, shuffle=True, random_state=0)

    def tuned(model: Any, **grid: list) -> Any:
        return GridSearchCV(model, grid, cv=folds).fit(features, people)

    logistic = tuned(LogisticRegression(max_iter=300), C=[10, 100, 1000])
    if len(np.unique(people)) > MOST_FOR_ALL_MODELS:
        return {"logistic": logistic}
    return {
        "logistic": logistic,
        "svm": tuned(SVC(kernel="linear"), C=[1, 10, 100]),
        # Not tuned: a forest takes as long as the rest, and its few settings change nothing that can be measured here.
        "forest": RandomForestClassifier(TREES, random_state=0).fit(features, people),
    }


def scores(model: Any, vectors: np.ndarray) -> np.ndarray:
    """float64 (n, people), rows sum to 1. A support vector machine gives decision scores: with five faces of a person
    the probabilities that scikit-learn derives from them are right for one face in seven."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(vectors)
    decisions = model.decision_function(vectors)
    if decisions.ndim == 1:  # two people: one score, for the second
        decisions = np.stack([-decisions, decisions], axis=1)
    raised = np.exp(decisions - decisions.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
