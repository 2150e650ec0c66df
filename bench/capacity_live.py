"""What a Prometheus needs that scrapes N pods and evaluates the workbook's rules: series, memory, time."""

import re
import time

import requests

from bench import capacity_fleet as fleet
from promql import Prometheus
from workbook import monitoring
from workbook.waiting import eventually

INTERVAL, SCRAPES = 15, 6  # seconds between two scrapes of a pod, and how many there are
FOREVER = "--storage.tsdb.retention.time=10y"


def measure(pods, series, folder):
    """Scrape `pods` simulated pods of these series SCRAPES times with the rules loaded.

    Returns what Prometheus says of itself, and the recorded series as they are then, gauges of `capacity_fleet.Series`.
    """
    born = time.time() - 3600
    server = fleet.serve(series, lambda: time.time() - born)
    address = "127.0.0.1:{1}".format(*server.server_address)
    jobs = [
        {"targets": [address], "labels": {"__metrics_path__": f"/{pod}", "pod": fleet.name(pod)}} for pod in range(pods)
    ]
    config = {
        "global": {"scrape_interval": f"{INTERVAL}s", "evaluation_interval": f"{INTERVAL}s"},
        "scrape_configs": [{"job_name": "wine-model", "honor_labels": True, "static_configs": jobs}],
        "rule_files": [monitoring.rule_files(folder)],
    }
    with monitoring.prometheus(folder, config, FOREVER) as url:
        wanted = pods * len(series) * SCRAPES
        eventually(lambda: itself(url)["prometheus_tsdb_head_samples_appended_total"] > wanted, 600, f"{pods} pods")
        seen, ask = itself(url), Prometheus(url)
        recorded = ask.query('{__name__=~".+:.+:.+"}')
        labels = [name for name in recorded.columns if name not in ("__name__", "value")]
        found = [
            fleet.Series(row["__name__"], tuple((name, row[name]) for name in labels if row[name]), row["value"])
            for row in recorded.to_dict("records")
        ]
    server.shutdown()
    return {
        "pods": pods,
        "series": int(seen["prometheus_tsdb_head_series"]),
        "recorded": len(found),
        "memory_mib": round(seen["process_resident_memory_bytes"] / 2**20),
        "rules_ms": round(1000 * seen["prometheus_rule_group_last_duration_seconds"]),
    }, found


def itself(url):
    """Prometheus's own metrics: the sum over all label sets of each."""
    totals = {}
    for name, value in re.findall(
        r"^([a-z_]+)(?:\{.*\})? (\S+)$", requests.get(f"{url}/metrics", timeout=30).text, re.MULTILINE
    ):
        totals[name] = totals.get(name, 0) + float(value)
    return totals
