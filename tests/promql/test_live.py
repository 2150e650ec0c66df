"""Figures that are drawn anew: what goes on when the server does not answer, and what is left behind."""

import math

import matplotlib.pyplot as plt
import pytest

from promql import errors, live
from tests.promql.backfill import message


@pytest.fixture
def drawing():
    """A `draw` that gives or raises, one after the other, what it was made of; then the cell is stopped."""
    plt.switch_backend("agg")
    yield lambda *steps: iter([*steps, KeyboardInterrupt()])
    plt.close("all")


def drawn(steps):
    def draw():
        one = next(steps)
        if isinstance(one, BaseException):
            raise one
        return one and plt.figure()

    return draw


def test_a_server_that_is_away_is_waited_for(drawing, capsys):
    steps = drawing(True, errors.Unreachable("away", waiting_helps=True), False, True)
    live.redraw(0.001, math.inf, drawn(steps))
    assert next(steps, "all were asked for") == "all were asked for"
    assert capsys.readouterr().out.endswith("Stopped.\n") and not plt.get_fignums()


def test_a_query_that_is_wrong_is_not_asked_again(drawing):
    steps = drawing(errors.QueryError("sum(up", "parse error"), True)
    assert message(errors.QueryError, live.redraw, 0.001, math.inf, drawn(steps)) == "sum(up"
    assert next(steps) is True


def test_figures_of_others_stay(drawing):
    mine = plt.figure().number
    live.redraw(0.001, math.inf, drawn(drawing(True, True)))
    assert plt.get_fignums() == [mine]


def test_its_time_is_over(drawing):
    steps = drawing(True, True)
    live.redraw(60, 0.001, drawn(steps))
    assert next(steps) is True  # the second was not drawn


@pytest.mark.parametrize("text, pace", [("5s", (5, math.inf)), (" 500ms for 1h ", (0.5, 3600)), ("2", (2, math.inf))])
def test_pace(text, pace):
    assert live.pace(text) == pace


@pytest.mark.parametrize("text", ["", "5s for", "5s until 6", "0", "-1", "often"])
def test_no_pace(text):
    message(errors.InvalidTime, live.pace, text)
