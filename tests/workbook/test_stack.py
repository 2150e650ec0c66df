"""The local stack: what it starts, and that nothing outlives the notebook."""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
import requests
import yaml
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from promql import Prometheus
from tests import ROOT
from workbook.machine import WorkbookError
from workbook.processes import Process
from workbook.programs import ProgramUnavailable
from workbook.stack import LocalStack
from workbook.waiting import eventually


@pytest.fixture(scope="module")
def stack():
    with contextlib.ExitStack() as taken:
        for port in (8080, 8081, 9090):  # as on a reader's busy machine; whoever holds one already serves as well
            with contextlib.suppress(OSError):
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
        with LocalStack() as stack:
            yield stack


def value(expression):
    return Prometheus().query(expression)["value"].sum()


def test_prometheus_scrapes_the_service_with_the_labels_of_a_cluster(stack):
    up = 'up{job="wine-model", namespace="wine", pod="local", service="wine-model"}'
    eventually(lambda: value(up) == 1, within=10, what="a scrape")


def test_prometheus_evaluates_the_rules_of_the_cluster(stack):
    groups = requests.get(f"{stack.prometheus_url}/api/v1/rules").json()["data"]["groups"]
    rules = [
        rule
        for path in (ROOT / "k8s/monitoring/rules").glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["spec"]["groups"]
        for rule in group["rules"]
    ]
    assert rules and sum(len(group["rules"]) for group in groups) == len(rules)


def test_locust_service_and_prometheus_count_the_same_requests(stack):
    count = 'flask_http_request_duration_seconds_count{method="POST", url_rule="/predict"}'
    before = value(f"{count} or vector(0)")
    report = stack.load(users=3, seconds=8)  # for whom a thread is always free
    sent = sum(entry["num_requests"] for entry in report if (entry["method"], entry["name"]) == ("POST", "/predict"))
    assert sent > 50 and not any(entry["num_failures"] for entry in report)
    eventually(lambda: value(count) - before == sent, within=60, what=f"{sent} requests in Prometheus")
    log = (stack.logs / "service.log").read_text()
    assert log.count('"method":"POST","path":"/predict"') == sent


def test_a_page_of_the_readers_own_is_scraped(stack):
    registry = CollectorRegistry()
    Gauge("shelf_bottles", "Bottles.", registry=registry).set(7)
    server, thread = start_http_server(0, "127.0.0.1", registry=registry)
    stack.scrape(server.server_port, job="shelf")
    eventually(lambda: value('shelf_bottles{job="shelf"}') == 7, within=20, what="the first scrape")
    server.shutdown()
    server.server_close()
    thread.join()


def test_release_replaces_the_service(stack):
    stack.release("slow")
    health = requests.get(f"{stack.service_url}/readyz").json()
    assert health["model_version"].endswith("-slow")
    stack.release()


def test_a_process_that_does_not_start_shows_its_log(stack):
    with pytest.raises(WorkbookError) as failure:
        stack.release("nonsense")
    assert ".workbook/logs/" in str(failure.value) and "WINE_FAULT is 'nonsense'" in str(failure.value)
    stack.release()


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Not Debian or Ubuntu: their package cannot be tried here")
def test_the_stack_runs_on_the_distributions_prometheus(cache, offline, hide):
    hide("prometheus")
    with LocalStack() as stack:
        assert (
            requests.get(f"{stack.prometheus_url}/api/v1/status/buildinfo").json()["data"]["version"].startswith("2.")
        )


def test_logs_stay_until_their_stack_starts_again(state):
    with LocalStack(workers=1) as one, LocalStack(workers=1) as two:
        assert "Listening at" in (one.logs / "service.log").read_text()
    gone = subprocess.Popen(["true"])
    gone.wait()
    two.logs.rename(state / f"logs/local-{gone.pid}-1")
    (one.logs / "mark").touch()
    with one:
        assert [path.name for path in (state / "logs").iterdir()] == [one.logs.name]
        assert not (one.logs / "mark").exists()


def test_without_a_prometheus_nothing_is_left(state, cache, offline, hide, monkeypatch, tmp_path):
    hide("prometheus", "apt-get")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    others = psutil.Process().children(recursive=True)
    with pytest.raises(ProgramUnavailable):
        LocalStack().start()
    assert {path.name for path in tmp_path.iterdir()} == {"state", "cache"}
    assert [path.name for path in state.iterdir()] == ["logs"]
    assert [process for process in psutil.Process().children(recursive=True) if process not in others] == []


@pytest.fixture(scope="module")
def alerting():
    with LocalStack(workers=1, alerting=True) as stack:
        yield stack


def routes(config):
    """Who hears of what, and how soon: Alertmanager shows its file with spaces and defaults of its own."""
    timing = ("group_wait", "group_interval", "repeat_interval")
    return [
        (one["receiver"], [matcher.replace(" ", "") for matcher in one["matchers"]], *map(one.get, timing))
        for one in config["route"]["routes"]
    ]


def test_alertmanager_has_the_routes_of_the_cluster(alerting):
    status = requests.get(f"{alerting.alertmanager_url}/api/v2/status", timeout=10).json()
    config = yaml.safe_load(status["config"]["original"])
    of_the_cluster = yaml.safe_load((ROOT / "k8s/monitoring/alertmanager.yml").read_text())
    assert routes(config) == routes(of_the_cluster)
    assert config["route"]["receiver"] == of_the_cluster["route"]["receiver"]
    assert len(config["inhibit_rules"]) == len(of_the_cluster["inhibit_rules"])


def test_prometheus_knows_the_alertmanager(alerting):
    def known():
        answer = requests.get(f"{alerting.prometheus_url}/api/v1/alertmanagers", timeout=10).json()
        return [one["url"] for one in answer["data"]["activeAlertmanagers"]]

    assert eventually(known, 30, "an Alertmanager") == [f"{alerting.alertmanager_url}/api/v2/alerts"]


def names(processes):
    return {word.rpartition("/")[2] for process in processes for word in process.cmdline()}


def test_nothing_outlives_stop():
    others = psutil.Process().children(recursive=True)
    stack = LocalStack(alerting=True).start()
    processes = [process for process in psutil.Process().children(recursive=True) if process not in others]
    assert {"gunicorn", "prometheus", "alertmanager", "blackbox_exporter"} <= names(processes)
    scratch = [process.cmdline()[3] for process in processes if "watchdog.py" in "".join(process.cmdline())]
    stack.stop()
    stack.stop()  # a cell can run twice
    assert not [process for process in processes if process.is_running()]
    assert len(scratch) == 4 and not [path for path in scratch if Path(path).exists()]


def test_nothing_outlives_a_killed_kernel():
    script = "import time; from workbook.stack import LocalStack; stack = LocalStack().start(); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-u", "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as kernel:
        try:
            assert any(line.startswith("Ready") for line in kernel.stdout)
            processes = psutil.Process(kernel.pid).children(recursive=True)
            assert {"gunicorn", "prometheus"} <= names(processes)
        finally:
            kernel.kill()
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert not alive


def test_what_a_shell_says_to_the_programs_themselves_stays_out(monkeypatch, tmp_path):
    """As where GUNICORN_CMD_ARGS of another project would open the service to the network."""
    for name in ("GUNICORN_CMD_ARGS", "LOCUST_TAGS", "GF_SERVER_HTTP_ADDR", "WINE_FAULT"):
        monkeypatch.setenv(name, "of another project")
    with Process("variables", ["env"], tmp_path / "log", {"WINE_MODEL": "ours"}) as process:
        assert process.wait(60) == 0
    said = (tmp_path / "log").read_text()
    assert "WINE_MODEL=ours" in said and "of another project" not in said
