"""What dead workers leave: the folder of metrics, the time of a scrape and the counts, after a thousand SIGKILLs.

Writes deaths.md.
"""

import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import psutil
import requests
from prometheus_client.parser import text_string_to_metric_families

from bench import markdown
from bench.serving import wait
from bench.wines import ROWS
from workbook.machine import ROOT
from workbook.processes import free_ports

DEATHS = [0, 10, 100, 300, 1000]
CONFIGS = {
    "this service: files by a worker's place": "service/gunicorn.conf.py",
    "before: files by process number": "python:bench.deaths_before",
}


@contextlib.contextmanager
def running(config, folder):
    """The service with one worker; yields its URL, that of its metrics, and its process."""
    port, metrics_port = free_ports(2)
    settings = {"PORT": str(port), "METRICS_PORT": str(metrics_port), "WORKERS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "gunicorn", "--config", config, "service.app:create_app()"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings | {"PROMETHEUS_MULTIPROC_DIR": folder}, stdout=log, stderr=log
        )
        try:
            wait(port, process, log)
            yield f"http://127.0.0.1:{port}/predict", f"http://127.0.0.1:{metrics_port}/metrics", process
        finally:
            process.terminate()
            process.wait(30)


def kill(process):
    """SIGKILL the worker, and wait for the next one."""
    (worker,) = psutil.Process(process.pid).children()
    worker.kill()
    while psutil.Process(process.pid).children() in ([worker], []):
        time.sleep(0.005)


def ask(url):
    """Send requests until three were answered: the worker may just have begun."""
    answered = 0
    while answered < 3:
        with contextlib.suppress(requests.ConnectionError):
            answered += requests.post(url, json=ROWS[0], timeout=10).ok
    return answered


def scrape(url):
    """Milliseconds that a scrape takes, the best of seven, and the predictions that it counts."""
    times = []
    for _ in range(7):
        began = time.perf_counter()
        text = requests.get(url, timeout=60).text
        times.append((time.perf_counter() - began) * 1000)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    counted = sum(one.value for one in families["wine_predictions"].samples if one.name == "wine_predictions_total")
    return min(times), int(counted)


def measure(name, config):
    """A row for each number of deaths."""
    rows, answered, dead = [], 0, 0
    with tempfile.TemporaryDirectory() as folder, running(config, folder) as (url, metrics_url, process):
        for deaths in DEATHS:
            while dead < deaths:
                print(f"\r{name}: {dead} deaths".ljust(70), end="", flush=True)
                kill(process)
                answered, dead = answered + ask(url), dead + 1
            answered += ask(url)
            milliseconds, counted = scrape(metrics_url)
            files = [file.stat() for file in Path(folder).glob("*.db")]
            size = sum(file.st_blocks for file in files) / 2
            rows.append([name, deaths, len(files), round(size), round(milliseconds, 1), answered, counted])
    print()
    return rows


def main():
    columns = ["", "deaths", "files", "KiB", "scrape, ms", "answered", "counted"]
    rows = [row for name, config in CONFIGS.items() for row in measure(name, config)]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    markdown.renew(
        Path(__file__).with_suffix(".md"), f"On {machine}.", markdown.table(pd.DataFrame(rows, columns=columns))
    )
