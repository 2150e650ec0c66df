"""A panel's exemplars: single observations, with the labels that lead to their trace, drawn over its series or buckets.

https://grafana.com/docs/grafana/latest/fundamentals/exemplars/
"""

import matplotlib.dates
import numpy as np
import pandas as pd

from promql.errors import PrometheusError
from promql.panels import targets

APART = 2  # standard deviations between two exemplars of one step


def found(panel, queries):
    """The exemplars of these queries that Grafana would show, as `Prometheus.exemplars` gives them."""
    asked = {one["refId"] for one in targets.sent(panel.model) if one.get("exemplar") is True}
    kept = []
    for query in queries:
        if query.step and query.ref in asked:
            try:
                all_of_them = panel.dashboard.prometheus.exemplars(query.expr, query.start / 1000, query.end / 1000)
            except PrometheusError:  # Grafana, too, goes on without them
                continue
            kept.append(sampled(all_of_them, query.step))
    kept = [one for one in kept if len(one)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()


def sampled(exemplars, step):
    """The greatest exemplar of each step (ms), and those that are far enough below the one that was kept before."""
    least = APART * exemplars["value"].std()
    kept, last = [], {}
    steps = exemplars["timestamp"].dt.as_unit("ms").astype("int64") // step
    for place in exemplars["value"].sort_values(ascending=False, kind="stable").index:
        value, at = exemplars["value"][place], steps[place]
        if at not in last or (least > 0 and last[at] - value > least):
            kept.append(place)
            last[at] = value
    return exemplars.loc[sorted(kept)]


def over_series(ax, exemplars):
    """A diamond for each; one beyond the axis stands at its end."""
    if len(exemplars):
        draw(ax, exemplars, exemplars["value"].clip(*ax.get_ylim()))


def over_buckets(ax, exemplars, rows, edges):
    """A diamond for each in its row: where its value is between the `edges` of rows, or without any in the middle of the
    row that has the same label, of those in `rows`."""
    if not len(exemplars):
        return
    label = next((one for one in ("le", *(rows[0] if rows else ())) if one in exemplars), None)
    if len(edges):
        heights = np.interp(exemplars["value"], edges, np.arange(len(edges)), np.nan, np.nan)
    else:
        places = {one.get(label): place + 0.5 for place, one in enumerate(rows)}
        heights = np.array([places.get(one, np.nan) for one in exemplars.get(label, [np.nan] * len(exemplars))])
    draw(ax, exemplars[~np.isnan(heights)], heights[~np.isnan(heights)])


def draw(ax, exemplars, heights):
    times = matplotlib.dates.date2num(exemplars["timestamp"])
    inside, edge = (matplotlib.rcParams[name] for name in ("text.color", "axes.facecolor"))
    style = {"marker": "D", "s": 14, "color": inside, "edgecolor": edge, "linewidth": 0.3}
    ax.scatter(times, heights, **style, zorder=3, gid="exemplars")
