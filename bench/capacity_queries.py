"""How long a dashboard's queries take, as they are and with each recorded series replaced by its definition."""

import re
import statistics
import time

import yaml

from promql import Prometheus, PrometheusError
from workbook.machine import ROOT

REPEATS, PATIENCE = 20, 10  # a query is asked that often, but not again after that many seconds


def definitions():
    """The expression of each recorded series, by name."""
    files = [yaml.safe_load(path.read_text()) for path in (ROOT / "k8s/monitoring/rules").glob("*.yaml")]
    rules = [rule for one in files for group in one["spec"]["groups"] for rule in group["rules"]]
    return {rule["record"]: rule["expr"] for rule in rules if "record" in rule}


def raw(expr, known):
    """`expr` with every recorded series replaced by its definition, None if it asks for more past than raw series have.

    Matchers of a recorded series are dropped: here they match everything. A range becomes a subquery of 15 s.
    """
    recorded = re.compile(r"\b(\w+:\w+:\w+)(\{[^}]*\})?(\[(\w+)\])?")
    while found := recorded.search(expr):
        span = found[4]
        if span and span.endswith(("h", "d")):
            return None
        expr = expr[: found.start()] + f"({known[found[1]]})" + (f"[{span}:15s]" if span else "") + expr[found.end() :]
    return expr


def p95(url, query):
    """Ask a panels.Query up to REPEATS times: the 95th percentile in ms, or None if Prometheus gives up."""
    prometheus, taken = Prometheus(url, timeout=120), []
    times = [at / 1000 for at in (query.start, query.end, query.step)]
    while len(taken) < REPEATS and sum(taken) < PATIENCE:
        started = time.perf_counter()
        try:
            found = prometheus.query_range(query.expr, *times) if query.step else prometheus.query(query.expr, times[1])
        except PrometheusError:
            return None
        taken.append(time.perf_counter() - started)
        assert len(found.columns) and len(found), f"A query without an answer is always quick: {query.expr}"
    return round(1000 * (statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]), 1)
