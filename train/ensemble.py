"""Train the classical line: logistic regression, support vector machine, random forest, and their soft vote.

    pip install -r train/requirements.txt
    python -m train.ensemble --data fer2013.zip --votes fer2013new.csv

Each sees the principal components of a face's histogram of oriented gradients (fer/vision/hog.py) and is tuned by
cross-validated search on a part of the training split; the vote is the mean of the three's probabilities. Writes
logistic, svm, forest and ensemble: a .joblib file and a card each, calibrated and measured as train.export does for the
networks.

The machine learns from half of the faces, because it takes four times as long for twice as many and keeps most of them,
and the forest is small: the files stay below 8 MB. The cards say how many.
"""

import argparse
import datetime
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from fer.records import EMOTIONS
from fer.vision.cards import INPUT, Card, file_sha256, save_card
from fer.vision.classifier import load_joblib
from fer.vision.hog import hog
from train.data import describe, load_splits, load_votes
from train.evaluate import both_views, heads_of, said_of
from train.export import calibrate, dataset, faces_per_s, measure_served, rounded

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True, help="folder, zip or fer2013.csv: its train and test splits")
parser.add_argument("--votes", help="fer2013new.csv: adds the FER+ accuracy to the cards")
parser.add_argument("--out", default="models", type=Path)
parser.add_argument("--components", default=128, type=int, help="principal components of the 900 HOG values")
parser.add_argument("--search-faces", default=6000, type=int, help="training faces of the cross-validated search")
parser.add_argument(
    "--svm-faces", default=14_000, type=int, help="training faces the support vector machine learns from"
)
parser.add_argument("--trees", default=60, type=int, help="of the random forest")
parser.add_argument("--folds", default=3, type=int)
parser.add_argument("--jobs", default=2, type=int, help="processes of the search")
parser.add_argument("--seed", default=0, type=int)


def candidates(args):
    """name -> (estimator, the settings to search)."""
    return {
        "logistic": (LogisticRegression(max_iter=1000), {"C": [0.01, 0.1, 1, 10]}),
        "svm": (SVC(decision_function_shape="ovo", cache_size=500), {"C": [1, 3, 10], "gamma": [0.1, 0.2, 0.4]}),
        "forest": (RandomForestClassifier(args.trees, random_state=args.seed), {"min_samples_leaf": [8, 12, 20]}),
    }


def part_of(features, labels, faces, seed):
    """As many faces, each emotion with its share; all of them if there are no more."""
    if faces >= len(labels):
        return features, labels
    part, _, part_labels, _ = train_test_split(features, labels, train_size=faces, stratify=labels, random_state=seed)
    return part, part_labels


def best(estimator, grid, features, labels, args):
    """(the estimator with the settings that won, what the search found)."""
    folds = StratifiedKFold(args.folds, shuffle=True, random_state=args.seed)
    search = GridSearchCV(estimator, grid, cv=folds, n_jobs=args.jobs, refit=False, verbose=2)
    search.fit(*part_of(features, labels, args.search_faces, args.seed))
    found = {
        "best": search.best_params_,
        "cv_accuracy": float(search.best_score_),
        "folds": args.folds,
        "faces": min(args.search_faces, len(labels)),
        "grid": grid,
    }
    return estimator.set_params(**search.best_params_), found


def fit(name, estimator, features, labels, args):
    """(the fitted estimator with probabilities, how many faces it learnt from)."""
    if name == "svm":
        features, labels = part_of(features, labels, args.svm_faces, args.seed)
        folds = StratifiedKFold(args.folds, shuffle=True, random_state=args.seed)
        # Platt's (1999) idea for seven classes: a logistic regression turns the 21 pairwise scores, of faces the
        # machine has not seen, into probabilities. scikit-learn's sigmoids, one per class, cost 2 points of accuracy
        # here (ECE 0.09).
        estimator = StackingClassifier(
            [("svm", estimator)], LogisticRegression(max_iter=1000), cv=folds, stack_method="decision_function"
        )
    return estimator.fit(features, labels), len(labels)


def components(features, args):
    """The fitted PCA, and the features after it with the precision of float16: a file of them is half as large."""
    pca = PCA(args.components, svd_solver="randomized", random_state=args.seed).fit(features)
    return pca, pca.transform(features).astype(np.float16).astype(np.float32)


def write(name, model, train, test, votes, trained, args):
    """The file, calibrated, and its card with what was measured of it."""
    views = np.stack([model.predict_proba(hog(view)) for view in both_views(test.pixels)])
    temperature, calibration = calibrate(np.log(np.maximum(views, 1e-9)), test.labels)
    temperature = round(temperature, 4)
    file = args.out / f"{name}.joblib"
    fresh = file.with_name(file.name + ".partial")  # until its card is there, too
    joblib.dump(model, fresh, compress=("xz", 6))
    sha256, size = file_sha256(fresh), fresh.stat().st_size
    served = load_joblib(fresh, sha256, temperature)
    heads = heads_of(served)
    fields = measure_served(heads, said_of(heads, test.pixels), train, test, votes)
    serving = {
        "faces_per_s": {"joblib": {str(n): faces_per_s(served.predict, test.pixels, n) for n in (1, 32)}},
        "bytes": {"joblib": size},
    }
    fresh.replace(file)
    save_card(
        args.out / f"{name}.json",
        Card(
            name=name,
            arch=name,
            labels=EMOTIONS,
            input=INPUT,
            file=file.name,
            sha256=sha256,
            dataset=dataset(args.data, train, test),
            trained=trained,
            date=datetime.date.today().isoformat(),
            split="model: train; temperature and metrics: test",
            temperature=temperature,
            **rounded({"calibration": calibration, "serving": serving, **fields}),
        ),
    )
    print(
        f"wrote {file} ({size / 1e6:.1f} MB) and its card: accuracy {fields['metrics']['accuracy']:.4f}, "
        f"ECE {calibration['ece_after']:.4f}",
        flush=True,
    )


def main():
    args = parser.parse_args()
    train, test = load_splits(args.data)
    print(*describe(train, test), sep="\n", flush=True)
    votes = load_votes(args.votes, test.names) if args.votes else None
    args.out.mkdir(parents=True, exist_ok=True)
    pca, features = components(hog(train.pixels), args)
    facts = {
        "seed": args.seed,
        "features": f"HOG, {args.components} principal components, "
        f"{pca.explained_variance_ratio_.sum():.0%} of the variance",
        "scikit-learn": sklearn.__version__,
    }
    models, learnt = {}, {}
    for name, (estimator, grid) in candidates(args).items():
        began_at = time.monotonic()
        estimator, search = best(estimator, grid, features, train.labels, args)
        print(f"{name}: {search['best']}, {search['cv_accuracy']:.4f} in {args.folds} folds; fitting ...", flush=True)
        models[name], learnt[name] = fit(name, estimator, features, train.labels, args)
        write(
            name,
            make_pipeline(pca, models[name]),
            train,
            test,
            votes,
            facts | {"faces": learnt[name], "search": rounded(search)},
            args,
        )
        print(f"{name}: {time.monotonic() - began_at:.0f} s", flush=True)
    vote = VotingClassifier([(name, FrozenEstimator(model)) for name, model in models.items()], voting="soft")
    vote.fit(features, train.labels)  # frozen: only the classes are learnt
    write(
        "ensemble",
        make_pipeline(pca, vote),
        train,
        test,
        votes,
        facts | {"members": list(models), "faces": learnt},
        args,
    )


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
