"""The service's image: how large it is, how soon it is ready, and how much memory a worker takes."""

import statistics
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from bench import markdown
from tests.service.serving import answers, worker_memory
from workbook.target import ROOT, WorkbookError, output

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
