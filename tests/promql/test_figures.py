"""Answers as figures."""

import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from promql import figures, heatmaps
from promql.errors import PrometheusError
from promql.histograms import Bucket, Histogram
from tests.promql.backfill import CELSIUS


@pytest.fixture
def figure():
    plt.switch_backend("agg")
    yield figures.figure
    plt.close("all")


def test_figure_of_a_range(prometheus, backfilled, figure):
    frame = prometheus.query_range(CELSIUS, backfilled.start, backfilled.end)
    axes = figure(frame, f"{CELSIUS}\n", "celsius")
    np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], frame.to_numpy().T)
    assert [text.get_text() for text in axes.figure.legends[0].get_texts()] == ["1, attic", "cellar", "hall"]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (CELSIUS, "UTC", "celsius")
    assert len({line.get_color() for line in axes.lines}) == 3


def test_figure_of_many_series(figure):
    columns = pd.Index([f"pod-{n}" for n in range(30)], name="pod")
    times_shown = pd.date_range("2026-01-01", periods=2, tz="UTC").rename("time")
    axes = figure(pd.DataFrame(np.ones((2, 30)), times_shown, columns), "up")
    box = axes.figure.legends[0]
    assert len(box.get_texts()) == 20 and box.get_title().get_text() == "20 of 30 series"
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines[:20]}
    assert len(looks) == 20  # no two that the legend names look the same
    axes.figure.canvas.draw()
    assert axes.get_position().height * axes.figure.get_figheight() > 2  # inches: the legend does not squeeze the axes


def test_figure_of_a_sample_between_gaps(figure):
    times_shown = pd.date_range("2026-01-01", periods=5, tz="UTC").rename("time")
    axes = figure(pd.DataFrame({"value": [1, np.nan, 2, np.nan, np.inf]}, times_shown), "up")
    assert axes.collections[0].get_offsets()[:2, 1].tolist() == [1, 2] and axes.figure.legends == []


def test_figure_of_an_instant(prometheus, backfilled, figure):
    axes = figure(prometheus.query("topk(2, http_requests_total)", backfilled.end), "topk(2, http_requests_total)")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["500", "400"]
    assert axes.patches[0].get_width() > axes.patches[1].get_width() and axes.yaxis_inverted()


def test_titles(figure):
    frame = pd.DataFrame({"value": [1.0]}, pd.DatetimeIndex(["2026-01-01"], tz="UTC", name="time"))
    assert figure(frame, "# Errors, in percent\n100 * a / b").get_title() == "Errors, in percent"
    dollars = figure(frame, 'sum(up{a=~"x$", b=~"y$"})')
    assert dollars.get_title() == 'sum(up{a=~"x$", b=~"y$"})' and not dollars.title.get_parse_math()
    assert figure(frame, "up + " * 60 + "up").get_title().count("\n") == 3


def wide(**columns):
    times_shown = pd.date_range("2026-01-01", periods=3, freq="1min", tz="UTC").rename("time")
    return pd.DataFrame(columns, times_shown).rename_axis(columns="le")


def test_classic_buckets_are_told_apart(figure):
    frame = wide(**{"+Inf": [5, 6, np.nan], "0.1": [1, 2, np.nan], "2": [3, 6, np.nan]})
    cells = heatmaps.cells(frame)
    assert cells.columns.tolist() == [(0, 0.1), (0.1, 2), (2, np.inf)]
    np.testing.assert_array_equal(cells, [[1, 2, 2], [2, 4, 0], [np.nan] * 3])
    axes = figure(frame, "sum by (le) (rate(lag_seconds_bucket[5m]))", heatmap=True)
    drawn = axes.collections[0].get_array()
    assert drawn.tolist() == [[1, 2, None], [2, 4, None], [2, None, None]]  # a row per bucket, nothing where none fell
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0", "0.1", "2", "∞"]
    assert axes.get_ylabel() == "seconds" and axes.figure.axes[1].get_ylabel() == "observations per second"
    named = figure(frame, "x", heatmap=True, written="s")
    assert [text.get_text() for text in named.get_yticklabels()] == ["0 s", "100 ms", "2 s", "∞"]


def test_native_buckets_keep_their_gaps(figure):
    held = Histogram(4, 1, (Bucket(1, 2, 1), Bucket(4, 8, 3)))
    axes = figure(wide(a=[held, np.nan, held]).astype(object), "x")
    assert axes.collections[0].get_array().tolist() == [[1, None, 1], [None] * 3, [3, None, 3]]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["1", "2", "4", "8"]
    bars = figure(pd.DataFrame({"job": ["a", "b"], "value": [held, held]}), "x")
    assert [bar.get_width() for bar in bars.patches] == [2, 6] and bars.get_xlabel() == "observations"
    assert [text.get_text() for text in bars.get_yticklabels()] == ["1 to 2", "4 to 8"]


def test_no_buckets(figure):
    with pytest.raises(PrometheusError, match="A heatmap needs buckets"):
        figure(
            pd.DataFrame({"value": [1.0]}, pd.DatetimeIndex(["2026-01-01"], tz="UTC", name="time")), "x", heatmap=True
        )


def test_stacked_series_stand_on_each_other(figure):
    axes = figure(wide(a=[1, 2, np.nan], b=[1, 1, 1]), "x", stack=True)
    tops = [area.get_paths()[0].get_extents().y1 for area in axes.collections]
    assert tops == [2, 3] and len(axes.figure.legends[0].get_texts()) == 2


def test_the_past_is_dotted_in_the_same_colour(figure):
    times_shown = pd.date_range("2026-01-01", periods=2, tz="UTC").rename("time")
    columns = pd.MultiIndex.from_tuples([("a", ""), ("b", ""), ("b", "1w ago")], names=["job", "offset"])
    a, b, past = figure(pd.DataFrame(np.ones((2, 3)), times_shown, columns), "x", past="offset").lines
    assert past.get_color() == b.get_color() != a.get_color()
    assert [one.get_linestyle() for one in (a, b, past)] == ["-", "-", ":"]


@pytest.mark.parametrize("stack", [False, True])
def test_the_present_has_a_name_beside_the_past(figure, stack):
    times_shown = pd.date_range("2026-01-01", periods=2, tz="UTC").rename("time")
    frame = pd.DataFrame(np.ones((2, 2)), times_shown, pd.Index(["", "1m ago"], name="offset"))
    axes = figure(frame, "x", past="offset", stack=stack)
    assert [text.get_text() for text in axes.figure.legends[0].get_texts()] == ["now", "1m ago"]


def test_units_and_a_logarithmic_axis(figure):
    axes = figure(wide(a=[1, 1000, 2**20]), "x", "celsius", written="bytes", log=True)
    assert axes.get_yscale() == "log" and axes.get_ylabel() == ""
    assert axes.yaxis.get_major_formatter()(2**20) == "1 MiB"
    bars = figure(pd.DataFrame({"job": ["a"], "value": [0.5]}), "x", written="percentunit", log=True)
    assert bars.get_xscale() == "log" and bars.xaxis.get_major_formatter()(0.5) == "50%"


def test_raw_samples_keep_their_own_times(prometheus, backfilled, figure):
    frame = prometheus.query(f"{CELSIUS}[1m]", backfilled.end)
    axes = figure(frame, f"{CELSIUS}[1m]")
    assert [len(line.get_ydata()) for line in axes.lines] == [4, 4, 4]
    assert axes.lines[0].get_ydata().tolist() == frame["value"].tolist()[:4]


def test_exemplars_of_a_heatmap_are_in_their_bucket(figure):
    frame = wide(**{"0.1": [1, 1, 1], "1": [1, 1, 1], "+Inf": [1, 1, 1]})
    axes = figure(frame, "x", heatmap=True)
    found = pd.DataFrame({"exemplar": [{}] * 3, "timestamp": frame.index, "value": [0.1, 0.5, 7]})
    rows = axes.get_ylim()
    figures.mark_exemplars(axes, found, frame, heatmap=True)
    assert axes.collections[-1].get_offsets()[:, 1].tolist() == [0.5, 1.5, 2.5] and axes.get_ylim() == rows


@pytest.mark.parametrize("style, seen", [("default", 0), ("dark_background", 1)])
def test_exemplars_are_seen_in_every_style(figure, style, seen):
    with plt.style.context(style):
        frame = wide(a=[1.0, 2.0, 3.0])
        axes = figure(frame, "x")
        figures.mark_exemplars(axes, pd.DataFrame({"exemplar": [{}], "timestamp": frame.index[:1], "value": [2.0]}))
    assert axes.collections[-1].get_facecolor().tolist() == [[seen, seen, seen, 1]]


def test_a_heatmap_leaves_series_without_le_out():
    assert heatmaps.cells(wide(**{"": [1, 1, 1], "0.1": [1, 1, 1], "+Inf": [1, 1, 1]})).columns.tolist() == [
        (0, 0.1),
        (0.1, np.inf),
    ]


def test_more_series_than_a_figure_holds(figure):
    axes = figure(wide(**{f"{n}": [1, 1, 1] for n in range(1001)}), "up")
    assert len(axes.lines) == 1000 and axes.get_title() == "up\n(the first 1,000 of 1,001 series)"


def test_letters_that_no_font_has(figure, monkeypatch):
    monkeypatch.setattr("promql.panels.look.fallback", lambda: None)
    frame = wide(日本=[1, 1, 1], de=[1, 1, 1])
    for shown in (frame, pd.DataFrame({"pod": ["日本", "de"], "value": [1.0, 2.0]})):
        axes = figure(shown, "# 日本")
        axes.figure.canvas.draw()  # warns of each letter that it lacks, which is an error here
        assert axes.get_title() == "□□"


def test_samples_of_a_range_vector_are_joined(figure):
    """Two series that were scraped at different moments."""
    stamps = pd.date_range("2026-01-01", periods=4, freq="1min", tz="UTC")
    frame = pd.DataFrame({"job": ["a", "b"] * 2, "timestamp": stamps, "value": [1.0, 2.0, 3.0, 4.0]})
    axes = figure(frame, "up[5m]")
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1, 3], [2, 4]]


def test_one_unit_on_a_logarithmic_axis(figure):
    axes = figure(wide(a=[1.2e9, 3e9, 5e9]), "x", written="decbytes", log=True)
    axes.figure.canvas.draw()
    names = {text.get_text() for text in axes.get_yticklabels(which="both")} - {""}
    assert names and all(name.endswith("B") for name in names), names


def test_the_time_is_utc_wherever_matplotlib_is(figure):
    with matplotlib.rc_context({"timezone": "Asia/Tokyo"}):
        axes = figure(wide(a=[1, 2, 3]), "up")
        axes.figure.canvas.draw()
        assert "00:01" in [text.get_text() for text in axes.get_xticklabels()]


def test_bars_have_room(figure):
    """A figure grows by its bars, and one of few keeps its height."""
    few, many = (pd.DataFrame({"pod": [f"{n}" for n in range(count)], "value": 1.0}) for count in (3, 65))
    assert figure(few, "up").figure.get_figheight() == plt.rcParams["figure.figsize"][1]
    axes = figure(many, "up")
    axes.figure.canvas.draw()
    names = [text.get_window_extent() for text in axes.get_yticklabels()]
    assert len(names) == 65 and all(above.y0 >= below.y1 for above, below in itertools.pairwise(names))
    held = Histogram(60, 1, tuple(Bucket(n, n + 1, 1) for n in range(60)))
    assert figure(pd.DataFrame({"value": [held]}), "x").figure.get_figheight() > 12


def test_numbers_beside_native_histograms_are_named(figure):
    held = Histogram(4, 1, (Bucket(1, 2, 1), Bucket(4, 8, 3)))
    told = "({} series of numbers left out beside native histograms; ask for them alone)"
    mixed = wide(a=[held, np.nan, 1.0], b=[1.0, 1, 1], c=[1, 1, np.nan]).astype(object)
    assert figure(mixed, "x").get_title() == f"x\n{told.format(2)}"
    assert figure(pd.DataFrame({"job": ["a", "b"], "value": [held, 1.0]}), "x").get_title() == f"x\n{told.format(1)}"
    assert figure(mixed[["a"]], "x").get_title() == "x"


def test_nothing_to_see_is_said(figure):
    nan = wide(a=[np.nan] * 3)
    for frame in (nan, pd.DataFrame({"job": ["a"], "value": [np.nan]})):
        assert figure(frame, "0 / 0").get_title() == "0 / 0\nAll samples are NaN."
    assert figure(nan.assign(b=[np.nan, 1, np.nan]), "0 / 0").get_title() == "0 / 0"


def test_a_text_is_no_figure(prometheus, figure):
    for frame in (prometheus.query('"hello"'), pd.DataFrame({"query": ["a", "b"], "value": ["hello", 1.0]})):
        with pytest.raises(PrometheusError, match="A text cannot be drawn; leave out --plot"):
            figure(frame, '"hello"')
