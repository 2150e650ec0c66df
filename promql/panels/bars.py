"""The bar chart: a group of bars for each row of a table, side by side or on top of each other.

https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/bar-chart/
"""

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.patches import Patch

from promql.panels import axes, joins, stacks
from promql.panels.barlabels import name_groups, tell
from promql.panels.columns import Column, Table
from promql.panels.legends import legend
from promql.panels.look import GREY, color, pick, say, size
from promql.panels.overtime import series_color


@dataclass
class Bars:
    """The bars of one column: where each begins, how wide all are (as shares of the axis), where each stands and ends,
    and its colour."""

    column: Column
    places: np.ndarray
    width: float
    floors: np.ndarray
    tops: np.ndarray
    paints: list


def barchart(ax, panel, tables, _):
    """A group for each row, named by a column of texts or by its time, with a bar for each column of numbers."""
    table, options = one_table(tables), panel.options
    across = named(table, options.get("xField")) or first(table, "string") or table.time
    every = [one for one in table.columns if one is not across and one.kind == "number"]
    columns = [one for one in every if not pick(one.config, "custom.hideFrom.viz")]
    if across is None or not columns:
        ax.set_axis_off()
        lacks = "of texts or times" if across is None else "of numbers that is not hidden"
        say(ax, 0.5, 0.5, f"A bar chart needs a column {lacks}.", size="small", color=GREY)
        return
    mode, lying = options.get("stacking") or "none", is_lying(ax, options)
    columns = [stackable(one, rank, mode) for rank, one in enumerate(columns)]
    groups, width, inner = layout(len(table), len(columns), options, mode, len(every) > 1)
    painter = named(table, options.get("colorByField"))
    made = [
        Bars(one, groups + width * place, width * inner[1], floor, top, paints(one, [across, *columns], painter))
        for one, place, (floor, top) in zip(columns, inner[0], piles(columns), strict=True)
    ]
    ax.set_axisbelow(True)
    sides = scales(ax, columns, lying)
    for one in made:
        draw(sides[one.column.config.get("unit")], one, lying)
    beside, below = name_groups(ax, across, groups + width / 2, options, lying)
    for unit, side in sides.items():
        members = [one for one in made if one.column.config.get("unit") == unit]
        axes.value_axis(side, [one.column for one in members], mode == "percent", lying)
        tell(side, members, options, lying, beside)
    names, handles = entries(made, painter)
    legend(ax, panel, names, handles, below)


def one_table(tables):
    """The first table, or all of them joined by their times, where the first has times."""
    tables = [one for one in tables if one.columns]
    if len(tables) > 1 and tables[0].time:
        return joins.joined({}, tables)[0]
    plain = [replace(one, values=one.values.reset_index(drop=True)) for one in tables[0].columns]
    return Table(plain, tables[0].ref, tables[0].name)


def named(table, name):
    """The column of that name; None without one."""
    return next((one for one in table.columns if name and name in (one.name, one.own)), None)


def first(table, kind):
    return next((one for one in table.columns if one.kind == kind), None)


def is_lying(ax, options):
    """Whether the bars lie: as it is chosen, else where a panel is higher than wide."""
    chosen = options.get("orientation")
    width, height = size(ax)
    return width < height if chosen not in ("horizontal", "vertical") else chosen == "horizontal"


def stackable(column, rank, mode):
    """A column of finite numbers with its place in the palette, on the one pile that a bar chart has."""
    custom = (column.config.get("custom") or {}) | {"stacking": {"group": "_", "mode": mode}}
    soft = {end: 0 for end, hard in (("axisSoftMin", "min"), ("axisSoftMax", "max")) if column.config.get(hard) is None}
    return replace(column, values=column.finite, rank=rank, config=column.config | {"custom": soft | custom})


def layout(rows, count, options, mode, several):
    """Where the groups begin and their width, and within a group where the bars begin and their width: all shares."""
    group, bar = (pick(options, key, usual) for key, usual in (("groupWidth", 0.7), ("barWidth", 0.97)))
    if mode != "none":
        return *spread(rows, bar), (np.zeros(count), 1)
    if count == 1:
        group, bar = group if several else bar, 1
    return *spread(rows, group), spread(count, bar)


def spread(count, share):
    """Where so many things begin that take this share of a length, with the rest between them; and their width."""
    if count < 2:
        return np.full(count, (1 - share) / 2), share
    width = share / count
    return np.arange(count) * (width + (1 - share) / (count - 1)), width


def piles(columns):
    """The floor and the top of each bar of each column."""
    signs = [-1 if pick(one.config, "custom.transform") == "negative-Y" else 1 for one in columns]
    values = [sign * one.values for sign, one in zip(signs, columns, strict=True)]
    keys = [stacks.pile(one, each, one.config.get("unit")) for one, each in zip(columns, values, strict=True)]
    return [(floor.to_numpy(), top.to_numpy()) for floor, top in stacks.piled(values, keys)]


def paints(column, shown, painter):
    """The colour of each bar of a column: that of another column's cells, of its own value, or of the column."""
    if painter is not None:
        return [color(painter.color(value)) for value in painter.values]
    if any(by_value(one) for one in shown) or pick(column.config, "custom.gradientMode") == "scheme":
        return [color(column.color(value)) for value in column.values]
    return [series_color(column)] * len(column.values)


def by_value(column):
    """Whether a column's values have colours of their own."""
    results = [
        result
        for one in column.config.get("mappings") or []
        for result in (
            (one.get("options") or {}).values() if one.get("type") == "value" else [pick(one, "options.result")]
        )
    ]
    return pick(column.config, "color.mode") == "thresholds" or any(pick({"it": one}, "it.color") for one in results)


def scales(ax, columns, lying):
    """An Axes for each unit: the first as the panel's own, each further one beside the plot, outside the others."""
    made = {}
    for one in columns:
        unit = one.config.get("unit")
        if unit in made:
            continue
        side = made[unit] = (ax.twiny() if lying else ax.twinx()) if made else ax
        if len(made) > 1:
            spine = side.spines["top" if lying else "right"]
            spine.set(visible=True, position=("outward", (len(made) - 2) * axes.APART))
            side.grid(False)
        if pick(one.config, "custom.axisPlacement") == "hidden":
            (side.xaxis if lying else side.yaxis).set_tick_params(which="both", length=0, labelsize=0)
    return made


def draw(side, bars, lying):
    """The bars of one column; a value that is missing has none."""
    custom, there = bars.column.config.get("custom") or {}, np.isfinite(bars.tops)
    heights, floors = (bars.tops - bars.floors)[there], bars.floors[there]
    alpha = min(100, max(0, pick(custom, "fillOpacity", 80))) / 100
    colors = [paint for paint, shown in zip(bars.paints, there, strict=True) if shown]
    rim = min(pick(custom, "lineWidth", 1), bars.width * size(side)[1 if lying else 0] / 4)
    style = {"color": [(one, alpha) for one in colors], "edgecolor": colors, "linewidth": rim}
    if lying:
        side.barh(bars.places[there], heights, bars.width, floors, align="edge", **style)
    else:
        side.bar(bars.places[there], heights, bars.width, floors, align="edge", **style)


def entries(made, painter):
    """What the legend has, and what stands for it: the columns, or each text of the column that gives the colours."""
    if painter is None:
        return [one.column for one in made], [Patch(color=series_color(one.column)) for one in made]
    found = {painter.text(value): color(painter.color(value)) for value in painter.values}
    return [replace(painter, name=text) for text in found if text], [Patch(color=found[one]) for one in found if one]
