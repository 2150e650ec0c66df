"""The axes of panels over time: one for each scale, on its side, and that of time."""

import math
from datetime import UTC

import matplotlib.dates
import pandas as pd
from matplotlib import ticker

from promql.palette import CLOCK
from promql.panels.look import GREY, color, pick, size
from promql.panels.units import axis_text

DATES = [f"{date} UTC" for date in ("", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M")]
APART = 52  # points between two axes on one side


def key(frame):
    """The scale of a series: two of the same unit, limits, side, distribution and label share one."""
    config, custom = frame.config, frame.config.get("custom") or {}
    side = custom.get("axisPlacement") or "auto"
    scale = custom.get("scaleDistribution") or {}
    return (
        config.get("unit"),
        config.get("min"),
        config.get("max"),
        custom.get("axisSoftMin"),
        custom.get("axisSoftMax"),
        "auto" if side == "hidden" else side,
        scale.get("type") or "linear",
        scale.get("log") if scale.get("type") in ("log", "symlog") else None,
        custom.get("axisLabel") or None,
    )


def sides(ax, frames):
    """An Axes for each scale, by its key: the first on the left unless it wants the right, the others on the right."""
    made, count = {}, {"left": 0, "right": 0}
    for frame in frames:
        scale = key(frame)
        if scale in made:
            continue
        wanted = pick(frame.config, "custom.axisPlacement", "auto")
        side = wanted if wanted in count else "right" if count["left"] else "left"
        inner = ax.twinx() if made else ax
        made[scale] = inner
        if made and inner is not ax:
            inner.grid(False)
        if wanted == "hidden":
            inner.tick_params(axis="y", left=False, right=False, labelleft=False, labelright=False)
            continue
        place(inner, side, count[side])
        count[side] += 1
    return made


def place(ax, side, rank):
    """Put a value axis on a side, outside the others that are there."""
    (ax.yaxis.tick_right if side == "right" else ax.yaxis.tick_left)()
    ax.yaxis.set_label_position(side)
    ax.spines["right"].set_visible(side == "right")
    ax.spines["left"].set_visible(side == "left")
    if rank:
        ax.spines[side].set_position(("outward", rank * APART))


def value_axis(ax, frames, percent=False, across=False):
    """Scale, unit, limits and thresholds of a value axis, from the options of its first series; `percent` if all of
    them are shares of a pile, `across` if it is the horizontal one."""
    config = frames[0].config
    unit, scale = config.get("unit") or "", pick(config, "custom.scaleDistribution.type")
    base = pick(config, "custom.scaleDistribution.log", 10)
    base = base if isinstance(base, int | float) and base > 1 else 10
    name, axis = ("x", ax.xaxis) if across else ("y", ax.yaxis)
    rescale = ax.set_xscale if across else ax.set_yscale
    if scale == "log":
        rescale("log", base=base)
    elif scale == "symlog":
        rescale("symlog", base=base, linthresh=max(1e-9, pick(config, "custom.scaleDistribution.linearThreshold", 1)))
    low, high = limits(axis, config, frames, percent, scale == "log")
    ax.set(**{f"{name}lim": (low, high), f"{name}label": pick(config, "custom.axisLabel", "")})
    parts = max(1, int(size(ax)[0] / 80)) if across else 5
    if "bytes" in unit and not unit.startswith("dec") and scale not in ("log", "symlog"):
        axis.set_major_locator(ticker.MultipleLocator(2 ** math.ceil(math.log2((high - low) / parts))))
    elif across and scale not in ("log", "symlog"):
        axis.set_major_locator(ticker.MaxNLocator(parts))
    shown = "percentunit" if percent else unit
    axis.set_major_formatter(lambda value, _: axis_text(value, shown))
    levels(ax, frames[0], low, high, across)


def limits(axis, config, frames, percent, logarithmic):
    """The ends of a value axis."""
    low, high = axis.get_view_interval()
    if percent:
        return (-1 if low < -0.06 else 0), (1 if high > 0.06 else 0) or 1
    if low < 0 and all(not (frame.finite < 0).any() for frame in frames) and not negative(frames):
        low = 0
    low = min(low, pick(config, "custom.axisSoftMin", low))
    high = max(high, pick(config, "custom.axisSoftMax", high))
    if pick(config, "custom.axisCenteredZero"):
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    low, high = pick(config, "min", low), pick(config, "max", high)
    if low >= high or (logarithmic and high <= 0):  # all values are beyond the limits; so does Grafana
        return (1 if logarithmic else 0), 100
    return (min(low, high / 1000) if low > 0 else high / 1000, high) if logarithmic and low <= 0 else (low, high)


def negative(frames):
    return any(pick(frame.config, "custom.transform") == "negative-Y" for frame in frames)


def levels(ax, frame, low, high, across):
    """The thresholds of a scale, as lines or areas."""
    style, steps = pick(frame.config, "custom.thresholdsStyle.mode", "off"), frame.thresholds()
    span, line = (ax.axvspan, ax.axvline) if across else (ax.axhspan, ax.axhline)
    for (at, name), above in zip(steps, [*(at for at, _ in steps[1:]), math.inf], strict=False):
        bottom, top = max(at, low), min(above, high)
        if "area" in style and bottom < top:
            span(bottom, top, color=color(name), alpha=0.08, linewidth=0)
        if style not in ("off", "area", "series") and low <= at <= high:
            line(at, color=color(name), linewidth=1, linestyle="-." if "dashed" in style else "-")  # "--" are series


def time_axis(ax, reach, hidden=False):
    """The panel's time range, in UTC; its axis may be hidden."""
    locator = matplotlib.dates.AutoDateLocator(tz=UTC, minticks=2, maxticks=max(4, int(size(ax)[0] / 50)))
    locator.intervald[matplotlib.dates.MINUTELY] = [1, 2, 5, 10, 15, 30]
    formatter = matplotlib.dates.ConciseDateFormatter(locator, tz=UTC, formats=CLOCK, offset_formats=DATES)
    ax.xaxis.set(major_locator=locator, major_formatter=formatter)
    ax.xaxis.get_offset_text().set(size="small", color=GREY)
    ax.set_xlim(pd.to_datetime(reach, unit="ms", utc=True))
    ax.xaxis.set_visible(not hidden)
