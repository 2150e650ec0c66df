"""Waiting for a deadline: what counts as "not yet", and what as a mistake."""

import re
import time

import pandas as pd
import pytest

from promql.errors import InvalidTime, QueryError, Unreachable
from workbook.machine import NotInstalled, WorkbookError
from workbook.targets.base import NoCluster
from workbook.waiting import TimedOut, eventually, with_progress


def test_eventually_returns_what_it_waited_for(capsys):
    answers = iter([None, [], pd.DataFrame(), pd.DataFrame({"value": [1]})])
    assert eventually(lambda: next(answers), within=10, what="rows").value.item() == 1
    out = capsys.readouterr().out
    assert "waiting for rows" in out and re.fullmatch(r"\[rows, \d+ s\]\n", out.split("\r")[-1])


def test_eventually_says_the_same_when_there_is_nothing_to_wait_for(capsys):
    assert eventually(lambda: 5, what="five") == 5
    assert capsys.readouterr().out == "[five, 0 s]\n"


def raises(error):
    def check():
        raise error

    return check


NOT_YET = [AssertionError("2 != 3"), ConnectionError("refused"), KeyError("pod"), WorkbookError("no")]


@pytest.mark.parametrize("error", [*NOT_YET, Unreachable("refused", waiting_helps=True)])
def test_eventually_reports_the_last_state(error):
    with pytest.raises(TimeoutError, match=f"waiting for a miracle.*{re.escape(str(error))}"):
        eventually(raises(error), within=0.6, what="a miracle")


def test_eventually_reports_the_last_answer():
    with pytest.raises(TimedOut, match="last answer was: 0"):
        eventually(lambda: 0, within=0.1)


MISTAKES = [NameError("pod"), QueryError("up(", "no"), InvalidTime("soon"), NoCluster("none"), NotInstalled("helm")]


@pytest.mark.parametrize("error", MISTAKES)
def test_a_mistake_in_a_check_shows_at_once(error):
    asked = []

    def check():
        asked.append(error)
        raise error

    with pytest.raises(type(error)):
        eventually(check, within=3)
    assert len(asked) == 1


class Overloaded(Exception):
    """An error of a library, with the property that says what it is."""

    waiting_helps = True


def test_an_error_itself_says_whether_waiting_helps():
    with pytest.raises(TimedOut, match="Overloaded"):
        eventually(raises(Overloaded()), within=0.1)


def test_a_slow_step_shows_that_it_goes_on_and_a_quick_one_shows_nothing(capsys):
    assert with_progress("a quick step", lambda: 6 * 7) == 42
    assert capsys.readouterr().out == ""
    with_progress("a slow step", time.sleep, 3.2)
    shown = capsys.readouterr().out
    assert re.search(r"\d s  a slow step", shown) and shown.endswith(" \r")


def test_what_a_step_raises_is_raised():
    with pytest.raises(TimedOut, match="too late"):
        with_progress("a step", _late)


def _late():
    raise TimedOut("too late")
