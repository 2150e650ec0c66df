"""A Grafana dashboard read from its JSON (classic v1): its panels, what they ask, and the series that come back."""

import functools
import json
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from promql import times
from promql.client import Prometheus
from promql.errors import InvalidTime, PrometheusError, PrometheusWarning, Unreachable, UnsupportedPanel
from promql.frames import label_sets
from promql.panels import draw, intervals, timerange, variables
from promql.panels.frames import MATCHERS, Frame, buckets, finish
from promql.panels.reducers import PERCENTILE, REDUCERS
from promql.panels.units import known

SCREEN = 1440  # pixels: the width that a browser gives to Grafana's 24 columns, hence to a query's number of points
SOURCES = ("prometheus", "datasource", None)
KINDS = ("timeseries", "stat", "gauge", "bargauge", "heatmap", "table", "text", "row")


class Query(NamedTuple):
    """What one target of a panel asks: PromQL, its variables written out; start, end and step in ms (0: an instant)."""

    ref: str
    expr: str
    start: int
    end: int
    step: int
    legend: str
    format: str


class Dashboard:
    """A dashboard and the Prometheus that it asks. `title`, `uid`; `panels`, those of collapsed rows included.

    `scrape_interval` is that of Grafana's data source, from which `$__rate_interval` follows: the server's global one,
    as kube-prometheus-stack sets it, or 15s, Grafana's default. Assign another where Grafana has another.
    """

    def __init__(self, source, prometheus=None, **given):
        model = source if isinstance(source, dict) else json.loads(Path(source).read_text())
        model = model.get("dashboard", model)
        if "panels" not in model:
            what = "This JSON is no dashboard of Grafana's classic schema: it has no `panels`."
            raise UnsupportedPanel(f"{what} In Grafana, export the dashboard with the classic model chosen.")
        self.model, self.prometheus, self.given = model, prometheus or Prometheus(), given
        self.title, self.uid = model.get("title", ""), model.get("uid") or ""
        self.panels = [Panel(self, one) for row in model["panels"] for one in [row, *(row.get("panels") or [])]]

    @classmethod
    def load(cls, source, prometheus=None, **given):
        """Read a dashboard from a file or a dict; `given` are values of its variables, a list where several are meant.

        What is not drawn of it as in Grafana is printed, a line each. Raises UnsupportedPanel for another schema.
        """
        dashboard = cls(source, prometheus, **given)
        print("".join(f"{limit}\n" for limit in dashboard.limits()), end="")
        return dashboard

    def __repr__(self):
        return f"<Dashboard {self.title!r}: {len(self.panels)} panels>"

    @functools.cached_property
    def scrape_interval(self):
        try:
            return yaml.safe_load(self.prometheus.get("status/config")["yaml"])["global"]["scrape_interval"]
        except Unreachable:
            raise
        except PrometheusError:  # a managed service keeps its configuration to itself
            return "15s"

    def panel(self, title):
        """The panel of that title. UnsupportedPanel, naming those that there are, if there is none."""
        for panel in self.panels:
            if title in (panel.title, panel.model.get("title")):
                return panel
        there = ", ".join(panel.title for panel in self.panels if panel.type != "row")
        raise UnsupportedPanel(f"{self.title} has no panel {title!r}. It has: {there}.")

    def values(self):
        """The present values of the template variables, by name."""
        return variables.resolve(self._variables(), self.given, self.prometheus)

    def parameters(self):
        """The same as pairs for the address of a Grafana page; which data source that asks is Grafana's own affair."""
        values = self.values()
        for source in (one["name"] for one in self._variables() if one["type"] == "datasource"):
            del values[source]
        return [(f"var-{name}", one) for name, value in values.items() for one in value.raw]

    def range(self, start=None, end=None):
        """A time range in ms; the dashboard's own by default. Raises InvalidTime."""
        now, own = times.current(), {"from": "now-15m", "to": "now"} | (self.model.get("time") or {})
        start = timerange.instant(own["from"], now) if start is None else times.timestamp(start, now)
        return start, timerange.instant(own["to"], now, last=True) if end is None else times.timestamp(end, now)

    def limits(self):
        """What is not drawn of this dashboard as Grafana does, a line each."""
        found = [f"${one['name']}: {variables.limit(one)}" for one in self._variables() if variables.limit(one)]
        try:
            self.range()
        except InvalidTime as error:
            found.append(f"time range: {error}")
        return found + [f"{panel.title}: {limit}" for panel in self.panels for limit in panel.limits()]

    def plot(self, start=None, end=None):
        """Draw all panels in one figure, laid out as in Grafana; one that cannot be drawn is a box that says why."""
        draw.grid(self, start, end)

    def _variables(self):
        return (self.model.get("templating") or {}).get("list") or []


class Panel:
    """A panel of a dashboard. `title`, `id`, `type` and `options` are Grafana's; `grid` is x, y, width and height in 24
    columns; `notes` is what Prometheus said of the queries that had no data last time."""

    def __init__(self, dashboard, model):
        self.dashboard, self.model, self.notes = dashboard, model, []
        self.id, self.type, self.options = model.get("id"), model["type"], model.get("options") or {}
        place = {"x": 0, "y": 0, "w": 12, "h": 8} | (model.get("gridPos") or {})
        self.grid = tuple(place[side] for side in "xywh")

    def __repr__(self):
        return f"<Panel {self.title!r}: {self.type}>"

    @property
    def title(self):
        title = self.model.get("title") or ""
        return variables.interpolate(title, self.dashboard.values(), "text") if "$" in title else title

    @property
    def calcs(self):
        return (self.options.get("reduceOptions") or {}).get("calcs") or ["lastNotNull"]

    def queries(self, start=None, end=None):
        """The queries of a time range, the dashboard's own by default, as Grafana sends them: a list of Query.

        $__interval, $__rate_interval and the step follow from the range, the panel's width and the scrape interval;
        start and end are floored to the step.
        https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
        """
        start, end = self.dashboard.range(start, end)
        targets = [{"refId": chr(65 + place), **one} for place, one in enumerate(self.model.get("targets") or [])]
        sent = [target for target in targets if target.get("expr") and not target.get("hide")]
        values = self.dashboard.values() if sent else {}
        return [self._query(target, values, start, end) for target in sent]

    def frames(self, start=None, end=None):
        """The series that the panel draws in that time range, a Frame each.

        A query of format heatmap has a Frame for each bucket, with the observations in that bucket alone.
        Raises PrometheusError, and UnsupportedPanel for buckets of several histograms.
        """
        self.notes = []
        found = [frame for query in self.queries(start, end) for frame in self.ask(query)]
        samples = np.concatenate([[], *(frame.values.dropna() for frame in found)])
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
        factor = target.get("intervalFactor") or 1
        step, rate = intervals.step_and_rate(end - start, points, self.dashboard.scrape_interval, *least, factor)
        values = values | intervals.macros(start, end, step, rate)
        expr, legend = (variables.interpolate(target.get(key) or "", values) for key in ("expr", "legendFormat"))
        instant = target.get("instant") and not target.get("range")
        times = (end, end, 0) if instant else (start // step * step, end // step * step, step)
        return Query(target["refId"], expr, *times, legend, target.get("format") or "time_series")

    def _odd_intervals(self):
        written = [one.get("interval") or "" for one in [self.model, *(self.model.get("targets") or [])]]
        odd = [text for text in written if not intervals.known(text)]
        values = self.dashboard.values() if odd else {}
        return [text for text in odd if not intervals.known(variables.interpolate(text, values))]

    def plot(self, start=None, end=None, ax=None):
        """Draw the panel for a time range, into `ax` or a figure of its own; the Axes. Raises UnsupportedPanel."""
        return draw.panel(self, start, end, ax)

    def limits(self):
        """What of this panel is not drawn as Grafana draws it, a line each."""
        if self.type not in KINDS:
            return [f"panels of type {self.type} are not drawn."]
        field = self.model.get("fieldConfig") or {}
        overrides = field.get("overrides") or []
        changes = [{change["id"]: change.get("value") for change in one["properties"]} for one in overrides]
        fields = [field.get("defaults") or {}, *changes]
        mappings = [one["type"] for config in fields for one in config.get("mappings") or []]
        sources = [one.get("datasource") for one in [self.model, *(self.model.get("targets") or [])]]
        applied = ("organize", "merge", "joinByField") if self.type == "table" else ()
        wrong = {
            "transformation": [
                one["id"] for one in self.model.get("transformations") or [] if one["id"] not in applied
            ],
            "override matcher": [one["matcher"]["id"] for one in overrides if one["matcher"]["id"] not in MATCHERS],
            "calculation": [calc for calc in self.calcs if calc not in REDUCERS and not PERCENTILE.fullmatch(calc)],
            "mapping of type": [kind for kind in mappings if kind == "regex" and self.type == "table"],
            "unit": [one["unit"] for one in fields if one.get("unit") and not known(one["unit"])],
            "min interval": self._odd_intervals(),
            "data source": [one["type"] for one in sources if isinstance(one, dict) and one.get("type") not in SOURCES],
            "option": [name for name in ("repeat", "libraryPanel") if self.model.get(name)]
            + [
                name
                for name in ("values", "calculate")
                if ((self.options.get("reduceOptions") or {}) | self.options).get(name)
            ],
        }
        return [f"{what} {one} is not supported." for what, names in wrong.items() for one in dict.fromkeys(names)]
