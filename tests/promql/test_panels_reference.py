"""Units, calculations, intervals, names and mappings: what Grafana's own code answered (see grafana/README.md)."""

import json
import math
from bisect import bisect_right
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from promql import times
from promql.dataframes import GAP
from promql.panels import (
    Query,
    answers,
    exemplars,
    histogram,
    intervals,
    names,
    overrides,
    reducers,
    timerange,
    transformations,
    variables,
)
from promql.panels.columns import Column, Table, missing
from promql.panels.units import UNITS, axis_text, format_value
from promql.times import duration


def reference(name):
    """The rows that Grafana's code wrote; NaN and infinities travel as text."""
    return json.loads((Path(__file__).parent / "grafana" / f"{name}.json").read_text())


def query(**fields):
    return Query("A", fields.pop("expr", "up"), 0, 0, 15000, fields.pop("legend", "__auto"), "time_series")


def test_units_are_printed_as_grafana_prints_them():
    rows = reference("units")
    wrong = [
        (unit, decimals, value, text, ours)
        for unit, decimals, value, text in rows
        if (ours := format_value(value, unit, decimals)) != text
    ]
    assert not wrong
    assert len(rows) > 2500 and len({row[0] for row in rows} & set(UNITS)) > 200


@pytest.mark.parametrize(
    "value, unit, text",
    [
        (0.25, "s", "250 ms"),
        (0.30000000000000004, "none", "0.3"),
        (1000, "reqps", "1K req/s"),
        (2**20, "bytes", "1 MiB"),
        (100, "short", "100"),
    ],
)
def test_axes_drop_the_zeros_at_the_end(value, unit, text):
    assert axis_text(value, unit) == text


def test_few_exemplars_are_kept_of_many():
    """The greatest of each step, and those two standard deviations below the last that was kept."""
    times = pd.to_datetime([0, 1, 2, 3, 15, 16], unit="s", utc=True)
    every = pd.DataFrame({"timestamp": times, "value": [1.0, 1.1, 9.0, 8.9, 1.2, 1.3]})
    assert exemplars.sampled(every, 15_000)["value"].tolist() == [9.0, 1.3]
    every["value"] = [1.0, 1.1, 40.0, 1.0, 1.2, 1.3]
    assert exemplars.sampled(every, 15_000)["value"].tolist() == [1.1, 40.0, 1.3]


def test_dates_have_the_patterns_of_a_locale():
    texts = [format_value(0, f"time:{pattern}") for pattern in ("LT", "LTS", "L", "ll", "LLLL", "[LT]")]
    assert texts[:3] == ["12:00 AM", "12:00:00 AM", "01/01/1970"]
    assert texts[3:] == ["Jan 1, 1970", "Thursday, January 1, 1970 12:00 AM", "LT"]


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e300])
def test_a_date_that_there_is_not_is_called_so(value):
    assert format_value(value, "dateTimeAsIso") == "Invalid date"


def test_what_is_less_than_a_half_is_rounded_down():
    """The number before a half, to which adding a half makes 1."""
    assert format_value(0.49999999999999994, "short", 0) == "0"


def test_series_are_reduced_as_grafana_reduces_them():
    rows = reference("reducers")
    for calc, samples, wanted in rows:
        ours = reducers.reduce(samples, calc)
        wanted = math.nan if wanted is None else float(wanted)
        assert ours == pytest.approx(wanted, rel=1e-12, nan_ok=True), (calc, samples)
    assert {row[0] for row in rows} >= set(reducers.REDUCERS)


def test_the_browser_asks_for_the_same_interval():
    for seconds, points, low, wanted in reference("intervals"):
        asked = max(intervals.round_interval(seconds * 1000 / points, bisect_right), duration(low))
        assert asked == wanted * 1000, (seconds, points, low)


@pytest.mark.parametrize(
    "hours, points, scrape, min_step, factor, step, rate",
    [  # worked through by the rules at grafana.com/docs: $__rate_interval is max($__interval + scrape, 4 x scrape)
        (1, 1440, "15s", "", 1, "15s", "1m"),
        (1, 1440, "5s", "", 1, "5s", "20s"),
        (1, 1440, "1s", "", 1, "2s", "4s"),
        (6, 1440, "30s", "", 1, "30s", "2m"),
        (48, 1500, "15s", "", 1, "2m", "2m15s"),
        (48, 1500, "15s", "", 10, "20m", "2m15s"),
        (48, 1500, "240s", "", 1, "4m", "16m"),
        (1, 720, "15s", "5m", 1, "5m", "20m"),
        (1, 720, "15s", "$__rate_interval", 1, "1m", "1m"),
        (24 * 30, 100000, "15s", "", 1, "5m", "1m"),  # 11,000 points at most
    ],
)
def test_the_server_chooses_this_step_and_rate_interval(hours, points, scrape, min_step, factor, step, rate):
    chosen = intervals.step_and_rate(hours * 3600_000, points, scrape, "", min_step, factor)
    assert chosen == (duration(step), duration(rate))


def test_global_variables_are_written_as_grafanas_server_writes_them():
    written = intervals.macros(0, 5_400_000, 90_000, 90_000)
    assert written["__interval"] == "1m" and written["__interval_ms"] == "90000"  # cut to the largest whole unit
    assert written["__rate_interval"] == "1m30s" and written["__rate_interval_s"] == "90"
    assert written["__range"] == "5400s" and written["__range_ms"] == "5400000"
    assert [intervals.go_duration(ms) for ms in (250, 5000, 60000, 7_200_000)] == ["250ms", "5s", "1m0s", "2h0m0s"]


def named(sets, legend="__auto"):
    """The names that a panel gives to the series of one query with these labels."""
    found = [(labels, pd.Series([1.0], pd.to_datetime([0], utc=True))) for labels in sets]
    tables = answers.tables([(query(expr="Value", legend=legend), found)])
    return [table.columns[1].name for table in overrides.applied(tables, {}, "timeseries")]


def test_names_that_grafana_makes_of_labels():
    for sets, wanted in reference("names"):
        assert named(sets) == wanted


def test_a_bare_metric_is_named_by_the_labels_that_tell_its_series_apart():
    sets = [{"__name__": "up", "job": "api", "pod": pod} for pod in "ab"]
    assert named(sets) == ['{pod="a"}', '{pod="b"}']
    assert named(sets, legend="")[0] == 'up{job="api", pod="a"}'


def test_a_legend_of_a_label_that_is_missing_is_no_name():
    assert named([{"n": "a"}, {"n": "b"}], legend="{{pod}}") == ["a", "b"]


def test_texts_mappings_and_thresholds_are_grafanas():
    for config, value, text, color in reference("display"):
        for step in (config.get("thresholds") or {}).get("steps", []):
            step["value"] = None if step["value"] == "-Infinity" else step["value"]
        limits = config.get("min", 0), config.get("max", 100)
        frame = Column({}, pd.Series([0.0, 100.0]), query(), config=config, limits=limits)
        value = None if value is None else float(value)
        assert frame.text(value) == text, (config, value)
        assert color in (None, frame.color(value)), (config, value)


@pytest.mark.parametrize(
    "value, key", [(1e6, "1000000"), (1234567.5, "1234567.5"), (0.1, "0.1"), (-0.0, "0"), (math.inf, "Infinity")]
)
def test_mappings_name_numbers_as_javascript_writes_them(value, key):
    config = {"mappings": [{"type": "value", "options": {key: {"text": "found"}}}]}
    assert Column({}, pd.Series([value]), query(), config=config).text(value) == "found"


def test_a_mapping_replaces_what_it_finds_as_javascript_does():
    for pattern, text in (("/(?<n>[0-9]+)/g", "pod <1> of <2>"), ("/(?<n>[0-9]+)/", "pod <1> of 2")):
        config = {"mappings": [{"type": "regex", "options": {"pattern": pattern, "result": {"text": "<$<n>>"}}}]}
        assert Column({}, pd.Series(["x"]), query(), config=config, kind="string").text("pod 1 of 2") == text


@pytest.mark.parametrize(
    "written, first, last",
    [
        ("now", "2026-03-18T12:34:56Z", "2026-03-18T12:34:56Z"),
        ("now/d", "2026-03-18T00:00:00Z", "2026-03-18T23:59:59.999Z"),
        ("now-1d/d", "2026-03-17T00:00:00Z", "2026-03-17T23:59:59.999Z"),
        ("now/d+8h", "2026-03-18T08:00:00Z", "2026-03-19T07:59:59.999Z"),
        ("now - 1M/M", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59.999Z"),
        ("now/w", "2026-03-15T00:00:00Z", "2026-03-21T23:59:59.999Z"),
        ("now/Q", "2026-01-01T00:00:00Z", "2026-03-31T23:59:59.999Z"),
        ("now/fQ", "2026-01-01T00:00:00Z", "2026-03-31T23:59:59.999Z"),
        ("now-1Q/fQ", "2025-10-01T00:00:00Z", "2025-12-31T23:59:59.999Z"),
        ("now-2y/fy", "2024-01-01T00:00:00Z", "2024-12-31T23:59:59.999Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("1767225600000", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_the_ends_of_a_time_range_are_rounded_as_by_grafana(written, first, last):
    now, first, last = (times.timestamp(text, 0) for text in ("2026-03-18T12:34:56Z", first, last))
    assert timerange.instant(written, now) == first and timerange.instant(written, now, last=True) == last


NOON = times.timestamp("2026-03-18T12:00Z", 0)


@pytest.mark.parametrize(
    "written, first",
    [
        ("1h", "2026-03-18T11:00Z"),
        ("now/d", "2026-03-18T00:00Z"),
        ("1d/d", "2026-03-17T00:00Z"),
        ("now-1d/d", "2026-03-17T00:00Z"),
    ],
)
def test_a_range_of_a_panels_own_ends_now(written, first):
    assert timerange.own(written, NOON) == (times.timestamp(first, 0), NOON)


def test_values_of_variables_are_escaped_as_grafana_escapes_them():
    for value, several, text in reference("escaping"):
        assert variables.escape(value, several) == text


def test_buckets_are_differences_of_cumulative_ones():
    ((cumulative, wanted),) = reference("heatmap")
    found = answers.buckets([({"le": le}, pd.Series(values, dtype=float)) for le, values in cumulative.items()])
    assert [labels["le"] for labels, _ in found] == ["0.1", "0.5", "1", "+Inf"]
    assert {labels["le"]: values.tolist() for labels, values in found} == wanted


def test_values_are_counted_in_the_same_buckets():
    for series, options, lower, upper, counts, decimals in reference("histogram"):
        values = [
            histogram.values_of(Column({}, pd.Series([float(one) for one in each], dtype=float), query()))
            for each in series
        ]
        sizes = options.get("bucketSize", 0), options.get("bucketCount", 30), options.get("bucketOffset", 0)
        edges, width, found = histogram.counted(values, *sizes)
        assert edges.tolist() == lower and (edges + width).tolist() == upper, (series, options)
        assert (found.sum(axis=0, keepdims=True) if options.get("combine") else found).tolist() == counts
        assert histogram.decimals(width) == decimals or not lower


def test_values_that_are_all_the_same_are_one_bar():
    """Where Grafana's code divides by a width that it has not found, and draws nothing."""
    edges, width, counts = histogram.counted([np.array([5.0, 5.0])])
    assert (edges.tolist(), width, counts.tolist()) == ([5], 1, [[2]])


INPUTS, *CASES = reference("transformations")


def table(name):
    """An input of the reference as a table: times in ms, numbers with a gap for null."""
    columns = []
    for one in INPUTS[name]:
        cells = [GAP if value is None else value for value in one["values"]]
        values = pd.Series(cells, dtype=float if one["type"] == "number" else object)
        own = {
            "own": one["name"],
            "kind": one["type"],
            "labels": None if one["type"] == "time" else one.get("labels", {}),
        }
        columns.append(Column(values=values, query=query(), **own))
    return Table(columns, name)


def cells(column):
    """The values of a column as the reference has them: whole numbers, and None for what is missing."""
    plain = [None if missing(value) else value for value in column.values]
    return [float(value) if column.kind in ("number", "time") and value is not None else value for value in plain]


@pytest.mark.parametrize("place", range(len(CASES)))
def test_transformations_are_grafanas(place):
    """Rows in the order of their keys: which tables come first, and what is 0 or missing, is Grafana's."""
    inputs, models, wanted = CASES[place]
    made = transformations.transformed([table(name) for name in inputs], models, str)
    names.show(made)
    ours = [[(one.name, one.kind, cells(one)) for one in each.columns] for each in made]
    theirs = [
        [
            (name, kind, [float(one) if kind in ("number", "time") and one is not None else one for one in values])
            for name, kind, values in each
        ]
        for each in wanted
    ]
    assert json.dumps(ours) == json.dumps(theirs).replace('"NaN"', "null"), models
