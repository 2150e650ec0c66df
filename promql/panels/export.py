"""A query as a panel to paste into Grafana."""

from promql.panels.dashboard import Dashboard

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
    exemplars. start, end: as `Prometheus.query_range` takes them; texts alone are kept for Grafana.
    """
    instant, heatmap = "instant" in looks, "heatmap" in looks
    first, last = (text if str(text).startswith("now") else f"now-{text}" for text in (start, end))
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
    times = {"from": first, "to": last} if all(isinstance(one, str) for one in (start, end)) else {}
    return Dashboard(
        {"title": title, "time": times or {"from": "now-15m", "to": "now"}, "panels": [model]}, prometheus
    ).panels[0]
