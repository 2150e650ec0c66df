"""Histograms over time as a heatmap: a column per point in time, a row per bucket."""

import math
import re

import numpy as np
import pandas as pd
from matplotlib import dates, ticker
from matplotlib.axes import Axes

from promql import histograms
from promql.errors import PrometheusError
from promql.hints import observed
from promql.panels.units import axis_text

TICKS = 14  # names of bucket ends that fit


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The observations in each bucket of a wide frame of native histograms, or of classic ones with their label `le`,
    all series added up: a column per bucket with its ends (`low`, `high`), lowest first. Raises PrometheusError."""
    if histograms.has_histograms(frame):
        return histograms.buckets(frame)
    if "le" not in frame.columns.names:
        raise PrometheusError("A heatmap needs buckets: sum by (le) (rate(..._bucket[5m])), or a native histogram.")
    total = frame.T.groupby(level="le").sum(min_count=1).T.drop(columns="", errors="ignore")
    ends = sorted(total.columns, key=float)
    table = np.diff(total[ends].to_numpy(float), axis=1, prepend=0).clip(min=0)
    lows = [-math.inf if float(ends[0]) <= 0 else 0.0, *map(float, ends[:-1])]
    return pd.DataFrame(
        table, total.index, pd.MultiIndex.from_arrays([lows, [*map(float, ends)]], names=["low", "high"])
    )


def ends(held: pd.DataFrame) -> list[float]:
    """Where the rows of a heatmap of these `cells` begin and end."""
    return sorted({end for pair in held.columns for end in pair})


def draw(axes: Axes, frame: pd.DataFrame, query: str, written: str = "") -> None:
    """Draw a frame's buckets; their ends are written in that unit of Grafana's. Where nothing fell stays blank."""
    held = cells(frame)
    edges = ends(held)
    rows = {low: place for place, low in enumerate(edges)}
    table = np.full((len(edges) - 1, len(held)), np.nan)
    for (low, _), values in zip(held.columns, held.to_numpy(float).T, strict=True):
        table[rows[low]] = values
    moments = dates.date2num(held.index)
    step = np.diff(moments).min() if len(moments) > 1 else 1 / 1440
    sides = [*(moments - step / 2), moments[-1] + step / 2]
    mesh = axes.pcolormesh(sides, range(len(edges)), np.ma.masked_less_equal(np.ma.masked_invalid(table), 0), vmin=0)
    every = math.ceil(len(edges) / TICKS)
    axes.set_yticks(range(len(edges))[::every], [end_text(end, written) for end in edges][::every])
    axes.grid(False)
    axes.set_ylabel("" if written else observed(query))
    speed = " per second" if re.search(r"\bi?rate\s*\(", query) else ""
    axes.figure.colorbar(mesh, ax=axes, label=f"observations{speed}", format=ticker.ScalarFormatter(useOffset=False))


def end_text(end: float, written: str) -> str:
    """The end of a bucket."""
    if math.isinf(end):
        return "∞" if end > 0 else "-∞"
    return axis_text(end, written) if written else f"{end:.4g}"
