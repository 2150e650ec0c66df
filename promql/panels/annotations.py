"""A dashboard's annotations from Prometheus: moments and spans of time, drawn as lines over the panels.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/annotate-visualizations/
"""

import re
from typing import NamedTuple

import matplotlib.dates
import pandas as pd

from promql import times
from promql.dataframes import label_sets
from promql.panels import intervals
from promql.panels.look import color
from promql.panels.options import SOURCES
from promql.panels.variables import interpolate

TITLES = 6  # places with words in one panel
NEAR = 0.03  # of the axis: there two titles would stand on each other
STEP = "60s"  # between two points in time at which an annotation is asked for, where it does not say another


class Mark(NamedTuple):
    """From when to when (ms) something was so, its title, and its colour."""

    start: int
    end: int
    title: str
    color: str


def limit(model):
    """Why an annotation is not drawn; None if it is, or if it is off, or if it is the one that every dashboard has."""
    source = model.get("datasource")
    kind = source.get("type") if isinstance(source, dict) else None
    if not model.get("enable", True) or model.get("builtIn"):
        return None
    if source == "-- Grafana --" or kind == "grafana":
        return "annotations that Grafana itself keeps are not drawn."
    if kind not in SOURCES:
        return f"annotations of the data source {kind} are not drawn."
    if isinstance(source, dict) and source.get("uid") in ("grafana", "-- Grafana --"):
        return "annotations that Grafana itself keeps are not drawn."
    return None if expression(model) else "it asks Prometheus nothing."


def drawn(model):
    """Whether an annotation is drawn."""
    return model.get("enable", True) and not model.get("builtIn") and limit(model) is None and bool(expression(model))


def expression(model):
    """The PromQL of an annotation, which newer versions keep in its target."""
    target = model.get("target") if isinstance(model.get("target"), dict) else {}
    found = model.get("expr") or target.get("expr")
    return found if isinstance(found, str) else ""


def on(model, panel):
    """Whether an annotation is drawn on a panel: on all, on some, or on all others."""
    chosen = model.get("filter") if isinstance(model.get("filter"), dict) else {}
    ids = chosen.get("ids") if isinstance(chosen.get("ids"), list) else []
    return not ids or (panel.id in ids) != bool(chosen.get("exclude"))


def marks(model, prometheus, values, start, end):
    """The Marks of an annotation in a time range (ms): samples above 0 that follow each other are one span."""
    target = model.get("target") if isinstance(model.get("target"), dict) else {}
    written = interpolate(str(model.get("step") or target.get("interval") or STEP), values)
    step = max(
        times.duration(written) if intervals.known(written) and intervals.least(written) else 60_000,
        (end - start) // 11_000,
        1,
    )
    expr = interpolate(expression(model), values | intervals.macros(start, end, step, 4 * step))
    first, last = start // step * step, -(-end // step) * step
    frame = prometheus.query_range(expr, first / 1000, last / 1000, step / 1000)
    found = []
    for place, labels in enumerate(label_sets(frame)):
        column = pd.to_numeric(frame.iloc[:, place], errors="coerce")
        held = column[column > 0]
        by_value = bool(model.get("useValueForTime"))
        at = [int(one) for one in (held if by_value else held.index.as_unit("ms").asi8)]
        found += [
            Mark(*span, titled(model, labels), color(model.get("iconColor") or "blue"))
            for span in spans(sorted(at), step)
        ]
    return [one for one in found if one.end >= start and one.start <= end]


def spans(moments, step):
    """Moments (ms) in order as (start, end): those that are no more than a step apart are one."""
    found = []
    for at in moments:
        if found and found[-1][1] + step >= at:
            found[-1][1] = at
        else:
            found.append([at, at])
    return found


def titled(model, labels):
    template = model.get("titleFormat") if isinstance(model.get("titleFormat"), str) else ""
    return re.sub(r"{{\s*(.+?)\s*}}", lambda found: labels.get(found[1], found[1]), template) or model.get("name") or ""


def draw(ax, found):
    """Lines where something began and where it ended, and the time between shaded; its title at the beginning."""
    left, right = ax.get_xlim()
    names = {}  # the first Mark at a place, and the titles of all that begin too near for words of their own
    for mark in found:
        begin, end = (
            matplotlib.dates.date2num(pd.to_datetime(at, unit="ms", utc=True)) for at in (mark.start, mark.end)
        )
        for at in {begin, end}:
            ax.axvline(at, color=mark.color, linewidth=1, linestyle="--", alpha=0.9, gid="annotation")
        if end > begin:
            ax.axvspan(begin, end, color=mark.color, alpha=0.08, linewidth=0)
        if mark.title and not any(mark.title in titles for _, titles in names.values()) and len(names) < TITLES:
            near = next((at for at in names if abs(at - begin) < NEAR * (right - left)), begin)
            names.setdefault(near, (mark, []))[1].append(mark.title)
    for begin, (mark, titles) in names.items():
        place = {"xytext": (2, -2), "textcoords": "offset points", "xycoords": ("data", "axes fraction")}
        style = {"size": "x-small", "color": mark.color, "va": "top", "rotation": 90, "annotation_clip": True}
        ax.annotate(", ".join(title[:40] for title in titles), (begin, 1), **place, **style)
