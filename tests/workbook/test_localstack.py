"""The local stack: where its Prometheus comes from, what it starts, and that nothing outlives the notebook."""

import contextlib
import hashlib
import http.server
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest
import requests
import yaml

from promql import Prometheus
from tests import ROOT
from workbook import localstack, prometheus_binary
from workbook.cluster import eventually
from workbook.localstack import LocalStack
from workbook.prometheus_binary import PrometheusUnavailable
from workbook.target import WorkbookError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(prometheus_binary, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def hide(monkeypatch):
    """Hide programs from shutil.which."""
    real = shutil.which
    return lambda *names: monkeypatch.setattr(shutil, "which", lambda name: None if name in names else real(name))


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release archive on a real HTTP server; returns its path, for the tests that spoil it."""
    name = f"prometheus-{prometheus_binary.VERSION}.{prometheus_binary.SYSTEM}"
    folder = tmp_path / "release"
    folder.mkdir()
    archive = folder / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as files:
        files.add(prometheus_binary.find(), f"{name}/prometheus")
        files.add(prometheus_binary.find_promtool(), f"{name}/promtool")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setitem(prometheus_binary.SHA256, prometheus_binary.SYSTEM, digest)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(prometheus_binary, "RELEASES", f"http://127.0.0.1:{server.server_port}")
        yield archive
        server.shutdown()


def version(binary):
    run = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    return run.stdout + run.stderr


def test_prometheus_on_path_comes_first(monkeypatch, capsys):
    folder = prometheus_binary.find().parent
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    capsys.readouterr()
    assert prometheus_binary.find().parent == folder
    assert capsys.readouterr().out == "Prometheus: found on PATH\n"


def test_release_is_downloaded_verified_and_kept(cache, release, hide, capsys):
    hide("prometheus")
    binary = prometheus_binary.find()
    assert "prometheus, version" in version(binary)
    assert "\rPrometheus: downloading http" in capsys.readouterr().out
    release.unlink()
    assert prometheus_binary.find() == binary  # without the server's file: from the cache
    assert {path for path in cache.rglob("*") if path.is_file()} == {binary, binary.with_name("promtool")}


def test_a_release_with_another_checksum_is_refused(cache, release, hide):
    release.write_bytes(release.read_bytes()[:-1] + b"x")
    hide("prometheus", "apt-get")
    with pytest.raises(PrometheusUnavailable) as refusal:
        prometheus_binary.find()
    assert "sha256 differs" in str(refusal.value) and "brew install prometheus" in str(refusal.value)
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Not Debian or Ubuntu: their package cannot be tried here")
def test_package_is_unpacked_when_the_release_cannot_be_had(cache, release, hide, capsys):
    release.unlink()
    hide("prometheus")
    assert "prometheus, version 2." in version(prometheus_binary.find())
    assert "Prometheus: apt-get downloads" in capsys.readouterr().out


@pytest.fixture
def package(monkeypatch):
    """An older Prometheus in the place of the distribution's; returns the list of its downloads."""
    fetched = []

    def fetch(scratch):
        fetched.append(scratch)
        (scratch / "bin").mkdir()
        (scratch / "bin/prometheus").write_text("older")
        return scratch / "bin"

    monkeypatch.setattr(prometheus_binary, "fetch_package", fetch)
    return fetched


def test_the_package_serves_until_the_release_can_be_had(cache, release, hide, package):
    hide("prometheus")
    away = release.rename(release.with_name("away"))
    assert prometheus_binary.find().read_text() == prometheus_binary.find().read_text() == "older"
    assert len(package) == 1
    away.rename(release)
    assert "prometheus, version" in version(prometheus_binary.find())


def test_two_processes_can_fetch_at_once(cache, hide, package, monkeypatch):
    both, fetch = threading.Barrier(2), prometheus_binary.fetch_package
    monkeypatch.setattr(prometheus_binary, "fetch_release", lambda scratch: both.wait(10) < 2 and fetch(scratch))
    hide("prometheus")
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(lambda _: prometheus_binary.find(), range(2)))) == 1
    assert len(package) == 2 and len(list(cache.iterdir())) == 1


def test_without_any_way_the_reader_learns_what_to_do(cache, release, hide):
    release.unlink()
    hide("prometheus", "apt-get")
    with pytest.raises(PrometheusUnavailable) as refusal:
        prometheus_binary.find()
    assert "404" in str(refusal.value) and "https://prometheus.io/download/" in str(refusal.value)
    assert "Traceback" not in "".join(refusal.value._render_traceback_())


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
    report = stack.load(users=10, seconds=5)
    sent = sum(entry["num_requests"] for entry in report if (entry["method"], entry["name"]) == ("POST", "/predict"))
    assert sent > 100 and not any(entry["num_failures"] for entry in report)
    eventually(lambda: value(count) - before == sent, within=10, what=f"{sent} requests in Prometheus")
    log = (stack.logs / "service.log").read_text()
    assert log.count('"method":"POST","path":"/predict"') == sent


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
def test_the_stack_runs_on_the_distributions_prometheus(cache, monkeypatch, hide):
    monkeypatch.setattr(prometheus_binary, "RELEASES", "http://127.0.0.1:9")
    hide("prometheus")
    with LocalStack() as stack:
        assert (
            requests.get(f"{stack.prometheus_url}/api/v1/status/buildinfo").json()["data"]["version"].startswith("2.")
        )


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """Stacks without a service, whose folders are in a directory of their own; returns it."""
    monkeypatch.setattr(localstack, "STATE", tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(LocalStack, "_start_service", lambda stack: None)
    return tmp_path


def test_logs_stay_until_their_stack_starts_again(bare, monkeypatch):
    monkeypatch.setattr(
        LocalStack, "_start_prometheus", lambda stack: (stack.logs / "log").write_text(stack.service_url)
    )
    monkeypatch.setattr("promql.connect", lambda url: None)
    one, two = LocalStack().start(), LocalStack().start()
    assert [(stack.logs / "log").read_text() for stack in (one, two)] == [one.service_url, two.service_url]
    gone = subprocess.Popen(["true"])
    gone.wait()
    two.logs.rename(bare / f"logs/local-{gone.pid}-1")
    one.start()
    assert [path.name for path in (bare / "logs").iterdir()] == [one.logs.name]


def test_without_a_prometheus_nothing_is_left(bare, cache, hide, monkeypatch):
    hide("prometheus", "apt-get")
    monkeypatch.setattr(prometheus_binary, "RELEASES", "http://127.0.0.1:9")
    with pytest.raises(PrometheusUnavailable):
        LocalStack().start()
    assert {path.name for path in bare.iterdir()} == {"logs", "cache"}


def programs(processes):
    return {word.rpartition("/")[2] for process in processes for word in process.cmdline()}


def test_nothing_outlives_stop():
    others = psutil.Process().children(recursive=True)
    stack = LocalStack().start()
    processes = [process for process in psutil.Process().children(recursive=True) if process not in others]
    assert {"gunicorn", "prometheus"} <= programs(processes)
    scratch = [process.cmdline()[2] for process in processes if "watchdog.py" in "".join(process.cmdline())]
    stack.stop()
    stack.stop()  # a cell can run twice
    assert not [process for process in processes if process.is_running()]
    assert len(scratch) == 2 and not [path for path in scratch if Path(path).exists()]


def test_nothing_outlives_a_killed_kernel():
    script = "import time; from workbook.localstack import LocalStack; stack = LocalStack().start(); time.sleep(600)"
    kernel = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert any(line.startswith("Ready") for line in kernel.stdout)
    processes = psutil.Process(kernel.pid).children(recursive=True)
    assert {"gunicorn", "prometheus"} <= programs(processes)
    kernel.kill()
    kernel.wait()
    _, alive = psutil.wait_procs(processes, timeout=15)
    assert not alive
