"""Panels of single values: stat, gauge and bar gauge."""

import math
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
from matplotlib import rcParams, ticker
from matplotlib.patches import Rectangle, Wedge

from promql.errors import UnsupportedPanel
from promql.panels.columns import Column, Table, missing
from promql.panels.look import GREY, TRACK, color, ink, say, short, size
from promql.panels.options import expression
from promql.panels.overrides import applied
from promql.panels.units import axis_text

MOST = 25  # rows, where a panel shows a value for each and does not say how many


class Result(NamedTuple):
    """One value that is shown: the column that it is of, the value (None if there is none), its text, its colour, and
    the name beside it."""

    frame: Column
    value: float | str | None
    text: str
    color: str
    name: str


def results(panel, tables):
    """What a panel of single values shows: a Result for each column and calculation, or for each row."""
    options = panel.options.get("reduceOptions") or {}
    shown = [(table, column) for table in tables for column in table.columns if wanted(column, options.get("fields"))]
    if options.get("values"):
        rows = [
            (column, value, row_name(table, column, place))
            for table, column in shown
            for place, value in enumerate(column.values)
        ]
        rows = [result(replace(column, rank=rank), *more) for rank, (column, *more) in enumerate(rows)]
        found = rows[: int(options.get("limit") or MOST)]
    else:
        found = [
            result(column, column.reduce(calc), titled(column, calc)) for _, column in shown for calc in panel.calcs
        ]
    return found or [nothing(panel)]


def wanted(column, pattern):
    """Whether a column is shown: one of numbers, or one whose name a pattern finds."""
    if not pattern:
        return column.kind == "number"
    try:
        return bool(expression(pattern)[0].search(column.name))
    except UnsupportedPanel:
        return False


def result(column, value, name):
    value = None if missing(value) else value
    text = column.text(value) or ("No data" if value is None else "")
    return Result(column, value, text, color(column.color(value)), name)


def titled(column, calc):
    return column.name.replace("${__calc}", calc).replace("$__calc", calc)


def row_name(table, column, place):
    """The name of one row: its texts, and the column's where there are several of numbers."""
    if column.config.get("displayName"):
        return column.name
    texts = [one.text(one.values.iloc[place]) for one in table.columns if one.kind == "string" and one is not column]
    others = [one for one in table.columns if one.kind == "number" and one is not column]
    texts = [one for one in texts if one]
    return " ".join([*texts, *([column.name] if others or not texts else [])])


def nothing(panel):
    """What is shown where no series came: the text for null, that for no value, or No data."""
    column = Column({}, pd.Series([], dtype=float), ())
    applied([Table([column])], {"defaults": (panel.model.get("fieldConfig") or {}).get("defaults")}, panel.type)
    low, high = (column.config.get(end) or 0 for end in ("min", "max"))
    column.limits = low, high
    return result(column, None, "")


def stat(ax, panel, tables, _):
    """The value in large letters, coloured as the panel wants, above its course."""
    shown, options = results(panel, tables), panel.options
    share, (width, height) = 1 / len(shown), size(ax)
    mode, filled = options.get("textMode", "auto"), options.get("colorMode", "value").startswith("background")
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    for place, (frame, value, text, paint, label) in enumerate(shown):
        left, middle, text = place * share, (place + 0.5) * share, label if mode == "name" else text
        if filled:
            ax.add_patch(
                Rectangle((left, 0), share, 1, facecolor=paint, linewidth=2, edgecolor=rcParams["figure.facecolor"])
            )
        if options.get("graphMode", "area") == "area" and isinstance(frame.values.index, pd.DatetimeIndex):
            course(ax, frame, left, share, "white" if filled else paint)
        plain = GREY if value is None else rcParams["text.color"] if options.get("colorMode") == "none" else ink(paint)
        letters = min(height * 0.34, 1.5 * width * share / max(1, len(text)), 48)
        if mode != "none":
            say(ax, middle, 0.6, text, size=letters, color="white" if filled else plain, weight="bold")
        if mode == "value_and_name" or (mode == "auto" and len(shown) > 1):
            name = short(label, int(width * share / 6))
            say(ax, middle, 0.95, name, va="top", size="small", color="white" if filled else rcParams["text.color"])


def course(ax, frame, left, share, paint):
    """The course of a value, faint, below it."""
    values = frame.finite if frame.kind == "number" else frame.values.iloc[:0]
    if values.count() > 1:
        inner = ax.inset_axes([left, 0, 0.97 * share, 0.32])
        inner.fill_between(values.index, values.min(), values, color=paint, alpha=0.3)
        inner.set_axis_off()
        inner.margins(0)


def position(value):
    """A value as a number, to draw it to scale; None if it is none."""
    return value if isinstance(value, float | int) and not isinstance(value, bool) else None


def gauge(ax, panel, tables, _):
    """An arc from the minimum to the maximum, filled to the value, in a ring of the thresholds."""
    shown, (width, height) = results(panel, tables), size(ax)
    ax.set_axis_off()
    ax = ax.inset_axes([0, 0, 1, 1], xlim=(-1.3, 2.8 * len(shown) - 1.5), ylim=(-0.85, 1.12), aspect="equal")
    ax.set_axis_off()
    radius = min(width / len(shown) / 2.8, height / 2)
    for place, (frame, value, text, paint, label) in enumerate(shown):
        x, (low, high), steps = 2.8 * place, frame.limits, frame.thresholds()
        ax.add_patch(Wedge((x, 0), 1, -30, 210, width=0.27, color=TRACK))
        marked = panel.options.get("showThresholdMarkers") is not False
        for (at, name), above in zip(steps if marked else [], [*(at for at, _ in steps[1:]), high], strict=False):
            ends = angle(low, high, above), angle(low, high, at)
            ax.add_patch(Wedge((x, 0), 1.09, *ends, width=0.05, color=color(name)))
        at = position(value)
        ax.add_patch(Wedge((x, 0), 1, angle(low, high, low if at is None else at), 210, width=0.27, color=paint))
        letters = min(radius * 0.4, radius * 2 / max(1, len(text)))
        say(ax, x, 0, text, size=letters, color=ink(paint), weight="bold")
        say(ax, x - 0.75, -0.6, frame.text(low), size="x-small", color=GREY)
        say(ax, x + 0.75, -0.6, frame.text(high), size="x-small", color=GREY)
        if len(shown) > 1:
            say(ax, x, -0.72, short(label, max(6, int(width / len(shown) / 6))), size="small")


def angle(low, high, value):
    """Where a value is on the arc, in degrees: 210 is the minimum, -30 the maximum."""
    return 210 - 240 * ((min(max(value, low), high) - low) / (high - low) if high > low else 0)


def bargauge(ax, panel, tables, _):
    """A bar for each value, each on its own scale, in its colour, the value at its end."""
    shown = results(panel, tables)
    places, ends = range(len(shown)), [share(one) for one in shown]
    alike = len({one.frame.limits for one in shown}) == 1
    low, high = shown[0].frame.limits if alike else (0, 1)
    high = high if high > low else low + 1
    ax.barh(places, high - low, left=low, color=TRACK)
    ax.barh(places, [end * (high - low) for end in ends], left=low, color=[one.color for one in shown])
    for place, one in enumerate(shown):
        ax.annotate(one.text, (high, place), (5, 0), textcoords="offset points", va="center", weight="bold")
    ax.set_yticks(places, [short(one.name, 40) for one in shown])
    ax.set_xlim(low, high)
    ax.invert_yaxis()
    ax.grid(False)
    if alike:
        unit = shown[0].frame.config.get("unit")
        ax.xaxis.set_major_locator(ticker.MaxNLocator(max(1, int(size(ax)[0] / 80))))
        ax.xaxis.set_major_formatter(lambda value, _: axis_text(value, unit))
    else:
        ax.set_xticks([])


def share(one):
    """How far a value is from the least to the greatest of its scale, from 0 to 1."""
    low, high = one.frame.limits
    at = position(one.value)
    if at is None or math.isnan(at):
        return 0.0
    return (min(max(at, low), high) - low) / (high - low) if high > low else float(at > low)
