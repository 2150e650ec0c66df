"""The calculations of a panel's value options: one number out of a series, as Grafana reduces it.

Ids: grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/calculation-types
"""

import math
import re
import sys

import numpy as np

PERCENTILE = re.compile(r"p[1-9]\d?")
ALIASES = {"current": "lastNotNull", "avg": "mean", "total": "sum"}
TITLES = {  # what Grafana calls a calculation where it heads a column
    "lastNotNull": "Last *",
    "last": "Last",
    "firstNotNull": "First *",
    "first": "First",
    "stdDev": "StdDev",
    "sum": "Total",
    "countAll": "Count all",
    "diff": "Difference",
    "diffperc": "Difference percent",
    "logmin": "Min (above zero)",
    "allIsZero": "All Zeros",
    "allIsNull": "All Nulls",
    "changeCount": "Change Count",
    "distinctCount": "Distinct Count",
}
ORDINALS = "1st 2nd 3rd".split()
OF_NOTHING = {"sum": 0.0, "count": 0.0, "countAll": 0.0, "allIsZero": 0.0, "allIsNull": 1.0}


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
    "variance": np.var,
    "stdDev": np.std,
    "sum": np.sum,
    "count": len,
    "countAll": len,
    "range": np.ptp,
    "delta": delta,
    "step": lambda values: np.diff(values).min(initial=math.inf),
    "diff": lambda values: values[-1] - values[0],
    "diffperc": lambda values: (values[-1] - values[0]) / values[0] * 100,
    "logmin": lambda values: values[values > 0].min(initial=sys.float_info.max),
    "allIsZero": lambda values: not values.any(),
    "allIsNull": lambda values: not len(values),
    "changeCount": lambda values: np.count_nonzero(np.diff(values)),
    "distinctCount": lambda values: len(np.unique(values)),
}
REDUCERS |= {"firstNotNull": REDUCERS["first"], "lastNotNull": REDUCERS["last"]}


def is_known(calc):
    """Whether `reduce` knows this calculation."""
    return calc in REDUCERS or calc in ALIASES or bool(PERCENTILE.fullmatch(calc or ""))


def reduce(values, calc):
    """A float out of an array of numbers without NaN; NaN if there are none. KeyError for an unknown calculation."""
    calc = ALIASES.get(calc, calc)
    if not len(values):
        return OF_NOTHING.get(calc, math.nan)
    if PERCENTILE.fullmatch(calc):
        return float(np.sort(values)[math.floor((len(values) - 1) * int(calc[1:]) / 100 + 0.5)])
    with np.errstate(all="ignore"):
        found = float(REDUCERS[calc](np.asarray(values, dtype=float)))
    return math.nan if calc == "step" and math.isinf(found) else found


def title(calc):
    """What Grafana calls a calculation where it heads a column."""
    if PERCENTILE.fullmatch(calc):
        last, teen = calc[-1], 3 < int(calc[1:]) < 21
        ending = next((one[1:] for one in ORDINALS if one[0] == last and not teen), "th")
        return f"{calc[1:]}{ending} %"
    return TITLES.get(calc, calc[0].upper() + calc[1:])
