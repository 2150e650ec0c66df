"""What becomes of more requests than can be answered: this service, the one before it, alone and behind HAProxy, and
FastAPI with its limit.

Writes overload.md.
"""

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import requests

from bench import markdown, proxy
from bench.offer import PATIENCE
from bench.serving import FASTAPI, PLAIN, SERVICE, load, pinned, prepare, running

SECONDS = 12
THIS = SERVICE._replace(name="this service")
BEFORE = SERVICE._replace(name="before: gunicorn's gthread, backlog 2048", flags=(*PLAIN, "--backlog", "2048"))
PROXIED = BEFORE._replace(name="gunicorn's gthread behind HAProxy")
LIMITED = FASTAPI._replace(name="FastAPI, uvicorn, 503 beyond 32", flags=("--limit-concurrency", "32"))
LOADS = [("a core", 1.0, 1), ("a core", 1.0, 2), ("a tenth of it", 0.1, 2), ("a tenth of it", 0.1, 5)]
PERIOD = 0.1  # s, as the kernel's scheduler counts a pod's limit


@contextlib.contextmanager
def limited(processes, share):
    """Let `processes` run for `share` of every 0.1 s, as a pod with such a CPU limit does."""
    over = threading.Event()

    def tell(what):
        for one in processes:
            one.send_signal(what)

    def turn():
        while not over.wait(share * PERIOD):
            tell(signal.SIGSTOP)
            time.sleep((1 - share) * PERIOD)
            tell(signal.SIGCONT)

    thread = threading.Thread(target=turn if share < 1 else lambda: None)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def offered(port, rate):
    """What became of `rate` requests a second for 12 s."""
    command = pinned(0, [sys.executable, "-m", "bench.offer", str(port), str(rate), str(SECONDS)])
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return pd.DataFrame(json.loads(ended.stdout), columns=["sent", "took", "status"])


def recovery(url):
    """Seconds until one request is answered with 200 within half a second; infinity where none is for a minute."""
    start = began = time.monotonic()
    while began - start < 60:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=0.5).ok:
                return began - start
        began = time.monotonic()
    return np.inf


@contextlib.contextmanager
def probed(url):
    """Ask `url` every second, as a kubelet does; yields the answers: seconds, or infinity after 2 s without one."""
    answers, over = [], threading.Event()

    def ask():
        while not over.wait(1):
            began = time.monotonic()
            try:
                requests.get(url, timeout=2).raise_for_status()
                answers.append(time.monotonic() - began)
            except requests.RequestException:
                answers.append(np.inf)

    thread = threading.Thread(target=ask)
    thread.start()
    yield answers
    over.set()
    thread.join()


def measure(case, probe, place, share, factor):
    """A row of the table: one load on a service that has just begun, because one that was overloaded may never be well."""
    with contextlib.ExitStack() as stack:
        port, process = stack.enter_context(running(case))
        load(port, "1 sample", 1, refusals=True)  # now its workers are there
        processes = [process, *process.children(recursive=True)]
        if case is PROXIED:
            port, process = stack.enter_context(proxy.before(port))
            processes.append(process)
        ports = {"own": processes[0].environ()["METRICS_PORT"], "users": port}
        path = "/openapi.json" if case is LIMITED else "/healthz"
        with limited(processes, share):
            _, rate, *_ = load(port, "1 sample", 4, refusals=True)
            with probed(f"http://127.0.0.1:{ports[probe]}{path}") as probes:
                found = offered(port, factor * rate)
            back = recovery(f"http://127.0.0.1:{port}{path}")
        memory = sum(one.memory_full_info().uss for one in processes)
    print(case.name, place, f"{factor}x", flush=True)
    found = figures(found, factor, rate, probes, back)
    return {"service": case.name, "CPU": place, **found, "memory, MB": round(memory / 1e6)}


def figures(found, factor, rate, probes, back):
    answered = found[found["status"] == 200]["took"]
    refused = found[found["status"] == 503]["took"]
    return {
        "load": f"{factor}x",
        "capacity/s": round(rate),
        "of capacity within 1 s": f"{(answered <= 1).sum() / SECONDS / rate:.0%}",
        "p50 / p99 of 200s, s": f"{answered.quantile(0.5):.2f} / {answered.quantile(0.99):.2f}",
        "503": f"{len(refused) / len(found):.0%}",
        "p50 of 503s, s": f"{refused.median():.2f}" if len(refused) else "",
        f"no answer in {PATIENCE} s": f"{(found['status'] == 0).mean():.0%}",
        "probes failed": f"{np.isinf(probes).sum()} of {len(probes)}",
        "recovery, s": round(back, 1),
    }


def main():
    prepare()
    proxy.prepare()
    cases = [(THIS, "own"), (BEFORE, "users"), (PROXIED, "users"), (LIMITED, "users")]
    rows = [measure(*case, *one) for case in cases for one in LOADS]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    markdown.renew(
        Path(__file__).with_suffix(".md"),
        f"One run of {SECONDS} s for each line, on {machine}.",
        markdown.table(pd.DataFrame(rows)),
    )
