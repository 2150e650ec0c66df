"""Solutions of the exercises of 01_train."""

from functools import cache

import numpy as np
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.notebooks.solutions import Solution

WINES, CULTIVAR = load_wine(return_X_y=True, as_frame=True)
X_TRAIN, _, Y_TRAIN, _ = train_test_split(WINES, CULTIVAR, test_size=0.25, stratify=CULTIVAR, random_state=0)


@cache
def out_of_fold(model):
    splits = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
    return cross_val_predict(model, X_TRAIN, Y_TRAIN, cv=splits, method="predict_proba")


def noise(request):
    return {"noise": np.random.default_rng(0).normal(size=(len(Y_TRAIN), 2000)), "target": Y_TRAIN}


def passing(request):
    probabilities = out_of_fold(make_pipeline(StandardScaler(), LogisticRegression()))
    return {"confidence": probabilities.max(axis=1), "correct": probabilities.argmax(axis=1) == Y_TRAIN.to_numpy()}


SOLUTIONS = {
    "1.1": Solution(
        right=("flavanoids", "proline"),
        wrong=[("alcohol", "hue"), ("flavanoids", "flavanoids"), ("flavonoids", "proline"), ("proline",)],
        others=[["flavanoids", "alcohol"], ("proline", "flavanoids")],
        why="`flavanoids` keeps its three colours most apart, and `proline` splits barolo from what it leaves mixed.",
        context=lambda request: {"features": X_TRAIN, "target": Y_TRAIN},
    ),
    "1.2": Solution(
        right=make_pipeline(SelectKBest(k=20), LogisticRegression()),
        wrong=[
            LogisticRegression(),
            make_pipeline(StandardScaler(), LogisticRegression()),
            make_pipeline(StandardScaler(), SelectKBest(k=20)),
            make_pipeline(SelectKBest(), LogisticRegression()),
        ],
        context=noise,
    ),
    "1.3": Solution(right=0.68, wrong=[0.67, 0.69, 0.9, 99], context=passing),
    "1.4": Solution(
        right=-0.1005,
        wrong=[0.1005, 0.8694, 0.9699],
        context=lambda request: {
            "probabilities": out_of_fold(RandomForestClassifier(random_state=0)),
            "target": Y_TRAIN,
        },
    ),
    "1.5": Solution(
        right=1.505,
        wrong=[0.0, 1.053, 0.319],
        context=lambda request: {"alcohol": WINES["alcohol"], "cultivar": CULTIVAR},
    ),
}
