"""Panels of shares and of states: the pie, and what was so from when to when."""

import matplotlib.dates
import numpy as np
import pandas as pd

from promql.palette import is_light
from promql.panels.axes import time_axis
from promql.panels.columns import missing
from promql.panels.look import GREY, color, pick, say, short, size
from promql.panels.single import position, results
from promql.panels.stacks import connected


def piechart(ax, panel, tables, _):
    """The share of each value in the sum of all, with what the legend and the labels want of it."""
    shown = [one for one in results(panel, tables) if (position(one.value) or 0) > 0]
    order = panel.options.get("sort", "desc")
    shown = shown if order == "none" else sorted(shown, key=lambda one: one.value, reverse=order != "asc")
    ax.set_axis_off()
    if not shown:
        say(ax, 0.5, 0.5, "Nothing is above zero.", size="small", color=GREY)
        return
    total = sum(one.value for one in shown)
    wanted, options = panel.options.get("displayLabels") or [], panel.options.get("legend") or {}
    in_legend = options.get("values") if isinstance(options.get("values"), list) else []
    inner = ax.inset_axes([0, 0, 0.6, 1], aspect="equal")
    width = 0.4 if panel.options.get("pieType") == "donut" else 1
    wedges, _ = inner.pie(
        [one.value for one in shown],
        colors=[one.color for one in shown],
        labels=[told(one, total, wanted) for one in shown],
        wedgeprops={"width": width, "edgecolor": matplotlib.rcParams["figure.facecolor"]},
        startangle=90,
        counterclock=False,
        textprops={"size": "small"},
    )
    if options.get("showLegend", True):
        names = [short(told(one, total, ["name", *in_legend]), 40) for one in shown]
        ax.legend(wedges, names, loc="center left", bbox_to_anchor=(0.6, 0.5), fontsize="small")


def told(one, total, wanted):
    """What a label says of a share: its name, its value, its percentage."""
    texts = {"name": one.name, "value": one.text, "percent": f"{100 * one.value / total:.0f}%"}
    return " ".join(texts[part] for part in ("name", "value", "percent") if part in wanted)


def states(ax, panel, tables, reach):
    """A row for each column, a block for each value in the colour that the panel gives it; equal ones that follow each
    other are one in a state timeline, and each is its own in a status history."""
    columns = [one for table in tables for one in table.columns if one.kind != "time"]
    columns = [one for one in columns if isinstance(one.values.index, pd.DatetimeIndex)]
    merge = panel.type == "state-timeline" and panel.options.get("mergeValues", True)
    letters = size(ax)[0] / 6
    for row, column in enumerate(columns):
        for begin, end, value in blocks(column, merge, reach):
            paint = color(column.color(value))
            ax.barh(row, end - begin, 0.8, begin, color=paint, align="center")
            words, room = column.text(value), letters * (end - begin) / ((reach[1] - reach[0]) / 86_400_000)
            if panel.options.get("showValue") != "never" and words and len(words) < room:
                ink = "black" if is_light(paint) else "white"
                say(ax, begin + (end - begin) / 2, row, words, size="small", color=ink, clip_on=True)
    ax.set_yticks(range(len(columns)), [short(one.name, 30) for one in columns])
    ax.set_ylim(len(columns) - 0.5, -0.5)
    ax.grid(False)
    time_axis(ax, reach)


def blocks(column, merge, reach):
    """The values of a column as (begin, end, value), in matplotlib's days; a gap ends a block, unless it is connected."""
    spans = pick(column.config, "custom.spanNulls")
    values = connected(column.values, spans)
    times = matplotlib.dates.date2num(values.index)
    last = matplotlib.dates.date2num(pd.to_datetime(reach[1], unit="ms", utc=True))
    step = np.median(np.diff(times)) if len(times) > 1 else last - times[0] if len(times) else 0
    found = []
    for begin, end, value in zip(times, [*times[1:], last], values, strict=True):
        end = min(end, begin + step) if step and not spans else end
        if missing(value) or end <= begin:
            continue
        if merge and found and found[-1][2] == value and abs(found[-1][1] - begin) < step / 1000:
            found[-1][1] = end
        else:
            found.append([begin, end, value])
    return found
