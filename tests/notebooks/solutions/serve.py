"""Solutions of the exercises of 02_serve."""

import re
import time
from contextlib import ExitStack

import pandas as pd
from prometheus_client import CollectorRegistry, Counter

from promql import Prometheus, QueryError
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


class Shop:
    """The shop of 02 and its Prometheus in one, which scrapes whenever it is asked."""

    def __init__(self):
        self.values = {"shop_orders_total": 5, "shop_stock_bottles": 55, "shop_order_bottles_sum": 45}
        self.values |= {"shop_bottles_sold_total": 0, "shop_bottles_sold": 0, "shop_order_bottles_sold_total": 0}

    def post(self, path):
        bottles = int(path.rpartition("/")[2])
        for name, change in zip(self.values, (1, -bottles, bottles, bottles, bottles, bottles), strict=True):
            self.values[name] += change

    def query(self, text):
        if text.count("(") != text.count(")"):
            raise QueryError(text, "parse error: a parenthesis is open")
        if text == "time()":
            return pd.DataFrame({"value": [0.0]})
        name = re.sub(r"^(sum|timestamp)\(|\).*$", "", text)
        return pd.DataFrame({"value": [self.values[name]] if name in self.values else []})

    def metrics(self):
        types = ["counter", "gauge", "histogram", "counter", "gauge", "counter"]
        return pd.DataFrame({"name": list(self.values), "type": types})


def shop(request):
    both = Shop()
    return {"shop": both, "prometheus": both}


SOLD = """
bottles_sold = Counter("shop_bottles_sold_total", "Bottles sold.", registry=registry)


def sold(bottles):
    bottles_sold.inc(bottles)


answer = "shop_bottles_sold_total"
""".strip()


SOLUTIONS = {
    "2.1": Solution(
        right=["gauge", "counter", "histogram", "counter"],
        wrong=[
            ["gauge", "gauge", "histogram", "counter"],
            ["gauge", "counter", "counter", "counter"],
            ["gauge", "counter"],
            ["gauge", "rate", "histogram", "counter"],
        ],
        others=[("Gauge", "Counter", "Histogram", "Counter"), [" gauges", "counters", "histograms", "counters"]],
        why="Bytes free can fall, so a gauge. Mails and fallbacks happen: counters. Each picture has a size: a histogram.",
    ),
    "2.2": Solution(
        right=460,
        wrong=[940, 280, 180, 1700, "940 requests", "0.46"],
        others=[460.0, 940 - 480, "460", "460 requests"],
        why="940 took at most 0.1 s; 480 of these took at most 0.01 s. 940 - 480 lie between.",
    ),
    "2.4": Solution(
        right=0.18,
        wrong=[0.5, 0.1, 0.475, 0.95, 180, "180", "about 0.2"],
        others=[0.1 + 10 / 50 * 0.4, 0.1801, "0.18 s", "0,18", "180 ms"],
        why="The 950th is the 10th of the 50 between 0.1 s and 0.5 s: 0.1 + 10/50 * 0.4 = 0.18.",
    ),
    "2.6": Solution(
        right=95,
        wrong=[-80, 80, 75, 20, "-80"],
        others=[95.0, "95", 40 + 10 + 10 + 15 + 5 + 15],
        why="Growth from scrape to scrape, and the new value where it fell: 40 + 10 + 10 + 15 + 5 + 15.",
    ),
    "2.7": Solution(
        right='sum(increase(wine_predictions_total{cultivar="barolo"}[1d])) / sum(increase(wine_predictions_total[1d]))',
        wrong=[
            'sum(wine_predictions_total{cultivar="barolo"}) / sum(wine_predictions_total)',
            'sum(increase(wine_predictions_total{cultivar="barolo"}[1d]))',
            'sum(increase(wine_predictions_total{cultivar="barolo"}[1h])) / sum(increase(wine_predictions_total[1h]))',
            'increase(wine_predictions_total{cultivar="barolo"}[1d]) / increase(wine_predictions_total[1d])',
            "sum(wine_predictions_total",
            'sum(increase(wine_predictions_total{cultivar="barolo"}[1d])) / sum(wine_predictions_total)',
            'sum(rate(wine_predictions_total{cultivar="barolo"}[20s])) / sum(rate(wine_predictions_total[20s]))',
        ],
        others=[
            'sum(rate(wine_predictions_total{cultivar="barolo"}[1d])) / sum(rate(wine_predictions_total[1d]))',
            "sum(increase(wine_predictions_total{cultivar='barolo'}[24h]))/sum(increase(wine_predictions_total[24h]))",
        ],
        why="`increase` bridges the restarts, and both sums leave no label that would have to match.",
        context=predictions,
    ),
    "2.5": Solution(
        right=12,
        wrong=[1.2, 833, 8, 13, "8 threads"],
        others=[12.0, 100 * 0.12, "12 threads"],
        why="100 requests a second, each of 0.12 s, are 12 s of work in every second: 12 threads are busy.",
    ),
    "2.3": Solution(
        right="shop_bottles_sold_total",
        wrong=[
            "shop_orders_total",
            "shop_stock_bottles",
            "shop_bottles_sold",
            "shop_bottles",
            "bottles(",
            "shop_order_bottles_sum",
        ],
        others=["shop_order_bottles_sold_total", " shop_bottles_sold_total ", "`shop_bottles_sold_total`"],
        shown=SOLD,
        why="`inc` takes a number. The histogram's `_sum`, which the shop had already, says the same.",
        context=shop,
        names=lambda request: {"Counter": Counter, "registry": CollectorRegistry()},
    ),
    "2.8": Solution(
        right=[1620, 31, 0.66],
        wrong=[[27, 31, 0.66], [1620, 60, 0.66], [1620, 31, 66], [1620, 31], [1620, 31, 0.34], ["many", "long", "few"]],
        others=[(27 * 60, 1620 / 53, 53 / 80), [1620, 30.6, 0.6625], ["1620", "30.6 s", "66%"], [1620, 31, "53/80"]],
        shown="answer = [27 * 60, 27 * 60 / 53, 53 / 80]",
        why="27 more come than go each second. Whoever comes then waits for 1,620 answers, at 53 a second.",
    ),
}
