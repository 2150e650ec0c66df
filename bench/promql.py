"""How long a million samples take from Prometheus to a DataFrame: 1,000 series x 1,000 steps, five clients, one run.

Writes promql.md and promql.png. The peers are installed beside the workbook's packages, out of its environment's way.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import requests

from bench import markdown
from bench.backfill import openmetrics, write_blocks
from bench.promql_clients import CLIENTS, COUNT, END, QUERY, RUNS, START, STEP
from promql import palette
from workbook import monitoring
from workbook.machine import ROOT, STATE

HERE = Path(__file__).parent
PEERS = STATE / "bench-promql"
PACKAGES = ("prometheus-pandas", "promql-http-api")
BASE, OURS, PEER = "json + numpy", "promql", "prometheus-api-client"
ROUNDS = 3  # each in a new process per client, in turn, so that all meet the same machine


def samples():
    """1,000 series of random numbers with all their digits, the longest answers there are."""
    draw = random.Random(1)
    series = {}
    for number in range(1000):
        labels = (("instance", f"10.0.{number // 10}.1:8081"), ("job", "wine-model"), ("route", f"/{number % 10}"))
        series[QUERY, labels] = [(START + STEP * i, 100 * draw.random()) for i in range(COUNT)]
    return series


def install():
    """The peers that are not in the workbook's environment, as bench/requirements.txt pins them."""
    wanted = [line for line in (HERE / "requirements.txt").read_text().splitlines() if line.startswith(PACKAGES)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", PEERS]
    subprocess.run([*pip, *wanted], check=True)


def measure(name, what, where):
    """One process: the best of its runs, the peak of its first, and its frame."""
    command = [sys.executable, "-m", "bench.promql_clients", name, what, str(where)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{PEERS}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{name:22} {what}  {min(found['seconds']):6.3f} s  peak {found['peak']:6.0f} MB", flush=True)
    return {"client": name, "what": what, **found, "seconds": min(found["seconds"])}


def run():
    """Every client, decoding and fetching, in ROUNDS; the best of each, and the same samples from all."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        print("backfilling a million samples", flush=True)
        text = Path(folder) / "samples.txt"
        text.write_text(openmetrics(samples(), {QUERY: "gauge"}))
        write_blocks(text, Path(folder))
        with monitoring.prometheus(Path(folder), {}, "--storage.tsdb.retention.time=20y") as url:
            body = Path(folder) / "answer.json"
            fields = {"query": QUERY, "start": START, "end": END, "step": STEP}
            body.write_bytes(requests.get(f"{url}/api/v1/query_range", fields, timeout=120).content)
            for _ in range(ROUNDS):
                rows += [measure(name, "decode", body) for name in CLIENTS]
                rows += [measure(name, "fetch", url) for name in CLIENTS]
            megabytes = body.stat().st_size / 2**20
    table = pd.DataFrame(rows)
    assert (table["count"] == COUNT * 1000).all() and table["sum"].round(3).nunique() == 1, "the clients disagree"
    return table.groupby(["what", "client"])[["seconds", "peak", "frame"]].min(), megabytes


def summary(decode, fetch):
    """The clients' seconds, their ratios to BASE, and their memory."""
    columns = {}
    for what, taken in {"decode": decode["seconds"], "ask and decode": fetch["seconds"]}.items():
        columns[f"{what} (s)"] = taken.map("{:.2f}".format)
        columns[f"{what}: ratio"] = (taken / taken[BASE]).map("{:.2f}".format)
    columns["peak (MB)"] = decode["peak"].map("{:.0f}".format)
    columns["frame (MB)"] = decode["frame"].map("{:.1f}".format)
    return pd.DataFrame(columns).rename_axis("client").reset_index()


def goals(decode):
    """Our client beside the best known of its peers, in a sentence."""
    faster, peak, frame = decode.loc[PEER] / decode.loc[OURS]
    return (
        f"Against `MetricRangeDataFrame` of {PEER}: decoding {faster:.1f} times as fast, 1/{peak:.0f} of the memory at "
        f"the peak, 1/{frame:.0f} in the frame."
    )


def write(decode, fetch, megabytes):
    """The files of this benchmark, from its two tables."""
    draw(decode, fetch)
    markdown.renew(
        HERE / "promql.md",
        f"{megabytes:.0f} MB of JSON; the best of {ROUNDS} processes of {RUNS} runs each.",
        markdown.table(summary(decode, fetch)),
        goals(decode),
        "![Seconds from the question to the frame](promql.png)",
    )


def draw(decode, fetch):
    palette.apply()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True)
    for axes, table, title in (
        (left, fetch["seconds"], "Ask and decode (s)"),
        (right, decode["peak"], "Memory at the peak of decoding (MB)"),
    ):
        axes.barh(
            range(len(table)),
            table,
            color=[palette.PALETTE[1 if name == OURS else 0] for name in table.index],
        )
        axes.set_yticks(range(len(table)), table.index)
        axes.set(title=title, xscale="log")
        axes.bar_label(axes.containers[0], fmt="%.3g", padding=3)
    left.invert_yaxis()
    figure.suptitle("A million samples from Prometheus to a DataFrame")
    figure.savefig(HERE / "promql.png", dpi=110)


def main():
    install()
    best, megabytes = run()
    decode, fetch = (best.loc[what].loc[list(CLIENTS)] for what in ("decode", "fetch"))
    write(decode, fetch, megabytes)
    print(summary(decode, fetch).to_string(index=False), goals(decode), sep="\n")
