"""Answers as figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from promql import figures
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
