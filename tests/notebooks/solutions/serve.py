"""Solutions of the exercises of 02_serve."""

import time
from contextlib import ExitStack

from promql import Prometheus
from tests.notebooks.solutions import Solution
from tests.promql.backfill import openmetrics, serve


def predictions(request):
    """A Prometheus that saw 300 barolos and 600 others, then a restart, then one barolo."""
    now = int(time.time())
    counts = {
        "barolo": [(120, 0), (90, 300), (60, 0), (30, 1), (0, 1)],
        "barbera": [(120, 0), (90, 600), (60, 0), (30, 0), (0, 0)],
    }
    series = {
        ("wine_predictions_total", (("cultivar", cultivar),)): [(now - ago, count) for ago, count in samples]
        for cultivar, samples in counts.items()
    }
    stack = ExitStack()
    request.addfinalizer(stack.close)
    text = openmetrics(series, {"wine_predictions": "counter"})
    return {"prometheus": Prometheus(stack.enter_context(serve(request.getfixturevalue("tmp_path"), text)))}


SOLUTIONS = {
    "2.1": Solution(
        right=["gauge", "counter", "histogram", "counter"],
        wrong=[
            ["gauge", "gauge", "histogram", "counter"],
            ["gauge", "counter", "counter", "counter"],
            ["gauge", "counter"],
        ],
    ),
    "2.2": Solution(right=460, wrong=[940, 180, 1700]),
    "2.3": Solution(right=0.18, wrong=[0.5, 0.1, 0.475, 0.95]),
    "2.4": Solution(right=95, wrong=[-80, 80, 75, 20]),
    "2.5": Solution(
        right='sum(increase(wine_predictions_total{cultivar="barolo"}[1d])) / sum(increase(wine_predictions_total[1d]))',
        wrong=[
            'sum(wine_predictions_total{cultivar="barolo"}) / sum(wine_predictions_total)',
            'sum(increase(wine_predictions_total{cultivar="barolo"}[1d]))',
            'increase(wine_predictions_total{cultivar="barolo"}[1d]) / increase(wine_predictions_total[1d])',
            "sum(wine_predictions_total",
        ],
        context=predictions,
    ),
    "2.6": Solution(right=12, wrong=[1.2, 833, 8]),
}
