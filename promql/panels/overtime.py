"""Panels with an axis of time: time series and heatmaps."""

import math
import re

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.transforms import ScaledTranslation

from promql.palette import PALETTE, rim
from promql.panels.look import GREY, color, pick, short, size
from promql.panels.units import axis_text

DATES = [f"{date} UTC" for date in ("", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M")]


def timeseries(ax, panel, frames, reach):
    """Lines, bars or points; series of another unit than the first's have the axis on the right."""
    sides, stacks, handles = {frames[0].config.get("unit"): ax}, {}, []
    for place, frame in enumerate(frames):
        unit = frame.config.get("unit")
        if unit not in sides:
            sides[unit] = ax.twinx()
            sides[unit].grid(False)
            sides[unit].spines["right"].set_visible(True)
        values, floor = frame.finite, 0
        if pick(frame.config, "custom.stacking.mode", "none") != "none":
            floor, stacks[unit] = stacked(values, stacks.get(unit))
        style = {"dashes": ("-", "--", ":")[place // len(PALETTE) % 3], **(frame.config.get("custom") or {})}
        handles.append(series(sides[unit], values + floor, floor, series_color(frame, place), style))
    for unit, side in sides.items():
        value_axis(side, [frame for frame in frames if frame.config.get("unit") == unit])
    time_axis(ax, reach)
    legend(ax, panel, frames, handles)


def stacked(values, stack=None):
    """What a series stands on at its own instants, and the stack with it on top, which has the instants of both.

    Between its instants a series goes straight, as its line does; a gap counts as zero.
    """
    course = values.fillna(0)
    if stack is None:
        return 0 * course, course
    union = stack.index.union(values.index)
    stack, course = (one.reindex(union).interpolate("time", limit_direction="both") for one in (stack, course))
    return stack[values.index], stack + course


def series_color(frame, place):
    """A frame's colour: one that is fixed, that of its last value's threshold, or the next of the palette."""
    mode = pick(frame.config, "color.mode")
    if mode == "fixed":
        return color(pick(frame.config, "color.fixedColor", "text"))
    return color(frame.color(frame.reduce())) if mode == "thresholds" else PALETTE[place % len(PALETTE)]


def series(ax, values, floor, paint, custom):
    """One series in the style of its options: drawStyle, lineInterpolation, lineStyle, fillOpacity."""
    fill, style = custom.get("fillOpacity", 0) / 100, custom.get("drawStyle", "line")
    if style == "bars":
        step = np.diff(matplotlib.dates.date2num(values.index[:2])).sum() or 0.001
        return ax.bar(values.index, values - floor, step * 0.9, floor, color=paint, alpha=max(fill, 0.3), align="edge")
    step = {"stepAfter": "post", "stepBefore": "pre"}.get(custom.get("lineInterpolation"))
    if fill:
        ax.fill_between(values.index, floor, values, color=paint, alpha=fill, step=step, linewidth=0)
    gaps = np.pad(values.isna().to_numpy(), 1, constant_values=True)
    alone = values[~gaps[1:-1] & gaps[:-2] & gaps[2:]]  # between two gaps there is no line to see
    ax.plot(alone.index, alone, ".", color=paint)
    line = "." if style == "points" else "--" if pick(custom, "lineStyle.fill") == "dash" else custom["dashes"]
    style = {"drawstyle": f"steps-{step}" if step else "default", "path_effects": rim(paint, 1.5)}
    return ax.plot(values.index, values, line, color=paint, **style)[0]


def value_axis(ax, frames):
    """Scale, unit, limits and thresholds of a value axis, from the options of its first series."""
    config, steps = frames[0].config, frames[0].thresholds()
    unit, logarithmic = config.get("unit") or "", pick(config, "custom.scaleDistribution.type") == "log"
    if logarithmic:
        ax.set_yscale("log", base=pick(config, "custom.scaleDistribution.log", 10))
    low, high = ax.get_ylim()
    if low < 0 and all(frame.finite.min() >= 0 for frame in frames):
        low = 0
    low, high = min(low, pick(config, "custom.axisSoftMin", low)), max(high, pick(config, "custom.axisSoftMax", high))
    low, high = pick(config, "min", low), pick(config, "max", high)
    if low >= high:  # all values are below the minimum or above the maximum; so does Grafana
        low, high = 1 if logarithmic else 0, 100
    ax.set(ylim=(low, high), ylabel=pick(config, "custom.axisLabel", ""))
    if "bytes" in unit and not unit.startswith("dec") and not logarithmic:
        ax.yaxis.set_major_locator(ticker.MultipleLocator(2 ** math.ceil(math.log2((high - low) / 5))))
    ax.yaxis.set_major_formatter(lambda value, _: axis_text(value, unit))
    style = pick(config, "custom.thresholdsStyle.mode", "off")
    for (at, name), above in zip(steps, [*(at for at, _ in steps[1:]), math.inf], strict=False):
        if "area" in style:
            ax.axhspan(max(at, low), min(above, high), color=color(name), alpha=0.08, linewidth=0)
        if style not in ("off", "area") and low <= at <= high:
            ax.axhline(at, color=color(name), linewidth=1, linestyle="--" if "dashed" in style else "-")


def time_axis(ax, reach):
    """The panel's time range, in UTC."""
    locator = matplotlib.dates.AutoDateLocator(minticks=2, maxticks=max(4, int(size(ax)[0] / 50)))
    locator.intervald[matplotlib.dates.MINUTELY] = [1, 2, 5, 10, 15, 30]
    formatter = matplotlib.dates.ConciseDateFormatter(locator, offset_formats=DATES)
    ax.xaxis.set(major_locator=locator, major_formatter=formatter)
    ax.xaxis.get_offset_text().set(size="small", color=GREY)
    ax.set_xlim(pd.to_datetime(reach, unit="ms", utc=True))


def legend(ax, panel, frames, handles):
    """The names below or beside the panel, with the calculations that its legend has; as many as find room."""
    model = panel.options.get("legend") or {}
    if model.get("showLegend") is False or model.get("displayMode") == "hidden":
        return
    calcs = [[f"{calc} {frame.text(frame.reduce(calc))}" for calc in model.get("calcs") or []] for frame in frames]
    (width, height), right = size(ax), model.get("placement") == "right"
    room = max(12, int(width / 5.5) - 8)
    names = ["  ".join([short(frame.name, room), *extra]) for frame, extra in zip(frames, calcs, strict=True)]
    columns = min(len(names), max(1, int(width / 5.5 / (max(map(len, names)) + 6))))
    room, place = columns * max(2, int(height / 36)), {"bbox_to_anchor": (0, 0)}
    place["bbox_transform"] = ax.transAxes + ScaledTranslation(0, -26 / 72, ax.figure.dpi_scale_trans)
    if right:
        columns, room, place = 1, max(2, int(height / 14)), {"bbox_to_anchor": (1.02, 1)}
    place |= {"loc": "upper left", "alignment": "left", "borderaxespad": 0, "ncols": columns}
    title = f"{room} of {len(names)} series" if len(names) > room else None
    ax.legend(handles[:room], names[:room], title=title, fontsize="small", title_fontsize="small", **place)


def heatmap(ax, panel, frames, reach):
    """A column for each instant, a row for each series: a bucket of a histogram, or any other. Zeros are left blank."""
    if all(re.fullmatch(r"[+-]?([\d.]+([eE][+-]?\d+)?|Inf)", frame.name) for frame in frames):
        frames = sorted(frames, key=lambda frame: float(frame.name))
    bounds, names = frames[0].query.format == "heatmap", [frame.name for frame in frames]
    if bounds:
        unit = pick(panel.options, "yAxis.unit")
        names = ["∞" if name == "+Inf" else axis_text(float(name), unit) for name in names]
    times, half = matplotlib.dates.date2num(frames[0].values.index), frames[0].query.step / 2 / 86_400_000
    cells = np.ma.masked_less_equal(np.ma.masked_invalid([frame.values for frame in frames]), 1e-9)
    mesh = ax.pcolormesh([*(times - half), times[-1] + half], range(len(frames) + 1), cells, vmin=0)
    every = math.ceil(len(names) / 14)
    ax.set_yticks([place + (1 if bounds else 0.5) for place in range(len(names))][::every], names[::every])
    ax.grid(False)
    time_axis(ax, reach)
    if pick(panel.options, "legend.show", True):
        unit, scale = pick(panel.options, "cellValues.unit"), ax.inset_axes([1.01, 0, 0.02, 1])
        ax.figure.colorbar(mesh, cax=scale, format=ticker.FuncFormatter(lambda value, _: axis_text(value, unit)))
