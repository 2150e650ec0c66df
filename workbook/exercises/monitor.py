"""The exercises of 04_monitor."""

import re
from numbers import Real

import numpy as np

from promql import PrometheusError
from promql.panels import Dashboard, lint
from workbook.exercises import exercise

REJECTED = "sum by (reason) (rate(wine_rejected_requests_total[1m]))"
BY_LIBRARY = """sum by (sklearn_version) (
    rate(wine_predictions_total[1m]) * on (pod) group_left (sklearn_version) wine_model_info
)"""
CELLAR = re.compile(r'up\s*\{\s*job\s*=\s*"cellar"\s*\}(\s*\[(?P<range>[^\]:]+)\])?')


def near(answer, right, slips, otherwise):
    """None if a number is right to 1 %, else the hint for this slip: `slips` maps wrong numbers to hints."""
    hints = {right: None, **slips}
    return next((hint for number, hint in hints.items() if abs(answer - number) <= 0.01 * abs(number)), otherwise)


def same(answer, reference, prometheus, otherwise):
    """None if a query has the labels and values of the reference, asked at the same instant."""
    now = prometheus.query("time()")["value"].item()
    try:
        found, expected = prometheus.query(answer, now), prometheus.query(reference, now)
    except PrometheusError as error:
        return f"Prometheus could not answer it: {error}"
    if list(found.columns) != list(expected.columns):
        return f"Its answer has the columns {list(found.columns)}, and should have {list(expected.columns)}."
    order = list(expected.columns)
    if not expected["value"].any():
        return 'Nothing is counted now, so no answer can be told from another: scene.load(6, "GoodUser", "BadUser").'
    found, expected = (frame.sort_values(order)["value"].to_numpy() for frame in (found, expected))
    return None if found.shape == expected.shape and np.allclose(found, expected) else otherwise


@exercise(
    "4.1",
    kind=str,
    form="a PromQL query as text",
    right="rate first, then sum. The other way round, one pod's restart would look like a flood.",
)
def rejected(answer, prometheus):
    if re.search(r"rate\s*\(\s*sum", answer):
        return (
            "The sum of counters falls when one pod restarts, and rate takes a fall for a reset. Take the rate first."
        )
    return same(
        answer, REJECTED, prometheus, "The labels are right and the numbers are not. Is it per second, over 1 m?"
    )


@exercise(
    "4.2",
    kind=Real,
    form="a number of seconds",
    right="four intervals: two scrapes may fail, and a rate still has its two samples.",
)
def window(answer):
    slips = {
        20: "That is right for this lesson, which scrapes every 5 s. Production here scrapes every 30 s.",
        30: "Such a window holds one sample, and a rate needs two.",
        60: "It holds two samples only while no scrape is late or lost.",
    }
    return near(answer, 120, slips, "How many scrape intervals does $__rate_interval cover at least?")


@exercise(
    "4.3", kind=Real, form="a number of seconds", right="half way through the bucket, wherever in it the truth lies."
)
def quantile(answer):
    slips = {
        0.12: "That is the truth, which Prometheus does not know. It knows that all requests lie between two edges.",
        0.25: "The upper edge would be the quantile 1. A straight line leads through the bucket.",
        0.06: "The line begins at the bucket's lower edge, not at 0.",
    }
    return near(answer, 0.175, slips, "Which two edges enclose 0.12 s, and what lies half way between them?")


@exercise(
    "4.4",
    kind=str,
    form="a PromQL query as text",
    right="the label came from the info metric, and cost one series a pod.",
)
def join(answer, prometheus):
    if "wine_model_info" not in answer:
        return "Predictions do not know the library. Which metric has sklearn_version as a label?"
    return same(
        answer, BY_LIBRARY, prometheus, "The labels are right and the numbers are not. Is it the rate over 1 m?"
    )


@exercise(
    "4.5",
    kind=Real,
    form="a number of days",
    right="at 4 times the allowed pace, 30 days of budget last 7.5. How strict the objective is does not matter.",
)
def exhausted(answer):
    slips = {180: "That is hours. Give days.", 120: "Four times faster means a quarter of the time."}
    return near(answer, 7.5, slips, "At a burn rate of 1 the budget lasts exactly its window, 30 days.")


@exercise(
    "4.6", kind=Real, form="a number of minutes", right="3 % of the six hours must have failed, and all requests fail."
)
def detection(answer):
    slips = {
        360: "The window need not be full of errors. Which share of it is enough?",
        60: "That is a sixth of the window. A burn rate is measured against the budget: 6 times 0.5 % is the share.",
        21.6: "That is right for a budget of 1 %. An objective of 99.5 % leaves half of it.",
    }
    return near(answer, 10.8, slips, "The alert fires when the share of errors over 6 h exceeds 6 times the budget.")


@exercise(
    "4.7", kind=str, form="a PromQL query as text", right="it fires for a target that is down and for one that is gone."
)
def gone(answer, prometheus):
    if not CELLAR.search(answer):
        return 'Begin with up{job="cellar"}: the series that Prometheus writes for each target.'
    try:
        if prometheus.query(answer).empty:
            return "It stays silent for a job that is gone: without targets there is no up, and nothing to compare."
        if prometheus.query(with_targets(answer, 0, 0)).empty:
            return "It stays silent for a job whose targets are all down, where each up is 0."
        if not prometheus.query(with_targets(answer, 1, 1)).empty:
            return "It fires for a job that is up as well."
        if not prometheus.query(with_targets(answer, 1, 0)).empty:
            return "It fires while one of two targets is still up."
    except PrometheusError as error:
        return f"Prometheus could not answer it: {error}"


def with_targets(answer, *states):
    """The query, asked of targets that are up (1) or down (0) in place of the job that does not exist."""
    made = " or ".join(f'label_replace(vector({up}), "instance", "{n}", "", "")' for n, up in enumerate(states))
    return CELLAR.sub(lambda found: f"({made})" + (f"[{found['range']}:5s]" if found["range"] else ""), answer)


@exercise(
    "4.8",
    kind=Real,
    form="a number of series",
    right="one label made as many series as 600 pods of this service have.",
)
def dear(answer):
    slips = {
        18_000: "A histogram is not one series: count its buckets.",
        126_000: "7 edges make 8 buckets, +Inf included, and each histogram has _sum and _count.",
        144_000: "That is the buckets. Each histogram has _sum and _count as well.",
    }
    return near(answer, 180_000, slips, "Multiply: series of one histogram, customers, pods.")


@exercise("4.9", kind=dict, form="a panel's JSON as a dict", right="Grafana would draw it, and so does the workbook.")
def panel(answer, prometheus):
    missing = [key for key in ("title", "type", "targets") if not answer.get(key)]
    if missing:
        return f"A panel needs {' and '.join(missing)}."
    problems = lint({"title": "yours", "panels": [answer]}, prometheus)
    if problems:
        return str(problems[0])
    unit = answer.get("fieldConfig", {}).get("defaults", {}).get("unit")
    if not unit:
        return "Without fieldConfig.defaults.unit nobody knows what the axis counts."
    frames = Dashboard.load({"title": "yours", "panels": [answer]}, prometheus).panels[0].frames("now-5m")
    predictions = [frame for frame in frames if re.search("wine[_:]predictions", frame.query.expr)]
    if not any("cultivar" in frame.labels for frame in predictions):
        return "It should show predictions, with a line for each cultivar."
