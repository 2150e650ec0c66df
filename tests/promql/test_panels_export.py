"""A query of `%%promql` as a panel that Grafana takes."""

import json
from datetime import UTC, datetime

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from promql import Prometheus
from promql.panels import export
from promql.times import span
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


NOON, ONE = "2026-11-28T12:00:00.000Z", "2026-11-28T13:00:00.000Z"


@pytest.mark.parametrize(
    "start, end, wanted",
    [
        ("2h", "now", ("now-2h", "now")),
        ("-2h", "now", ("now-2h", "now")),
        ("now - 1h30m", "now", ("now-1h-30m", "now")),
        ("2026-11-28T12:00Z", "2026-11-28T13:00Z", (NOON, ONE)),
        ("1h", datetime(2026, 11, 28, 13, tzinfo=UTC), (NOON, ONE)),
        (1795867200, 1795870800, (NOON, ONE)),
        ("2026-11-28T12:00Z", "now", (NOON, "2026-11-28T14:00:00.000Z")),
        ("1h", "now-1h", (NOON, ONE)),
        ("1.5h", "now", ("2026-11-28T12:30:00.000Z", "2026-11-28T14:00:00.000Z")),
    ],
)
def test_a_panel_has_the_time_range_of_its_cell(monkeypatch, start, end, wanted):
    monkeypatch.setattr("promql.times.current", lambda: 1795874400000)  # 14:00
    made = export.panel([("up", "")], SERVER, start=start, end=end)
    assert made.dashboard.model["time"] == dict(zip(("from", "to"), wanted, strict=True))
    assert made.range() == span(start, end)


def test_times_in_variables_are_the_panels_too(notebook):
    notebook.run("import pandas as pd; t0, t1 = (pd.Timestamp(f'2026-01-01T0{hour}:00Z') for hour in (0, 2))")
    assert notebook.run("%promql --start t0 --end t1 --panel mine room_temperature_celsius")[3] is None
    assert notebook.run("mine.dashboard.model['time']['from'], len(mine.frames()) > 0")[1] == (
        "('2026-01-01T00:00:00.000Z', True)"
    )


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
