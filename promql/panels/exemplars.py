"""A panel's exemplars: single observations, with the labels that lead to their trace, drawn over its series.

https://grafana.com/docs/grafana/latest/fundamentals/exemplars/
"""

import pandas as pd

from promql.errors import PrometheusError
from promql.panels import targets

APART = 2  # standard deviations between two exemplars of one step


def wanted(model):
    """Whether a panel's queries ask for exemplars."""
    return any(one.get("exemplar") is True for one in targets.sent(model))


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


def draw(ax, exemplars):
    """A diamond for each; one beyond the axis stands at its end."""
    if len(exemplars):
        heights = exemplars["value"].clip(*ax.get_ylim())
        ax.scatter(exemplars["timestamp"], heights, marker="D", s=14, color="black", zorder=3, gid="exemplars")
