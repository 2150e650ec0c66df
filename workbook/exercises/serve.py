"""The exercises of 02_serve."""

import re

from promql import PrometheusError
from workbook.exercises import exercise
from workbook.exercises.typed import NUMBER, as_number, word
from workbook.waiting import eventually

TYPES = {"bytes free on a disk": "gauge", "e-mails sent": "counter", "the sizes of pictures": "histogram"}
TYPES["predictions that fell back to a default"] = "counter"
WHY = {
    "counter": "It happens, and you count how often: a number that only grows.",
    "gauge": "It is a state, and the next reading may be lower.",
    "histogram": "Each event brings a size of its own, and you will ask how the sizes are distributed.",
}


@exercise(
    "2.1",
    kind=(list, tuple),
    form='a list of four words, such as "gauge"',
    right="events, states, and sizes of events.",
)
def types(answer):
    if len(answer) != len(TYPES):
        return "Give four words, one for each of (a) to (d)."
    for given, (what, kind) in zip(answer, TYPES.items(), strict=True):
        chosen = word(given).removesuffix("s")  # Counters, " gauge"
        if chosen not in WHY:
            return f"{given!r} is none of this notebook's types of metrics. Choose from {', '.join(WHY)}."
        if chosen != kind:
            return f"{given!r} does not fit {what}. {WHY[kind]}"


@exercise(
    "2.2",
    kind=NUMBER,
    form="a number of requests",
    right="940 took at most 0.1 s, and 480 of those at most 0.01 s. Subtracting two buckets gives what lies between.",
)
def between(answer):
    number = as_number(answer, request=1)
    if number == 940:
        return "940 took at most 0.1 s, the quick ones among them. The buckets are cumulative."
    if number == 760 - 480:
        return "That is the bucket up to 0.05 s alone. The next one lies between the limits, too."
    if number == 760 + 940:
        return "The buckets are cumulative: the 940 hold the 760. Which two buckets lie at your limits?"
    if number != 940 - 480:
        return "Up to 0.1 s there are 940. How many of these took no longer than 0.01 s?"


@exercise(
    "2.4",
    kind=NUMBER,
    form="a number of seconds",
    right="(0.1, 0.5] holds 50 requests and we want its 10th. A finer answer would need finer buckets.",
)
def percentile(answer):
    seconds = as_number(answer, s=1, second=1, ms=0.001)
    if 100 < seconds <= 500:
        return "In seconds, please: the limits are."
    if not 0.1 < seconds <= 0.5:
        return "940 requests took at most 0.1 s, 990 at most 0.5 s: the 950th lies between those limits."
    if not abs(seconds - 0.18) < 0.001:
        return "Of the 50 requests in that bucket you want the 10th: go 10/50 of the way from its lower limit up."


@exercise(
    "2.6",
    kind=NUMBER,
    form="a number",
    right="what was counted between a scrape and a crash nobody knows, so it is a minimum.",
)
def restart(answer):
    growth = as_number(answer)
    if growth == 20 - 100:
        return "That is the last minus the first. A counter cannot shrink: it began at 0 again, and had counted before."
    if growth == 40 + 10 + 15 + 15:
        return "Almost: after a restart at 0, the first value that you see has been counted, too."
    if growth != 40 + 10 + 10 + 15 + 5 + 15:
        return "Add the growth from scrape to scrape. Where the value falls, the counter began at 0: add the new value."


@exercise(
    "2.7",
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
    if not re.search(r"\b(increase|rate)\b", answer):  # the shares may happen to be alike
        return f"That gives {value:.3f}, of what was counted since the last restart. Take increase(...[1d]) of each."
    days = {"1d", "24h", "1440m", "86400s"}
    if not abs(value - right) < 0.01 or not days.issuperset(re.findall(r"\[\s*(\w+)", answer)):
        return f"That gives {value:.3f}, and the share of the day is another. Is each window 1d, and each sum whole?"


@exercise(
    "2.5",
    kind=NUMBER,
    form="a number of threads",
    right="rate times duration is what is under way: Little's law. Eight threads would not be enough.",
)
def busy(answer):
    threads = as_number(answer, thread=1)
    if threads == 13:
        return "12 would do on average; nobody rounds up an average. How many threads you need is another question."
    if not abs(threads - 12) < 0.01:
        return (
            "Each second brings 100 requests that keep a thread busy for 0.12 s each. How many seconds of work is it?"
        )


BOTTLES = (5, 7, 1)


@exercise(
    "2.3",
    kind=str,
    form="the name of your metric, in quotes",
    right="your metric went from your line of Python through the page into Prometheus, and moved by the 13 bottles sold.",
)
def own_metric(answer, shop, prometheus):
    name = answer.strip(" '\"`")
    if re.fullmatch("shop_order_bottles(_sum|_count|_bucket|_created)?", name):
        return "That says it, and the shop had it already: now make a metric of your own that says the same."
    try:
        before = latest(prometheus, name)
        if before is None:
            return f"Prometheus does not know {name!r}. Is it in `registry`? To a counter's name the page adds _total."
        for bottles in BOTTLES:
            shop.post(f"/orders/{bottles}")
        moved = latest(prometheus, name) - before
        known = prometheus.metrics().set_index("name")["type"]
    except PrometheusError as error:
        return f"Prometheus refused it:\n{error}"
    if moved == len(BOTTLES):
        return "It went up by 1 for each order. How many bottles were in them? inc() takes a number."
    if moved < 0:
        return "It went down: that is what is left on the shelf. What was sold only grows, so take a counter."
    if moved == 0:
        return "Three orders came, and it did not move. Does your `sold` count, and does it stand above `answer`?"
    if moved != sum(BOTTLES):
        return f"Three orders of {sum(BOTTLES)} bottles came, and it moved by {moved:g}."
    if known.get(name) == "gauge":
        return "It moved as it should, but its TYPE is gauge. What was sold only grows: which type says so?"


def latest(prometheus, name):
    """The value of `name` in a scrape of the shop that began after now, or None; raises TimedOut."""
    now = eventually(lambda: prometheus.query("time()"), 10, "the time", quiet=True)["value"].item()
    scraped = f"timestamp(shop_orders_total) > {now}"
    eventually(lambda: prometheus.query(scraped), 10, "the next scrape of the shop", quiet=True)
    found = prometheus.query(f"sum({name})")
    return None if found.empty else found["value"].item()


@exercise(
    "2.8",
    kind=(list, tuple),
    form="a list of three numbers",
    right="a bound turns waits that grow to half a minute into a quick no for a third of the requests.",
)
def overload(answer):
    if len(answer) != 3:
        return "Give three numbers: how many wait, for how many seconds, and the share that is answered."
    waiting, seconds, share = (as_number(given, request=1, s=1, second=1) for given in answer)
    if not abs(waiting - 1620) <= 20:
        return "80 come and 53 go each second, so 27 more wait after each. How many after 60 s?"
    if not abs(seconds - 1620 / 53) <= 1:
        return "All who came before must be answered first, 53 a second. How long does that take?"
    if abs(share - 27 / 80) <= 0.01:
        return "That is the share that is refused."
    if not abs(share - 53 / 80) <= 0.01:
        return "Of 80 that come in a second, 53 are answered. Give it as a number between 0 and 1."
