"""The exercises of 02_serve."""

from numbers import Real

from promql import PrometheusError
from workbook.exercises import exercise

TYPES = {"bytes free on a disk": "gauge", "e-mails sent": "counter", "the sizes of pictures": "histogram"}
TYPES["predictions that fell back to a default"] = "counter"
WHY = {
    "counter": "It happens, and has happened so often: a number that only grows.",
    "gauge": "It is a state, and the next reading may be lower.",
    "histogram": "Each event brings a size of its own, and you will ask how the sizes are distributed.",
}


@exercise("2.1", kind=list, form='a list of four words, such as "gauge"', right="events, states, and sizes of events.")
def types(answer):
    if len(answer) != len(TYPES):
        return "Give four words, one for each of (a) to (d)."
    for given, (what, kind) in zip(answer, TYPES.items(), strict=True):
        if given != kind:
            return f"{given!r} does not fit {what}. {WHY[kind]}"


@exercise(
    "2.2",
    kind=Real,
    form="a number of requests",
    right="940 took at most 0.1 s, and 480 of those at most 0.01 s. Subtracting two buckets gives what lies between.",
)
def between(answer):
    if answer == 940:
        return "940 took at most 0.1 s, the quick ones among them. The buckets are cumulative."
    if answer != 940 - 480:
        return "Up to 0.1 s there are 940. How many of these took no longer than 0.01 s?"


@exercise(
    "2.3",
    kind=Real,
    form="a number of seconds",
    right="(0.1, 0.5] holds 50 requests and we want its 10th. A finer answer would need finer buckets.",
)
def percentile(answer):
    if not 0.1 < answer <= 0.5:
        return "940 requests took at most 0.1 s, 990 at most 0.5 s: the 950th lies between those limits."
    if not abs(answer - 0.18) < 0.001:
        return "Of the 50 requests in that bucket you want the 10th: go 10/50 of the way from its lower limit up."


@exercise(
    "2.4",
    kind=Real,
    form="a number",
    right="what was counted between a scrape and a crash nobody knows, so it is a minimum.",
)
def restart(answer):
    if answer == 20 - 100:
        return (
            "That is the last minus the first. A counter cannot shrink: it began anew, and what it had counted counts."
        )
    if answer == 40 + 10 + 15 + 15:
        return "Almost: after a restart at 0, the first value that you see has been counted, too."
    if answer != 40 + 10 + 10 + 15 + 5 + 15:
        return "Add the growth from scrape to scrape. Where the value falls, the counter began at 0: add the new value."


@exercise(
    "2.5",
    kind=str,
    form="PromQL in quotes",
    right="increase() bridges restarts, and both sums drop all labels, so that one number is left on each side.",
)
def barolo(answer, prometheus):
    share = 'sum(increase(wine_predictions_total{cultivar="barolo"}[1d])) / sum(increase(wine_predictions_total[1d]))'
    try:
        given, right = prometheus.query(answer), prometheus.query(share)["value"].item()
    except PrometheusError as error:
        return f"Prometheus refused it:\n{error}"
    if len(given) != 1 or list(given.columns) != ["value"]:
        return f"That gives {len(given)} series with {len(given.columns) - 1} labels. Divide one sum(...) by another."
    value = given["value"].item()
    if not 0 <= value <= 1:
        return f"That gives {value:g}, which is not a share. Divide the barolos by all predictions."
    if not abs(value - right) < 0.01:
        return (
            f"That gives {value:.3f}. The service restarted, so its counters are young: take increase(...[1d]) of each."
        )


@exercise(
    "2.6",
    kind=Real,
    form="a number of threads",
    right="rate times duration is what is under way: Little's law. Eight threads would not be enough.",
)
def busy(answer):
    if not abs(answer - 12) < 0.01:
        return (
            "Each second brings 100 requests that keep a thread busy for 0.12 s each. How many seconds of work is it?"
        )
