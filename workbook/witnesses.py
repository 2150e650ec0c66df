"""What tells whether a model is still right, over the last `window` before a moment: answers, inputs, labels.

The rules in k8s/monitoring say the same over longer windows; these functions tell experiments apart that follow each other.
"""

import math

import pandas as pd

from promql import Prometheus
from workbook.machine import WorkbookError
from workbook.training import psi

WINDOW = "40s"
Z = 1.96  # of 95 %


def counted(metric, label, at="now", window=WINDOW):
    """How often a counter rose, by a label: a Series."""
    return _by(label, f"sum by ({label}) (increase({metric}[{window}]))", at)


def expected(metric, label, at="now", window=WINDOW):
    """The shares of the training data that the service exports, by a label: a Series.

    They are those of the whole window: a scrape that failed ends every series at its moment.
    """
    return _by(label, f"max by ({label}) (max_over_time({metric}[{window}]))", at)


def answers_index(at="now", window=WINDOW):
    """The population stability index of the answers against the model's answers to its training data."""
    return _index("wine_predictions_total", "wine_prediction_reference", "cultivar", at, window)


def joint_index(at="now", window=WINDOW):
    """The index of how well the features of a wine go together."""
    return _index("wine_joint_drift_bin_total", "wine_joint_drift_bin_reference", "bin", at, window)


def feature_indices(at="now", window=WINDOW):
    """The index of each feature by itself, the largest first: a Series."""
    names = expected("wine_feature_bin_reference", "feature", at, window).index
    found = {name: _index(*_of_feature(name), "bin", at, window) for name in names}
    return pd.Series(found).sort_values(ascending=False)


def confidence(at="now", window=WINDOW):
    """The mean of what the model thinks of its own answers, 0 to 1."""
    rate = "sum(rate(wine_prediction_confidence_{}[{}]))".format
    return Prometheus().query(f"{rate('sum', window)} / {rate('count', window)}", at)["value"].item()


def accuracy(at="now", window=WINDOW):
    """What the labels of that time say: right ones, all that could be told, and the ends of Wilson's 95% interval.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    labels = counted("wine_labels_total", "outcome", at, window)
    right, told = labels["right"], labels["right"] + labels["wrong"]
    share = right / told if told else math.nan
    return right, told, *wilson(share, told)


def wilson(share, count):
    """The ends of Wilson's 95% interval of a share that was seen in `count` trials: 0 and 1 of none."""
    if not count:
        return 0.0, 1.0
    middle = share + Z**2 / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2)
    return tuple((middle + side * half) / (1 + Z**2 / count) for side in (-1, 1))


def measured(at="now", window=WINDOW):
    """All of it at one moment: a dict."""
    right, told, low, high = accuracy(at, window)
    shares = counted("wine_predictions_total", "cultivar", at, window)
    return {
        "labels": told,
        "accuracy": right / told if told else math.nan,
        "from": low,
        "to": high,
        "confidence": confidence(at, window),
        "worst feature's index": feature_indices(at, window).iloc[0],
        "joint index": joint_index(at, window),
        "answers' index": answers_index(at, window),
        "answers": " ".join(f"{share:.2f}" for share in shares / shares.sum()),
    }


def history(start, window="20s", every="10s"):
    """What `measured` says of each moment from `start` until now: a row each, without the answers."""
    moments = pd.date_range(start, pd.Timestamp.now("UTC"), freq=every)
    rows = {moment: measured(moment, window) for moment in moments}
    return pd.DataFrame(rows).T.drop(columns="answers").astype(float)


def _by(label, query, at):
    found = Prometheus().query(query, at)
    if found.empty:
        raise WorkbookError(
            f"Prometheus has nothing for {query} at {at}. Is there traffic, and has it been scraped twice?"
        )
    return found.set_index(label)["value"].sort_index()


def _index(metric, reference, label, at, window):
    shares = expected(reference, label, at, window)
    return psi(shares.to_numpy(), counted(metric, label, at, window).reindex(shares.index).to_numpy())


def _of_feature(name):
    return f'wine_feature_bin_total{{feature="{name}"}}', f'wine_feature_bin_reference{{feature="{name}"}}'
