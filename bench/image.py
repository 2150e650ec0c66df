"""The service's image: how large it is, how soon it is ready, and how much memory a worker takes."""

import statistics
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import requests

from bench import markdown
from bench.wines import ROWS
from workbook.machine import ROOT, WorkbookError, output

IMAGE = "wine-model-bench"
STARTS = 5


@contextmanager
def container():
    """A started container as Kubernetes runs it; yields its id, its address, and the seconds until it was ready."""
    identity = output("docker", "create", "--read-only", "--publish", "127.0.0.1::8080", IMAGE)
    try:
        start = time.perf_counter()
        output("docker", "start", identity)
        url = "http://" + output("docker", "port", identity, "8080")
        while not answers(f"{url}/readyz"):
            if time.perf_counter() - start > 60:
                raise WorkbookError(f"The service is not ready after a minute:\n{output('docker', 'logs', identity)}")
        yield identity, url, time.perf_counter() - start
    finally:
        subprocess.run(["docker", "rm", "--force", identity], capture_output=True)


def answers(url):
    """Whether the service at `url` answers 200 now."""
    try:
        return requests.get(url, timeout=20).status_code == 200
    except requests.RequestException:
        time.sleep(0.01)


# A line for gunicorn's master and each worker of a container: what a process has for itself, and its part of the rest.
MEMORY = "cd /proc; for id in [0-9]*; do grep -q /[g]unicorn $id/cmdline && grep ^Pss: $id/smaps_rollup; done; true"


def worker_memory(container, url):
    """The proportional set size (bytes) of each worker in a Docker container, after 50 requests of all wines."""
    for _ in range(50):
        assert requests.post(f"{url}/predict", json={"samples": ROWS}, timeout=20).status_code == 200
    _, *workers = [
        int(line.split()[1]) * 1024 for line in output("docker", "exec", container, "sh", "-c", MEMORY).splitlines()
    ]
    return workers


def main():
    output("docker", "build", "--quiet", "--tag", IMAGE, str(ROOT / "service"))
    size = int(output("docker", "image", "inspect", "--format", "{{.Size}}", IMAGE))
    ready = []
    for _ in range(STARTS):
        with container() as (identity, url, seconds):
            ready.append(seconds)
            memory = max(worker_memory(identity, url))
    output("docker", "image", "rm", IMAGE)
    lines = [
        ("unpacked size", f"{size / 1e6:.0f} MB", "300 MB"),
        (f"ready after start, median of {STARTS}", f"{statistics.median(ready):.2f} s", "1.5 s"),
        ("memory of a worker (PSS)", f"{memory / 1e6:.0f} MB", "60 MB"),
    ]
    markdown.renew(
        Path(__file__).with_suffix(".md"), markdown.table(pd.DataFrame(lines, columns=["", "measured", "at most"]))
    )
