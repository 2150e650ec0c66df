"""A panel of a dashboard: what it asks, the series that come back, and its picture."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from promql.errors import PrometheusWarning, UnsupportedPanel
from promql.frames import label_sets
from promql.panels import draw, intervals, limits, repeats, variables
from promql.panels.frames import Frame, buckets, finish
from promql.panels.guard import explained

SCREEN = 1440  # pixels: the width that a browser gives to Grafana's 24 columns, hence to a query's number of points


class Query(NamedTuple):
    """What one target of a panel asks: PromQL, its variables written out; start, end and step in ms (0: an instant)."""

    ref: str
    expr: str
    start: int
    end: int
    step: int
    legend: str
    format: str


class Panel:
    """A panel of a dashboard. `title`, `id`, `type` and `options` are Grafana's; `grid` is x, y, width and height in 24
    columns; `scoped` are the values of the variables that it is repeated for, and `hidden` says that its row is
    collapsed; `notes` is what Prometheus said of the queries that had no data last time."""

    def __init__(self, dashboard, model, scoped=None, hidden=False):
        self.dashboard, self.model, self.scoped, self.hidden, self.notes = dashboard, model, scoped or {}, hidden, []
        self.id, self.type, self.options = model.get("id"), model.get("type") or "", model.get("options") or {}
        self.grid = repeats.box(model)

    def __repr__(self):
        return f"<Panel {self.title!r}: {self.type}>"

    @property
    def title(self):
        title = self.model.get("title") or ""
        return self.written(title) if "$" in title or "[[" in title else title

    @property
    def calcs(self):
        return (self.options.get("reduceOptions") or {}).get("calcs") or ["lastNotNull"]

    def values(self, start, end):
        """The values of the variables for a time range in ms, by name."""
        return variables.timed(variables.BUILT_IN | self.dashboard.values() | self.scoped, start, end)

    def written(self, text, form="text"):
        """A text of the panel with its variables written out."""
        start, end = self.dashboard.range()
        return variables.interpolate(text, {"__from": str(start), "__to": str(end)} | self.values(start, end), form)

    def queries(self, start=None, end=None):
        """The queries of a time range, the dashboard's own by default, as Grafana sends them: a list of Query.

        $__interval, $__rate_interval and the step follow from the range, the panel's width and the scrape interval;
        start and end are floored to the step.
        https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
        """
        start, end = self.dashboard.range(start, end)
        with explained(self.model.get("title") or "A panel"):
            named = [one.get("refId") for one in self.model.get("targets") or []]
            letters = [chr(65 + place) if place < 26 else f"A{place}" for place in range(len(named))]
            targets = [
                {**one, "refId": one.get("refId") or letter}
                for one, letter in zip(self.model.get("targets") or [], letters, strict=True)
            ]
            sent = [target for target in targets if target.get("expr") and not target.get("hide")]
            values = self.values(start, end) if sent else {}
            return [self._query(target, values, start, end) for target in sent]

    def frames(self, start=None, end=None):
        """The series that the panel draws in that time range, a Frame each.

        A query of format heatmap has a Frame for each bucket, with the observations in that bucket alone.
        Raises PrometheusError, and UnsupportedPanel for buckets of several histograms.
        """
        self.notes = []
        found = [frame for query in self.queries(start, end) for frame in self.ask(query)]
        samples = np.concatenate([[], *(frame.values.dropna() for frame in found)])
        with explained(self.model.get("title") or "A panel"):
            return finish(found, self.model.get("fieldConfig") or {}, samples)

    def ask(self, query):
        """The series of one query, as Frames without name and options."""
        begin, end, step = (ms / 1000 for ms in (query.start, query.end, query.step))
        prometheus = self.dashboard.prometheus
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", PrometheusWarning)
            answer = prometheus.query_range(query.expr, begin, end, step) if step else prometheus.query(query.expr, end)
        self.notes += [str(one.message) for one in said] if answer.empty else []
        table = answer if step else answer.iloc[:, -1:].T.set_axis(pd.to_datetime([end], unit="s", utc=True))
        found = [(one, table.iloc[:, place]) for place, one in enumerate(label_sets(answer))]
        if query.format == "heatmap":
            if len({one["le"] for one, _ in found if "le" in one}) < len(found):
                what = f"{self.title} needs the buckets of one histogram. Sum those that there are: sum by (le) (...)"
                raise UnsupportedPanel(f"{what}\n{query.expr}")
            found = buckets(found)
        return [Frame(one, values, query) for one, values in found]

    def _query(self, target, values, start, end):
        points = self.model.get("maxDataPoints") or round(self.grid[2] / 24 * SCREEN)
        least = [variables.interpolate(one.get("interval") or "", values) for one in (self.model, target)]
        least = [one if intervals.known(one) else "" for one in least]  # which limits() has named
        factor = target.get("intervalFactor") or 1
        step, rate = intervals.step_and_rate(end - start, points, self.dashboard.scrape_interval, *least, factor)
        values = values | intervals.macros(start, end, step, rate)
        expr, legend = (variables.interpolate(target.get(key) or "", values, form) for key, form in WRITTEN.items())
        instant = target.get("instant") and not target.get("range")
        times = (end, end, 0) if instant else (start // step * step, end // step * step, step)
        return Query(target["refId"], expr, *times, legend, target.get("format") or "time_series")

    def plot(self, start=None, end=None, ax=None):
        """Draw the panel for a time range, into `ax` or a figure of its own; the Axes. Raises UnsupportedPanel."""
        return draw.panel(self, start, end, ax)

    def limits(self):
        """What of this panel is not drawn as Grafana draws it, a line each."""
        with explained(self.model.get("title") or "A panel"):
            return limits.limits(self)


WRITTEN = {"expr": None, "legendFormat": "glob"}  # what of a query has variables, and how they are written by default
