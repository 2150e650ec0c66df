"""A line where a query is likely not what was meant: names that do not exist, counters without rate, units."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import promql
from promql import hints
from promql.functions import EVERY
from tests.promql.backfill import NOTHING, answering


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


@pytest.mark.parametrize("status", [403, 404, 422])
def test_no_hint_where_names_may_not_be_read(status):
    refusal = json.dumps({"status": "error", "errorType": "forbidden", "error": "no label names for you"}).encode()

    def answer(_, path):
        return (200, NOTHING) if "query" in path else (status, refusal)

    with (
        answering(by_request=answer) as (url, _),
        pytest.warns(promql.PrometheusWarning, match="does not tell its names"),
    ):
        assert promql.Prometheus(url).query('up{job="a"}').empty and promql.Prometheus(url).query_range("up").empty


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
        ("histogram_avg(rate(x_seconds[5m]))", "seconds"),
        ("histogram_sum(rate(x_seconds[5m]))", "seconds per second"),
        ("deriv(x_bytes[5m])", "bytes per second"),
        ("rate (x_seconds_total[1m])", "seconds per second"),
        ("sum by (group, bool) (x_seconds{bool=''} > 1)", "seconds"),
        ("GROUP by (job) (x_seconds)", ""),
        ("x_seconds > bool 1", ""),
        ("x_seconds >= bool(time())", ""),
        ("x_seconds atan2 y_seconds", ""),
        ("time() - x_seconds", "seconds"),
    ],
)
def test_unit(query, unit):
    assert hints.unit(query) == unit


KEEP = """abs avg avg_over_time bottomk ceil clamp clamp_max clamp_min delta double_exponential_smoothing
first_over_time floor histogram_avg histogram_quantile histogram_quantiles histogram_stddev histogram_sum idelta
increase info label_join label_replace last_over_time limit_ratio limitk mad_over_time max max_of max_over_time min
min_of min_over_time predict_linear quantile quantile_over_time round scalar sort sort_by_label sort_by_label_desc
sort_desc stddev stddev_over_time sum sum_over_time topk vector""".split()
OF_NO_SERIES = {"end", "pi", "range", "start", "step", "time"}


@pytest.mark.parametrize("name", sorted(EVERY.keys() - OF_NO_SERIES))
def test_each_function_keeps_the_unit_divides_it_by_time_or_loses_it(name):
    expected = {"rate": "bytes per second", "irate": "bytes per second", "deriv": "bytes per second"}
    assert hints.unit(f"{name}(x_bytes)") == expected.get(name, "bytes" if name in KEEP else "")


@pytest.mark.parametrize(
    "query, doubt",
    [
        ("http_requests_total", "rate(http_requests_total[5m])"),
        ("sum(http_requests_total) by (code)", "rate(http_requests_total[5m])"),
        ("request_seconds_bucket", "histogram_quantile(0.95, sum by (le) (rate(request_seconds_bucket[5m])))"),
        ('{"http.server.requests_total"}', 'more: rate({"http.server.requests_total"}[5m])'),
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
