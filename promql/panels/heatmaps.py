"""The heatmap: buckets of a histogram over time, or any series, or buckets counted from the values."""

import bisect
import math
import re

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib import ticker

from promql.panels import exemplars, intervals
from promql.panels.axes import time_axis
from promql.panels.look import pick
from promql.panels.units import axis_text
from promql.times import duration

BOUND = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|Inf)")
PLACES = {"le": 1, "ge": 0, "unknown": 0.5}  # of a row's name beside it: where it ends, begins, or in its middle
MOST = 1000  # buckets of one side
SIZES = [  # of buckets, where Grafana chooses: 1, 1.5, 2 ... 9.5 times a power of ten; from 1 on whole numbers only
    size
    for power in range(-16, 16)
    for half in range(2, 20)
    if (size := float(f"{half / 2}e{power}")) < 1 or size.is_integer()
]
_TIMES = (
    "1ms 2ms 4ms 5ms 10ms 20ms 25ms 40ms 50ms 100ms 200ms 250ms 400ms 500ms 1s 2s 4s 5s 10s 15s 20s 30s 1m 2m 4m 5m"
)
_DAYS = [*range(1, 8), 10, 15, 30, 45, 60, 90, 180, *(365 * years for years in range(1, 11))]
TIMES = [duration(time) for time in f"{_TIMES} 10m 15m 20m 30m 1h 2h 4h 6h 8h 12h 18h".split()]
TIMES += [duration(f"{days}d") for days in _DAYS]


def heatmap(ax, panel, tables, reach):
    """A column for each instant, a row for each bucket, or any other series. Zeros are left blank."""
    frames = [one for table in tables for one in table.columns if one.kind == "number"]
    frames = [one for one in frames if isinstance(one.values.index, pd.DatetimeIndex)]
    if panel.options.get("calculate") and all(one.query.format != "buckets" for one in frames):
        times, cells, edges = counted(frames, panel.options.get("calculation") or {}, reach)
        unit = pick(panel.options, "yAxis.unit") or frames[0].config.get("unit")
        names = [axis_text(edge, unit) for edge in edges]
        ticks, rows = np.arange(len(edges)), []
    else:
        frames = ordered(frames)
        times, cells, names, ticks = given(frames, panel)
        edges, rows = ends(frames), [one.labels or {} for one in frames]
    cells = np.ma.masked_less_equal(np.ma.masked_invalid(cells), 1e-9)
    mesh = ax.pcolormesh(times, range(len(cells) + 1), cells, vmin=0)
    every = max(1, math.ceil(len(names) / 14))
    ax.set_yticks(ticks[::every], names[::every])
    ax.grid(False)
    if pick(panel.options, "yAxis.reverse"):
        ax.invert_yaxis()
    time_axis(ax, reach)
    queries = dict.fromkeys(one.query for one in frames)
    exemplars.over_buckets(ax, exemplars.found(panel, queries), rows, edges)
    if pick(panel.options, "legend.show", True):
        unit, scale = pick(panel.options, "cellValues.unit"), ax.inset_axes([1.01, 0, 0.02, 1])
        ax.figure.colorbar(mesh, cax=scale, format=ticker.FuncFormatter(lambda value, _: axis_text(value, unit)))


def ordered(frames):
    """Series by the bounds that are their names, where all have one."""
    bounds = all(BOUND.fullmatch(frame.name) for frame in frames)
    return sorted(frames, key=lambda frame: float(frame.name)) if bounds else frames


def ends(frames):
    """The edges of the buckets of a native histogram; none of other rows."""
    highs = [float(frame.name) for frame in frames if frame.query.format == "buckets"]
    return [0.0 if highs[0] > 0 else highs[0] - 1, *highs] if highs else []


def given(frames, panel):
    """The edges of the columns, the cells, and the rows' names with their places: one row for each series."""
    unit = pick(panel.options, "yAxis.unit")
    names = [row_name(frame.name, unit) for frame in frames]
    place = PLACES.get(pick(panel.options, "rowsFrame.layout"), 1 if "le" in (frames[0].labels or {}) else 0.5)
    index = frames[0].values.index
    for frame in frames[1:]:
        index = index.union(frame.values.index)
    cells = [frame.values[~frame.values.index.duplicated()].reindex(index).to_numpy(float) for frame in frames]
    return edges_of(index, frames[0].query.step), cells, names, np.arange(len(names)) + place


def row_name(name, unit):
    """What a row is called: a bound of a bucket in its unit, or the name of a series."""
    if not BOUND.fullmatch(name):
        return name
    return "∞" if name == "+Inf" else axis_text(float(name), unit)


def edges_of(index, step):
    """The edges of columns around these instants, a step (ms) apart."""
    times, half = matplotlib.dates.date2num(index), max(step, 1000) / 2 / 86_400_000
    return [*(times - half), times[-1] + half]


def counted(frames, calculation, reach):
    """The edges of the columns, how many values of all series fall into each cell, and the edges of the rows.

    As Grafana's calculateHeatmap: https://github.com/grafana/grafana, public/app/features/transformers/calculateHeatmap
    """
    across, upward = (calculation.get(f"{side}Buckets") or {} for side in "xy")
    values = np.concatenate([frame.values.to_numpy(float) for frame in frames])
    stamps = np.concatenate([frame.values.index.as_unit("ms").asi8 for frame in frames]).astype(float)
    scale = upward.get("scale") if isinstance(upward.get("scale"), dict) else {}
    base = scale.get("log") if scale.get("type") == "log" and scale.get("log") in (2, 10) else None
    kept = np.isfinite(values) & (values > 0 if base else True) & (stamps >= reach[0]) & (stamps <= reach[1])
    values, stamps = values[kept], stamps[kept]
    heights = np.log(values) / math.log(base) if base else values
    ends = (heights.min(), heights.max()) if len(heights) else (0, 1)
    wide = width(milliseconds(across), reach, 20, TIMES)
    high = 1 / (number(upward) or 1) if base else width(upward, ends, 10, SIZES)
    columns, rows = places(np.array(reach), wide), places(np.array(ends), high)
    cells = np.zeros((rows[1] - rows[0] + 1, columns[1] - columns[0] + 1))
    np.add.at(cells, (places(heights, high) - rows[0], places(stamps, wide) - columns[0]), 1)
    times, edges = (np.arange(first, last + 2) * one for (first, last), one in ((columns, wide), (rows, high)))
    return matplotlib.dates.date2num(pd.to_datetime(times, unit="ms", utc=True)), cells, base**edges if base else edges


def places(values, width):
    """The number of the bucket of each value, from 0 at zero."""
    return np.floor(values / width).astype(np.int64)


def width(asked, ends, count, nice):
    """The width of a bucket: a size, or the greatest of the `nice` ones that makes at least about so many."""
    low, high = ends
    value, least = number(asked), max((high - low) / MOST, 1e-12 * max(abs(low), abs(high)))
    if value and asked.get("mode", "size") == "size":
        return max(value, least)
    about = (high - low) / max(1, (value or count) - 1)
    return max(nice[max(0, bisect.bisect_right(nice, about) - 1)], least)


def number(asked):
    """What buckets are asked for as a number above zero, else 0."""
    try:
        value = float(asked.get("value") or 0)
    except ValueError:
        return 0
    return value if 0 < value < math.inf else 0


def milliseconds(asked):
    """What buckets of time are asked for, with a size that is a duration in milliseconds."""
    text = str(asked.get("value") or "")
    known = asked.get("mode", "size") == "size" and not number(asked) and intervals.known(text)
    return {**asked, "value": intervals.least(text)} if known else asked
