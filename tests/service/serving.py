"""A real gunicorn with the service, for tests; and what its /metrics says."""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import urllib3
from prometheus_client.parser import text_string_to_metric_families
from sklearn.datasets import load_wine

from tests import ROOT
from workbook.processes import free_ports
from workbook.waiting import eventually

ABOUT = json.loads((ROOT / "service/model/model.json").read_text())
FEATURES = [feature["name"] for feature in ABOUT["features"]]
ROWS = [dict(zip(FEATURES, map(float, row), strict=True)) for row in load_wine().data]
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
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

    def probe(self, path):
        """What the master answers to the kubelet."""
        return HTTP.request("GET", self.metrics_url.replace("/metrics", path), timeout=2).status

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def name(metric, **labels):
    """A series' name in the order that scrape() uses."""
    return metric + "{" + ",".join(f'{label}="{value}"' for label, value in sorted(labels.items())) + "}"


ARRIVING = name("wine_requests_waiting", where="arriving")


def posted(body):
    """The bytes of a whole request to /predict."""
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answer(client):
    """All that the service sends on a connection until it closes."""
    received = b""
    while data := client.recv(65536):
        received += data
    return received


@contextmanager
def serving(folder, stdout=None, limit="true", **settings):
    """Run the service, its log in `folder` or where `stdout` leads; it is stopped at the end if it still runs.

    `limit` is what its shell says first, such as "ulimit -n 60".
    """
    port, metrics_port = free_ports(2)
    environment = {**os.environ, "PORT": str(port), "METRICS_PORT": str(metrics_port), **settings}
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [gunicorn, "--config", "service/gunicorn.conf.py", "service.app:create_app()"]
    log = Path(folder) / "service.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["sh", "-c", f'{limit}; exec "$@"', "sh", *command],
            cwd=ROOT, env=environment, stdout=stdout or output, stderr=output,
        )  # fmt: skip
    service = Service(process, port, metrics_port, log)
    try:
        eventually(lambda: ready(service), within=60, what="the service")
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
