"""Waiting for a deadline, and the cluster of notebook 03: its tables, and a way in that outlives its pod."""

import subprocess
import time

import pandas as pd
import pytest
import requests
import urllib3

from workbook import cluster, target
from workbook.cluster import TimedOut, events, eventually, logs, pods, port_forward
from workbook.target import Target, WorkbookError

KIND = Target("kind")


def test_eventually_returns_what_it_waited_for(capsys):
    answers = iter([None, [], pd.DataFrame(), pd.DataFrame({"value": [1]})])
    assert eventually(lambda: next(answers), within=10, what="rows").value.item() == 1
    out = capsys.readouterr().out
    assert "waiting for rows" in out and out.split("\r")[-1] == "[rows, 2 s]\n"


def test_eventually_says_the_same_when_there_is_nothing_to_wait_for(capsys):
    assert eventually(lambda: 5, what="five") == 5
    assert capsys.readouterr().out == "[five, 0 s]\n"


@pytest.mark.parametrize(
    "error", [AssertionError("2 != 3"), ConnectionError("refused"), KeyError("pod"), WorkbookError("no")]
)
def test_eventually_reports_the_last_state(error):
    def check():
        raise error

    with pytest.raises(TimeoutError, match=f"in vain for a miracle.*{type(error).__name__}"):
        eventually(check, within=0.6, what="a miracle")


def test_eventually_reports_the_last_answer():
    with pytest.raises(TimedOut, match="last answer was: 0"):
        eventually(lambda: 0, within=0.1)


def test_a_mistake_in_a_check_shows_at_once():
    start = time.monotonic()
    with pytest.raises(NameError):
        eventually(lambda: undefined_name, within=30)  # noqa: F821
    assert time.monotonic() - start < 1


def test_without_a_cluster_the_tables_say_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "KUBECONFIG", tmp_path / "none")
    with pytest.raises(WorkbookError, match="no cluster yet: run notebook 03"):
        pods()


def test_a_cluster_that_is_gone_is_a_paragraph(monkeypatch, tmp_path):
    config = tmp_path / "kubeconfig"
    config.write_text(
        "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}],"
        " users: [{name: u, user: {token: t}}],"
        " contexts: [{name: kind-wine, context: {cluster: c, user: u}}], current-context: kind-wine}"
    )
    monkeypatch.setattr(cluster, "KUBECONFIG", config)
    monkeypatch.setattr(target, "_chosen", KIND)
    with pytest.raises(WorkbookError, match="kind-wine does not answer"):
        pods()


@pytest.fixture
def wine(on_kind):
    """The cluster of notebook 03, healthy."""
    eventually(lambda: set(pods(app="wine-model").status) == {"Running"}, within=60)


def kubectl(*words):
    return target.output("kubectl", *words, here=KIND)


@pytest.mark.order(5)
def test_the_table_of_pods_is_kubectls(wine):
    table = pods()
    lines = kubectl("-n", "wine", "get", "pods", "--no-headers").splitlines()
    assert {tuple(line.split()[:4]) for line in lines} == {
        (row.pod, row.ready, row.status, str(row.restarts)) for row in table.itertuples()
    }
    assert table.started.dt.tz is not None
    assert set(pods(app="locust")["pod"]) == {name for name in table["pod"] if name.startswith("locust")}
    assert pods("default").empty and "status" in pods("default")


@pytest.mark.order(5)
def test_the_log_is_kubectls(wine):
    name = pods(app="wine-model")["pod"][0]
    frame = logs(name)
    assert frame.time.dt.tz is not None and frame.time.is_monotonic_increasing
    assert frame.line[:5].tolist() == kubectl("-n", "wine", "logs", name).splitlines()[:5]
    with pytest.raises(WorkbookError, match="404.*nosuch"):
        logs("nosuch")


@pytest.mark.order(5)
def test_a_way_in_outlives_its_pod(wine):
    """The only way that works after the pod is gone is through another one; an event tells of the new pod."""
    with port_forward("wine-model", "http") as url:
        assert requests.get(f"{url}/readyz", timeout=5).ok
        kubectl("-n", "wine", "delete", "pods", "--selector", "app.kubernetes.io/name=wine-model", "--wait=true")
        eventually(lambda: requests.get(f"{url}/readyz", timeout=5).ok, within=60, what="the new pods")
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    created = events().query("reason == 'Created'")["object"]
    assert {f"Pod/{name}" for name in pods(app="wine-model")["pod"]} <= set(created)


@pytest.mark.order(5)
def test_a_way_in_leaves_no_process(wine):
    with port_forward("wine-model", "http") as url:
        port = urllib3.util.parse_url(url).port
        assert len(forwarding(port)) == 1
    assert not forwarding(port)


def forwarding(port):
    lines = subprocess.run(["ps", "-wweo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [
        line
        for line in lines
        if "kubectl" in line and "port-forward" in line and f"{port}:" in line and "bash" not in line
    ]


@pytest.mark.order(5)
def test_a_service_that_is_not_there_is_named(wine, monkeypatch):
    monkeypatch.setattr(cluster, "eventually", lambda *words, **how: eventually(words[0], 3, words[2], quiet=True))
    with pytest.raises(TimedOut, match='(?s)a way to nosuch.*services "nosuch" not found'), port_forward("nosuch", 80):
        pass
