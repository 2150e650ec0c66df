"""Solutions of the exercises of 04_monitor."""

import time
from contextlib import ExitStack

from promql import Prometheus
from tests.notebooks.solutions import Solution
from tests.promql.backfill import openmetrics, serve


def two_pods(request):
    """A Prometheus that saw two pods for two minutes; the second pod restarted half a minute ago."""
    now = int(time.time())
    rates = {
        ("wine_predictions_total", (("cultivar", "barolo"),)): 3,
        ("wine_predictions_total", (("cultivar", "barbera"),)): 2,
        ("wine_rejected_requests_total", (("reason", "malformed"),)): 1,
        ("wine_rejected_requests_total", (("reason", "unknown_field"),)): 4,
    }
    series = {}
    for pod, library, reset in [("a", "1.9.1", 0), ("b", "1.8.0", 90)]:
        times = range(0, 121, 5)
        for (name, labels), rate in rates.items():
            samples = [(now - 120 + t, rate * (t - reset if t >= reset else t)) for t in times]
            series[name, (*labels, ("namespace", "wine"), ("pod", pod))] = samples
        info = "wine_model_info", (("model_version", "1"), ("pod", pod), ("sklearn_version", library))
        series[info] = [(now - 120 + t, 1) for t in times]
    types = {"wine_predictions": "counter", "wine_rejected_requests": "counter", "wine_model_info": "gauge"}
    stack = ExitStack()
    request.addfinalizer(stack.close)
    url = stack.enter_context(serve(request.getfixturevalue("tmp_path"), openmetrics(series, types)))
    return {"prometheus": Prometheus(url)}


def panel(expr="sum by (cultivar) (rate(wine_predictions_total[1m]))", unit="reqps", **more):
    defaults = {"unit": unit} if unit else {}
    shown = {"title": "Predictions", "type": "timeseries", "targets": [{"refId": "A", "expr": expr}]}
    return shown | {"fieldConfig": {"defaults": defaults, "overrides": []}} | more


SOLUTIONS = {
    "4.1": Solution(right=120, others=[120.0, 2 * 60], wrong=[20, 30, 60, 5, 2]),
    "4.2": Solution(right=0.175, others=[0.1750, (0.1 + 0.25) / 2], wrong=[0.12, 0.25, 0.125, 0.1, 175]),
    "4.3": Solution(
        right="sum(rate(wine_rejected_requests_total[60s])) by (reason)",
        others=[
            "sum by (reason) (increase(wine_rejected_requests_total[1m])) / 60",
            "sum without (pod, instance, job, namespace) (rate(wine_rejected_requests_total[1m]))",
            "reason:wine_rejected_requests:rate1m",
            'sum by (namespace, reason) (rate({__name__="wine_rejected_requests_total"}[1m]))',
        ],
        wrong=[
            "rate(sum by (reason) (wine_rejected_requests_total)[1m:5s])",
            "sum(rate(wine_rejected_requests_total[1m]))",
            "sum by (reason) (increase(wine_rejected_requests_total[1m]))",
            "sum by (reason) (rate(wine_rejected_requests_total[1m])",
            "avg by (reason) (rate(wine_rejected_requests_total[1m]))",
            "rate(wine_rejected_requests_total[1m])",
            "sum by (reason) (wine_rejected_requests_total)",
        ],
    ),
    "4.4": Solution(
        right="""
            sum by (sklearn_version) (
              sum by (pod) (rate(wine_predictions_total[1m])) * on (pod) group_right () wine_model_info
            )
        """,
        others=[
            """sum by (sklearn_version) (
              rate(wine_predictions_total[1m]) * on (namespace, pod) group_left (sklearn_version) wine_model_info
            )""",
            """sum by (sklearn_version) (
              wine_model_info * on (pod) group_left () sum by (pod) (increase(wine_predictions_total[1m]))
            ) / 60""",
        ],
        wrong=[
            "sum(rate(wine_predictions_total[1m])) by (sklearn_version)",
            "sum by (sklearn_version) (wine_model_info)",
            "rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info",
            "rate(wine_predictions_total[1m]) * on (pod) wine_model_info",
            """avg by (sklearn_version) (
              rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info
            )""",
        ],
    ),
    "4.5": Solution(
        right=panel("sum by (cultivar) (rate(wine_predictions_total[$__rate_interval]))"),
        others=[
            panel('sum by (cultivar) (rate(wine_predictions_total{namespace="wine"}[30s]))', unit="ops"),
            panel("sum(increase(wine_predictions_total[1m])) by (cultivar) / 60", unit="suffix: wines/s"),
        ],
        wrong=[
            panel(unit=""),
            panel(unit="s"),
            panel("sum(rate(wine_predictions_total[1m]))"),
            panel("sum by (cultivar) (rate(wine_predictions_total[1m])"),
            panel("sum by (cultivar) (rate(nothing[1m]))"),
            panel("sum by (cultivar) (wine_predictions_total)"),
            panel("avg by (cultivar) (rate(wine_predictions_total[1m]))"),
            panel(type="piechart"),
            panel(type="gauge"),
            panel(targets=[]),
        ],
        context=two_pods,
    ),
    "4.6": Solution(right=7.5, others=[30 / 4, 7.50], wrong=[180, 120, 30, 4]),
    "4.7": Solution(right=10.8, others=[6 * 0.005 * 6 * 60, 10.80], wrong=[360, 60, 21.6, 6, 0.18, 648]),
    "4.8": Solution(
        right='absent(up{job="cellar"} == 1)',
        others=[
            "absent(up{job='cellar'} == 1)",
            'absent(up{job=~"cellar", namespace="wine"} != 0)',
            'sum(up{job="cellar"}) == 0 or absent(up{job="cellar"})',
            'vector(1) unless on () up{job="cellar"} == 1',
        ],
        wrong=[
            'up{job="cellar"} == 0',
            'absent(up{job="cellar"})',
            'absent(up{job="cellar"}) or up{job="cellar"} >= 0',
            'absent(up{job="cellar"}) or up{job="cellar"} == 0',
            'absent(up{job="cellar"}) or min_over_time(up{job="cellar"}[1m]) == 0',
            'absent(up{job="wine-model"} == 1)',
            'absent(up{job="cellar"}',
            "vector(1)",
        ],
    ),
    "4.9": Solution(
        right=180_000, others=[180_000.0, (7 + 3) * 300 * 60], wrong=[18_000, 126_000, 144_000, 600, 3_000]
    ),
}
