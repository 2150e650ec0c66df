"""A query of `%%promql` as a panel that Grafana takes."""

import json

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from promql import Prometheus
from promql.panels import export
from tests.promql.kernel import HOURS

SERVER = Prometheus("http://127.0.0.1:9")


@pytest.mark.parametrize(
    "options, kind, custom, unit",
    [
        ({}, "timeseries", {}, ""),
        ({"unit": "seconds"}, "timeseries", {}, "s"),
        ({"unit": "reqps", "looks": ["stack"]}, "timeseries", {"stacking": {"mode": "normal", "group": "A"}}, "reqps"),
        ({"looks": ["log"]}, "timeseries", {"scaleDistribution": {"type": "log", "log": 10}}, ""),
        ({"looks": ["instant"]}, "bargauge", {}, ""),
        ({"looks": ["heatmap"]}, "heatmap", {}, ""),
    ],
)
def test_a_query_becomes_a_panel(options, kind, custom, unit):
    made = export.panel([("up", "one"), ("vector(1)", "")], SERVER, title="Up", start="1h", **options)
    model = json.loads(made.to_json())
    assert (model["type"], model["title"], model["fieldConfig"]["defaults"]["unit"]) == (kind, "Up", unit)
    assert model["fieldConfig"]["defaults"]["custom"].items() >= custom.items()
    assert [(one["expr"], one["legendFormat"]) for one in model["targets"]] == [("up", "one"), ("vector(1)", "__auto")]
    assert made.dashboard.model["time"] == {"from": "now-1h", "to": "now"} and made.limits() == []


def test_grafanas_types_know_it():
    plugins.register_default_plugins()
    model = json.loads(export.panel([("up", "")], SERVER, title="Up", looks=["stack", "log"]).to_json())
    (typed,) = json.loads(JSONEncoder().encode(GrafanaDashboard.from_json({"panels": [model]})))["panels"]
    assert typed["fieldConfig"]["defaults"]["custom"].items() >= model["fieldConfig"]["defaults"]["custom"].items()
    assert typed["targets"][0]["expr"] == "up"


def test_a_cell_keeps_its_figure_as_a_panel(notebook):
    cell = f"%%promql {HOURS} --panel mine --unit s\n# Room\nroom_temperature_celsius"
    assert notebook.run(cell)[3] is None
    assert notebook.run("import json; model = json.loads(mine.to_json()); model['title'], model['fieldConfig']")[1] == (
        "('Room', {'defaults': {'unit': 's', 'custom': {}}, 'overrides': []})"
    )
    assert notebook.run("from promql.panels import Dashboard; len(Dashboard({'panels': [model]}).panels)")[1] == "1"


def test_a_heatmap_and_exemplars():
    model = json.loads(export.panel([("up", "")], SERVER, looks=["heatmap", "exemplars"]).to_json())
    (target,) = model["targets"]
    assert (target["format"], target["exemplar"], target["range"]) == ("heatmap", True, True)
