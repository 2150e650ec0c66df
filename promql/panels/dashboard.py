"""A Grafana dashboard read from its JSON, of any age: its variables, its time range, and its panels."""

import functools
import json
from pathlib import Path

from promql import inventory, times
from promql.client import Prometheus
from promql.errors import InvalidTime, UnsupportedPanel
from promql.panels import annotations, draw, intervals, repeats, timerange, variables
from promql.panels.guard import explained
from promql.panels.migrations import migrated
from promql.panels.panel import Panel

AGAIN = 5000  # ms until a variable without a value is asked for again


def read(path):
    """The JSON of a file. UnsupportedPanel where there is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        text = f"{path} cannot be read: {error.strerror}. Give the path of a dashboard's JSON, or the JSON as a dict."
        raise UnsupportedPanel(text) from None
    except ValueError as error:
        raise UnsupportedPanel(
            f"{path} holds no JSON: {error}. In Grafana, choose Export and Export as JSON."
        ) from None


class Dashboard:
    """A dashboard and the Prometheus that it asks. `title`, `uid`; `panels`, those of collapsed rows and each copy of a
    repeated one included; `model` is the JSON, brought to the classic schema of today.

    `scrape_interval` is that of Grafana's data source, from which `$__rate_interval` follows: the server's global one,
    as kube-prometheus-stack sets it, or 15s, Grafana's default. Assign another where Grafana has another.
    """

    def __init__(self, source, prometheus=None, /, **given):
        with explained("This dashboard"):
            self.model = migrated(source if isinstance(source, dict) else read(source))
            there = [one["name"] for one in self._variables()]
        self.title, self.uid = self.model.get("title") or "", self.model.get("uid") or ""
        if unknown := ", ".join(name for name in given if name not in there):
            what = f"The dashboard {self.title!r} has no variable {unknown}."
            raise UnsupportedPanel(f"{what} It has: {', '.join(there) or 'none'}.")
        self.prometheus, self.given = prometheus or Prometheus(), given
        self._values, self._asked, self._refused, self._marks = None, 0, {}, {}

    @classmethod
    def load(cls, source, prometheus=None, /, **given):
        """Read a dashboard from a file or a dict, as Grafana exports or keeps it: of schema 1 to 42, or a resource of
        v1 or v2. `given` are values of its variables, a list where several are meant.

        What is not drawn of it as in Grafana is printed, a line each. Raises UnsupportedPanel for other JSON, and for a
        variable that there is not.
        """
        dashboard = cls(source, prometheus, **given)
        print("".join(f"{limit}\n" for limit in dashboard.limits()), end="")
        return dashboard

    def __repr__(self):
        return f"<Dashboard {self.title!r}: {len(self.panels)} panels>"

    @functools.cached_property
    def panels(self):
        with explained("This dashboard"):
            return [Panel(self, *one) for one in repeats.expanded(self.model["panels"], self.values)]

    @functools.cached_property
    def scrape_interval(self):
        return inventory.interval(self.prometheus, "scrape_interval", "15s")

    def panel(self, title):
        """The panel of that title. UnsupportedPanel, naming those that there are, if there is none."""
        for panel in self.panels:
            if title in (panel.title, panel.model.get("title")):
                return panel
        there = ", ".join(panel.title for panel in self.panels if panel.type != "row")
        raise UnsupportedPanel(f"{self.title} has no panel {title!r}. It has: {there}.")

    def values(self):
        """The present values of the template variables, by name. Prometheus is asked once; as long as it has no value for
        one of them, again after some seconds."""
        now = times.current()
        if self._values is None or (self._lacks() and now - self._asked > AGAIN):
            macros = self._macros() if any("$__" in str(one.get("query")) for one in self._variables()) else {}
            self._asked, self._refused = now, {}
            self._values = variables.resolve(self._variables(), self.given, self.prometheus, macros, self._refused)
        return self._values

    def _lacks(self):
        asked = {one["name"] for one in self._variables() if one["type"] == "query"}
        return any(value.raw in ([], [""]) for name, value in self._values.items() if name in asked)

    def marks(self, panel, start, end):
        """What the annotations mark on a panel between two moments in ms; each is asked for once."""
        found = []
        for model in self._annotations():
            if not (annotations.drawn(model) and annotations.on(model, panel)):
                continue
            key = (id(model), start, end)
            if key not in self._marks:
                values = variables.timed(variables.BUILT_IN | self.values(), start, end)
                self._marks = {kept: one for kept, one in self._marks.items() if kept[1:] == key[1:]}
                self._marks[key] = annotations.marks(model, self.prometheus, values, start, end)
            found += self._marks[key]
        return found

    def parameters(self):
        """The same as pairs for the address of a Grafana page; which data source that asks is Grafana's own affair."""
        sources = [one["name"] for one in self._variables() if one["type"] == "datasource"]
        return [
            (f"var-{name}", one)
            for name, value in self.values().items()
            if isinstance(value, variables.Value) and name not in sources
            for one in (["$__all"] if value.every else value.raw)
        ]

    def range(self, start=None, end=None):
        """A time range in ms, of Grafana's words or as in `Prometheus.query_range`; the dashboard's own by default.
        Raises InvalidTime."""
        now, own = times.current(), {"from": "now-6h", "to": "now"} | (self.model.get("time") or {})
        end = timerange.instant(own["to"], now, last=True) if end is None else timerange.given(end, now, last=True)
        if start is None:
            start = timerange.instant(own["from"], now)
        else:
            start = timerange.given(start, now if str(start).startswith("now") else end)
        if end <= start:
            raise InvalidTime(f"The range ends ({times.pretty(end)}) before it starts ({times.pretty(start)}).")
        return start, end

    def limits(self):
        """What is not drawn of this dashboard as Grafana does, a line each."""
        found = [f"${one['name']}: {variables.limit(one)}" for one in self._variables() if variables.limit(one)]
        found += [
            f"{one.get('name') or 'annotation'}: {why}"
            for one in self._annotations()
            if (why := annotations.limit(one))
        ]
        try:
            self.range()
        except InvalidTime as error:
            return [*found, f"time range: {error}"]
        if self.model.get("fiscalYearStartMonth") and "/f" in str(self.model.get("time")):
            found.append("time range: its fiscal year begins in January here.")
        told = [f"{panel.title}: {limit}" for panel in self.panels for limit in panel.limits()]
        return found + [f"${name}: {reason}" for name, reason in self._refused.items()] + told

    def plot(self, start=None, end=None):
        """Draw all panels in one figure, laid out as in Grafana; one that cannot be drawn is a box that says why."""
        draw.grid(self, start, end)

    def _macros(self):
        scrape = times.duration(self.scrape_interval)
        return intervals.macros(*self.range(), scrape, 4 * scrape)

    def _annotations(self):
        return (self.model.get("annotations") or {}).get("list") or []

    def _variables(self):
        return self.model["templating"]["list"]
