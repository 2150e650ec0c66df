"""The service, Prometheus and Locust as processes of this machine: on free ports, and gone with the notebook."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import urllib3
import yaml

from workbook import prometheus_binary, promql, watchdog
from workbook.target import ROOT, STATE, WorkbookError

LABELS = {"namespace": "wine", "pod": "local", "service": "wine-model"}


class LocalStack:
    """Gunicorn with `workers` processes of the service, and a Prometheus that scrapes it every second.

    Use it with `with`, or call `start` and `stop` in cells of their own. `logs` is the folder of what the processes
    wrote; it stays until this stack starts again, or a later kernel starts one.
    """

    def __init__(self, workers=2):
        with contextlib.ExitStack() as sockets:
            listeners = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
            self._ports = [listener.getsockname()[1] for listener in listeners]
        self.service_url, metrics, self.prometheus_url = (f"http://127.0.0.1:{port}" for port in self._ports)
        self.metrics_url = f"{metrics}/metrics"
        self.workers, self._processes = workers, {}
        self.logs = STATE / "logs" / f"local-{os.getpid()}-{self._ports[0]}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start the service and Prometheus, and wait for the first scrape. Queries go to this Prometheus, unless
        PROMETHEUS_URL is set."""
        self.stop()
        for old in self.logs.parent.glob("local-*"):
            if old == self.logs or not psutil.pid_exists(int(old.name.split("-")[1])):
                shutil.rmtree(old)
        self.logs.mkdir(parents=True)
        try:
            self._start_service()
            self._start_prometheus()
        except BaseException:
            self.stop()
            raise
        promql.connect(self.prometheus_url)
        print(f"Ready: the service on {self.service_url}, Prometheus on {self.prometheus_url}")
        return self

    def stop(self):
        """End every process, after what is in flight."""
        for name in reversed(list(self._processes)):
            self._end(name)

    def release(self, fault=""):
        """Replace the service by another release of it: `fault` is "", "slow" or "error"."""
        self._end("service")
        self._start_service(fault)

    @property
    def gunicorn(self):
        """Gunicorn's master, a psutil.Process; its children are the workers."""
        return psutil.Process(self._processes["service"].pid).children()[0]

    def load(self, users, seconds, classes=("GoodUser", "BadUser", "DriftingUser"), open_loop=0):
        """Let Locust's `users` work for `seconds`; return its JSON report: a list with a dict per method and name.

        With `open_loop` each user sends that many requests a second without waiting for answers. Failed requests are
        in the report; WorkbookError means that Locust itself failed.
        """
        options = [
            "--headless",
            "--only-summary",
            "--exit-code-on-error",
            0,
            "-u",
            users,
            "-r",
            users,
            "-t",
            f"{seconds}s",
        ]
        options += ["--host", self.service_url, "--open-loop", open_loop, "--json-file", self.logs / "locust", *classes]
        locust = self._spawn(
            "locust", [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", *map(str, options)]
        )
        started = time.monotonic()
        try:
            while locust.poll() is None:
                print(f"\rLocust: {users} users, {time.monotonic() - started:.0f} of {seconds} s", end="", flush=True)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    locust.wait(1)
        finally:
            self._end("locust")
        if locust.returncode:
            raise self._failure("locust", f"ended with status {locust.returncode}")
        print(f"\rLocust: {users} users for {seconds} s")
        return json.loads((self.logs / "locust.json").read_text())

    def _start_service(self, fault=""):
        port, metrics_port, _ = self._ports
        settings = {"PORT": port, "METRICS_PORT": metrics_port, "WORKERS": self.workers, "WINE_FAULT": fault}
        command = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py", "service.app:create_app()"]
        self._spawn("service", command, settings)
        self._await("service", f"{self.service_url}/readyz")

    def _start_prometheus(self):
        program, scratch = prometheus_binary.find(), Path(tempfile.mkdtemp(prefix="wine-model-"))
        target = {"targets": [f"127.0.0.1:{self._ports[1]}"], "labels": LABELS}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [{"job_name": "wine-model", "static_configs": [target]}],
            "rule_files": [str(scratch / "rules-*.yaml")],
        }
        (scratch / "prometheus.yaml").write_text(yaml.safe_dump(config))
        for path in sorted((ROOT / "k8s/monitoring/rules").glob("*.yaml")):
            (scratch / f"rules-{path.name}").write_text(yaml.safe_dump(yaml.safe_load(path.read_text())["spec"]))
        command = [program, f"--config.file={scratch}/prometheus.yaml", f"--storage.tsdb.path={scratch}/data"]
        self._spawn("prometheus", [*command, f"--web.listen-address=127.0.0.1:{self._ports[2]}"], scratch=scratch)
        self._await("prometheus", f"{self.prometheus_url}/api/v1/query?query=up==1", b'"up"')

    def _spawn(self, name, command, settings={}, scratch=None):
        scratch = scratch or tempfile.mkdtemp(prefix="wine-model-")
        settings = {"PROMETHEUS_MULTIPROC_DIR": scratch, "HOST": "127.0.0.1", **settings}
        self._processes[name] = watchdog.start(command, self.logs / f"{name}.log", scratch, settings)
        return self._processes[name]

    def _end(self, name):
        watchdog.end(self._processes.pop(name))

    def _await(self, name, url, text=b"", within=30):
        """Poll until `url` answers 200 with `text`; fail when the process ends or after `within` seconds."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                answer = urllib3.request("GET", url, retries=False, timeout=5)
                if answer.status == 200 and text in answer.data:
                    return
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._processes[name].wait(0.1)
                raise self._failure(name, f"ended with status {status}")
        raise self._failure(name, f"was not ready after {within} s")

    def _failure(self, name, what):
        log = self.logs / f"{name}.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        return WorkbookError(f"The process {name} {what}. The end of its log, {log.relative_to(ROOT)}:\n{tail}")
