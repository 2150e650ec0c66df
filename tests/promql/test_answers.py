"""The forms of answers: what a real Prometheus gives becomes a DataFrame, exactly."""

import itertools
import math
import warnings
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import promql
from promql import dataframes, times
from promql.asking import Request
from tests.promql.backfill import CELSIUS, COUNT, STEP


def test_instant_is_tidy(prometheus, backfilled):
    frame = prometheus.query(CELSIUS, backfilled.end)
    assert list(frame.columns) == ["__name__", "floor", "room", "value"]
    assert frame["floor"].tolist() == ["1", "", ""] and frame["value"].dtype == float
    assert frame.set_index("room")["value"]["attic"] == COUNT - 1


def test_range_is_wide_in_utc(prometheus, backfilled):
    frame = prometheus.query_range(CELSIUS, backfilled.start, backfilled.end, "15s")
    assert frame.columns.names == ["__name__", "floor", "room"] and frame.shape == (COUNT, 3)
    assert (
        frame.index[0] == pd.Timestamp("2026-01-01T00:00Z")
        and str(frame.index.tz) == "UTC"
        and frame.index.name == "time"
    )
    assert promql.legend(frame) == ["1, attic", "cellar", "hall"]
    written = [value for _, value in backfilled.series[CELSIUS, (("room", "hall"),)]]
    assert frame[CELSIUS, "", "hall"].tolist() == written


def test_columns_of_one_label_and_of_none(prometheus, backfilled):
    one = prometheus.query_range("sum by (code) (http_requests_total)", backfilled.start, backfilled.end, "5m")
    assert list(one) == ["200", "400", "500"] and one.columns.name == "code"
    none = prometheus.query_range("sum(http_requests_total)", backfilled.start, backfilled.end, "5m")
    assert list(none) == ["value"] and dataframes.label_sets(none) == [{}] and promql.legend(none) == ["value"]


@pytest.mark.parametrize(
    "sets, names",
    [
        ([("job", "exp"), ("instance", "i:80"), ("zone", "exp")], ["job=exp", "instance=i:80", "zone=exp"]),
        ([("job", "exp"), ("zone", "a")], ["exp", "a"]),
        ([("job", "exp"), ("zone", "")], ["exp", "{}"]),
        ([("zone", "")], ["value"]),
    ],
)
def test_a_legend_tells_all_series_apart(prometheus, sets, names):
    query = " or ".join(f'label_replace(vector(1), "{label}", "{text}", "", "")' for label, text in sets)
    assert promql.legend(prometheus.query(query)) == names
    assert sorted(promql.legend(prometheus.query_range(query))) == sorted(names)


def test_gaps_are_rows_of_nan(prometheus, backfilled):
    frame = prometheus.query_range(CELSIUS + '{room="attic"}', backfilled.start + 1, backfilled.end + 1, STEP)
    column = frame.iloc[:, 0]
    stale = 300 // STEP  # samples later, the last one counts no more
    assert len(frame) == COUNT and column.isna().sum() == 199 - (100 + stale - 1)
    assert column.iloc[99] == 99 and math.isnan(column.iloc[150]) and column.iloc[200] == 200


def test_a_series_that_begins_late_and_one_that_ends_early(prometheus, backfilled):
    start, end = backfilled.start - 599, backfilled.end + 1201
    frame = prometheus.query_range(CELSIUS + '{room="hall"}', start, end, 60)
    known = frame.iloc[:, 0].dropna()
    assert len(frame) == (end - start) // 60 + 1
    assert known.index[0].timestamp() == backfilled.start + 1 and known.index[-1].timestamp() == backfilled.end + 241


def test_the_last_instant_is_the_last_on_the_grid(prometheus, backfilled):
    frame = prometheus.query_range("vector(time())", backfilled.start, backfilled.start + 100, 30)
    assert frame["value"].tolist() == [backfilled.start + n for n in (0, 30, 60, 90)]
    one = prometheus.query_range("vector(time())", backfilled.start, backfilled.start, 30)
    assert one["value"].tolist() == [backfilled.start]


def test_a_start_before_the_end(prometheus):
    frame = prometheus.query_range("vector(time())", "1h", "2026-01-01T12:00Z", "30m")
    assert frame.index.strftime("%H:%M").tolist() == ["11:00", "11:30", "12:00"]
    assert prometheus.query_range("vector(1)", end="2026-01-01T12:00Z").index[0] == pd.Timestamp("2026-01-01T11:45Z")
    now = prometheus.query_range("vector(1)", "now-1m", "now+1m", "1m").index
    assert now[1] == now[0] + timedelta(minutes=1) and abs(now[1] - pd.Timestamp.now("UTC")) < timedelta(seconds=30)


@pytest.mark.parametrize("options", [{}, {"compare": "1m"}, {"instant": ""}])
def test_now_is_one_moment_for_all_queries_of_a_cell(prometheus, monkeypatch, options):
    """However long the first of them takes."""
    later = itertools.count(times.current() - 3_600_000, 700)
    monkeypatch.setattr(times, "current", lambda: next(later))
    request = Request(prometheus, "vector(time()); label_replace(vector(time()), 'a', 'b', '', '')", options, {})
    frame, _ = request.made()
    if options == {"instant": ""}:
        assert frame["value"].nunique() == 1
    else:
        assert len(frame) == 181 and frame.notna().all(axis=None)


def test_grid_of_milliseconds(prometheus):
    frame = prometheus.query_range("vector(time())", "2026-01-01T00:00:00.123Z", "2026-01-01T00:00:01.123Z", "100ms")
    assert len(frame) == 11 and frame["value"].tolist() == pytest.approx(
        frame.index.as_unit("ms").asi8 / 1000, abs=1e-6
    )


def test_odd_numbers(prometheus, backfilled):
    expected = [math.nan, math.inf, -math.inf, 1e300, 5e-324, -0.0, 0.1, 1e21]
    instant = prometheus.query("odd_values[5m]", backfilled.start + 200)
    wide = prometheus.query_range("odd_values", backfilled.start, backfilled.start + 15 * 7, 15)
    for found in (instant["value"], wide.iloc[:, 0]):
        np.testing.assert_array_equal(found, expected)
        assert math.copysign(1, found.iloc[5]) == -1
    single = prometheus.query("odd_values", backfilled.start + 20)
    assert single["value"].tolist() == [math.inf]


def test_range_vector_as_instant(prometheus, backfilled):
    frame = prometheus.query(CELSIUS + "[1m]", backfilled.end + 1)
    assert list(frame.columns) == ["__name__", "floor", "room", "timestamp", "value"] and len(frame) == 12
    attic = frame[frame["room"] == "attic"]
    assert attic["value"].tolist() == [COUNT - n for n in (4, 3, 2, 1)]
    assert attic["timestamp"].iloc[-1] == pd.Timestamp(backfilled.end, unit="s", tz="UTC")


def test_scalar_and_string(prometheus, backfilled):
    assert prometheus.query("1 / 0")["value"].tolist() == [math.inf]
    assert prometheus.query('"a \\"text\\""')["value"].tolist() == ['a "text"']
    frame = prometheus.query_range("scalar(sum(up)) * 0 + 7", "now-1m", "now", "1m")
    assert list(frame) == ["value"]


def test_labels_keep_their_names(prometheus, backfilled):
    """Labels named like our columns, whose text has quotes, braces and a newline."""
    text = 'a "quoted" \\ {brace}\nµ'
    instant = prometheus.query("odd_labels", backfilled.end)
    assert instant.iloc[0].to_dict() == {
        "__name__": "odd_labels",
        "le": "1",
        "timestamp": "then",
        "value": text,
        "value_": 3,
    }
    raw = prometheus.query("odd_labels[20s]", backfilled.end)
    assert list(raw.columns) == ["__name__", "le", "timestamp", "value", "timestamp_", "value_"]
    wide = prometheus.query_range("odd_labels", backfilled.start, backfilled.end)
    assert dataframes.label_sets(wide) == [{"__name__": "odd_labels", "le": "1", "timestamp": "then", "value": text}]


def test_series_with_differing_labels(prometheus, backfilled):
    frame = prometheus.query_range('{__name__=~"odd_labels|odd_values"}', backfilled.start, backfilled.start + 60, 15)
    assert [set(one) for one in dataframes.label_sets(frame)] == [
        {"__name__", "le", "timestamp", "value"},
        {"__name__", "kind"},
    ]


def test_empty(prometheus, backfilled):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the names exist: no hint
        instant = prometheus.query(CELSIUS + " > 1e9", backfilled.end)
        wide = prometheus.query_range(CELSIUS + " > 1e9", backfilled.start, backfilled.end, "1m")
        raw = prometheus.query(CELSIUS + "[1m]", backfilled.start - 60)
    assert list(instant.columns) == ["value"] and instant["value"].dtype == float
    assert (
        list(raw.columns) == ["timestamp", "value"]
        and raw["value"].dtype == float
        and str(raw["timestamp"].dt.tz) == "UTC"
    )
    assert wide.shape == (121, 0) and str(wide.index.tz) == "UTC"
    assert instant.empty and wide.empty and raw.empty and promql.legend(wide) == []


def test_warnings_are_shown(prometheus, backfilled, version_3):
    with pytest.warns(promql.PrometheusWarning, match="between 0 and 1") as caught:
        prometheus.query("quantile(2, http_requests_total)", backfilled.end)
    assert caught[0].filename == __file__  # it points at the caller
    with pytest.warns(promql.PrometheusWarning, match="might not be a counter"):
        prometheus.query_range(f"rate({CELSIUS}[5m])", backfilled.start, backfilled.end)


def test_gaps_beside_native_histograms():
    """A sample that is NaN is none."""
    column = pd.Series([promql.Histogram(0, 0, ()), dataframes.GAP, np.nan, 1.5, None], dtype=object)
    assert dataframes.gaps(column).tolist() == [False, True, False, False, True]
