"""A query as a panel to paste into Grafana."""

import re

from promql import times
from promql.panels.dashboard import Dashboard
from promql.panels.formats import moment

BACK = re.compile(r"(?:now)?\s*-?\s*((?:\d+[smhdwy])+)")  # a start that Grafana can say, too

UNITS = {"seconds": "s", "bytes": "bytes", "ratio": "percentunit", "celsius": "celsius", "joules": "joule"}
UNITS |= {
    "volts": "volt",
    "amperes": "amp",
    "meters": "lengthm",
    "bytes per second": "binBps",
    "seconds per second": "percentunit",
}


def panel(queries, prometheus=None, *, title="", unit="", looks=(), start="15m", end="now"):
    """A Panel of these queries, pairs of PromQL and a legend ("" lets Grafana choose one): lines over time, or bars of
    an instant. `to_json()` is what Grafana pastes.

    unit: Grafana's id, or a unit of Prometheus's names such as seconds. looks: any of instant, stack, log, heatmap and
    exemplars. start, end: as `Prometheus.query_range` takes them. Raises InvalidTime.
    """
    instant, heatmap = "instant" in looks, "heatmap" in looks
    custom = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 20} if "stack" in looks else {}
    custom |= {"scaleDistribution": {"type": "log", "log": 10}} if "log" in looks else {}
    asked = {"instant": instant, "range": not instant}
    asked |= {"format": "heatmap"} if heatmap else {}
    asked |= {"exemplar": True} if "exemplars" in looks else {}
    model = {
        "id": 1,
        "type": "bargauge" if instant else "heatmap" if heatmap else "timeseries",
        "title": title,
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "targets": [
            {"refId": chr(65 + place % 26), "expr": expr, "legendFormat": legend or "__auto", **asked}
            for place, (expr, legend) in enumerate(queries)
        ],
        "fieldConfig": {"defaults": {"unit": UNITS.get(unit, unit), "custom": custom}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}} if instant else {"legend": {"showLegend": True}},
    }
    return Dashboard({"title": title, "time": reach(start, end), "panels": [model]}, prometheus).panels[0]


def reach(start, end):
    """The time range as a dashboard has it: one that follows the clock goes on to do so, others have both ends fixed."""
    if str(end).strip() == "now" and (back := BACK.fullmatch(str(start).strip())):
        return {"from": "now" + "".join(f"-{part}" for part in re.findall(r"\d+\D", back[1])), "to": "now"}
    return {name: moment(str(at)) for name, at in zip(("from", "to"), times.span(start, end), strict=True)}
