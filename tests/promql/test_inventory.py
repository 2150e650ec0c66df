"""What a server holds, as tables."""

import json
from datetime import timedelta

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml

import promql
from promql import figures, syntax
from promql.panels import Dashboard
from tests.promql.backfill import answering, serve
from workbook.waiting import eventually


def test_metrics(prometheus):
    eventually(lambda: prometheus.query("up"), what="the first scrape", quiet=True)
    frame = prometheus.metrics().set_index("name")
    assert list(frame.columns) == ["type", "unit", "help"] and frame.loc["http_requests_total"].tolist() == ["", "", ""]
    assert frame.loc["prometheus_http_requests_total", "type"] == "counter"
    assert frame.loc["go_goroutines", ["type", "help"]].tolist() == [
        "gauge",
        "Number of goroutines that currently exist.",
    ]


def test_labels(prometheus):
    frame = prometheus.labels("http_requests_total").set_index("label")
    assert frame["count"].to_dict() == {"__name__": 1, "code": 3, "instance": 1, "route": 2}
    assert frame["values"]["code"] == ["200", "400", "500"]
    assert "room" in prometheus.labels()["label"].tolist()


def test_targets(prometheus, backfilled):
    eventually(lambda: "up" in prometheus.targets()["health"].tolist(), what="a target that is up", quiet=True)
    targets = prometheus.targets().set_index("job")
    target = targets.loc["prometheus"]
    assert targets.loc["one year", "lastScrape"] is pd.NaT and targets.loc["one year", "health"] == "unknown"
    assert target["value"] == "taken" and target["scrapeInterval"] == "1s"
    assert target["scrapeUrl"] == f"{backfilled.url}/metrics" and target["lastError"] == ""
    assert 0 < target["lastScrapeDuration"] < 5
    assert abs(pd.Timestamp.now("UTC") - target["lastScrape"]) < timedelta(seconds=30)


def test_rules_and_alerts(prometheus):
    eventually(prometheus.alerts, what="an alert", quiet=True)
    rules = prometheus.rules().set_index("name")
    assert rules.loc["job:up:sum", ["group", "type", "query"]].tolist() == ["tests", "recording", "sum by (job) (up)"]
    assert rules.loc["job:up:sum", "labels"] == {"team": "wine"} and rules.loc["AlwaysFiring", "state"] == "firing"
    alert = prometheus.alerts().iloc[0]
    assert alert[["alertname", "severity", "state", "value"]].tolist() == ["AlwaysFiring", "page", "firing", 7.0]
    assert alert["annotations"] == {"summary": "It is always so"} and str(alert["activeAt"].tz) == "UTC"


NULL = {
    "rules": {"groups": None},
    "alerts": {"alerts": None},
    "targets": {"activeTargets": None},
    "query": {"resultType": "vector", "result": None},
}


def test_null_is_an_empty_list():
    """As servers in Go write one that was never filled; or they leave `data` out."""

    def answer(_, path):
        data = NULL.get(path.partition("?")[0].rpartition("/")[2])
        return 200, json.dumps({"status": "success"} | ({} if "exemplars" in path else {"data": data})).encode()

    with answering(by_request=answer) as (url, _):
        asked = promql.Prometheus(url)
        for ask in (asked.rules, asked.alerts, asked.targets, asked.labels, asked.metrics):
            assert ask().empty
        assert asked.exemplars("up").empty and asked.label_values("job") == [] and asked.cardinality().series is None
    group = {"name": "g", "rules": None}
    with answering(body=json.dumps({"status": "success", "data": {"groups": [group]}}).encode()) as (url, _):
        assert promql.Prometheus(url).rules().empty
    series = [{"seriesLabels": {}, "exemplars": None}]
    with answering(body=json.dumps({"status": "success", "data": series}).encode()) as (url, _):
        assert promql.Prometheus(url).exemplars("up").empty


@pytest.mark.parametrize("label, path", [("room", "room"), ("my.label", "U__my_2e_label"), ("é_x", "U___e9___x")])
def test_labels_of_any_characters_in_a_path(label, path):
    assert syntax.path_segment(label) == path


# What costs, what is where, and when it came


def test_finding_metrics_by_words(prometheus):
    eventually(lambda: prometheus.query("up"), what="the first scrape", quiet=True)
    assert prometheus.find("CELSIUS room")["name"].tolist() == ["room_temperature_celsius"]
    assert "go_goroutines" in prometheus.find("goroutines exist")["name"].tolist()  # words of its help
    assert prometheus.find("celsius nowhere").empty


def test_what_is_dearest(prometheus):
    eventually(lambda: prometheus.query("up"), what="the first scrape", quiet=True)
    found = prometheus.cardinality(5)
    counted = prometheus.query('count({__name__!=""})')["value"].item()
    assert found.series > 100 and len(found.metrics) == len(found.labels) == len(found.pairs) == 5
    assert found.metrics["series"].is_monotonic_decreasing and 0 < found.metrics["share"].sum() <= 1
    first = found.metrics.iloc[0]
    assert prometheus.query(f"count({first['name']})")["value"].item() == pytest.approx(first["series"], abs=5)
    assert first["share"] == pytest.approx(first["series"] / counted, rel=0.1)
    assert found.labels.set_index("label").loc["__name__", "values"] > 100 and found.labels["bytes"].notna().all()
    assert repr(found).startswith(f"{found.series:,} series. The dearest metrics") and "<table" in found._repr_html_()


def test_series_that_are_gone_are_churn():
    vector = {"resultType": "vector", "result": [{"metric": {"__name__": "req"}, "value": [0, "50"]}]}

    def answer(_, path):
        return 200, json.dumps({"status": "success", "data": STATUS if "tsdb" in path else vector}).encode()

    with answering(by_request=answer) as (url, _):
        found = promql.Prometheus(url).cardinality()
    assert found.series == 190 and found.metrics.values.tolist() == [["req", 50, 1.0, 100]]
    assert found.pairs.values.tolist() == [["job", "a=b", 150]]


STATUS = {
    "headStats": {"numSeries": 190},
    "seriesCountByMetricName": [{"name": "req", "value": 150}],
    "seriesCountByLabelValuePair": [{"name": "job=a=b", "value": 150}],
}


def test_what_is_dearest_where_the_server_does_not_tell(prometheus, monkeypatch):
    """As of a managed service: the queries alone."""

    def missing(path, **fields):
        raise promql.MissingEndpoint(f"no {path}", 404)

    eventually(lambda: prometheus.query("up"), what="the first scrape", quiet=True)
    monkeypatch.setattr(prometheus, "get", missing)
    found = prometheus.cardinality(3)
    assert found.series is None and len(found.metrics) == 3 and found.labels.empty and found.pairs.empty
    assert repr(found).startswith("The server does not tell how many series it holds. The dearest")


def test_when_series_were_there(prometheus, backfilled):
    found = prometheus.label_history("room_temperature_celsius", backfilled.start, backfilled.end, 60)
    assert found.columns.tolist() == ["floor", "room", "first", "last", "gaps"]
    attic = found.set_index("room").loc["attic"]
    assert attic["gaps"] == 1 and found["gaps"].sum() == 1 and (found["first"] == attic["first"]).all()
    one = prometheus.label_history('http_requests_total{code="400"}', backfilled.start, backfilled.end)
    assert one.loc[0, ["code", "route"]].tolist() == ["400", "/predict"]


def test_a_series_that_came_and_went_between_two_points(prometheus, backfilled):
    """odd_values has two minutes of samples, and a range vector ends with them."""
    seen = prometheus.label_history("odd_values", backfilled.start - 600, backfilled.end, "1h")
    assert len(seen) == 1 and seen["first"][0] == seen["last"][0]


def test_a_series_of_nan_was_there(prometheus, backfilled):
    """As odd_values begins: among other samples, and as the only one."""
    seen = prometheus.label_history("odd_values", backfilled.start, backfilled.start + 60, 15)
    assert seen["first"][0].timestamp() == backfilled.start and seen["gaps"][0] == 0
    seen = prometheus.label_history("odd_values", backfilled.start - 60, backfilled.start, 15)
    assert seen["first"].tolist() == seen["last"].tolist() == [pd.Timestamp(backfilled.start, unit="s", tz="UTC")]


def test_exemplars(tmp_path):
    """Of a histogram, scraped as OpenMetrics."""
    page = (
        b'# TYPE lag histogram\nlag_bucket{le="1"} 2 # {trace_id="abc"} 0.5\n'
        b'lag_bucket{le="+Inf"} 3 # {trace_id="xyz",span="1"} 7\nlag_count 3\nlag_sum 8\n# EOF\n'
    )
    kind = ("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
    with answering(body=page, headers=[kind]) as (target, _):
        config = {"static_configs": [{"targets": [target.removeprefix("http://")]}], "job_name": "lag"}
        config = yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [config]})
        with serve(tmp_path, "# EOF\n", config) as url:
            prometheus = promql.Prometheus(url)
            eventually(lambda: len(prometheus.exemplars("lag_bucket")) >= 2, what="two exemplars", quiet=True)
            found = prometheus.exemplars("rate(lag_bucket[1m])").sort_values("value").drop_duplicates("le")
            frame = prometheus.query_range("lag_bucket", "1m")
            asked = {"refId": "A", "expr": "lag_bucket", "exemplar": True}
            model = {"type": "timeseries", "targets": [asked], "fieldConfig": {"defaults": {"max": 5}}}
            shown = Dashboard({"panels": [model]}, prometheus).panels[0]
            marks = lambda: [one for one in shown.plot("now-1m", "now").collections if one.get_gid() == "exemplars"]  # noqa: E731
            (drawn,) = eventually(marks, what="the panel's exemplars", quiet=True)  # whose range ends with a step
            assert not shown.limits() and set(drawn.get_offsets()[:, 1]) == {5}  # 7 is beyond the axis
            asked |= {"format": "heatmap", "legendFormat": "{{le}}", "expr": "sum by (le) (lag_bucket)"}
            places = []
            for options in ({"calculate": False}, {"calculate": True, "calculation": {"yBuckets": {"value": "10"}}}):
                model = {"type": "heatmap", "targets": [asked], "options": options}
                shown = Dashboard({"panels": [model]}, prometheus).panels[0]
                (drawn,) = eventually(marks, what="the heatmap's exemplars", quiet=True)
                places.append(drawn.get_offsets()[:, 1].max())
                assert not shown.limits()
            assert places == [1.5, pytest.approx(0.7)]  # in the upper of two rows; and 7 in a row from 0 to 10
    assert found["exemplar"].tolist() == [{"trace_id": "abc"}, {"trace_id": "xyz", "span": "1"}]
    assert found["value"].tolist() == [0.5, 7] and found["le"].tolist() == ["1.0", "+Inf"] and "job" in found
    plt.switch_backend("agg")
    axes = figures.figure(frame, "lag_bucket")
    figures.mark_exemplars(axes, found)
    assert axes.collections[-1].get_offsets()[:, 1].tolist() == [0.5, 7]
    assert [text.get_text() for text in axes.texts] == ["span=1, trace_id=xyz", "trace_id=abc"]
    plt.close("all")
