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


BY_INSTANCE = """sum by (sklearn_version) (
  rate(wine_predictions_total[1m]) * on (instance) group_left (sklearn_version) wine_model_info
)"""
SOLUTIONS = {
    "4.1": Solution(
        shown="answer = 4 * 30  # s",
        why=(
            "`$__rate_interval` is never shorter than four of the data source's scrape intervals. Two scrapes in "
            "a row may then fail, and a rate still finds its two samples."
        ),
        right=120,
        others=["120", "120 s", "2 min", "2m", "2 mins", "120 second"],
        wrong=[20, 30, 60, 5, 2, "30 s", "1 min"],
    ),
    "4.2": Solution(
        shown="answer = 0.1 + 0.5 * (0.25 - 0.1)  # s",
        why=(
            "All that Prometheus knows is that every request lies between 0.1 s and 0.25 s. Half of them lie "
            "below the quantile 0.5, so the straight line stands half way."
        ),
        right=0.175,
        others=[(0.1 + 0.25) / 2, "0.175", "0,175 s"],
        wrong=[0.12, 0.25, 0.125, 0.1, 175],
    ),
    "4.3": Solution(
        shown='answer = "sum by (reason) (rate(wine_rejected_requests_total[1m]))"',
        why=(
            "Each pod's counter falls to 0 at its own restart, and `rate` must see that fall by itself. The "
            "recorded series `reason:wine_rejected_requests:rate1m` answers the same."
        ),
        right="sum(rate(wine_rejected_requests_total[60s])) by (reason)",
        others=[
            "sum by (reason) (increase(wine_rejected_requests_total[1m])) / 60",
            "sum without (pod, instance, job, namespace) (rate(wine_rejected_requests_total[1m]))",
            "reason:wine_rejected_requests:rate1m",
            'sum by (reason) (rate(wine_rejected_requests_total{service="wine-model"}[1m]))',
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
        shown='''answer = """
sum by (sklearn_version) (
    rate(wine_predictions_total[1m])
  * on (pod) group_left (sklearn_version)
    wine_model_info
)
"""''',
        why=(
            "The info metric is 1, so the product is the rate, and `group_left` brings the label along. Only then"
            " does the sum over pods forget which pod it was."
        ),
        right="""
            sum by (sklearn_version) (
              sum by (pod) (rate(wine_predictions_total[1m])) * on (pod) group_right () wine_model_info
            )
        """,
        others=[
            """sum(rate(wine_predictions_total[60s]) * on (pod) group_left (sklearn_version) wine_model_info)
              by (sklearn_version)""",
            BY_INSTANCE,
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
            "sum by (pod) (rate(wine_predictions_total[1m])) * on (pod) group_left (sklearn_version) wine_model_info",
            """sum by (sklearn_version) (
              rate(wine_rejected_requests_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info
            )""",
            "rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info",
            "rate(wine_predictions_total[1m]) * on (pod) wine_model_info",
            """avg by (sklearn_version) (
              rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info
            )""",
        ],
    ),
    "4.5": Solution(
        shown="""answer = {
    "title": "Predictions by cultivar",
    "type": "timeseries",
    "fieldConfig": {"defaults": {"unit": "reqps"}, "overrides": []},
    "targets": [
        {"refId": "A", "expr": "sum by (cultivar) (rate(wine_predictions_total[$__rate_interval]))"}
    ],
}""",
        why=(
            "`timeseries` because a rate is watched as it changes, `$__rate_interval` because the window should "
            "follow the zoom, and `reqps` because an axis without a unit is a riddle."
        ),
        right=panel("sum by (cultivar) (rate(wine_predictions_total[$__rate_interval]))"),
        others=[
            panel('sum by (cultivar) (rate(wine_predictions_total{namespace="wine"}[30s]))', unit="ops"),
            panel("sum(increase(wine_predictions_total[1m])) by (cultivar) / 60", unit="suffix: predictions/sec"),
            panel(
                "sum without (pod, instance, job, namespace, model_version) (rate(wine_predictions_total[1m]))",
                unit="cps",
            ),
        ],
        wrong=[
            panel(unit=""),
            panel(unit="s"),
            panel("sum(rate(wine_predictions_total[1m]))"),
            panel("sum by (cultivar) (rate(wine_predictions_total[1m])"),
            panel("sum by (cultivar) (rate(nothing[1m]))"),
            panel("sum by (cultivar) (wine_predictions_total)"),
            panel("avg by (cultivar) (rate(wine_predictions_total[1m]))"),
            panel("rate(sum by (cultivar) (wine_predictions_total)[5m:5s])"),
            panel("sum by (cultivar) (delta(wine_predictions_total[1m])) / 60"),
            panel(type="piechart"),
            panel(type="gauge"),
            panel(targets=[]),
        ],
        context=two_pods,
    ),
    "4.6": Solution(
        shown="answer = 30 / 4  # days",
        why=(
            "At a burn rate of 1 the budget lasts exactly its window. How strict the objective is does not "
            "matter: the rate is measured against it."
        ),
        right=7.5,
        others=[30 / 4, "7.5", "7,5 days", "180 h"],
        wrong=[180, 120, 30, 4],
    ),
    "4.7": Solution(
        shown="answer = 6 * 0.005 * 6 * 60  # minutes",
        why=(
            "Six times the budget of 0.5% is a share of 3%. If every request fails, 3% of the six hours are "
            "enough to fill the window that far."
        ),
        right=10.8,
        others=[6 * 0.005 * 6 * 60, "10.8", "10.8 min", "10.8m", "0.18 h"],
        wrong=[360, 60, 21.6, 6, 0.18, 648],
    ),
    "4.13": Solution(
        shown="answer = (7 + 1 + 2) * 300 * 60",
        why=(
            "Seven edges make eight buckets, because there is always `+Inf`; `_sum` and `_count` make ten series,"
            " and labels multiply."
        ),
        right=180_000,
        others=[(7 + 3) * 300 * 60, "180,000", "180000 series"],
        wrong=[18_000, 126_000, 144_000, 600, 3_000],
    ),
}
