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
            series[name, (*labels, ("pod", pod))] = samples
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
    "4.1": Solution(
        right="sum(rate(wine_rejected_requests_total[60s])) by (reason)",
        wrong=[
            "rate(sum by (reason) (wine_rejected_requests_total)[1m:5s])",
            "sum(rate(wine_rejected_requests_total[1m]))",
            "sum by (reason) (increase(wine_rejected_requests_total[1m]))",
            "sum by (reason) (rate(wine_rejected_requests_total[1m])",
        ],
        context=two_pods,
    ),
    "4.2": Solution(right=120, wrong=[20, 30, 60, 5]),
    "4.3": Solution(right=0.175, wrong=[0.12, 0.25, 0.06, 0.1]),
    "4.4": Solution(
        right="""
            sum by (sklearn_version) (
              sum by (pod) (rate(wine_predictions_total[1m])) * on (pod) group_right () wine_model_info
            )
        """,
        wrong=[
            "sum(rate(wine_predictions_total[1m])) by (sklearn_version)",
            "sum by (sklearn_version) (wine_model_info)",
            "rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info",
            "rate(wine_predictions_total[1m]) * on (pod) wine_model_info",
        ],
        context=two_pods,
    ),
    "4.5": Solution(right=7.5, wrong=[180, 120, 30, 4]),
    "4.6": Solution(right=10.8, wrong=[360, 60, 21.6, 6]),
    "4.7": Solution(
        right='absent(up{job="cellar"} == 1)',
        wrong=[
            'up{job="cellar"} == 0',
            'absent(up{job="cellar"})',
            'absent(up{job="cellar"}) or up{job="cellar"} >= 0',
            'absent(up{job="cellar"}) or up{job="cellar"} == 0',
            'absent(up{job="cellar"}) or min_over_time(up{job="cellar"}[1m]) == 0',
            'absent(up{job="wine-model"} == 1)',
            'absent(up{job="cellar"}',
        ],
        context=two_pods,
    ),
    "4.8": Solution(right=180_000, wrong=[18_000, 126_000, 144_000, 600]),
    "4.9": Solution(
        right=panel("sum by (cultivar) (rate(wine_predictions_total[$__rate_interval]))"),
        wrong=[
            panel(unit=""),
            panel("sum(rate(wine_predictions_total[1m]))"),
            panel("sum by (cultivar) (rate(wine_predictions_total[1m])"),
            panel("sum by (cultivar) (rate(nothing[1m]))"),
            panel(type="piechart"),
            panel(targets=[]),
        ],
        context=two_pods,
    ),
}
