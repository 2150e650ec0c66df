"""What monitoring costs at 10, 100 and 1,000 pods: series, memory, and the time of every query of the dashboard.

Writes capacity.md, capacity.png and the tables behind them, capacity_fleets.csv and capacity_queries.csv.
"""

import re
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import requests

from bench import capacity_fleet, capacity_live, capacity_queries, markdown
from bench.capacity_fleet import Series, replace
from promql import Prometheus, palette
from promql.panels import Dashboard
from workbook import monitoring
from workbook.machine import ROOT
from workbook.stack import LocalStack

HERE = Path(__file__).parent
FLEETS = [10, 100, 1000]
RAW_HOURS = {10: 6, 100: 6, 1000: 1}  # of samples of every pod: 6 hours of 1,000 pods would be 400 million
RANGES = {"15m": 900, "6h": 6 * 3600, "30d": 30 * 86400}  # what the dashboard shows; the first is its own
AUTOSCALER = ["status_desired_replicas", "spec_min_replicas", "spec_max_replicas"]
LIMIT = 100  # ms for a query
DASHBOARD = ROOT / "k8s/monitoring/dashboards/wine-model.json"


def pod():
    """The series of one pod: those of the service after 20 s of Locust's traffic, and what a cluster keeps of a pod."""
    with LocalStack() as stack:
        stack.load(users=8, seconds=20)
        page = requests.get(stack.metrics_url, timeout=10).text
    labels = ("namespace", "wine"), ("container", "wine-model")
    cpu, memory = (*labels, ("resource", "cpu")), (*labels, ("resource", "memory"))
    scraped = ("job", "wine-model"), ("namespace", "wine"), ("service", "wine-model")
    return [replace(one, labels=(*one.labels, *scraped)) for one in capacity_fleet.series_of(page, seconds=20)] + [
        Series("container_cpu_usage_seconds_total", labels, rate=0.1),
        Series("container_memory_working_set_bytes", labels, value=1.4e8),
        Series("container_cpu_cfs_periods_total", labels, rate=10),
        Series("container_cpu_cfs_throttled_periods_total", labels, rate=1),
        Series("kube_pod_container_status_restarts_total", labels, rate=0.0001),
        Series("kube_pod_container_resource_limits", cpu, value=0.2),
        Series("kube_pod_container_resource_limits", memory, value=2.7e8),
        Series("kube_pod_status_phase", (("namespace", "wine"), ("phase", "Running")), value=1),
    ]


def deployment(pods):
    """What kube-state-metrics tells of the Deployment and its autoscaler."""
    names = [("kube_deployment_status_replicas_available", "deployment")]
    names += [(f"kube_horizontalpodautoscaler_{name}", "horizontalpodautoscaler") for name in AUTOSCALER]
    return [Series(name, (("namespace", "wine"), (label, "wine-model")), value=pods) for name, label in names]


def fill(folder, pods, series, recorded, end):
    """Backfill raw series of every pod, and the recorded ones: of the fleet for 30 days, of single pods for 6 hours."""
    raw = [one.of(number) for number in range(pods) for one in series] + deployment(pods)
    of_pods = [one for one in recorded if "pod" in dict(one.labels)]
    of_the_fleet = [one for one in recorded if one not in of_pods]
    print(f"{pods} pods: backfilling {len(raw):,} raw and {len(recorded):,} recorded series", flush=True)
    for those, seconds in [(raw, RAW_HOURS[pods] * 3600), (of_pods, RANGES["6h"]), (of_the_fleet, RANGES["30d"])]:
        capacity_fleet.backfill(those, folder, end - seconds, end, capacity_live.INTERVAL)


def ask(url, pods, end):
    """Time every query of the dashboard: a row for each query, kind and range."""
    dashboard, known, rows = Dashboard.load(DASHBOARD, Prometheus(url)), capacity_queries.definitions(), []
    dashboard.scrape_interval = f"{capacity_live.INTERVAL}s"
    dashboard.given = {"namespace": "wine"}
    for name, span in RANGES.items():
        for panel in dashboard.panels:
            for query in panel.queries(end - span, end):
                exprs = {"recorded": query.expr, "raw": capacity_queries.raw(query.expr, known)}
                if span > RAW_HOURS[pods] * 3600 or exprs["raw"] == query.expr:
                    del exprs["raw"]
                if name == "30d" and not re.search(r"\b(?!pod:)\w+:\w+:\w+", query.expr):
                    continue
                for kind, expr in exprs.items():
                    taken = expr and capacity_queries.p95(url, query._replace(expr=expr))
                    rows.append([pods, name, kind, panel.title, query.ref, taken])
    return rows


def extrapolate(queries):
    """The raw queries over 6 hours of 1,000 pods, as ten times those of 100: marked as such."""
    hundred = queries[(queries["pods"] == 100) & (queries["kind"] == "raw") & (queries["range"] == "6h")]
    thousand = hundred.assign(pods=1000, p95_ms=10 * hundred["p95_ms"], extrapolated=True)
    return pd.concat([queries.assign(extrapolated=False), thousand], ignore_index=True)


def draw(fleets, queries):
    """The picture: what grows with the fleet, and the slowest query of the dashboard."""
    palette.apply()
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
    for column, label in {"series": "series", "memory_mib": "memory (MiB)", "rules_ms": "all rules once (ms)"}.items():
        left.loglog(fleets["pods"], fleets[column], "o-", label=label)
    left.set(title="One Prometheus, scraping and evaluating", xlabel="pods")
    left.legend()
    for (span, kind), some in queries[queries["range"] != "30d"].groupby(["range", "kind"]):
        slowest = some.groupby("pods")["p95_ms"].max()
        right.loglog(slowest.index, slowest, "s--" if kind == "raw" else "o-", label=f"{kind} series, last {span}")
    right.axhline(LIMIT, color="gray", linestyle=":", label=f"what we allow: {LIMIT} ms")
    right.set(title="The dashboard's slowest query", xlabel="pods", ylabel="95th percentile (ms)")
    right.legend()
    figure.savefig(HERE / "capacity.png")
    plt.close(figure)


def write(fleets, queries):
    """The files of this benchmark, from its two tables."""
    fleets.to_csv(HERE / "capacity_fleets.csv", index=False)
    queries.to_csv(HERE / "capacity_queries.csv", index=False)
    draw(fleets, queries)
    shown = queries.assign(p95_ms=queries["p95_ms"].astype(str) + queries["extrapolated"].map({True: " *", False: ""}))
    largest = shown[shown["pods"] == FLEETS[-1]].pivot(
        index=["panel", "query"], columns=["kind", "range"], values="p95_ms"
    )
    slowest = queries.groupby(["pods", "kind", "range", "extrapolated"], as_index=False)["p95_ms"].max()
    largest.columns = [f"{kind}, {span}" for kind, span in largest.columns]
    texts = ["### What a Prometheus needs", markdown.table(fleets)]
    texts += ["### The slowest query of the dashboard (ms)", markdown.table(slowest), "![](capacity.png)"]
    texts += [
        f"### Every query at {FLEETS[-1]:,} pods (ms; * extrapolated)",
        markdown.table(largest.fillna("").reset_index()),
    ]
    markdown.renew(HERE / "capacity.md", *texts)


def main():
    series, fleets, queries = pod(), [], []
    for pods in FLEETS:
        with tempfile.TemporaryDirectory() as scratch:
            fleet, recorded = capacity_live.measure(pods, series, Path(scratch))
            fleets.append(fleet)
        with tempfile.TemporaryDirectory() as scratch:
            end = int(time.time()) // 7200 * 7200  # the end of a block
            fill(Path(scratch), pods, series, recorded, end)
            with monitoring.prometheus(Path(scratch), {}, capacity_live.FOREVER) as url:
                queries += ask(url, pods, end)
    queries = extrapolate(pd.DataFrame(queries, columns=["pods", "range", "kind", "panel", "query", "p95_ms"]))
    write(pd.DataFrame(fleets), queries)
    own = queries[(queries["pods"] == FLEETS[-1]) & (queries["kind"] == "recorded") & (queries["range"] == "15m")]
    print(f"Slowest query at {FLEETS[-1]:,} pods, recorded series, the dashboard's own range: {own['p95_ms'].max()} ms")
