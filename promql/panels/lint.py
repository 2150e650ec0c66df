"""Whether a dashboard shows anything: each query of each panel is sent, as Grafana would send it."""

import contextlib
from typing import NamedTuple

from promql.errors import InvalidTime, PrometheusError, UnsupportedPanel
from promql.panels.dashboard import Dashboard


class Finding(NamedTuple):
    """What is wrong with a query (its panel's title, its letter, its PromQL), or, without one, with the dashboard."""

    panel: str
    query: str
    expr: str
    problem: str

    def __str__(self):
        return f"{self.panel}{f', query {self.query}' if self.query else ''}: {self.problem}"


def lint(dashboard, prometheus=None):
    """Send every query of a dashboard (or of its file) over the dashboard's own time range; return a list of Findings.

    Found are queries that Prometheus refuses or that have no data, and what is not drawn as Grafana does.
    """
    if not isinstance(dashboard, Dashboard):
        dashboard = Dashboard(dashboard, prometheus)
    found = [Finding(dashboard.title, "", "", limit) for limit in dashboard.limits()]
    for panel in dashboard.panels:
        with contextlib.suppress(InvalidTime):  # of the time range or a min interval: limits() has named it
            for query in panel.queries():
                found += [Finding(panel.title, query.ref, query.expr, problem) for problem in problems(panel, query)]
    return found


def problems(panel, query):
    """Why one query shows nothing, as a list of at most one text."""
    panel.notes = []
    try:
        found = panel.answer(query)
    except (PrometheusError, UnsupportedPanel) as error:
        return [str(error)]
    return [] if any(values.notna().any() for _, values in found) else [" ".join(["no data.", *panel.notes])]
