"""How many requests the service answers, beside bare Flask, its peers, and itself with parts taken away.

Writes serving.md, serving.png and the runs behind them, serving.csv.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
import psutil

from bench import markdown
from bench.serving_parts import PARTS
from bench.wines import ROWS
from promql import palette
from workbook.machine import ROOT, STATE
from workbook.processes import free_ports

HERE = Path(__file__).parent
PEERS = STATE / "bench"  # the packages of requirements.txt
ROUNDS, SECONDS, CONNECTIONS = 5, 5, 4
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py"]
UVICORN = [sys.executable, "-m", "uvicorn", "--factory", "--log-level", "info", "--port"]
BODIES = {"ok": None, "1 sample": ROWS[0], "100 samples": {"samples": ROWS[:100]}}


class Case(NamedTuple):
    """One program under one kind of request; `flags` are gunicorn's."""

    name: str
    body: str
    application: str
    flags: tuple = ()


PLAIN = ("--worker-class", "gthread")  # the service's own worker asks for its metrics
BARE = Case("bare Flask, 'ok'", "ok", "bench.serving_limits:bare_flask()", PLAIN)
SERVICE = Case("this service", "1 sample", "service.app:create_app()")
REBUILT = Case("rebuilt system: Flask, gradient boosting", "1 sample", "bench.serving_peers:rebuilt()", PLAIN)
FLASK = Case("Flask, scikit-learn logistic regression", "1 sample", "bench.serving_peers:flask_logistic()", PLAIN)
FASTAPI = Case("FastAPI, uvicorn, scikit-learn logistic regression", "1 sample", "bench.serving_peers:fastapi_logistic")
ONE = [
    Case("bare WSGI, 'ok'", "ok", "bench.serving_limits:bare_wsgi()", PLAIN),
    BARE,
    SERVICE,
    SERVICE._replace(name="this service under gunicorn's own worker", flags=PLAIN),
    FASTAPI,
    FLASK,
    REBUILT,
]
HUNDRED = [case._replace(body="100 samples") for case in (SERVICE, FASTAPI, FLASK, REBUILT)]
LESS = {f"without {text}": (part,) for part, text in PARTS.items()} | {"without any of them": tuple(PARTS)}
WITHOUT = [
    Case(name, body, "bench.serving_parts:without({})".format(", ".join(map(repr, parts))))
    for body in ("1 sample", "100 samples") for name, parts in LESS.items()
]  # fmt: skip


def pinned(core, command):
    """`command` on one core, where the system can do that."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command


@contextlib.contextmanager
def running(case):
    """Start the case's server with one worker on core 1; yields its port and process."""
    port, metrics_port = free_ports(2)
    peers = str(PEERS) if case.application == FASTAPI.application else ""
    environment = os.environ | {"PORT": str(port), "METRICS_PORT": str(metrics_port), "WORKERS": "1"}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), peers]))}
    command = (
        [*UVICORN, str(port), *case.flags, case.application] if peers else [*GUNICORN, *case.flags, case.application]
    )
    with serving(port, command, environment) as process:
        yield port, process


@contextlib.contextmanager
def serving(port, command, environment=None):
    """Run a server on core 1 while it is needed; yields its process once `port` answers."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            pinned(1, command), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            wait(port, process, errors)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def wait(port, process, errors):
    """Return when `port` answers; raises RuntimeError with the process's errors."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                errors.seek(0)
                raise RuntimeError(f"The server did not start: {errors.read().decode()}") from None
            time.sleep(0.05)


def load(port, body, seconds, refusals=False):
    """Requests, requests a second, and the 50th and 99th percentile in ms, as wrk on core 0 saw them."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if BODIES[body]:
            text = json.dumps(BODIES[body])
            script.write(f"wrk.method, wrk.body = 'POST', [==[{text}]==]\n")
            script.write("wrk.headers['Content-Type'] = 'application/json'")
            script.flush()
        url = f"http://127.0.0.1:{port}{'/predict' if BODIES[body] else '/'}"
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script.name, url]
        report = subprocess.run(pinned(0, command), capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx.*|Socket errors.*", report)
    if bad and not refusals:
        raise RuntimeError(f"wrk {url}: {bad[0]}")
    requests = int(re.search(r"(\d+) requests in", report)[1])
    rate = float(re.search(r"Requests/sec: +([\d.]+)", report)[1])
    p50, p99 = (milliseconds(re.search(rf"{percent}% +(\S+)", report)[1]) for percent in (50, 99))
    return requests, rate, p50, p99


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def cpu(process):
    """Seconds that the server's processes have computed."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def run(case, seconds):
    """Measure a case once, after a second to warm up."""
    with running(case) as (port, process):
        load(port, case.body, 1)
        before = cpu(process)
        requests, rate, p50, p99 = load(port, case.body, seconds)
        return {"rate": rate, "p50": p50, "p99": p99, "cpu": (cpu(process) - before) / requests * 1e6}


def measure(cases, rounds, seconds):
    """Run every case in every round, so that what disturbs the machine disturbs all; a row for each run."""
    rows = []
    for number in range(rounds):
        for case in cases:
            print(f"\rround {number + 1} of {rounds}: {case.body}, {case.name}".ljust(100), end="", flush=True)
            rows.append({"round": number, "name": case.name, "body": case.body, **run(case, seconds)})
    print()
    return pd.DataFrame(rows)


def summary(runs, base, samples=1):
    """Medians of the runs, and the median of the ratios to `base` in the same round, with the extremes."""
    runs = runs.join(runs[runs["name"] == base].set_index("round")[["rate", "p99"]], on="round", rsuffix="_base")
    runs["ratio"], runs["p99_ratio"] = runs["rate"] / runs["rate_base"], runs["p99"] / runs["p99_base"]
    groups = runs.groupby("name", sort=False)
    found, low, high = groups.median(numeric_only=True), groups["ratio"].min(), groups["ratio"].max()
    found["rate"] *= samples
    columns = {
        "predictions/s" if samples > 1 else "requests/s": found["rate"].round().astype(int),
        f"ratio to {base}": [
            f"{row.ratio:.2f} ({low[name]:.2f} to {high[name]:.2f})" for name, row in found.iterrows()
        ],
        "p50 ms": found["p50"].round(2),
        "p99 ms": found["p99"].round(2),
        "p99 ratio": found["p99_ratio"].round(2),
        "CPU us/request": found["cpu"].round().astype(int),
    }  # fmt: skip
    return pd.DataFrame(columns).rename_axis("").reset_index()


def costs(runs):
    """What each part takes of a request's CPU time: the medians' difference to the whole service, us."""
    cpu = runs.groupby(["body", "name"], sort=False)["cpu"].median().unstack(0)
    saved = cpu.loc[SERVICE.name] - cpu
    saved.columns = [f"{body}: saves us CPU" for body in saved.columns]
    share = (100 * (1 - cpu / cpu.loc[SERVICE.name])).round().astype(int)
    share.columns = [f"{body}: %" for body in share.columns]
    return saved.round().astype(int).join(share).drop(SERVICE.name).rename_axis("").reset_index()


def ratio(runs, name, base, column):
    """Median over the rounds of `column` of one case, divided by that of another."""
    wide = runs.pivot(index="round", columns="name", values=column)
    return (wide[name] / wide[base]).median()


def goals(runs):
    """What we wanted, and what came out."""
    fastest = max(ratio(runs, case.name, SERVICE.name, "rate") for case in (FASTAPI, FLASK, REBUILT))
    rows = [
        ["requests/s, of bare Flask's", ">= 0.90", ratio(runs, SERVICE.name, BARE.name, "rate")],
        ["p99, times bare Flask's", "<= 1.3", ratio(runs, SERVICE.name, BARE.name, "p99")],
        ["requests/s, times the rebuilt system's", ">= 7", ratio(runs, SERVICE.name, REBUILT.name, "rate")],
        ["requests/s, times the fastest peer's", "> 1", 1 / fastest],
    ]
    return pd.DataFrame(rows, columns=["this service", "goal", "measured"]).round(2)


def draw(one, hundred):
    """The picture: the median of each case, with the fastest and the slowest run."""
    palette.apply()
    shape = {"height_ratios": [len(ONE), len(HUNDRED)]}
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 5), gridspec_kw=shape)
    bars(top, one, "One sample a request: requests/s")
    bars(bottom, hundred, "100 samples a request: predictions/s", 100)
    bottom.set_xlabel("median of the runs; the black line spans all of them")
    figure.savefig(HERE / "serving.png")
    plt.close(figure)


def bars(axis, runs, title, samples=1):
    rate = runs.groupby("name", sort=False)["rate"].agg(["median", "min", "max"])[::-1] * samples
    errors = [rate["median"] - rate["min"], rate["max"] - rate["median"]]
    colors = [palette.PALETTE[3 if name == SERVICE.name else 0] for name in rate.index]
    axis.barh(rate.index, rate["median"], xerr=errors, color=colors)
    axis.set_title(title)


def prepare():
    """What the benchmark needs and the workbook does not: wrk, and the FastAPI peer's packages."""
    if not shutil.which("wrk"):
        raise SystemExit("This benchmark needs wrk: apt-get install wrk (Debian, Ubuntu) or brew install wrk (macOS).")
    if not (PEERS / "ready").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", PEERS]
        subprocess.run([*command, "-r", HERE / "requirements.txt"], check=True)
        (PEERS / "ready").touch()


def main(rounds=ROUNDS, seconds=SECONDS):
    prepare()
    one, hundred = measure(ONE, rounds, seconds), measure(HUNDRED, rounds, seconds)
    whole = [SERVICE, SERVICE._replace(body="100 samples")]
    parts = measure([*whole, *WITHOUT], rounds, seconds)
    pd.concat([one.assign(table=1), hundred.assign(table=2), parts.assign(table=3)]).to_csv(
        HERE / "serving.csv", index=False, float_format="%.3f"
    )
    draw(one, hundred)
    first, second = summary(one, BARE.name), summary(hundred, SERVICE.name, samples=100)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    markdown.renew(
        HERE / "serving.md",
        f"{rounds} runs of {seconds} s for each line, on {machine}.",
        markdown.table(goals(one)),
        f"### One sample a request\n\n{markdown.table(first)}",
        f"### 100 samples a request\n\n{markdown.table(second)}",
        f"### What each part costs\n\n{markdown.table(costs(parts))}",
        "![](serving.png)",
    )
    print(goals(one).to_string(index=False))
