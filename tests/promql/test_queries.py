"""Fifty queries against a real Prometheus, each compared with what Python computes from the samples written."""

import itertools
import math
import statistics
from functools import partial

import numpy as np
import pytest

from promql import Prometheus
from promql.dataframes import label_sets
from tests.promql.backfill import END, START, samples

SERIES, _ = samples()
STALE = 300  # seconds for which the last sample counts
INSTANTS = [START + 922 + 600 * i for i in range(10)]  # none falls on a sample, so 2.x and 3.x agree on every window


def series(name, **wanted):
    """{labels as a frozenset of pairs: samples} of a metric, with these label values."""
    found = {frozenset(pairs): points for (metric, pairs), points in SERIES.items() if metric == name}
    return {key: points for key, points in found.items() if wanted.items() <= dict(key).items()}


def latest(at, name, **wanted):
    """An instant vector: the newest sample not older than five minutes."""
    return {key: points[-1][1] for key, points in window(at, STALE, name, **wanted).items()}


def window(at, length, name, **wanted):
    """A range vector: the samples in the `length` seconds up to `at`, without the series that have none."""
    found = {key: [p for p in points if at - length < p[0] <= at] for key, points in series(name, **wanted).items()}
    return {key: points for key, points in found.items() if points}


def over(function, at, length, name, **wanted):
    """`function` of each window, for those with two samples or more if it needs them (returns None otherwise)."""
    found = {key: function(points) for key, points in window(at, length, name, **wanted).items()}
    return {key: number for key, number in found.items() if number is not None}


def values(function):
    return lambda points: function([value for _, value in points])


def extrapolated(points, at, length, counter=True, per_second=True):
    """rate(), increase() and delta(): https://github.com/prometheus/prometheus/blob/main/promql/functions.go"""
    if len(points) < 2:
        return None
    (first, low), (last, high) = points[0], points[-1]
    drops = sum(a for (_, a), (_, b) in itertools.pairwise(points) if counter and b < a)
    result, spacing = high - low + drops, (last - first) / (len(points) - 1)
    start, end = first - (at - length), at - last
    start = spacing / 2 if start >= 1.1 * spacing else start
    end = spacing / 2 if end >= 1.1 * spacing else end
    if counter and result > 0 and low >= 0:
        start = min(start, (last - first) * low / result)
    return result * (last - first + start + end) / (last - first) / (length if per_second else 1)


def rate(at, length, name, **wanted):
    return over(lambda points: extrapolated(points, at, length), at, length, name, **wanted)


def grouped(function, vector, *by):
    groups = {}
    for key, value in vector.items():
        groups.setdefault(frozenset((k, v) for k, v in key if k in by), []).append(value)
    return {key: function(found) for key, found in groups.items()}


def without(vector, *names):
    return {frozenset((k, v) for k, v in key if k not in names): value for key, value in vector.items()}


def each(function, vector):
    return {key: function(value) for key, value in vector.items()}


def joined(function, left, right):
    return {key: function(value, right[key]) for key, value in left.items() if key in right}


def line(points, at):
    """Least squares through the points: the value at `at`, and the slope per second."""
    slope, value = np.polyfit([t - at for t, _ in points], [v for _, v in points], 1)
    return value, slope


def histogram_quantile(share, buckets):
    """Linear within the bucket that holds the rank; the last finite bound if that is the +Inf bucket."""
    rank, low, below = share * max(buckets.values()), 0, 0
    for bound, count in sorted((float(dict(key)["le"]), count) for key, count in buckets.items()):
        if count >= rank:
            return low if bound == math.inf else low + (bound - low) * (rank - below) / (count - below)
        low, below = bound, count


REQUESTS, ROOMS, BUCKETS = "http_requests_total", "room_temperature_celsius", "request_duration_seconds_bucket"
NOTHING = frozenset()
mean, quantile = statistics.fmean, lambda share: partial(np.quantile, q=share)
EXPECTED = {
    # selectors
    REQUESTS: lambda at: latest(at, REQUESTS),
    'http_requests_total{code="200", route!="/healthz"}': lambda at: latest(at, REQUESTS, code="200", route="/predict"),
    'http_requests_total{code=~"4..|5..$"}': lambda at: (
        latest(at, REQUESTS, code="400") | latest(at, REQUESTS, code="500")
    ),
    '{__name__="room_temperature_celsius", floor=""}': lambda at: (
        latest(at, ROOMS, room="cellar") | latest(at, ROOMS, room="hall")
    ),
    "room_temperature_celsius offset 10m": lambda at: latest(at - 600, ROOMS),
    f"{ROOMS}{{room='hall'}} @ {START + 1807}": lambda at: latest(START + 1807, ROOMS, room="hall"),
    # rates
    "rate(http_requests_total[5m])": lambda at: rate(at, 300, REQUESTS),
    "rate(http_requests_total[1m])": lambda at: rate(at, 60, REQUESTS),
    "increase(http_requests_total[10m])": lambda at: each(lambda n: n * 600, rate(at, 600, REQUESTS)),
    "irate(http_requests_total[5m])": lambda at: over(
        lambda p: ((p[-1][1] - p[-2][1]) if p[-1][1] >= p[-2][1] else p[-1][1]) / 15, at, 300, REQUESTS
    ),
    "resets(http_requests_total[30m])": lambda at: over(
        values(lambda v: sum(b < a for a, b in itertools.pairwise(v))), at, 1800, REQUESTS
    ),
    "delta(room_temperature_celsius[10m])": lambda at: over(
        lambda p: extrapolated(p, at, 600, counter=False, per_second=False), at, 600, ROOMS
    ),
    "idelta(room_temperature_celsius[5m])": lambda at: over(
        lambda p: p[-1][1] - p[-2][1] if len(p) > 1 else None, at, 300, ROOMS
    ),
    "deriv(room_temperature_celsius[10m])": lambda at: over(
        lambda p: line(p, at)[1] if len(p) > 1 else None, at, 600, ROOMS
    ),
    "predict_linear(room_temperature_celsius[10m], 3600)": lambda at: over(
        lambda p: line(p, at + 3600)[0] if len(p) > 1 else None, at, 600, ROOMS
    ),
    "changes(room_temperature_celsius[10m])": lambda at: over(
        values(lambda v: sum(a != b for a, b in itertools.pairwise(v))), at, 600, ROOMS
    ),
    # over time
    "avg_over_time(room_temperature_celsius[20m])": lambda at: over(values(mean), at, 1200, ROOMS),
    "max_over_time(room_temperature_celsius[20m])": lambda at: over(values(max), at, 1200, ROOMS),
    "min_over_time(room_temperature_celsius[20m])": lambda at: over(values(min), at, 1200, ROOMS),
    "sum_over_time(room_temperature_celsius[20m])": lambda at: over(values(sum), at, 1200, ROOMS),
    "count_over_time(room_temperature_celsius[20m])": lambda at: over(values(len), at, 1200, ROOMS),
    "stddev_over_time(room_temperature_celsius[20m])": lambda at: over(values(np.std), at, 1200, ROOMS),
    "quantile_over_time(0.9, room_temperature_celsius[20m])": lambda at: over(values(quantile(0.9)), at, 1200, ROOMS),
    "last_over_time(room_temperature_celsius[20m])": lambda at: over(values(lambda v: v[-1]), at, 1200, ROOMS),
    "present_over_time(room_temperature_celsius[20m])": lambda at: over(lambda _: 1, at, 1200, ROOMS),
    # aggregations
    "sum(http_requests_total)": lambda at: grouped(sum, latest(at, REQUESTS)),
    "sum by (code) (rate(http_requests_total[5m]))": lambda at: grouped(sum, rate(at, 300, REQUESTS), "code"),
    "avg by (route) (http_requests_total)": lambda at: grouped(mean, latest(at, REQUESTS), "route"),
    "max without (instance, route) (http_requests_total)": lambda at: grouped(max, latest(at, REQUESTS), "code"),
    "min(room_temperature_celsius)": lambda at: grouped(min, latest(at, ROOMS)),
    "count by (route) (http_requests_total)": lambda at: grouped(len, latest(at, REQUESTS), "route"),
    "stddev(http_requests_total)": lambda at: grouped(np.std, latest(at, REQUESTS)),
    "quantile(0.5, http_requests_total)": lambda at: grouped(quantile(0.5), latest(at, REQUESTS)),
    "group by (floor) (room_temperature_celsius)": lambda at: grouped(lambda _: 1, latest(at, ROOMS), "floor"),
    "topk(2, http_requests_total)": lambda at: dict(sorted(latest(at, REQUESTS).items(), key=lambda one: -one[1])[:2]),
    "bottomk(1, room_temperature_celsius)": lambda at: dict([min(latest(at, ROOMS).items(), key=lambda one: one[1])]),
    'count_values("n", floor(room_temperature_celsius{room="hall"}))': lambda at: {
        frozenset({("n", str(math.floor(n)))}): 1 for n in latest(at, ROOMS, room="hall").values()
    },
    # joins
    'http_requests_total{code="500"} / ignoring(code) http_requests_total{code="400"}': lambda at: joined(
        lambda a, b: a / b,
        without(latest(at, REQUESTS, code="500"), "code"),
        without(latest(at, REQUESTS, code="400"), "code"),
    ),
    "http_requests_total / on(route) group_left sum by (route) (http_requests_total)": lambda at: {
        key: n / grouped(sum, latest(at, REQUESTS), "route")[frozenset((k, v) for k, v in key if k == "route")]
        for key, n in latest(at, REQUESTS).items()
    },
    'http_requests_total and on(route) http_requests_total{code="500"}': lambda at: latest(
        at, REQUESTS, route="/predict"
    ),
    'http_requests_total unless on(route) http_requests_total{code="500"}': lambda at: latest(
        at, REQUESTS, route="/healthz"
    ),
    'sum(http_requests_total) or room_temperature_celsius{room="hall"}': lambda at: (
        grouped(sum, latest(at, REQUESTS)) | latest(at, ROOMS, room="hall")
    ),
    "room_temperature_celsius > 15": lambda at: {key: n for key, n in latest(at, ROOMS).items() if n > 15},
    "room_temperature_celsius > bool 15": lambda at: each(lambda n: int(n > 15), latest(at, ROOMS)),
    # histograms
    "histogram_quantile(0.95, rate(request_duration_seconds_bucket[5m]))": lambda at: {
        NOTHING: histogram_quantile(0.95, rate(at, 300, BUCKETS))
    },
    "histogram_quantile(0.5, sum by (le) (rate(request_duration_seconds_bucket[10m])))": lambda at: {
        NOTHING: histogram_quantile(0.5, rate(at, 600, BUCKETS))
    },
    "rate(request_duration_seconds_sum[5m]) / rate(request_duration_seconds_count[5m])": lambda at: joined(
        lambda a, b: a / b,
        rate(at, 300, "request_duration_seconds_sum"),
        rate(at, 300, "request_duration_seconds_count"),
    ),
    'sum(rate(request_duration_seconds_bucket{le="0.5"}[5m])) / sum(rate(http_requests_total[5m]))': lambda at: joined(
        lambda a, b: a / b,
        grouped(sum, rate(at, 300, BUCKETS, le="0.5")),
        grouped(sum, rate(at, 300, REQUESTS)),
    ),
    # subqueries, labels and scalars
    'max_over_time(room_temperature_celsius{room="hall"}[10m:1m])': lambda at: {
        key: max(latest(t, ROOMS, room="hall")[key] for t in range((at - 600) // 60 * 60 + 60, at + 1, 60))
        for key in latest(at, ROOMS, room="hall")
    },
    'label_replace(room_temperature_celsius{room="hall"}, "place", "$1-room", "room", "(.*)")': lambda at: {
        key | {("place", "hall-room")}: n for key, n in latest(at, ROOMS, room="hall").items()
    },
    'absent(room_temperature_celsius{room="attic"})': lambda at: (
        {} if latest(at, ROOMS, room="attic") else {frozenset({("room", "attic")}): 1}
    ),
    "clamp_max(room_temperature_celsius, 12) + 1": lambda at: each(lambda n: min(n, 12) + 1, latest(at, ROOMS)),
    "scalar(sum(http_requests_total)) + time()": lambda at: {NOTHING: sum(latest(at, REQUESTS).values()) + at},
}


def named(pairs):
    return {name: value for name, value in pairs.items() if name != "__name__" and value}


def test_there_are_fifty():
    assert len(EXPECTED) >= 50
    assert all(START < at < END for at in INSTANTS)


@pytest.mark.parametrize("query", EXPECTED)
def test_instant(backfilled, query):
    frame = Prometheus(backfilled.url).query(query, INSTANTS[-1])
    found = {frozenset(named(row).items()): value for row, value in zip(label_sets(frame), frame[frame.columns[-1]])}
    assert found == pytest.approx(EXPECTED[query](INSTANTS[-1]), rel=1e-9)


@pytest.mark.parametrize("query", EXPECTED)
def test_range(backfilled, query):
    frame = Prometheus(backfilled.url).query_range(query, INSTANTS[0], INSTANTS[-1], INSTANTS[1] - INSTANTS[0])
    keys = [frozenset(named(pairs).items()) for pairs in label_sets(frame)]
    assert len(set(keys)) == len(keys) and len(frame) == len(INSTANTS)
    for at, row in zip(INSTANTS, frame.to_numpy()):
        found = {key: value for key, value in zip(keys, row) if not math.isnan(value)}
        assert found == pytest.approx(EXPECTED[query](at), rel=1e-9), at
