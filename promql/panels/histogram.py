"""The histogram: how often the values of a panel's series fall into buckets of one width, whatever their time."""

import bisect
import math
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.panels import stacks
from promql.panels.columns import numeric
from promql.panels.legends import legend
from promql.panels.look import GREY, pick, say, size
from promql.panels.overtime import series_color
from promql.panels.units import axis_text, javascript

SIZES = [  # the widths that Grafana chooses from
    float(f"{first}e{power}") for power in range(-9, 16) for first in (1, 2, 2.5, 4, 5) if (first, power) != (2.5, 0)
]
ALIKE = 1  # the width of the bucket of values that are all the same


def histogram(ax, panel, tables, _):
    """A bar for each bucket; the series lie over each other, or on each other where they are stacked."""
    frames = [one for table in tables for one in table.columns if one.kind == "number"]
    options, summed = panel.options, bool(frames) and all(one.query.format == "heatmap" for one in frames)
    names, frames, edges, width, counts = of_server(frames) if summed else ([], frames, *of_values(frames, options))
    if not len(edges):
        ax.set_axis_off()
        say(ax, 0.5, 0.5, "None of the series has a number.", size="small", color=GREY)
        return
    if options.get("combine"):
        frames, counts = [replace(frames[0], name="Count")], counts.sum(axis=0, keepdims=True)
    frames = [replace(one, rank=rank) for rank, one in enumerate(frames)]
    handles = bars(ax, frames, counts, edges, width)
    unit = "short" if frames[0].config.get("unit") == "short" else None
    ax.yaxis.set_major_formatter(lambda value, _: axis_text(value, unit))
    bounds(ax, names) if summed else values_axis(ax, frames, edges, width)
    legend(ax, panel, frames, handles)


def of_values(frames, options):
    """The buckets of the series' own values, as `counted` gives them."""
    width, count, offset = (number(options.get(f"bucket{name}")) for name in ("Size", "Count", "Offset"))
    return counted([values_of(one) for one in frames], width, count or 30, offset)


def of_server(frames):
    """The buckets of histograms that the server counted: their names, a column for each query, and the sums over time,
    beside each other whatever their bounds."""
    names, queries = list(dict.fromkeys(one.name for one in frames)), {}
    for one in frames:
        _, sums = queries.setdefault(one.query.ref, (replace(one, name=one.query.ref), np.zeros(len(names))))
        sums[names.index(one.name)] += one.values.sum()
    made, counts = zip(*queries.values(), strict=True)
    return names, list(made), np.arange(len(names)), 1, np.array(counts)


def values_of(frame):
    """The finite values of a series; what is missing counts as the number that the panel shows for no value."""
    values, instead = frame.values, frame.config.get("noValue")
    if isinstance(instead, str) and values.dtype == object and (numeric(instead) or not instead.strip()):
        values = values.fillna(float(instead or 0))
    found = values.to_numpy(float)
    return found[np.isfinite(found)]


def number(value):
    """An option as a number above or below zero; 0 where it is none."""
    found = float(value) if isinstance(value, int | float) or (isinstance(value, str) and numeric(value)) else 0.0
    return found if math.isfinite(found) else 0.0


def counted(series, width=0, count=30, offset=0):
    """The lower edges of the buckets with something in them, their width, and a row of counts for each series.

    `series` are arrays of finite numbers. As Grafana's buildHistogram:
    https://github.com/grafana/grafana, packages/grafana-data/src/transformations/transformers/histogram.ts
    """
    width = width if width > 0 else fitting(np.sort(np.concatenate([*series, []])), count)
    placed = [rounded(np.floor((values - offset) / width) * width + offset) for values in series]
    edges = np.unique(np.concatenate([*placed, []]))
    counts = [np.bincount(np.searchsorted(edges, one), minlength=len(edges)) for one in placed]
    return edges, width, np.array(counts).reshape(len(series), len(edges))


def fitting(values, count):
    """The least width that makes fewer than so many buckets of sorted values, and parts no two that are neighbours by
    less than it."""
    steps = np.diff(values)
    steps = steps[steps > 0]
    if not len(steps):
        return ALIKE
    about = (values[-1] - values[0]) / count
    place = max(bisect.bisect_right(SIZES, about), bisect.bisect_left(SIZES, steps.min()))
    return SIZES[min(place, len(SIZES) - 1)]


def rounded(values):
    """Values with nine decimals, as JavaScript rounds them; whole ones stay."""
    return np.where(values % 1 == 0, values, np.floor(values * 1e9 * (1 + np.finfo(float).eps) + 0.5) / 1e9)


def bars(ax, frames, counts, edges, width):
    """Draw the bars of each series. Returns what stands for each in the legend."""
    rows = [pd.Series(row, index=edges, dtype=float) for row in counts]
    keys = [stacks.pile(replace(one, values=row), row, None) for one, row in zip(frames, rows, strict=True)]
    drawn = stacks.piled(rows, keys)
    handles = []
    for one, (floor, top) in zip(frames, drawn, strict=True):
        paint, full = series_color(one), top > floor
        shown = full & (not pick(one.config, "custom.hideFrom.viz"))
        alpha = min(100, max(0, pick(one.config, "custom.fillOpacity", 80))) / 100
        style = {"facecolor": (paint, alpha), "edgecolor": paint, "linewidth": pick(one.config, "custom.lineWidth", 1)}
        floor, top = floor.to_numpy(), top.to_numpy()
        handles.append(
            ax.bar(edges[shown], (top - floor)[shown], width, floor[shown], align="edge", label=one.name, **style)
        )
    ax.set(ylim=(0, None), ylabel="Count", axisbelow=True)
    return handles


def values_axis(ax, frames, edges, width):
    """The axis of the values: ticks at the edges of buckets, in the unit of the first series that has one."""
    config = next((one.config for one in frames if one.config.get("unit")), frames[0].config)
    places = decimals(width)
    written = replace(frames[0], config=config | ({"decimals": places} if places else {}))
    low, high = (frames[0].config.get(end) for end in ("min", "max"))
    low, high = edges[0] if low is None else low, edges[-1] + width if high is None else high
    ticks = np.arange(edges[0] + math.floor((low - edges[0]) / width) * width, high + width / 2, width)
    letters = max(len(written.text(float(one))) for one in (ticks[0], ticks[-1])) + 2
    every = max(1, math.ceil(len(ticks) * letters * 6 / size(ax)[0]))
    ax.set_xticks(ticks[::every], [written.text(float(one)) for one in ticks[::every]])
    ax.set_xlim(low, high)
    ax.grid(False, axis="x")


def decimals(width):
    """How many decimals the edges of buckets of that width have."""
    return len(javascript(float(width)).partition(".")[2])


def bounds(ax, names):
    """The axis of buckets that have names: each stands where its bucket ends."""
    every = max(1, math.ceil(len(names) * max(map(len, names)) * 6 / size(ax)[0]))
    ax.set_xticks(range(0, len(names) + 1, every), ["0", *names][::every])
    ax.grid(False, axis="x")
