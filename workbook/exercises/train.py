"""The exercises of 01_train."""

import difflib
import re

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from workbook import training
from workbook.exercises import exercise
from workbook.exercises.typed import NUMBER, as_name, as_number

NAMES = (tuple, list, set, np.ndarray, pd.Index, str)


@exercise(
    "1.1",
    kind=NAMES,
    form='a pair of names, such as ("alcohol", "hue")',
    right="flavanoids orders the cultivars, and proline, alcohol or color_intensity splits what it leaves mixed.",
)
def pair(answer, features, target):
    typed = re.split(r",|;| and ", answer) if isinstance(answer, str) else list(answer)
    names = [as_name(name, features) for name in typed]
    for given, name in zip(typed, names, strict=True):
        if name is None:
            near = difflib.get_close_matches(str(given), list(features), 1)
            return f"There is no measurement {str(given)!r}" + (f": did you mean {near[0]}?" if near else ".")
    if len(set(names)) != 2:
        return "Give two different names, as they stand in wines.columns."
    model = make_pipeline(StandardScaler(), LogisticRegression())
    splits = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)  # the notebook's: the same percentages
    accuracy = cross_val_score(model, features[names], target, cv=splits).mean()
    if accuracy < 0.9:
        return f"This pair gets {accuracy:.1%}. Which measurement has its three outlines most apart? Keep that one."


@exercise(
    "1.2",
    kind=(BaseEstimator, type),
    form="an estimator, made with make_pipeline",
    right="what learns from labels belongs inside the cross-validation. Noise now scores like noise.",
)
def leak(answer, noise, target):
    steps = flat(answer)
    if named := next((step.__name__ for step in steps if isinstance(step, type)), None):
        return f"{named} is a class. With parentheses, {named}(...), you get an estimator."
    if not isinstance(answer, Pipeline):
        return "Each split must choose its 20 columns anew: make SelectKBest(k=20) a step, before the model."
    if not hasattr(answer, "predict"):
        return "The pipeline chooses columns, but nothing predicts. Its last step should be LogisticRegression()."
    if not is_classifier(answer):
        return f"{type(answer[-1]).__name__} predicts numbers, not cultivars. Its last step should be LogisticRegression()."
    try:
        left = clone(answer[:-1]).fit_transform(noise, target).shape[1]
    except (ValueError, TypeError, AttributeError) as error:
        return f"What stands before the model cannot be fitted: {error} Write SelectKBest(k=20), then LogisticRegression()."
    if left != 20:
        return f"{left:,} columns reach the model. Make SelectKBest(k=20) a step before it; its default is 10."
    if not any(hasattr(step, "get_support") for step in steps):
        return "Nothing chooses columns there: what reaches the model is made of all of them. Make SelectKBest(k=20) a step."
    accuracy = cross_val_score(answer, noise, target).mean()
    if accuracy > 0.5:
        return f"It still gets {accuracy:.0%} on noise. Something saw the labels of the wines it is scored on."


def flat(estimator):
    """The steps of a pipeline, and of the pipelines in it."""
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else []
    return [one for step in steps for one in flat(step)] or [estimator]


@exercise(
    "1.3",
    kind=NUMBER,
    form="a number between 0 and 1, such as 0.95",
    right="a low threshold is enough. Its price is the share of wines that somebody must look at.",
)
def threshold(answer, confidence, correct):
    value = as_number(answer)
    if 1 < value <= 100:
        return f"A confidence lies between 0 and 1. If you mean {value:g}%, write {value / 100:g}."
    if not 0 <= value <= 1:
        return "A confidence lies between 0 and 1."
    if abs(value - round(value, 2)) > 1e-9:
        return "Go in steps of 0.01: two decimals."
    passing = {at: correct[confidence >= at - 1e-9] for at in (value, value - 0.01)}
    if len(passing[value]) == 0:
        return "No answer is that sure, so someone would look at every wine."
    shares = {at: passed.mean() for at, passed in passing.items()}
    if shares[value] < 0.99:
        return f"Of the answers that pass, {shares[value]:.1%} are right. That is not yet 99%: go higher."
    if shares[value - 0.01] >= 0.99:
        return "At least 99% of the answers that pass are right, but a threshold 0.01 lower does it too: go lower."


@exercise(
    "1.4",
    kind=NUMBER,
    form="a number between -1 and 1",
    right="the forest is right far more often than it claims. Its ranking is fine, its probabilities are not.",
)
def calibration(answer, probabilities, target):
    value = as_number(answer)
    confidence = probabilities.max(axis=1).mean()
    accuracy = (probabilities.argmax(axis=1) == target).mean()
    slips = {
        accuracy - confidence: "The size is right, the sign is not. Confidence minus right answers was asked for.",
        confidence: "That is the mean confidence. Now subtract the share of right answers.",
        accuracy: "That is the share of right answers. Subtract it from the mean confidence.",
        100 * (confidence - accuracy): "Give a difference of shares, not of percent: divide by 100.",
    }
    if abs(value - (confidence - accuracy)) <= 0.002:
        return None
    for slip, text in slips.items():
        if abs(value - slip) <= (0.06 if abs(slip) > 1 else 0.002):
            return text
    return "Take the mean of the largest probability of each wine, and subtract the share of wines it names rightly."


@exercise(
    "1.5",
    kind=NUMBER,
    form="a number, such as 0.12",
    right="far above 0.2, though no instrument is wrong. PSI says that inputs changed, not why.",
)
def drift(answer, alcohol, cultivar):
    value = as_number(answer)
    edges, shares = training.reference(alcohol)
    counts = np.bincount(np.searchsorted(edges, alcohol[cultivar == 0]), minlength=5)
    own_edges, own_shares = training.reference(alcohol[cultivar == 0])
    all_wines = training.psi(shares, np.round(shares * len(alcohol)))
    own_bins = training.psi(own_shares, np.bincount(np.searchsorted(own_edges, alcohol), minlength=5))
    slips = {
        all_wines: "Those are all wines. Count the 59 barolos only.",
        own_bins: "The bins are those of the barolos. Keep the reference of all wines, and count the barolos in its bins.",
    }
    expected = training.psi(shares, counts)
    if np.isinf(value):
        return "A bin of that reference is empty. Are the reference and the delivery swapped?"
    if abs(value - expected) <= 0.01 * expected:
        return None
    for slip, text in slips.items():
        if abs(value - slip) <= 0.01 * max(abs(slip), 0.1):
            return text
    return (
        "Count the barolos in each bin of the reference of all wines (minlength=5), then training.psi(shares, counts)."
    )


def delivery():
    """178 wines of which one measurement came in another unit, and their cultivars' numbers."""
    wines, cultivar = training.load_wines()
    return wines.assign(magnesium=wines["magnesium"] / 24.3), cultivar  # mmol/L


@exercise(
    "1.6",
    kind=(tuple, list),
    form='a measurement and a share, such as ("ash", 0.5)',
    right="mmol/L for mg/L. The index is twenty times the limit, and the model leans so little on magnesium that it is "
    "hardly wrong. Drift says that something changed. How much it matters, only labels say.",
)
def unit(answer, rows, truth):
    if len(answer) != 2:
        return "Give two things: the measurement, and the share of right answers."
    name, share = as_name(answer[0], rows), as_number(answer[1]) if isinstance(answer[1], NUMBER) else float("nan")
    if name is None:
        return f"There is no measurement {answer[0]!r}. Which of rows.columns has the largest index?"
    wines, cultivar = training.load_wines()
    if (rows[name] == wines[name]).all():
        return f"{name} came as it always does. Compare index(wines[name], rows[name]) for all 13."
    right = (_served(wines, cultivar).predict(rows) == truth).mean()
    if abs(share - 100 * right) <= 0.5:
        return f"Give a share, not a percentage: {share / 100:g}."
    if share == round(right * len(rows)):
        return f"That is how many are right. Their share is {share:.0f}/{len(rows)}."
    if abs(share - (1 - right)) <= 0.005:
        return "That is the share of wrong answers."
    if not abs(share - right) <= 0.005:
        return "The measurement is right. Now (model.predict(rows) == truth).mean(), with the model that was exported."


def _served(wines, cultivar):
    """The model that 01_train exports."""
    learned, _, learned_cultivar, _ = training.split(wines, cultivar)
    return training.train(learned, learned_cultivar)
