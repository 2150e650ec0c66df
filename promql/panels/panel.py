"""A panel of a dashboard: what it asks, the series that come back, and its picture."""

import json
import warnings
from typing import NamedTuple

import pandas as pd

from promql import times
from promql.dataframes import label_sets
from promql.errors import PrometheusWarning, QueryError
from promql.panels import answers, draw, intervals, limits, overrides, repeats, targets, timerange, variables
from promql.panels.guard import explained
from promql.panels.transformations import transformed

NOW = 60_000  # ms: a range that ends within them is one that follows the clock
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

    def range(self, start=None, end=None):
        """The panel's time range in ms: the dashboard's, unless the panel has its own (while that ends now), shifted if
        the panel wants it."""
        start, end = self.dashboard.range(start, end)
        back, shift = (self.written(self.model.get(key) or "") for key in ("timeFrom", "timeShift"))
        if back and abs(end - times.current()) < NOW:
            start, end = timerange.own(back, end)
        if shift:
            return timerange.shifted(start, shift), timerange.shifted(end, shift, last=True)
        return start, end

    def queries(self, start=None, end=None):
        """The queries of a time range, the dashboard's own by default, as Grafana sends them: a list of Query.

        $__interval, $__rate_interval and the step follow from the range, the panel's width and the scrape interval;
        start and end are floored to the step.
        https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
        """
        with explained(self.model.get("title") or "A panel"):
            start, end = self.range(start, end)
            sent = targets.sent(self.model)
            values = self.values(start, end) if sent else {}
            return [self._query(target, values, start, end) for target in sent]

    def frames(self, start=None, end=None):
        """The series that the panel draws in that time range, a Column each: the columns of numbers of its tables.

        A query of format heatmap has a Column for each bucket, with the observations in that bucket alone.
        Raises PrometheusError, and UnsupportedPanel for buckets of several histograms.
        """
        return [column for table in self.tables(start, end) for column in table.columns if column.kind == "number"]

    def tables(self, start=None, end=None):
        """The Tables that the panel draws: the answers of its queries, transformed, named, with their field options.

        A query that is refused leaves its reason in `notes`, as long as another one is answered. Raises as `frames`.
        """
        self.notes, answered, refused = [], [], []
        for query in self.queries(start, end):
            try:
                answered.append((query, self.answer(query)))
            except QueryError as error:
                refused.append(error)
                self.notes.append(f"Query {query.ref}: {error.reason}")
        if refused and not answered:
            raise refused[0]
        with explained(self.model.get("title") or "A panel"):
            in_rows = self.type in answers.ROWS or (self.options.get("reduceOptions") or {}).get("values")
            changes = self.model.get("transformations") or []
            found = answers.sampled(answered) if in_rows or changes else answered
            found = transformed(answers.tables(found, self.type == "heatmap"), changes, self.written)
            found = overrides.applied(found, self.model.get("fieldConfig") or {}, self.type)
            found = [answers.over_time(table) for table in found]
            return found if in_rows else [answers.gapped(table) for table in found]

    def marks(self, start, end):
        """What the dashboard's annotations mark between two moments in ms; a refused one leaves its reason in `notes`."""
        try:
            return self.dashboard.marks(self, start, end)
        except QueryError as error:
            self.notes.append(f"Annotation: {error.reason}")
            return []

    def answer(self, query):
        """The series of one query: pairs of labels and a Series over time."""
        begin, end, step = (ms / 1000 for ms in (query.start, query.end, query.step))
        prometheus = self.dashboard.prometheus
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", PrometheusWarning)
            answer = prometheus.query_range(query.expr, begin, end, step) if step else prometheus.query(query.expr, end)
        self.notes += [str(one.message) for one in said] if answer.empty else []
        table = answer if step else answer.iloc[:, -1:].T.set_axis(pd.to_datetime([end], unit="s", utc=True))
        return [(one, table.iloc[:, place].rename(None)) for place, one in enumerate(label_sets(answer))]

    def _query(self, target, values, start, end):
        points = self.model.get("maxDataPoints") or round(self.grid[2] / 24 * SCREEN)
        least = [variables.interpolate(one.get("interval") or "", values) for one in (self.model, target)]
        least = [one if intervals.known(one) else "" for one in least]  # which limits() has named
        factor = max(1, int(target.get("intervalFactor") or 1))
        step, rate = intervals.step_and_rate(
            end - start, max(1, points), self.dashboard.scrape_interval, *least, factor
        )
        values = values | intervals.macros(start, end, step, rate)
        expr, legend = (variables.interpolate(target.get(key) or "", values, form) for key, form in WRITTEN.items())
        instant = target.get("instant") and not target.get("range")
        ends = (end, end, 0) if instant else (start // step * step, end // step * step, step)
        return Query(target["refId"], expr, *ends, legend, target.get("format") or "time_series")

    def to_json(self):
        """The panel as a text of JSON: in Grafana, Inspect, Panel JSON of a new panel takes it, or a dashboard's JSON
        model under `panels`. Its data source is the Grafana's default, unless the panel names one."""
        return json.dumps(self.model, indent=2, ensure_ascii=False)

    def plot(self, start=None, end=None, ax=None):
        """Draw the panel for a time range, into `ax` or a figure of its own; the Axes. Raises UnsupportedPanel."""
        return draw.panel(self, start, end, ax)

    def limits(self):
        """What of this panel is not drawn as Grafana draws it, a line each."""
        with explained(self.model.get("title") or "A panel"):
            return limits.limits(self)


WRITTEN = {"expr": None, "legendFormat": "glob"}  # what of a query has variables, and how they are written by default
