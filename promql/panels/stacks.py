"""What is drawn of each series of a panel over time: gaps, turned signs, and piles.

https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/time-series/#stack-series
"""

import itertools

import numpy as np
import pandas as pd

from promql.panels.columns import numeric
from promql.panels.look import pick


def course(frame):
    """The values of a series as they are drawn: without infinite ones, its gaps filled as its options want, turned
    below zero or held at its first value."""
    values = pd.to_numeric(frame.finite, errors="coerce").astype(float)
    instead = frame.config.get("noValue")
    if isinstance(instead, str) and (numeric(instead) or not instead.strip()):
        values = values.fillna(float(instead or 0))
    change = pick(frame.config, "custom.transform")
    if change == "negative-Y":
        values = -values
    elif change == "constant" and values.notna().any():
        values = values.where(values.isna(), values.dropna().iloc[0])
    return connected(values, pick(frame.config, "custom.spanNulls"))


def connected(values, spans):
    """The values without the gaps that are connected: all, or those up to a length in ms."""
    if spans is True:
        return values.dropna()
    present = values.dropna()
    if not isinstance(spans, int | float) or isinstance(spans, bool) or spans <= 0 or len(present) < 2:
        return values
    ends = present.index.to_series()
    bridged = pd.Series(False, index=values.index)
    for begin, end in itertools.pairwise(ends):
        if (end - begin).total_seconds() * 1000 <= spans:
            bridged |= (values.index > begin) & (values.index < end)
    return values[~(bridged & values.isna())]


def lonely(values):
    """The values between two gaps, which no line shows."""
    gaps = np.pad(values.isna().to_numpy(), 1, constant_values=True)
    return values[~gaps[1:-1] & gaps[:-2] & gaps[2:]]


def pile(frame, values, axis):
    """The key of the pile that a series stands on; None where it stands alone. Up and down are piles of their own."""
    mode = pick(frame.config, "custom.stacking.mode", "none")
    first = frame.finite.dropna()
    if mode == "none" or values is None:
        return None
    down = len(first) > 0 and (first.iloc[0] < 0) != (pick(frame.config, "custom.transform") == "negative-Y")
    custom = frame.config.get("custom") or {}
    style = custom.get("drawStyle", "line")
    detail = custom.get("lineInterpolation") if style == "line" else custom.get("barAlignment")
    return mode, pick(custom, "stacking.group"), bool(down), axis, style, detail


def piled(courses, keys):
    """The floor and the top of each series: on its pile, or on the ground; in percent of its pile where it says so."""
    found, tops = [], {}
    totals = {}
    for values, key in zip(courses, keys, strict=True):
        if key and key[0] == "percent":
            totals[key] = added(totals.get(key), values)
    for values, key in zip(courses, keys, strict=True):
        if key is None:
            found.append((0 * values.fillna(0), values))
            continue
        if key[0] == "percent":
            total = at(totals[key], values.index).abs()
            values = values / total.where(total > 0)
        floor = at(tops[key], values.index) if key in tops else 0 * values.fillna(0)
        found.append((floor, values + floor))
        tops[key] = added(tops.get(key), values)
    return found


def added(top, values):
    """The top of a pile with one more series on it, at the instants of both. A gap counts as zero."""
    values = values.fillna(0)
    if top is None:
        return values
    index = top.index.union(values.index)
    return at(top, index) + at(values, index)


def at(values, index):
    """A course at these instants: between its own it goes straight, as its line does."""
    if values.index.equals(index) or values.empty:
        return values.reindex(index).fillna(0) if values.empty else values
    union = values.index.union(index)
    return values.reindex(union).interpolate("time", limit_direction="both").reindex(index)
