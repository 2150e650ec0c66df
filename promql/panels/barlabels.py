"""The words of a bar chart: the names of its groups, and the values beside its bars."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.panels.look import PIXEL, pick, size
from promql.panels.units import format_value

DAY = 86_400_000
TIMES = {1000: "HH:mm:ss.SSS", 60_000: "HH:mm:ss", 3_600_000: "HH:mm", DAY: "MM/DD HH:mm", 28 * DAY: "MM/DD"}
NAME = 5  # points: the width of a letter in a group's name
LETTER, LINE = 0.6, 1.3  # the width of a letter and the height of a line, as shares of their size
LEAST, MOST = 6, 12  # points
FULL = 0.65  # of a bar's width, for its value
GAP = 3  # points between a bar and its value


def name_groups(ax, column, places, options, lying):
    """The names of the groups at their middles. Returns how far they reach beside the plot and below it, in points."""
    (width, height), turn = size(ax), 0 if lying else pick(options, "xTickLabelRotation", 0)
    steep = abs(math.sin(math.radians(turn)))
    room = width / 2 if lying else height / 2 / max(steep, 0.01)
    longest = int((not lying and pick(options, "xTickLabelMaxLength")) or min(40, max(4, room / NAME)))
    texts = [one if len(one) <= longest else f"{one[:longest]}…" for one in row_names(column)]
    widest = NAME * max(map(len, texts), default=0)
    kept = fitting(len(texts), height if lying else width, 12 if lying or steep > 0.3 else widest + 8, options)
    names, title = [texts[one] for one in kept], pick(column.config, "custom.axisLabel", "")
    ax.grid(False, axis="y" if lying else "x")
    if lying:
        ax.set(ylim=(1, 0), ylabel=title)
        ax.set_yticks(places[kept], names)
    else:
        ax.set(xlim=(0, 1), xlabel=title)
        turned = {"rotation": -turn, "rotation_mode": "anchor", "ha": "left" if turn > 0 else "right"} if turn else {}
        ax.set_xticks(places[kept], names, **turned)
    (ax.yaxis if lying else ax.xaxis).set_visible(pick(column.config, "custom.axisPlacement") != "hidden")
    return (NAME * max(map(len, names), default=0), 26) if lying else (0, 26 + steep * widest)


def fitting(count, length, room, options):
    """The places of the names that find room, which is that of the panel or at least that of a name, all in points. The
    first is among them; where the panel's is below zero, the last."""
    asked = pick(options, "xTickLabelSpacing", 0) * PIXEL
    every = max(1, math.ceil(count * max(room, abs(asked)) / length))
    return np.arange(count)[:: every if asked >= 0 else -every]


def row_names(column):
    """What the groups are called: texts, or times as exactly as they are apart."""
    unit = column.config.get("unit") or ""
    if column.kind != "time" or unit.startswith("time:") or len(column.values) < 2:
        return [column.text(one) for one in column.values]
    moments = pd.to_datetime(column.values, utc=True).dt.as_unit("ms").astype("int64")
    apart = moments.iloc[1] - moments.iloc[0]
    pattern = next((one for limit, one in TIMES.items() if apart < limit), "YYYY-MM" if apart < 365 * DAY else "YYYY")
    return [format_value(at, f"time:{pattern}") for at in moments]


def tell(side, made, options, lying, beside):
    """Write the values of the bars on one scale, as the panel wants them, and give the scale the room for it, of which
    the names `beside` the plot take theirs."""
    show, mode = options.get("showValue") or "auto", options.get("stacking") or "none"
    texts = [words(one, mode == "percent") for one in made]
    letters = letter_size(side, made, texts, options, lying)
    if show == "never" or not any(map(any, texts)) or (show == "auto" and letters < LEAST):
        return
    letters = max(LEAST, letters)
    reach = lambda text: letters * (LETTER * len(text) if lying else LINE)  # noqa: E731
    room(side, made, max(reach(text) for row in texts for text in row) + GAP, lying, beside)
    for row in range(len(texts[0])):
        taken = []
        for one, text in ((one, own[row]) for one, own in zip(made, texts, strict=True) if own[row]):
            up, middle = one.tops[row] >= one.floors[row], one.places[row] + one.width / 2
            begin = place(side, one.tops[row], lying)
            span = sorted((begin, begin + (1 if up else -1) * reach(text)))
            if show == "auto" and mode != "none" and any(span[0] < high and low < span[1] for low, high in taken):
                continue  # it would stand on another one
            taken.append(span)
            write(side, text, (one.tops[row], middle), up, letters, lying)


def words(bars, percent):
    """The text of each bar: its value, or its share of the pile; none where there is no bar."""
    column, values = bars.column, bars.column.values
    if percent:
        column = replace(column, config=column.config | {"unit": "percentunit"})
        values = np.abs(bars.tops - bars.floors)
    return [column.text(float(one)) if np.isfinite(one) else "" for one in values]


def letter_size(side, made, texts, options, lying):
    """The size of the letters in points: the panel's, or one in which each value fits to its bar."""
    fixed = pick(options, "text.valueSize")
    if isinstance(fixed, int | float) and fixed > 0:
        return fixed * PIXEL
    thick = made[0].width * size(side)[1 if lying else 0] * FULL
    return min([MOST, *(thick if lying else thick / (LETTER * len(text)) for row in texts for text in row if text)])


def place(side, value, lying):
    """Where a value is on its axis, in points."""
    pixels = side.transData.transform((value, 0) if lying else (0, value))
    return pixels[0 if lying else 1] * 72 / side.figure.dpi


def room(side, made, points, lying, beside):
    """Leave so many points beyond the bars, unless the end of the scale is chosen or goes by powers."""
    axis, config = side.xaxis if lying else side.yaxis, made[0].column.config
    if axis.get_scale() != "linear":
        return
    low, high = axis.get_view_interval()
    length = size(side)[0 if lying else 1] - beside
    more = (high - low) * points / max(length / 3, length - 2 * points)
    tops = np.concatenate([one.tops for one in made])
    if config.get("max") is None:
        high = max(high, np.nanmax(tops) + more)
    if config.get("min") is None and np.nanmin(tops) < 0:
        low = min(low, np.nanmin(tops) - more)
    (side.set_xlim if lying else side.set_ylim)(low, high)


def write(side, text, at, up, letters, lying):
    """A value beyond the end of its bar."""
    away = GAP if up else -GAP
    if lying:
        style = {"xy": at, "xytext": (away, 0), "ha": "left" if up else "right", "va": "center"}
    else:
        style = {"xy": at[::-1], "xytext": (0, away), "ha": "center", "va": "bottom" if up else "top"}
    side.annotate(text, textcoords="offset points", size=letters, gid="value", annotation_clip=False, **style)
