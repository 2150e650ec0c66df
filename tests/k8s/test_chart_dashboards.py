"""The dashboards that the monitoring chart brings, as people have them: read, asked and named, none with a traceback."""

import json

import matplotlib.pyplot as plt
import pytest

from promql import Prometheus
from promql.panels import Dashboard, UnsupportedPanel
from tests.k8s.manifests import chart

SETS = "template prometheus-stack --namespace monitoring --set grafana.forceDeployDashboards=true"


@pytest.fixture(scope="module")
def boards():
    """Its dashboards by the name of their file."""
    maps = [
        one
        for one in chart(SETS)
        if one["kind"] == "ConfigMap" and "grafana_dashboard" in (one["metadata"].get("labels") or {})
    ]
    return {name: json.loads(text) for one in maps for name, text in one["data"].items()}


def test_every_panel_of_the_charts_dashboards_is_drawn(boards, backfilled):
    """Two panels of each are drawn, and all are asked; Grafana draws none of them otherwise."""
    assert len(boards) > 20
    said, server = set(), Prometheus(backfilled.url)
    for model in boards.values():
        shown = Dashboard(model, server)
        said |= {limit.partition(": ")[2] for limit in shown.limits()}
        for panel in shown.panels:
            panel.queries()
        for panel in [one for one in shown.panels if one.type != "row"][:2]:
            assert panel.plot("2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"), panel
            plt.close("all")
    assert not said


def test_a_panel_that_cannot_be_drawn_says_so_alone(boards, backfilled):
    model = json.loads(json.dumps(next(iter(boards.values()))))
    model["panels"][0] = {"type": "nodeGraph", "title": "Odd", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}}
    shown = Dashboard(model, Prometheus(backfilled.url))
    with pytest.raises(UnsupportedPanel, match="nodeGraph"):
        shown.panel("Odd").plot()
    assert len(shown.panels) > 1
