"""The table panel: rows as Grafana shows them, sorted, in their colours."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from matplotlib import rcParams

from promql.palette import is_light
from promql.panels import joins
from promql.panels.columns import Trend, missing
from promql.panels.look import GREY, TRACK, color, ink, pick, say, short

MOST = 20  # rows that one picture can hold
BAR = 10  # letters of a bar in a cell
STEPS = "▁▂▃▄▅▆▇█"  # the letters of a series in a cell


class Shown(NamedTuple):
    """What a table shows: the names of its columns, and rows of (text, colour of the letters, colour behind them)."""

    names: list
    rows: list


def shown(panel, tables):
    """The table that a panel shows, as texts and colours; of several tables the one that it was saved with."""
    tables = [one for one in tables if one.columns]
    if not tables:
        return Shown([], [])
    chosen = int(panel.options.get("frameIndex") or 0)
    table = tables[chosen if 0 <= chosen < len(tables) else 0]
    columns = [one for one in table.columns if not hidden(one)]
    places = np.arange(len(table))
    for one in reversed(panel.options.get("sortBy") or []):
        column = next((each for each in columns if each.name == one.get("displayName")), None)
        if column is not None:
            own = replace(column, values=column.values.iloc[places])
            places = places[joins.order(own, bool(one.get("desc")))]
    rows = [painted([cell(one, one.values.iloc[place]) for one in columns], columns) for place in places]
    return Shown([one.name for one in columns], rows)


def hidden(column):
    return bool(pick(column.config, "custom.hidden") or pick(column.config, "custom.hideFrom.viz"))


def cell(column, value):
    """The text of a cell, and its colours: those of the letters and of the ground behind them, None for the usual."""
    style = pick(column.config, "custom.cellOptions.type", "auto")
    if isinstance(value, Trend):
        words = "" if pick(column.config, "custom.cellOptions.hideValue") else column.text(value.value)
        return f"{course(value.samples)} {words}".strip(), None, None
    text = column.text(value)
    if style == "gauge" and column.kind == "number" and not missing(value):
        return f"{bar(column.share(value))} {text}", ink(color(column.color(value))), None
    if style == "color-background":
        paint = color(column.color(value))
        return text, "black" if is_light(paint) else "white", paint
    return text, ink(color(column.color(value))) if style == "color-text" else None, None


def course(samples):
    """A series as letters, as high as the mean of each part of it is between its least and its greatest sample."""
    samples = samples[np.isfinite(samples)]
    if not len(samples):
        return ""
    means = [part.mean() for part in np.array_split(samples, min(BAR, len(samples)))]
    low, high = samples.min(), samples.max()
    return "".join(
        STEPS[int((one - low) / (high - low) * (len(STEPS) - 1) + 0.5) if high > low else 0] for one in means
    )


def bar(share):
    """A bar of letters, as long as a value is far on its scale."""
    full = round(BAR * min(1, max(0, share)))
    return "█" * full + "░" * (BAR - full)


def painted(cells, columns):
    """A row; a column that colours its row gives the others its ground."""
    ground = next(
        (
            one
            for one, column in zip(cells, columns, strict=True)
            if pick(column.config, "custom.cellOptions.applyToRow") and one[2]
        ),
        None,
    )
    return [(text, ground[1], ground[2]) for text, _, _ in cells] if ground else cells


def table(ax, panel, tables, _):
    """A row for each row of the table; the first 20."""
    ax.set_axis_off()
    names, rows = shown(panel, tables)
    if not names:
        say(ax, 0.5, 0.5, "No columns are left to show.", size="small", color=GREY)
        return
    words = [[short(cell[0], 40) for cell in row] for row in rows[:MOST]] or [[""] * len(names)]
    head = [short(name, 30) for name in names] if panel.options.get("showHeader", True) else None
    style = {"cellLoc": "left", "loc": "upper left", "edges": "closed"}
    grid = ax.table(words, colLabels=head, **style)
    grid.auto_set_font_size(False)
    grid.set_fontsize("small")
    grid.auto_set_column_width(range(len(names)))
    for (place, at), one in grid.get_celld().items():
        row = place - (head is not None)
        _, letters, ground = rows[row][at] if 0 <= row < len(rows) else ("", None, None)
        one.visible_edges = "horizontal"
        one.set(edgecolor=TRACK, facecolor=ground or "none")
        one.set_text_props(weight="bold" if row < 0 else "normal", color=letters or rcParams["text.color"])
    if len(rows) > MOST:
        ax.set_title(f"{MOST} of {len(rows)} rows", loc="right", size="small", color=GREY)
