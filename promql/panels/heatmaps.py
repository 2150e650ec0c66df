"""The heatmap: buckets of a histogram over time, or any series, or buckets counted from the values."""

import math
import re

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib import ticker

from promql.panels.axes import time_axis
from promql.panels.look import pick
from promql.panels.units import axis_text

BOUND = re.compile(r"[+-]?([\d.]+([eE][+-]?\d+)?|Inf)")
STEPS = (1, 2, 2.5, 5, 10)


def heatmap(ax, panel, tables, reach):
    """A column for each instant, a row for each bucket, or any other series. Zeros are left blank."""
    frames = [one for table in tables for one in table.columns if one.kind == "number"]
    frames = [one for one in frames if isinstance(one.values.index, pd.DatetimeIndex)]
    if panel.options.get("calculate") and all(one.query.format != "buckets" for one in frames):
        times, cells, edges = counted(frames, panel.options.get("calculation") or {}, reach)
        names = [axis_text(edge, pick(panel.options, "yAxis.unit")) for edge in edges]
        ticks = np.arange(len(edges))
    else:
        times, cells, names, ticks = given(frames, panel)
    cells = np.ma.masked_less_equal(np.ma.masked_invalid(cells), 1e-9)
    mesh = ax.pcolormesh(times, range(len(cells) + 1), cells, vmin=0)
    every = max(1, math.ceil(len(names) / 14))
    ax.set_yticks(ticks[::every], names[::every])
    ax.grid(False)
    if pick(panel.options, "yAxis.reverse"):
        ax.invert_yaxis()
    time_axis(ax, reach)
    if pick(panel.options, "legend.show", True):
        unit, scale = pick(panel.options, "cellValues.unit"), ax.inset_axes([1.01, 0, 0.02, 1])
        ax.figure.colorbar(mesh, cax=scale, format=ticker.FuncFormatter(lambda value, _: axis_text(value, unit)))


def given(frames, panel):
    """The edges of the columns, the cells, and the rows' names with their places: one row for each series."""
    if all(BOUND.fullmatch(frame.name) for frame in frames):
        frames = sorted(frames, key=lambda frame: float(frame.name))
    bounds, names = frames[0].query.format in ("heatmap", "buckets"), [frame.name for frame in frames]
    if bounds:
        unit = pick(panel.options, "yAxis.unit")
        names = ["∞" if name == "+Inf" else axis_text(float(name), unit) for name in names]
    index = frames[0].values.index
    for frame in frames[1:]:
        index = index.union(frame.values.index)
    cells = [frame.values[~frame.values.index.duplicated()].reindex(index).to_numpy(float) for frame in frames]
    ticks = np.arange(len(names)) + (1 if bounds else 0.5)
    return edges_of(index, frames[0].query.step), cells, names, ticks


def edges_of(index, step):
    """The edges of columns around these instants, a step (ms) apart."""
    times, half = matplotlib.dates.date2num(index), max(step, 1000) / 2 / 86_400_000
    return [*(times - half), times[-1] + half]


def counted(frames, calculation, reach):
    """The edges of the columns, how many values of all series fall into each cell, and the edges of the rows."""
    values = np.concatenate([frame.values.to_numpy(float) for frame in frames])
    stamps = np.concatenate([frame.values.index.as_unit("ms").asi8 for frame in frames]).astype(float)
    kept = np.isfinite(values)
    values, stamps = values[kept], stamps[kept]
    across = width(calculation.get("xBuckets"), reach[0], reach[1], 20, 1000)
    low, high = (values.min(), values.max()) if len(values) else (0, 1)
    upward = width(calculation.get("yBuckets"), low, high, 10, 0)
    columns = np.arange(math.floor(reach[0] / across), math.floor(reach[1] / across) + 2) * across
    rows = np.arange(math.floor(low / upward), math.floor(high / upward) + 2) * upward
    cells = np.histogram2d(values, stamps, [rows, columns])[0]
    return matplotlib.dates.date2num(pd.to_datetime(columns, unit="ms", utc=True)), cells, rows


def width(asked, low, high, count, least):
    """The width of a bucket: a size, or one that is round and makes about so many."""
    asked = asked or {}
    try:
        size = float(asked.get("value") or 0)
    except ValueError:
        size = 0
    if asked.get("mode") == "size" and size > 0:
        return max(size, (high - low) / 1000) or 1
    return max(round_up((high - low) / max(1, (size if size > 0 else count) - 1)), least)


def round_up(value):
    """The next of 1, 2, 2.5 and 5 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in STEPS if step * power >= value * (1 - 1e-9))
