"""The exercises of 01_train."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from workbook.exercises import exercise


@exercise(
    "1.1",
    kind=(tuple, list),
    form='a pair of names, such as ("alcohol", "hue")',
    right="flavanoids orders the cultivars, and proline, alcohol or color_intensity splits what it leaves mixed.",
)
def pair(answer, features, target):
    names = [name for name in answer if isinstance(name, str) and name in features]
    if len(answer) != 2 or len(set(names)) != 2:
        return "Give two different names, as they stand in wines.columns."
    model = make_pipeline(StandardScaler(), LogisticRegression())
    accuracy = cross_val_score(model, features[names], target).mean()
    if accuracy < 0.9:
        return f"This pair gets {accuracy:.0%}. Which histogram has its three colours most apart? Keep that one."


@exercise(
    "1.2",
    kind=BaseEstimator,
    form="an estimator, made with make_pipeline",
    right="what learns from labels belongs inside the cross-validation. Noise now scores like noise.",
)
def leak(answer, noise, target):
    steps = answer.steps[:-1] if isinstance(answer, Pipeline) else []
    if not any(isinstance(step, SelectKBest) and step.k == 20 for _, step in steps):
        return "Each split must choose its 20 columns anew: make SelectKBest(k=20) a step of the pipeline."
    if not hasattr(answer, "predict"):
        return "The pipeline chooses columns, but nothing predicts. Its last step should be LogisticRegression()."
    accuracy = cross_val_score(answer, noise, target).mean()
    if accuracy > 0.5:
        return f"It still gets {accuracy:.0%} on noise. Something saw the labels of the wines it is scored on."


@exercise(
    "1.3",
    kind=Real,
    form="a number between 0 and 1, such as 0.95",
    right="a low threshold is enough. Its price is the share of wines that somebody must look at.",
)
def threshold(answer, confidence, correct):
    if not 0 <= answer <= 1:
        return "A confidence lies between 0 and 1."
    passing = {value: correct[confidence >= value - 1e-9] for value in (answer, answer - 0.01)}
    if len(passing[answer]) == 0:
        return "No answer is that sure, so a human would look at every wine."
    shares = {value: passed.mean() for value, passed in passing.items()}
    if shares[answer] < 0.99:
        return f"Of the answers that pass, {shares[answer]:.1%} are right. That is not yet 99 %: go higher."
    if shares[answer - 0.01] >= 0.99:
        return "At least 99 % of the answers that pass are right, but a threshold 0.01 lower does it too: go lower."


@exercise(
    "1.4",
    kind=Real,
    form="a number between -1 and 1",
    right="the forest is right far more often than it claims. Its ranking is fine, its probabilities are not.",
)
def calibration(answer, probabilities, target):
    confidence = probabilities.max(axis=1).mean()
    accuracy = (probabilities.argmax(axis=1) == target).mean()
    if abs(answer - (confidence - accuracy)) <= 0.002:
        return None
    if abs(answer + (confidence - accuracy)) <= 0.002:
        return "The size is right, the sign is not. Too modest means: confidence is below accuracy."
    return "Take the mean of the largest probability of each wine, and subtract the share of wines it names rightly."


@exercise(
    "1.5",
    kind=Real,
    form="a number, such as 0.12",
    right="far above 0.2, though no instrument is wrong. PSI says that inputs changed, not why.",
)
def drift(answer, alcohol, cultivar):
    edges = (alcohol.quantile([0.2, 0.4, 0.6, 0.8]).round(2) + 0.005).to_numpy()
    shares = np.bincount(np.searchsorted(edges, alcohol), minlength=5) / len(alcohol)
    counts = np.bincount(np.searchsorted(edges, alcohol[cultivar == 0]), minlength=5) + 0.5
    actual = counts / counts.sum()
    expected = ((actual - shares) * np.log(actual / shares)).sum()
    if not abs(answer - expected) <= 0.01 * expected:
        return "Count the barolos in each bin of the reference of all wines (minlength=5), then psi(shares, counts)."
