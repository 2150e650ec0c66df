"""Panels of single values: stat, gauge, bar gauge and table."""

import functools
import math

import pandas as pd
from matplotlib import ticker
from matplotlib.patches import Rectangle, Wedge

from promql.panels.frames import Frame, configure
from promql.panels.look import GREY, TRACK, color, ink, pick, say, short, size
from promql.panels.units import axis_text


def results(panel, frames):
    """What is shown: (frame, value, text, colour) for each series and calculation; None is no value."""
    found = [(frame, frame.reduce(calc)) for frame in frames for calc in panel.calcs]
    found = [(frame, None if math.isnan(value) else value) for frame, value in found]
    return [(frame, value, frame.text(value) or "No data", color(frame.color(value))) for frame, value in found]


def stat(ax, panel, frames, _):
    """The value in large letters, coloured by threshold, above its course."""
    shown, options = results(panel, frames), panel.options
    share, (width, height) = 1 / len(shown), size(ax)
    mode, filled = options.get("textMode", "auto"), options.get("colorMode", "value").startswith("background")
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    for place, (frame, value, text, paint) in enumerate(shown):
        left, middle, text = place * share, (place + 0.5) * share, frame.name if mode == "name" else text
        if filled:
            ax.add_patch(Rectangle((left, 0), share, 1, facecolor=paint, linewidth=2, edgecolor="white"))
        values = frame.finite
        if options.get("graphMode", "area") == "area" and values.count() > 1:
            course = ax.inset_axes([left, 0, 0.97 * share, 0.32])
            course.fill_between(values.index, values.min(), values, color="white" if filled else paint, alpha=0.3)
            course.set_axis_off()
            course.margins(0)
        plain = GREY if value is None else "black" if options.get("colorMode") == "none" else ink(paint)
        letters = min(height * 0.34, 1.5 * width * share / len(text), 48)
        say(ax, middle, 0.6, text, size=letters, color="white" if filled else plain, weight="bold")
        if mode == "value_and_name" or (mode == "auto" and len(shown) > 1):
            name = short(frame.name, int(width * share / 6))
            say(ax, middle, 0.95, name, va="top", size="small", color="white" if filled else "black")


def gauge(ax, panel, frames, _):
    """An arc from the minimum to the maximum, filled to the value, in a ring of the thresholds."""
    shown, (width, height) = results(panel, frames), size(ax)
    ax.set_axis_off()
    ax = ax.inset_axes([0, 0, 1, 1], xlim=(-1.3, 2.8 * len(shown) - 1.5), ylim=(-0.85, 1.12), aspect="equal")
    ax.set_axis_off()
    radius = min(width / len(shown) / 2.8, height / 2)
    for place, (frame, value, text, paint) in enumerate(shown):
        x, (low, high), steps = 2.8 * place, frame.limits, frame.thresholds()
        ax.add_patch(Wedge((x, 0), 1, -30, 210, width=0.27, color=TRACK))
        for (at, name), above in zip(steps, [*(at for at, _ in steps[1:]), high], strict=False):
            ends = angle(low, high, above), angle(low, high, at)
            ax.add_patch(Wedge((x, 0), 1.09, *ends, width=0.05, color=color(name)))
        ax.add_patch(Wedge((x, 0), 1, angle(low, high, low if value is None else value), 210, width=0.27, color=paint))
        say(ax, x, 0, text, size=min(radius * 0.4, radius * 2 / len(text)), color=ink(paint), weight="bold")
        say(ax, x - 0.75, -0.6, frame.text(low), size="x-small", color=GREY)
        say(ax, x + 0.75, -0.6, frame.text(high), size="x-small", color=GREY)
        if len(shown) > 1:
            say(ax, x, -0.72, short(frame.name, 24), size="small")


def angle(low, high, value):
    """Where a value is on the arc, in degrees: 210 is the minimum, -30 the maximum."""
    return 210 - 240 * ((min(max(value, low), high) - low) / (high - low) if high > low else 0)


def bargauge(ax, panel, frames, _):
    """A bar for each value, coloured by threshold, the value at its end."""
    shown = results(panel, frames)
    frame, places = shown[0][0], range(len(shown))
    low, high = frame.limits
    low = min(low, 0) if frame.config.get("min") is None else low
    high = high if high > low else low + 1
    ends = [low if value is None else min(max(value, low), high) for _, value, _, _ in shown]
    ax.barh(places, high - low, left=low, color=TRACK)
    ax.barh(places, [end - low for end in ends], left=low, color=[one[3] for one in shown])
    for place, one in enumerate(shown):
        ax.annotate(one[2], (high, place), (5, 0), textcoords="offset points", va="center", weight="bold")
    ax.set_yticks(places, [short(one[0].name, 40) for one in shown])
    ax.set_xlim(low, high)
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(ticker.MaxNLocator(max(1, int(size(ax)[0] / 80))))
    ax.xaxis.set_major_formatter(lambda value, _: axis_text(value, frame.config.get("unit")))
    ax.grid(False)


def table(ax, panel, frames, _):
    """A row for each label set, with the newest value of each query; the first 20."""
    ax.set_axis_off()
    rows = table_rows(panel, frames)
    style = {"cellLoc": "left", "loc": "upper left", "edges": "horizontal"}
    grid = ax.table(rows.head(20).to_numpy(), colLabels=list(rows.columns), **style)
    grid.auto_set_font_size(False)
    grid.set_fontsize("small")
    grid.auto_set_column_width(range(len(rows.columns)))
    for (place, _), cell in grid.get_celld().items():
        cell.set_edgecolor(TRACK)
        cell.set_text_props(weight="bold" if place == 0 else "normal")


def table_rows(panel, frames):
    """The table's cells as text: its queries merged, organized by its transformations, its field options applied."""
    refs = {frame.query.ref: [] for frame in frames}
    for frame in frames:
        value = "Value" if len(refs) == 1 else f"Value #{frame.query.ref}"
        refs[frame.query.ref].append({"Time": f"{frame.values.index[-1]:%F %T}", **frame.labels, value: frame.reduce()})
    rows = functools.reduce(lambda left, right: left.merge(right, how="outer"), map(pd.DataFrame, refs.values()))
    for one in panel.model.get("transformations") or []:
        options = (one.get("options") or {}) if one["id"] == "organize" else {}
        hidden, order, names = (options.get(key) or {} for key in ("excludeByName", "indexByName", "renameByName"))
        kept = [name for name in rows.columns if not hidden.get(name)]
        rows = rows[sorted(kept, key=lambda name: order.get(name, len(order)))].rename(columns=names)
    columns = [Frame({}, rows[name].fillna(""), frames[0].query, name) for name in rows.columns]
    for column in columns:
        column.config = configure(panel.model.get("fieldConfig") or {}, column)
        column.values = column.values.map(
            lambda cell, text=column.text: text(cell) if isinstance(cell, float) else cell
        )
    columns = [column for column in columns if not pick(column.config, "custom.hidden")]
    return pd.DataFrame({column.config.get("displayName") or column.name: column.values for column in columns})
