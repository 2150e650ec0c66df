"""The exercises of 04_monitor."""

import re

from promql.panels import Dashboard, lint
from workbook import written
from workbook.exercises import exercise
from workbook.exercises.typed import NUMBER, as_number

WHERE = 'job="wine-model", namespace="wine", service="wine-model", container="wine-model", endpoint="http"'
TWO_PODS = {
    f'{name}{{{labels}, {WHERE}, pod="{pod}", instance="{pod}:8080"}}': f"0+{step}x{until} 0+{step}x40"
    for pod, until in (("a", 60), ("b", 29))  # the second restarts 30 s before it is asked
    for name, labels, step in (
        ("wine_predictions_total", 'cultivar="barolo", model_version="1"', 15),
        ("wine_predictions_total", 'cultivar="barbera", model_version="1"', 10),
        ("wine_rejected_requests_total", 'reason="malformed"', 5),
        ("wine_rejected_requests_total", 'reason="unknown_field"', 25),
    )
}
for pod, library in (("a", "1.9.1"), ("b", "1.8.0")):
    known = f'model_version="1", sklearn_version="{library}"'
    TWO_PODS[f'wine_model_info{{{known}, {WHERE}, pod="{pod}", instance="{pod}:8080"}}'] = "1x60"
THREE_PODS = TWO_PODS | {  # the third has the library of the second
    name.replace('"b', '"c'): samples for name, samples in TWO_PODS.items() if 'pod="b"' in name
}
REJECTED = "sum by (reason) (rate(wine_rejected_requests_total[1m]))"
BY_LIBRARY = """sum by (sklearn_version) (
    rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info
)"""
BY_CULTIVAR = "sum by (cultivar) (rate(wine_predictions_total[1m]))"
PER_SECOND = re.compile(r"reqps|ops|cps|rps|wps|eps|pps|iops|mps|(?i:suffix:.*(/ ?(s|sec|second)|per second)\s*)")


SECONDS = {"s": 1, "sec": 1, "second": 1, "ms": 0.001, "m": 60, "min": 60, "minute": 60}
MINUTES = {"m": 1, "min": 1, "minute": 1, "s": 1 / 60, "second": 1 / 60, "h": 60, "hour": 60}
DAYS = {"d": 1, "day": 1, "h": 1 / 24, "hour": 1 / 24}


def near(answer, right, slips, otherwise, **units):
    """None if a number is right to 1 %, else the hint for this slip: `slips` maps wrong numbers to hints.

    It may be text, with one of `units` after it.
    """
    given, hints = as_number(answer, **units), {right: None, **slips}
    return next((hint for number, hint in hints.items() if abs(given - number) <= 0.01 * abs(number)), otherwise)


@exercise(
    "4.1",
    kind=NUMBER,
    form="a number of seconds",
    right="four intervals: two scrapes may fail, and a rate still has its two samples.",
)
def window(answer):
    slips = {
        20: "That is right for this lesson, which scrapes every 5 s. Production here scrapes every 30 s.",
        2: "That is 120 s in minutes. Give seconds.",
        30: "Such a window holds one sample, and a rate needs two.",
        60: "It holds two samples only while no scrape is late or lost.",
    }
    return near(answer, 120, slips, "How many scrape intervals does $__rate_interval cover at least?", **SECONDS)


@exercise(
    "4.2", kind=NUMBER, form="a number of seconds", right="half way through the bucket, wherever in it the truth lies."
)
def quantile(answer):
    slips = {
        175: "The place is right, and the unit is not: give seconds.",
        0.12: "That is the truth, which Prometheus does not know. It knows that all requests lie between two edges.",
        0.25: "The upper edge would be the quantile 1. A straight line leads through the bucket.",
        0.125: "The line begins at the bucket's lower edge, not at 0.",
    }
    return near(answer, 0.175, slips, "Which two edges enclose 0.12 s, and what lies half way between them?", **SECONDS)


@exercise(
    "4.3",
    kind=str,
    form="a PromQL query as text",
    right="rate first, then sum. The other way round, one pod's restart would look like a flood.",
)
def rejected(answer):
    if re.search(r"rate\s*\(\s*(sum|avg)", answer):
        return (
            "The sum of counters falls when one pod restarts, and rate takes a fall for a reset. Take the rate first."
        )
    otherwise = "The labels are right and the numbers are not. Is it a sum, per second, over 1 m?"
    return written.fault(answer, REJECTED, TWO_PODS, otherwise)


@exercise(
    "4.4",
    kind=str,
    form="a PromQL query as text",
    right="the label came from the info metric, and cost one series a pod.",
)
def join(answer):
    if "wine_model_info" not in answer:
        return "Predictions do not know the library. Which metric has sklearn_version as a label?"
    otherwise = "The labels are right and the numbers are not. Is it the rate of predictions, over 1 m?"
    return written.fault(answer, BY_LIBRARY, THREE_PODS, otherwise)


@exercise("4.5", kind=dict, form="a panel's JSON as a dict", right="Grafana would draw it, and so does the workbook.")
def panel(answer, prometheus):
    missing = [key for key in ("title", "type", "targets") if not answer.get(key)]
    if missing:
        return f"A panel needs {' and '.join(missing)}."
    if answer["type"] != "timeseries":
        return f"A {answer['type']} shows one moment. What shows a rate as it changes is a timeseries."
    problems = lint({"title": "yours", "panels": [answer]}, prometheus)
    if problems:
        return str(problems[0])
    unit = answer.get("fieldConfig", {}).get("defaults", {}).get("unit") or ""
    if not PER_SECOND.fullmatch(unit):
        return (
            f"fieldConfig.defaults.unit is {unit!r}. Grafana's names for so many per second are reqps, ops or cps, and "
            '"suffix: wines/s" writes what you like.'
        )
    asked = Dashboard({"title": "yours", "panels": [answer]}, prometheus).panels[0].queries("now-5m")
    if len(asked) != 1:
        return "One query is enough: sum by (...) makes the lines."
    otherwise = "It has a line for each cultivar, and the values are not predictions per second over all pods."
    steady = {name: samples.split("x")[0] + "x600" for name, samples in TWO_PODS.items()}  # so that windows may differ
    for name in [name for name in steady if 'pod="b"' in name and "_total" in name]:  # a restart that loses nothing
        grows = steady[name].removeprefix("0+").removesuffix("x600")
        steady[name] = f"0+{grows}x532 {grows}+{grows}x67"
    return written.fault(asked[0].expr, BY_CULTIVAR, steady, otherwise, at="45m", tolerance=0.02)


@exercise(
    "4.6",
    kind=NUMBER,
    form="a number of days",
    right="at 4 times the allowed pace, 30 days of budget last 7.5. How strict the objective is does not matter.",
)
def exhausted(answer):
    slips = {180: "That is hours. Give days.", 120: "Four times faster means a quarter of the time."}
    return near(answer, 7.5, slips, "At a burn rate of 1 the budget lasts exactly its window, 30 days.", **DAYS)


@exercise(
    "4.7", kind=NUMBER, form="a number of minutes", right="3% of the six hours must have failed, and all requests fail."
)
def detection(answer):
    slips = {
        0.18: "That is hours. Give minutes.",
        648: "That is seconds. Give minutes.",
        360: "The window need not be full of errors. Which share of it is enough?",
        60: "That is a sixth of the window. A burn rate is measured against the budget: 6 times 0.5% is the share.",
        21.6: "That is right for a budget of 1%. An objective of 99.5% leaves half of it.",
    }
    otherwise = "The alert fires when the share of errors over 6 h exceeds 6 times the budget."
    return near(answer, 10.8, slips, otherwise, **MINUTES)


@exercise(
    "4.13",
    kind=NUMBER,
    form="a number of series",
    right="one label made as many series as 600 pods of this service have.",
)
def expensive(answer):
    slips = {
        18_000: "A histogram is not one series: count its buckets.",
        126_000: "7 edges make 8 buckets, +Inf included, and each histogram has _sum and _count.",
        144_000: "That is the buckets. Each histogram has _sum and _count as well.",
        3_000: "That is one pod. There are 60.",
    }
    typed = answer.replace(",", "") if isinstance(answer, str) else answer  # 180,000
    return near(typed, 180_000, slips, "Multiply: series of one histogram, customers, pods.", series=1)
