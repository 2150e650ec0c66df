"""The dashboards: against Grafana's published types, against the rules, and on running systems."""

import enum
import json
import re
import types
import typing

import pytest
import requests
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from promql import Prometheus
from promql.panels import Dashboard, annotations, lint
from tests import ROOT
from tests.k8s.test_rules import RULES
from tests.service.serving import ROWS
from workbook.cluster import kubectl, port_forward
from workbook.stack import LocalStack
from workbook.waiting import eventually

MONITORING = ROOT / "k8s/monitoring"
PATHS = sorted((MONITORING / "dashboards").glob("*.json"))
MODELS = {path.stem: json.loads(path.read_text()) for path in PATHS}
PANELS = [
    pytest.param(panel, id=panel["title"])
    for model in MODELS.values()
    for panel in model["panels"]
    if panel["type"] != "row"
]
CLUSTER_ONLY = {
    panel.values[0]["title"] for panel in PANELS if panel.values[0]["description"].startswith("Only on a cluster. ")
}
plugins.register_default_plugins()


def kept(given, typed, place=""):
    """Where Grafana's types lack or change what the JSON says."""
    if isinstance(given, dict):
        missing = [f"{place}.{key}" for key in given if key not in typed]
        return missing + [
            one for key in given if key in typed for one in kept(given[key], typed[key], f"{place}.{key}")
        ]
    if isinstance(given, list) and len(given) == len(typed):
        return [one for at, pair in enumerate(zip(given, typed, strict=True)) for one in kept(*pair, f"{place}[{at}]")]
    return [] if given == typed else [place]


def misfits(value, wanted, place=""):
    """Where a value is not of the type that Grafana wants there: a place and the value, each."""
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        found = [misfits(value, one, place) for one in typing.get_args(wanted)]
        return min(found, key=len)
    if typing.get_origin(wanted) is list and isinstance(value, list):
        return [misfit for one in value for misfit in misfits(one, typing.get_args(wanted)[0], place)]
    if typing.get_origin(wanted) is typing.Literal:
        return [] if value in typing.get_args(wanted) else [(place, value)]
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return [] if value in [one.value for one in wanted] else [(place, value)]
    if hasattr(wanted, "from_json"):
        value = wanted.from_json(value) if isinstance(value, dict) else value
        if not isinstance(value, wanted):
            return [(place, value)]
        hints = typing.get_type_hints(wanted)
        return [one for name in hints for one in misfits(getattr(value, name), hints[name], f"{place}.{name}")]
    wanted = (int, float) if wanted is float else wanted if isinstance(wanted, type) else object
    return [] if isinstance(value, wanted) else [(place, value)]


@pytest.mark.parametrize("name", MODELS)
def test_grafanas_types_know_every_field(name):
    typed = GrafanaDashboard.from_json(MODELS[name])
    assert kept(MODELS[name], json.loads(JSONEncoder().encode(typed))) == []
    assert misfits(typed, GrafanaDashboard) == []
    for panel in typed.panels:
        for part in (getattr(panel, "options", None), panel.type_val != "row" and panel.field_config.defaults.custom):
            assert not part or misfits(part, type(part)) == [], panel.title


def test_the_types_notice_what_is_wrong():
    model = json.loads(json.dumps(MODELS["wine-model"]))
    panel = next(one for one in model["panels"] if one["type"] == "timeseries")
    panel["options"]["legend"]["placement"] = "left"
    panel["fieldConfig"]["defaults"]["unlt"] = "s"
    typed = GrafanaDashboard.from_json(model)
    assert kept(model, json.loads(JSONEncoder().encode(typed)))
    assert any(misfits(one.options, type(one.options)) for one in typed.panels if one.type_val == "timeseries")


@pytest.mark.parametrize("name", MODELS)
def test_grafana_would_export_it_unchanged(name):
    model = MODELS[name]
    assert model["uid"] == name and not {"id", "version", "iteration"} & model.keys()
    assert model["schemaVersion"] == 42 and not model["editable"]  # provisioned: what one changes there is lost
    ids = [panel["id"] for panel in model["panels"]]
    assert ids == list(range(1, len(ids) + 1))
    titles = [panel["title"] for panel in model["panels"]]
    assert len(set(titles)) == len(titles)
    assert (MONITORING / f"dashboards/{name}.json").read_text() == json.dumps(
        model, indent=2, ensure_ascii=False
    ) + "\n"


@pytest.mark.parametrize("name", MODELS)
def test_panels_fill_the_grid_without_overlap(name):
    cells = []
    for panel in MODELS[name]["panels"]:
        place = panel["gridPos"]
        across, down = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        cells += [(x, y) for x in across for y in down]
    assert len(cells) == len(set(cells)) == 24 * (1 + max(y for _, y in cells))


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_explains_itself(panel):
    assert panel["description"].endswith(".")
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["type"] == "heatmap" or (defaults["unit"] and defaults["thresholds"]["steps"])
    runbook = (MONITORING / "runbook.md").read_text()
    for link in panel["links"]:
        path, _, section = link["url"].partition("/lab/tree/")[2].partition("#")
        assert path == "notebooks/04_monitor.ipynb" or (ROOT / path).exists()
        assert not section or f"\n## {section}\n" in runbook


def sources(value):
    """Every data source that a part of a dashboard names."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value["datasource"]] if isinstance(value, dict) and isinstance(value.get("datasource"), dict) else []
    return own + [one for each in inner for one in sources(each)]


@pytest.mark.parametrize("name", MODELS)
def test_a_variable_names_the_data_source(name):
    """So that the dashboards can be imported wherever the Prometheus has another uid."""
    first, *others = MODELS[name]["templating"]["list"]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")
    found = {one["uid"] for part in (MODELS[name]["panels"], others) for one in sources(part)}
    assert found == {"${datasource}"}


@pytest.mark.parametrize("name", MODELS)
def test_releases_and_alerts_are_marked(name):
    shown = Dashboard(MODELS[name], Prometheus("http://127.0.0.1:9"))
    assert [one["name"] for one in MODELS[name]["annotations"]["list"]] == [
        "Annotations & Alerts",
        "Releases",
        "Alerts",
    ]
    assert all(annotations.limit(one) is None for one in shown.model["annotations"]["list"])


def test_the_burn_rate_shows_the_limits_of_the_alerts():
    (panel,) = [one.values[0] for one in PANELS if one.values[0]["title"] == "Burn rate"]
    limits = {step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]}
    exprs = "\n".join(rule["expr"] for rule in RULES if "ratio_rate" in rule["expr"])
    alerts = {float(factor) for factor in re.findall(r"> ([\d.]+) \* namespace:slo_error_budget:ratio", exprs)}
    custom = panel["fieldConfig"]["defaults"]["custom"]
    assert limits == alerts and "dashed" in custom["thresholdsStyle"]["mode"] and custom["axisSoftMax"] > max(limits)


def test_what_is_bad_is_not_piled_on_what_is_good():
    """A red zero on top of green would look like failure."""
    for title in ("Good and bad predictions", "Answers by status"):
        (panel,) = [one.values[0] for one in PANELS if one.values[0]["title"] == title]
        assert panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "none"


@pytest.mark.parametrize("panel", PANELS)
def test_recorded_series_are_recorded(panel):
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    for one in panel["targets"]:
        assert set(re.findall(r"\w+:\w+:\w+", one["expr"])) <= recorded
        assert one["legendFormat"]


def test_the_runbook_names_panels_that_there_are():
    """Whoever is woken looks for them."""
    named = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", (MONITORING / "runbook.md").read_text())
    titles = {panel.values[0]["title"] for panel in PANELS}
    assert len(named) > 20 and {" ".join(name.split()) for name in named} - titles == {"italics"}


def test_the_readme_lists_what_only_a_cluster_has():
    text = (MONITORING / "README.md").read_text()
    listed = re.search(r"Only on a cluster: (.+?)\.\n", text, re.DOTALL)[1]
    assert set(re.findall(r"\*(.+?)\*", listed.replace("\n", " "))) == CLUSTER_ONLY


def findings(prometheus):
    return {path.stem: lint(Dashboard(path, prometheus)) for path in PATHS}


def test_every_query_has_data_on_the_local_stack():
    with LocalStack(alerting=True) as stack:  # and with it the probe
        stack.load(users=5, seconds=20)
        answers = requests.post(f"{stack.service_url}/predict", json={"samples": ROWS}, timeout=10).json()[
            "predictions"
        ]
        labels = [{"id": answer["id"], "cultivar": answer["cultivar"]} for answer in answers]
        requests.post(f"{stack.service_url}/labels", json={"labels": labels}, timeout=10).raise_for_status()

        def settled():
            found = findings(Prometheus(stack.prometheus_url))
            return {one.panel for name in found for one in found[name]} <= CLUSTER_ONLY and found

        found = eventually(settled, 60, "data in every panel that needs no cluster")
    assert {one.panel for name in found for one in found[name]} == CLUSTER_ONLY  # and the mark is on no other panel


@pytest.fixture
def grafana(on_kind):
    """Grafana's address on the cluster of notebook 03."""
    services = kubectl("get", "services", "--namespace", "monitoring", "--output", "name")
    if "service/prometheus-stack-grafana" not in services.split():
        pytest.skip("The cluster has no Grafana: the dashboards were not put to Grafana itself.")
    with port_forward("prometheus-stack-grafana", 80, "monitoring") as url:
        yield url


@pytest.mark.order(3)
@pytest.mark.parametrize("name", MODELS)
def test_grafana_itself_has_data_for_every_query(grafana, name):
    """As its own pages ask: https://grafana.com/docs/grafana/latest/developers/http_api/data_source/#query-a-data-source"""
    provisioned = requests.get(f"{grafana}/api/dashboards/uid/{name}", timeout=10).json()
    assert provisioned["dashboard"]["title"] == MODELS[name]["title"]
    with port_forward("prometheus-stack-kube-prom-prometheus", 9090, "monitoring") as prometheus:
        panels = Dashboard(MODELS[name], Prometheus(prometheus)).panels
        asked = [(panel, query) for panel in panels for query in panel.queries()]
    for panel, query in asked:
        body = {"refId": query.ref, "datasource": {"uid": "prometheus"}, "expr": query.expr}
        body |= {"range": bool(query.step), "instant": not query.step, "intervalMs": query.step, "maxDataPoints": 1000}
        span = {"from": str(query.start or query.end - 60_000), "to": str(query.end)}
        answer = requests.post(f"{grafana}/api/ds/query", json={"queries": [body], **span}, timeout=30).json()
        result = answer["results"][query.ref]
        filled = [frame for frame in result.get("frames", []) if any(frame["data"]["values"])]  # others are metadata
        assert filled and not result.get("error"), f"{panel.title}: {answer}"
