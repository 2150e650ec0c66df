"""A panel, or a whole dashboard, as a figure in matplotlib."""

import html
import re

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.table import Cell
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from promql.errors import PrometheusError, UnsupportedPanel
from promql.panels import bars, heatmaps, histogram, overtime, single, states, tabular
from promql.panels.guard import explained
from promql.panels.limits import unfit
from promql.panels.look import GREY, TRACK, letters, say, short, size, wrapped

WIDTH, HEIGHT = 0.67, 0.42  # inches of a cell of Grafana's grid
PIXELS = 60_000  # more in one direction matplotlib does not draw


def panel(panel, start=None, end=None, ax=None):
    """Draw a panel into `ax`, or into a figure of its own in the panel's proportions. Returns the Axes."""
    if why := unfit(panel.model):
        raise UnsupportedPanel(f"{panel.title}: {why}")
    if ax is None:
        width, height = panel.grid[2:]
        ax = plt.subplots(figsize=(max(3, width * WIDTH), max(2.2, height * HEIGHT)))[1]
    reach, tables = panel.range(start, end), panel.tables(start, end)
    name, there = panel.title, set(ax.figure.axes)
    ax.set_title(short(name, int(size(ax)[0] / 6)), loc="left", fontsize="medium")
    with explained(name):
        if has_data(tables) or panel.type in ("text", "row") or (panel.type in SINGLE and said(panel)):
            DRAW[panel.type](ax, panel, tables, reach)
            tell(ax, panel.notes)
        else:
            empty(ax, "\n".join(["No data", *panel.notes[:2]]))
    plain([ax, *(one for one in ax.figure.axes if one not in there)])
    return ax


def plain(axes):
    """Let a $ be no formula (rc_context could say so too, but undoes IPython's backend), and every letter be drawn."""
    for ax in axes:
        for words in [*ax.findobj(Text), *(cell.get_text() for cell in ax.findobj(Cell))]:  # whose words findobj misses
            words.set_parse_math(False)
            letters(words)


def has_data(tables):
    return any(len(table) and any(one.kind != "time" for one in table.columns) for table in tables)


def said(panel):
    """Whether a panel says something of its own where there is no data."""
    return single.nothing(panel).text != "No data"


def tell(ax, notes):
    """Say below a picture which of its queries were refused."""
    if notes:
        ax.text(
            0, 0, wrapped(ax, "\n".join(notes[:2])), size="x-small", color=GREY, va="bottom", transform=ax.transAxes
        )


def grid(dashboard, start=None, end=None):
    """Draw a dashboard as Grafana lays it out, without the panels of collapsed rows; one that fails is a box with why.

    Raises UnsupportedPanel if there is nothing to draw, and InvalidTime.
    """
    shown = [one for one in dashboard.panels if not one.hidden]
    if not shown:
        raise UnsupportedPanel(f"The dashboard {dashboard.title!r} has no panels. Add one, or load another file.")
    rows = max(one.grid[1] + one.grid[3] for one in shown)
    dpi = min(plt.rcParams["figure.dpi"], PIXELS / (rows * HEIGHT))
    figure = plt.figure(figsize=(24 * WIDTH, rows * HEIGHT), dpi=dpi, layout="none")
    start, end = (at / 1000 for at in dashboard.range(start, end))
    for one in shown:
        x, y, width, height = one.grid
        cell = Bbox.from_bounds(x / 24, 1 - (y + height) / rows, width / 24, height / rows)
        figure.add_artist(Rectangle(cell.p0, cell.width, cell.height, fill=False, edgecolor=TRACK, linewidth=2))
        drawn = len(figure.axes)
        ax = figure.add_axes(cell.shrunk(0.8, 0.7))
        try:
            panel(one, start, end, ax)
        except (UnsupportedPanel, PrometheusError) as error:
            for spare in figure.axes[drawn + 1 :]:
                spare.remove()
            ax.clear()
            empty(ax, getattr(error, "reason", str(error).partition("\n")[0]))
            plain([ax])
        fit(figure.axes[drawn:], cell.transformed(figure.transFigure), one)


def fit(axes, cell, panel):
    """Give a panel's Axes the room that their labels and legend leave in a cell, in pixels, below the panel's title."""
    ax, figure = axes[0], axes[0].figure
    em, pixels = figure.dpi / 8, figure.transFigure.inverted()
    ax.set_title("", loc="left")
    style = {"va": "top", "weight": "bold" if panel.type == "row" else "normal", "parse_math": False}
    corner = pixels.transform((cell.x0 + em / 2, cell.y1 - em / 2))
    letters(figure.text(*corner, short(panel.title, int(cell.width / em * 1.4)), **style))
    used = Bbox.union([one.get_tightbbox(figure.canvas.get_renderer()) for one in axes])
    low = cell.p0 + em / 2 + ax.bbox.p0 - used.p0
    high = cell.p1 - (em / 2, 2.2 * em) + ax.bbox.p1 - used.p1
    ax.set_position(Bbox([low, np.maximum(high, low + 0.2 * cell.size)]).transformed(pixels))


def empty(ax, why):
    """Say in a panel's place why it is empty."""
    ax.set_axis_off()
    say(ax, 0.5, 0.5, wrapped(ax, why), size="small", color=GREY)


def text(ax, panel, _, __):
    """The words of a text panel, without their markup."""
    ax.set_axis_off()
    words = panel.written(panel.options.get("content") or "")
    words = html.unescape(re.sub(r"<[^>]+>", "", words))
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)|\*+|`|^#+ ", r"\1", words, flags=re.MULTILINE)
    ax.text(0, 1, wrapped(ax, words.strip()), va="top", size="small")


def row(ax, panel, _, __):
    """The heading of a row of panels."""
    ax.set_axis_off()
    ax.set_title(panel.title, loc="left", weight="bold")


SINGLE = {"stat": single.stat, "gauge": single.gauge, "bargauge": single.bargauge}
DRAW = {
    "timeseries": overtime.timeseries,
    "heatmap": heatmaps.heatmap,
    "histogram": histogram.histogram,
    "barchart": bars.barchart,
    "table": tabular.table,
    "text": text,
    "row": row,
}
DRAW |= SINGLE | {"piechart": states.piechart, "state-timeline": states.states, "status-history": states.states}
