"""A real Prometheus over samples that a test wrote: they are backfilled with promtool, nothing is mocked.

`backfilled` is a server for the whole test session; `serve` starts one over other samples. `answering` is for what a
real one never answers.
"""

import contextlib
import http.server
import math
import subprocess
import threading
from types import SimpleNamespace

import pytest

from bench.backfill import openmetrics, write_blocks
from promql.errors import PromQLError
from workbook import monitoring, programs
from workbook.processes import free_ports

START = 1_767_225_600  # 2026-01-01 00:00 UTC: the first sample, in seconds since 1970
STEP = 15  # seconds from sample to sample
COUNT = 481  # samples of a series without gaps: two hours
END = START + STEP * (COUNT - 1)
CELSIUS = "room_temperature_celsius"  # three series of `samples`
CONFIG = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
- job_name: prometheus
  NATIVE
  static_configs: [{targets: [ADDRESS], labels: {value: taken}}]
- job_name: one year
  scrape_interval: 1y
  static_configs: [{targets: [ADDRESS]}]
"""
RULES = """
groups:
- name: tests
  rules:
  - {record: "job:up:sum", expr: sum by (job) (up), labels: {team: wine}}
  - {alert: AlwaysFiring, expr: vector(7), labels: {severity: page}, annotations: {summary: It is always so}}
"""


@contextlib.contextmanager
def serve(folder, text, config="global: {}", *flags):
    """Backfill OpenMetrics `text` into a Prometheus in `folder`, start it, and yield its URL.

    In `config`, ADDRESS stands for the server's own host and port, NATIVE for the setting that scrapes native
    histograms where it is one; in Prometheus 2 a flag does it.
    """
    (folder / "samples.txt").write_text(text)
    write_blocks(folder / "samples.txt", folder)
    (port,) = free_ports(1)
    prometheus = programs.find("prometheus")
    version = subprocess.run([prometheus, "--version"], check=True, capture_output=True, text=True).stdout
    native = "" if "version 2." in version else "scrape_native_histograms: true"
    config = config.replace("ADDRESS", f"127.0.0.1:{port}").replace("NATIVE", native)
    flags = ["--storage.tsdb.retention.time=20y", "--enable-feature=exemplar-storage,native-histograms", *flags]
    with monitoring.prometheus(folder, config, *flags, port=port) as url:
        yield url


def closed_port():
    """An address on this machine where nobody listens."""
    return f"http://127.0.0.1:{free_ports(1)[0]}"


def message(kind, ask, *arguments, **options):
    """The text of the error of that kind which a call raises: in a notebook it stands alone."""
    with pytest.raises(kind) as caught:
        ask(*arguments, **options)
    assert issubclass(kind, PromQLError)
    return str(caught.value)


NOTHING = b'{"status": "success", "data": {"resultType": "vector", "result": []}}'


@contextlib.contextmanager
def answering(status=200, body=NOTHING, headers=(), delay=None, by_request=None):
    """A server on this machine that answers always the same, or what `by_request(method, path)` gives: (status, body).

    Yields its address and the requests that it saw. `delay` is an Event for which it waits.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def respond(self):
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            seen.append(SimpleNamespace(method=self.command, path=self.path, headers=self.headers, body=sent))
            if delay:
                delay.wait(10)
            code, text = by_request(self.command, self.path) if by_request else (status, body)
            self.send_response(code)
            for name, value in [("Content-Length", str(len(text))), *headers]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = respond

        def log_message(self, *_):
            pass

    seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def samples():
    """The backfilled series, and the types of their families."""
    times = [START + STEP * i for i in range(COUNT)]
    series = {}
    for rank, (code, route) in enumerate(
        [("200", "/predict"), ("200", "/healthz"), ("400", "/predict"), ("500", "/predict")]
    ):
        labels = (("code", code), ("instance", "a:80"), ("route", route))
        total = [(at, (rank + 1) * i + i * i // 40) for i, at in enumerate(times)]
        restart = 300  # the counter begins anew at this sample
        series["http_requests_total", labels] = [
            (at, n - total[restart][1] if i >= restart else n) for i, (at, n) in enumerate(total)
        ]
    for room, (base, swing) in {"cellar": (11, 2), "hall": (19, 5)}.items():
        curve = [(at, round(base + swing * math.sin(i / 30), 6)) for i, at in enumerate(times)]
        series["room_temperature_celsius", (("room", room),)] = curve
    series["room_temperature_celsius", (("floor", "1"), ("room", "attic"))] = [
        (at, i)
        for i, at in enumerate(times)
        if not 100 < i < 200  # no sample for 25 minutes
    ]
    for le, share in {"0.1": 0.6, "0.5": 0.9, "1": 0.99, "+Inf": 1}.items():
        series["request_duration_seconds_bucket", (("le", le),)] = [
            (at, int(share * 20 * i)) for i, at in enumerate(times)
        ]
    series["request_duration_seconds_count", ()] = [(at, 20 * i) for i, at in enumerate(times)]
    series["request_duration_seconds_sum", ()] = [(at, 3.5 * i) for i, at in enumerate(times)]
    series["odd_values", (("kind", "all"),)] = list(
        zip(times, ["NaN", "+Inf", "-Inf", "1e300", "5e-324", "-0.0", "0.1", "1e21"])
    )
    series["odd_labels", (("le", "1"), ("timestamp", "then"), ("value", 'a "quoted" \\ {brace}\nµ'))] = [
        (at, 3) for at in times
    ]
    types = {"http_requests": "counter", "room_temperature_celsius": "gauge", "request_duration_seconds": "histogram"}
    return series, types | {"odd_values": "unknown", "odd_labels": "unknown"}


@pytest.fixture(scope="session")
def backfilled(tmp_path_factory):
    """A Prometheus with `samples()` of two hours, which also scrapes itself and evaluates RULES.

    `.url`, `.port`, `.series` as `openmetrics` takes it, `.start` and `.end` in seconds since 1970.
    """
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "rules.yml").write_text(RULES)
    series, types = samples()
    with serve(folder, openmetrics(series, types), CONFIG) as url:
        yield SimpleNamespace(url=url, port=int(url.rpartition(":")[2]), series=series, start=START, end=END)
