"""A real gunicorn with the service, for tests; and what its /metrics says."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import urllib3
from prometheus_client.parser import text_string_to_metric_families
from sklearn.datasets import load_wine

from tests import ROOT
from workbook.cluster import eventually

ABOUT = json.loads((ROOT / "service/model/model.json").read_text())
FEATURES = [feature["name"] for feature in ABOUT["features"]]
ROWS = [dict(zip(FEATURES, map(float, row), strict=True)) for row in load_wine().data]
HTTP = urllib3.PoolManager(retries=False, timeout=20)


class Service:
    """A running service: `url` answers, `metrics_url` is scraped, `log` is the file it writes to."""

    def __init__(self, process, port, metrics_port, log):
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self.log = log

    def post(self, body, path="/predict", media="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return HTTP.request("POST", self.url + path, body=body, headers={"Content-Type": media})

    def get(self, path, method="GET"):
        return HTTP.request(method, self.url + path)

    def scrape(self):
        """{name{label="value",...} with sorted labels: value} of every series."""
        text = HTTP.request("GET", self.metrics_url).data.decode()
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return {name(sample.name, **sample.labels): sample.value for sample in samples}

    @property
    def workers(self):
        return psutil.Process(self.process.pid).children()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def name(metric, **labels):
    """A series' name in the order that scrape() uses."""
    return metric + "{" + ",".join(f'{label}="{value}"' for label, value in sorted(labels.items())) + "}"


def answers(url):
    try:
        return HTTP.request("GET", url).status == 200
    except urllib3.exceptions.HTTPError:
        time.sleep(0.01)


# A line for gunicorn's master and each worker of a container: what a process has for itself, and its part of the rest.
MEMORY = "cd /proc; for id in [0-9]*; do grep -q /[g]unicorn $id/cmdline && grep ^Pss: $id/smaps_rollup; done; true"


def worker_memory(container, url):
    """The proportional set size (bytes) of each worker in a Docker container, after 50 requests of all wines."""
    for _ in range(50):
        assert HTTP.request("POST", f"{url}/predict", json={"samples": ROWS}).status == 200
    command = ["docker", "exec", container, "sh", "-c", MEMORY]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    _, *workers = [int(line.split()[1]) * 1024 for line in lines]
    return workers


def free_ports():
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@contextmanager
def serving(folder, **settings):
    """Run the service, its log in `folder`; it is stopped at the end if it still runs."""
    port, metrics_port = free_ports()
    environment = {**os.environ, "PORT": str(port), "METRICS_PORT": str(metrics_port), **settings}
    gunicorn = Path(sys.executable).with_name("gunicorn")
    log = Path(folder) / "service.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [gunicorn, "--config", "service/gunicorn.conf.py", "service.app:create_app()"],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    service = Service(process, port, metrics_port, log)
    try:
        eventually(lambda: ready(service), within=20, what="the service")
        yield service
    finally:
        process.terminate()
        process.wait(30)


def ready(service):
    if service.process.poll() is not None:
        raise RuntimeError(service.log.read_text())
    try:
        return service.get("/readyz").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def bad_lines(log):
    """The lines of a log that speak of a failure."""
    return [line for line in log.read_text().splitlines() if re.search(r"Traceback|ERROR|CRITICAL|Error:", line)]
