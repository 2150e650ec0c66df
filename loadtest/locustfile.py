"""Traffic for the wine model: as it was trained for, drifting, shuffled and bad; and the labels, which come late.

    locust -f loadtest/locustfile.py --host http://127.0.0.1:8080                                   # web UI, port 8089
    locust -f loadtest/locustfile.py --host http://127.0.0.1:8080 --headless -u 20 -t 60s WineUser  # no UI, one class

`wine.csv` holds the 178 rows of scikit-learn's copy of the UCI Wine data in their order, without their classes:

    python -c "from sklearn.datasets import load_wine; load_wine(as_frame=True).data.rename(columns=lambda name: \
        name.replace('/', '_')).to_csv('loadtest/wine.csv', index=False)"
"""

import csv
import itertools
import json
import random
import time
from collections import deque
from pathlib import Path

from gevent.pool import Pool
from locust import FastHttpUser, between, constant, events, task

with Path(__file__).with_name("wine.csv").open() as table:
    WINES = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(table)]

CULTIVARS = ["barolo"] * 59 + ["grignolino"] * 71 + ["barbera"] * 48  # of each row

# 1.6 to 1.8 standard deviations of each feature: wines that exist, but not in the training data.
DRIFT = {"alcohol": 1.5, "color_intensity": 4.0, "proline": 500.0}

LABELLED, UNTOLD = 0.3, 0.02  # the share of wines that the laboratory gets, and of these, that it cannot tell
DELAY = 20  # seconds until it knows
UNLABELLED = deque(maxlen=10_000)  # when it knows, the answer's id, the cultivar
REPORTED = deque(maxlen=20_000)  # its own table of what it reported: the answer's id, the cultivar

JSON = {"Content-Type": "application/json"}


def wine_with(**changes):
    """The first wine as a JSON text, with some features replaced."""
    return json.dumps(WINES[0] | changes)


def wine_without(name):
    return json.dumps({feature: value for feature, value in WINES[0].items() if feature != name})


# method, path, name in the report, headers, body, status that the service must answer
BAD_REQUESTS = [
    ("POST", "/predict", "/predict", JSON, "barolo, please", 400),
    ("POST", "/predict", "/predict", JSON, wine_with()[:40], 400),
    ("POST", "/predict", "/predict", JSON, wine_with(alcohol="13.2"), 400),
    ("POST", "/predict", "/predict", JSON, wine_with(alcohol=float("nan")), 400),
    ("POST", "/predict", "/predict", JSON, wine_with(vintage=1997), 400),
    ("POST", "/predict", "/predict", JSON, wine_without("alcohol"), 400),
    ("POST", "/predict", "/predict", JSON, '{"samples": []}', 400),
    ("POST", "/predict", "/predict", {"Content-Type": "text/plain"}, wine_with(), 415),
    ("GET", "/predict", "/predict", {}, None, 405),
    ("GET", "/cellar", "unknown path", {}, None, 404),
]


@events.init_command_line_parser.add_listener
def add_options(parser):
    # Locust's own default, 0, cuts requests off at the end: the service counts them and the report does not.
    parser.set_defaults(stop_timeout=10)
    parser.add_argument(
        "--open-loop",
        type=float,
        default=0.0,
        metavar="RATE",
        env_var="LOCUST_OPEN_LOOP",
        help="Requests per second of each user, sent on schedule whether or not earlier ones were answered, as the "
        "public does. 0: a user waits for its answer, then about 0.1 s, so a slow service lowers its own load.",
    )


@events.test_start.add_listener
def forget(**_):
    """The laboratory gets the wines of one test only."""
    UNLABELLED.clear()
    REPORTED.clear()


@events.init.add_listener
def add_pages(environment, **_):
    """Add two pages to the web UI: /metrics, what Locust claims, for Prometheus to put beside what the service saw; and
    /labels.csv, the laboratory's table, for whoever evaluates offline."""
    if environment.web_ui:
        headers, app = {"Content-Type": "text/plain; version=0.0.4"}, environment.web_ui.app
        app.add_url_rule("/metrics", "metrics", lambda: (exposition(environment), headers))
        app.add_url_rule("/labels.csv", "labels", lambda: (reported(), {"Content-Type": "text/csv"}))


def reported():
    """What the laboratory reported in this test, as CSV; where it could not tell the cultivar, there is none."""
    return "".join(f"{identity},{cultivar or ''}\n" for identity, cultivar in [("id", "cultivar"), *REPORTED])


def exposition(environment):
    """The users, the counts of each request, and the response times of the last 10 s, as Prometheus reads them."""
    total, entries = environment.stats.total, list(environment.stats.entries.values())
    lines = ["# TYPE locust_users gauge", f"locust_users {environment.runner.user_count}"]
    for metric, attribute in [("locust_requests_total", "num_requests"), ("locust_failures_total", "num_failures")]:
        lines.append(f"# TYPE {metric} counter")
        for entry in entries:
            labels = f'method="{entry.method}",name="{entry.name}"'
            lines.append(f"{metric}{{{labels}}} {getattr(entry, attribute)}")
    lines.append("# TYPE locust_response_time_seconds gauge")
    for quantile in 0.5, 0.95, 0.99:
        milliseconds = total.get_current_response_time_percentile(quantile)
        if milliseconds is not None:
            lines.append(f'locust_response_time_seconds{{quantile="{quantile}"}} {milliseconds / 1000}')
    return "\n".join(lines) + "\n"


class ImpatientUser(FastHttpUser):
    """Gives up after 10 s, as clients do; Locust's own waits a minute, and comes back long after an outage is over."""

    abstract = True
    connection_timeout = network_timeout = 10.0


class PacedUser(ImpatientUser):
    """Sends one request after the other, or on a schedule of its own with --open-loop."""

    abstract = True
    concurrency = 50  # the most requests of one user under way at once, in an open loop
    think = between(0.05, 0.15)

    def on_start(self):
        self.rate = self.environment.parsed_options.open_loop
        self.under_way = Pool(self.concurrency)
        self.due = time.monotonic()

    def on_stop(self):
        self.under_way.join()

    def wait_time(self):
        if not self.rate:
            return self.think()
        self.due += random.expovariate(self.rate)  # a Poisson process, of which lateness does not move the next request
        return max(0, self.due - time.monotonic())

    @task
    def send(self):
        if self.rate:
            self.under_way.spawn(self.request)
        else:
            self.request()

    def request(self):
        raise NotImplementedError


class WineUser(PacedUser):
    """The wines of the data set, each as often as every other one."""

    weight = 8

    def on_start(self):
        super().on_start()
        self.rows, self.others = (itertools.cycle(random.sample(range(len(WINES)), len(WINES))) for _ in range(2))

    def request(self):
        row = next(self.rows)
        answer = self.client.post("/predict", json=self.measured(WINES[row]))
        if answer.status_code == 200 and random.random() < LABELLED:
            UNLABELLED.append((time.monotonic() + DELAY, answer.json()["id"], self.truth(row)))

    def measured(self, wine):
        return wine

    def truth(self, row):
        return CULTIVARS[row]


class DriftingUser(WineUser):
    """The same wines with three features shifted: valid requests that the model was not trained for."""

    weight = 1

    def measured(self, wine):
        return wine | {name: wine[name] + shift for name, shift in DRIFT.items()}


class ShuffledUser(WineUser):
    """The same wines, with the same three features taken from another wine: each is as it was, together they are not."""

    weight = 1

    def measured(self, wine):
        other = WINES[next(self.others)]
        return wine | {name: other[name] for name in DRIFT}


class WrongUnitUser(WineUser):
    """The same wines, with proline in g/L where mg/L are meant."""

    weight = 1

    def measured(self, wine):
        return wine | {"proline": wine["proline"] / 1000}


class RenamedUser(WineUser):
    """The same wines, but what was a grignolino is a barbera from now on: only labels can tell."""

    weight = 1

    def truth(self, row):
        return "barbera" if CULTIVARS[row] == "grignolino" else CULTIVARS[row]


class Laboratory(ImpatientUser):
    """Says what a share of the wines turned out to be, a while after they were answered; in life, after days."""

    fixed_count = 1
    wait_time = constant(1)

    @task
    def report(self):
        labels = []
        while UNLABELLED and UNLABELLED[0][0] <= time.monotonic() and len(labels) < 1000:
            _, answer, cultivar = UNLABELLED.popleft()
            labels.append({"id": answer, "cultivar": None if random.random() < UNTOLD else cultivar})
        if not labels:
            return
        answer = self.client.post("/labels", json={"labels": labels})
        if answer.status_code == 200:
            REPORTED.extend((label["id"], label["cultivar"]) for label in labels)


class BadUser(PacedUser):
    """Requests that must be refused; the right refusal counts as a success."""

    weight = 1

    def request(self):
        method, path, name, headers, body, status = random.choice(BAD_REQUESTS)
        with self.client.request(method, path, name=name, headers=headers, data=body, catch_response=True) as response:
            if response.status_code == status:
                response.success()
            else:
                response.failure(f"expected {status}, got {response.status_code}")
