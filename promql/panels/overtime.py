"""The panel of series over time: lines, bars or points."""

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from promql.palette import PALETTE, rim
from promql.panels import annotations, axes, colors, exemplars, stacks
from promql.panels.legends import legend
from promql.panels.look import GREY, color, pick, say


def timeseries(ax, panel, tables, reach):
    """Lines, bars or points, each on its scale and its pile; those that are hidden are left out."""
    frames = [one for table in tables for one in table.columns if one.kind in ("number", "boolean")]
    frames = [one for one in frames if isinstance(one.values.index, pd.DatetimeIndex)]
    for rank, frame in enumerate(frames):
        frame.rank = rank
    frames = [one for one in frames if not pick(one.config, "custom.hideFrom.viz")]
    if not frames:
        ax.set_axis_off()
        say(ax, 0.5, 0.5, "None of the series is over time, or all are hidden.", size="small", color=GREY)
        return
    frames = [truth(one) if one.kind == "boolean" else one for one in frames]
    made, courses = axes.sides(ax, frames), [stacks.course(one) for one in frames]
    keys = [stacks.pile(one, values, axes.key(one)) for one, values in zip(frames, courses, strict=True)]
    drawn = stacks.piled(courses, keys)
    handles = [
        series(made[axes.key(frame)], top, floor, series_color(frame), frame)
        for frame, (floor, top) in zip(frames, drawn, strict=True)
    ]
    between(frames, drawn, made)
    for scale, side in made.items():
        members = [(one, pile) for one, pile in zip(frames, keys, strict=True) if axes.key(one) == scale]
        axes.value_axis(side, [one for one, _ in members], all(pile and pile[0] == "percent" for _, pile in members))
    hidden = any(pick(table.time.config, "custom.axisPlacement") == "hidden" for table in tables if table.time)
    axes.time_axis(ax, reach, hidden)
    annotations.draw(ax, panel.marks(*reach))
    exemplars.over_series(ax, exemplars.found(panel, dict.fromkeys(one.query for one in frames)))
    legend(ax, panel, frames, handles)


def truth(frame):
    """A series of truths as steps between 0 and 1."""
    frame.values, frame.kind = frame.values.map(float).astype(float), "number"
    return frame


def series_color(frame):
    """A frame's colour: the next of the palette, one that is fixed, or that of one of its values."""
    scheme = frame.config.get("color") or {}
    if colors.is_of_series(scheme.get("mode")):
        return colors.of_series(scheme, frame.rank)
    by = scheme.get("seriesBy") if scheme.get("seriesBy") in ("min", "max", "last") else "last"
    return color(frame.color(frame.reduce(by)))


def series(ax, values, floor, paint, frame):
    """One series in the style of its options: drawStyle, lineInterpolation, lineStyle, lineWidth, fillOpacity."""
    custom = frame.config.get("custom") or {}
    fill, style = min(100, max(0, custom.get("fillOpacity", 0))) / 100, custom.get("drawStyle", "line")
    width = custom.get("lineWidth", 1)
    if values.empty:
        return ax.plot([], [], color=paint)[0]
    if style == "bars":
        step = np.diff(matplotlib.dates.date2num(values.index[:2])).sum() or 0.001
        height = (values - floor).fillna(0)
        return ax.bar(values.index, height, step * 0.9, floor, color=paint, alpha=max(fill, 0.3), align="center")
    step = {"stepAfter": "post", "stepBefore": "pre"}.get(custom.get("lineInterpolation"))
    if fill and style == "line" and not custom.get("fillBelowTo"):
        ax.fill_between(values.index, floor, values, color=paint, alpha=fill, step=step, linewidth=0)
    alone = stacks.lonely(values)  # between two gaps there is no line to see
    ax.plot(alone.index, alone, ".", color=paint)
    dashes = ("-", "--", ":")[frame.rank // len(PALETTE) % 3]
    fills = {"dash": "--", "dot": ":"}
    line = "." if style == "points" else fills.get(pick(custom, "lineStyle.fill"), dashes)
    line = "none" if style == "line" and width == 0 else line
    marker = "." if custom.get("showPoints") == "always" or style == "points" else None
    shape = {"drawstyle": f"steps-{step}" if step else "default", "path_effects": rim(paint, 1.5), "marker": marker}
    line = "none" if style == "points" else line
    if style == "line" and is_graded(frame):
        return graded(ax, values, step, max(1, min(width, 4)) * 1.5, paint, frame)
    shape |= {"linestyle": line, "linewidth": max(1, min(width, 4)) * 1.5}
    (drawn,) = ax.plot(values.index, values, color=paint, **shape)
    return Patch(color=paint, alpha=max(fill, 0.3)) if line == "none" and not marker else drawn


def is_graded(frame):
    """Whether a line has the colours of its values along its way."""
    mode = pick(frame.config, "color.mode")
    return pick(frame.config, "custom.gradientMode") == "scheme" and not colors.is_of_series(mode)


def graded(ax, values, step, width, paint, frame):
    """A line in pieces, each in the colour of the value in its middle. Returns what stands for it in a legend."""
    across, up = matplotlib.dates.date2num(values.index), values.to_numpy(float)
    if step:
        across, up = np.repeat(across, 2), np.repeat(up, 2)
        across, up = (across[1:], up[:-1]) if step == "post" else (across[:-1], up[1:])
    points = np.column_stack([across, up])
    pieces = np.stack([points[:-1], points[1:]], axis=1)
    paints = [color(frame.color(float(one))) for one in pieces[:, :, 1].mean(axis=1)]
    ax.add_collection(LineCollection(pieces, colors=paints, linewidths=width, path_effects=rim(paint, 1.5)))
    ax.autoscale_view()
    return Line2D([], [], color=paint, linewidth=width)


def between(frames, drawn, made):
    """Areas between two series, where one is filled down to another."""
    tops = {frame.name: top for frame, (_, top) in zip(frames, drawn, strict=True)}
    for frame, (_, top) in zip(frames, drawn, strict=True):
        lower = tops.get(pick(frame.config, "custom.fillBelowTo"))
        if lower is not None and len(top):
            alpha = min(100, max(0, pick(frame.config, "custom.fillOpacity", 0))) / 100
            side = made[axes.key(frame)]
            side.fill_between(
                top.index, stacks.at(lower, top.index), top, color=series_color(frame), alpha=alpha, linewidth=0
            )
