"""More points than a server gives at once: asked in pieces, joined as if they had been one answer."""

import msgspec
import numpy as np
import pandas as pd
import pytest

from promql import dataframes, ranges
from promql.decoding import Matrix
from tests.promql.backfill import CELSIUS

WHOLE = "2026-01-01T00:00Z", "2026-01-01T02:00Z"  # two hours by half a second are 14,401 points


@pytest.fixture
def ask(prometheus):
    return lambda query: prometheus.query_range(query, *WHOLE, "500ms")


def test_the_pieces_are_one_grid(ask, capsys):
    frame = ask("vector(time())")
    assert len(frame) == 14_401 and frame["value"].tolist() == (frame.index.as_unit("ms").asi8 / 1000).tolist()
    assert capsys.readouterr().out == "".join(f"\rAsked {n} of 2 pieces of 7,201 points." for n in (1, 2)) + "\n"


def test_values_are_those_of_one_answer(prometheus, ask, backfilled):
    """Every sample of the pieces is the one that a coarser query, in one piece, gives for the same moment."""
    query = f"delta({CELSIUS}[1m]) or http_requests_total"
    pieces, coarse = ask(query), prometheus.query_range(query, *WHOLE, "1s")
    pd.testing.assert_frame_equal(pieces.loc[coarse.index, coarse.columns], coarse, check_freq=False)


def test_a_series_that_only_one_piece_has(ask, backfilled):
    since = backfilled.end - 60
    frame = ask(f'label_replace(vector(time()) > {since}, "when", "late", "", "") or vector(0)')
    assert frame["late"].notna().sum() == 120 and frame["late"].last_valid_index() == frame.index[-1]
    assert frame[""].notna().all()


@pytest.mark.parametrize("step, seconds", [("500ms", 0.5), ("1s", 1)])
def test_a_sample_that_is_nan_is_told_from_none(prometheus, backfilled, step, seconds):
    """In pieces and in one: two series, of which one is NaN for the last minute, the other is there for it alone."""
    late = f"(vector(time()) > {backfilled.end - 60})"
    query = f'label_replace({late} * NaN, "when", "late", "", "") or vector(0)'
    frame = prometheus.query_range(query, *WHOLE, step)
    assert dataframes.gaps(frame["late"]).sum() == len(frame) - 60 / seconds
    assert not dataframes.gaps(frame[""]).any() and frame["late"].isna().all()


def test_modifiers_see_the_whole_range(prometheus, ask, backfilled):
    frame = ask('http_requests_total{code="500"} @ end() - ignoring () http_requests_total{code="500"} @ start()')
    total = [value for _, value in backfilled.series["http_requests_total", tuple(LABELS.items())]]
    assert frame.iloc[:, 0].unique().tolist() == [total[-1] - total[0]]


LABELS = {"code": "500", "instance": "a:80", "route": "/predict"}


@pytest.mark.parametrize(
    "query, pinned",
    [
        ("up @ end()", "up @ 90.000"),
        ("up @ start () + up[5m:] @ end( )", "up @ 10.000 + up[5m:] @ 90.000"),
        ('up{a="end()"} # end()', 'up{a="end()"} # end()'),
        ("sum by (start, end) (up)", "sum by (start, end) (up)"),
        ("last_over_time(up[range()])", "last_over_time(up[80.000])"),
    ],
)
def test_pinning(query, pinned):
    assert ranges.pinned(query, np.array([10_000, 90_000])) == pinned


def test_warnings_are_told_once(prometheus, recwarn, version_3):
    frame = prometheus.query_range(f"rate({CELSIUS}[5m])", *WHOLE, "500ms")
    assert len(frame) == 14_401 and len(recwarn) == 1


def test_stats_add_up(prometheus, backfilled):
    one = prometheus.query_range(CELSIUS, *WHOLE, "1s", stats=True).attrs["stats"]["samples"]
    pieces = prometheus.query_range(CELSIUS, *WHOLE, "500ms", stats=True).attrs["stats"]["samples"]
    assert 1.9 < pieces["totalQueryableSamples"] / one["totalQueryableSamples"] < 2.1


def test_a_server_that_rounds_long_pieces_alone():
    """As VictoriaMetrics, from 50 points on: each sample keeps the time that it has, which is its value here."""

    def ask(expr, start, end, step):
        first, last, width = (round(1000 * float(one)) for one in (start, end, step))
        first -= first % width if (last - first) // width >= 49 else 0
        values = [[ms / 1000, str(ms)] for ms in range(first, last + 1, width)]
        return msgspec.json.decode(msgspec.json.encode({"result": [{"metric": {}, "values": values}]}), type=Matrix)

    for count in (11_002, 22_003, 11_050):
        frame = ranges.frame("up", np.arange(count) * 1000 + 300, 1000, ask, told := [])
        assert frame["value"].tolist() == frame.index.as_unit("ms").asi8.tolist() and len(told) == 1


def test_joined_tables():
    left = [{"a": "1"}, {"b": "2"}], np.array([[1.0, 2.0], [3.0, 4.0]])
    right = [{"b": "2"}, {"a": "1", "b": "2"}], np.array([[5.0], [6.0]])
    metrics, table = dataframes.joined([left, right])
    assert metrics == [{"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}]
    np.testing.assert_array_equal(table, [[1, 2, np.nan], [3, 4, 5], [np.nan, np.nan, 6]])
