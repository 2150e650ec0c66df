"""A line where a query is likely not what was meant: names that do not exist, counters without rate, units."""

import warnings

import numpy as np
import pandas as pd
import pytest

import promql
from promql import hints


@pytest.mark.parametrize(
    "query, hint",
    [
        ("http_request_total", "There is no metric http_request_total. The nearest: http_requests_total"),
        (
            "sum(rate(http_requests_totl[5m])) / 2",
            "There is no metric http_requests_totl. The nearest: http_requests_total",
        ),
        (
            'rate(http_requests_total{code="20"}[5m])',
            'http_requests_total has no code="20". The nearest: 200, 400, 500.',
        ),
        ('http_requests_total{code=~"6.."}', 'http_requests_total has no code=~"6..". The nearest: 200, 400, 500.'),
        ('http_requests_total{cod="200"}', "http_requests_total has no label cod. The nearest: code, instance, route."),
        ('http_requests_total{code!~".*"}', 'http_requests_total has no code!~".*"'),
        ('{room="kitchen"}', 'The server has no room="kitchen". The nearest: attic, cellar, hall.'),
        ("qqqqqqqqqqqqq", "None of the"),
    ],
)
def test_empty_because_of_a_name(prometheus, backfilled, query, hint):
    with pytest.warns(promql.PrometheusWarning) as caught:
        assert prometheus.query(query, backfilled.end).empty
    assert hint in str(caught[0].message)


@pytest.mark.parametrize(
    "query",
    ['http_requests_total{code="200", route=""}', 'sum by (nothing) (room_temperature_celsius{floor=""} > 1e9)']
    + ['http_requests_total{code=~"(?i:2..)", route="/x"} or vector(1)', "# up{a='b'}\nvector(1) > 2"],
)
def test_no_hint_where_all_names_exist(prometheus, backfilled, query):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prometheus.query(query, backfilled.end)


@pytest.mark.parametrize(
    "query, unit",
    [
        ("histogram_quantile(0.95, sum by (le) (rate(request_duration_seconds_bucket[5m])))", "seconds"),
        ("node_memory_bytes", "bytes"),
        ("sum(rate(network_bytes_total[5m]))", "bytes per second"),
        ("rate(http_requests_total[5m])", "per second"),
        ("rate(request_duration_seconds_count[5m])", "per second"),
        ("rate(request_duration_seconds_bucket[5m])", "per second"),
        ("rate(request_duration_seconds_sum[5m]) / rate(request_duration_seconds_count[5m])", ""),
        ("rate(a_bytes_total[5m]) / rate(b_bytes_total[5m])", ""),
        ('node_memory_bytes{path="a/*b"}', "bytes"),
        ("count(node_memory_bytes)", ""),
        ("up", ""),
        ("increase(network_bytes_total[1h])", "bytes"),
        ("wine:latency_seconds:p99", ""),
    ],
)
def test_unit(query, unit):
    assert hints.unit(query) == unit


@pytest.mark.parametrize(
    "query, doubt",
    [
        ("http_requests_total", "rate(http_requests_total[5m])"),
        ("sum(http_requests_total) by (code)", "rate(http_requests_total[5m])"),
        ("request_seconds_bucket", "histogram_quantile(0.95, sum by (le) (rate(request_seconds_bucket[5m])))"),
        ("rate(http_requests_total[5m])", None),
        ("increase(http_requests_total[5m] offset 1h)", None),
        ("sum(max_over_time(http_requests_total[5m]))", None),
        ("count by (code) (http_requests_total)", None),
        ("wine:http_requests_total", None),
        ("go_goroutines", None),
    ],
)
def test_doubts(query, doubt):
    found = hints.doubts(query, pd.DataFrame([[1.0]]))
    assert (len(found) == 1 and doubt in found[0]) if doubt else found == []


def test_too_many_series_for_a_figure():
    assert hints.doubts("up", pd.DataFrame(np.ones((2, 20)))) == []
    assert "21 series are hard to tell apart" in hints.doubts("up", pd.DataFrame(np.ones((2, 21))))[0]
