"""What a server holds, as tables."""

from datetime import timedelta

import pandas as pd
import pytest

from promql import syntax
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
    assert targets.loc["one day", "lastScrape"] is pd.NaT and targets.loc["one day", "health"] == "unknown"
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


@pytest.mark.parametrize("label, path", [("room", "room"), ("my.label", "U__my_2e_label"), ("é_x", "U___e9___x")])
def test_labels_of_any_characters_in_a_path(label, path):
    assert syntax.path_segment(label) == path
