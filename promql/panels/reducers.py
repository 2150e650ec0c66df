"""The calculations of a panel's value options: one number out of a series, as Grafana reduces it.

Ids: grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/calculation-types
"""

import math
import re

import numpy as np

PERCENTILE = re.compile(r"p\d\d?")


def delta(values):
    """What a counter gained: a fall is a reset, and the rise right after it is not counted."""
    steps = np.diff(values)
    return steps[(steps >= 0) & np.r_[True, steps[:-1] >= 0][: len(steps)]].sum()


REDUCERS = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "min": np.min,
    "max": np.max,
    "mean": np.mean,
    "median": np.median,
    "stdDev": np.std,
    "sum": np.sum,
    "count": len,
    "range": np.ptp,
    "delta": delta,
    "diff": lambda values: values[-1] - values[0],
    "diffperc": lambda values: (values[-1] - values[0]) / values[0] * 100,
}
REDUCERS |= {"firstNotNull": REDUCERS["first"], "lastNotNull": REDUCERS["last"]}


def reduce(values, calc):
    """A float out of an array of numbers without NaN; NaN if there are none. KeyError for an unknown calculation."""
    if not len(values):
        return 0.0 if calc in ("sum", "count") else math.nan
    if PERCENTILE.fullmatch(calc):
        return float(np.sort(values)[math.floor((len(values) - 1) * int(calc[1:]) / 100 + 0.5)])
    with np.errstate(all="ignore"):
        return float(REDUCERS[calc](np.asarray(values, dtype=float)))
