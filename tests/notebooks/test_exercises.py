"""Every exercise accepts its solution, and nothing else."""

import ast
import re
from importlib import import_module

import nbformat
import pandas as pd
import pytest

from tests import ROOT
from tests.notebooks.solutions.__main__ import with_solutions
from workbook.exercises import MODULES, check, exercises, hint

SOLUTIONS = {}
for module in [name for names in MODULES.values() for name in names]:
    import_module(f"workbook.exercises.{module}")
    SOLUTIONS |= import_module(f"tests.notebooks.solutions.{module}").SOLUTIONS

NUMBERS = sorted(exercises)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
FOREIGN = [None, True, "", "ash", -1, 10**9, 0.5, float("nan"), [], ["a", 1], (), {}, b"", pd.DataFrame(), print]


def calls_of_check(notebook):
    """The `check("1.1", answer, ...)` calls of a notebook as syntax trees, by exercise number."""
    cells = nbformat.read(notebook, as_version=4).cells
    sources = [c.source for c in cells if c.cell_type == "code" and re.search(r"^check\(", c.source, re.MULTILINE)]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {node.args[0].value: node for node in nodes if getattr(node.func, "id", "") == "check"}


@pytest.fixture
def context(request):
    """What the notebook hands to `check` beside the answer."""
    return SOLUTIONS[request.getfixturevalue("number")].context(request)


def test_every_exercise_has_a_solution_and_every_solution_an_exercise():
    assert sorted(SOLUTIONS) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_right_answer_is_accepted(number, context, capsys):
    for answer in (SOLUTIONS[number].right, *SOLUTIONS[number].others):
        assert hint(number, answer, **context) is None, answer
    capsys.readouterr()  # of a program that was fetched
    check(number, SOLUTIONS[number].right, **context)
    assert capsys.readouterr().out == f"{number} Right: {exercises[number].right}\n"


@pytest.mark.parametrize("number", [number for number in NUMBERS if SOLUTIONS[number].why])
def test_what_readers_are_shown_is_right(number, context, request):
    names = context | SOLUTIONS[number].names(request)
    exec(SOLUTIONS[number].code, names)
    assert hint(number, names[SOLUTIONS[number].into], **context) is None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_show_the_solutions_that_are_tested(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    assert with_solutions(cells, SOLUTIONS) == cells, "make solutions"


@pytest.mark.parametrize("number", NUMBERS)
def test_wrong_answers_get_a_hint(number, context, capsys):
    answers = SOLUTIONS[number].wrong
    assert len(answers) >= 2
    for answer in answers:
        assert len(hint(number, answer, **context)) > 20
        check(number, answer, **context)
        assert capsys.readouterr().out.startswith(f"{number} Hint: ")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_blank_is_not_an_answer(number, context):
    assert hint(number, ..., **context).startswith("Not answered yet")


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_that_make_no_sense_get_a_hint(number, context):
    kind = type(SOLUTIONS[number].right)
    hints = {repr(answer): hint(number, answer, **context) for answer in FOREIGN if type(answer) is not kind}
    assert all(hints.values()), hints
    for answer in FOREIGN:  # one of the right type may even be right, but none may make the checker fail
        hint(number, answer, **context)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_ask_what_is_registered(notebook):
    chapter = str(int(notebook.stem[:2]))
    assert sorted(calls_of_check(notebook)) == [number for number in NUMBERS if number.split(".")[0] == chapter]


@pytest.mark.parametrize("number", NUMBERS)
def test_notebooks_hand_over_the_context(number, context):
    calls = {key: call for notebook in NOTEBOOKS for key, call in calls_of_check(notebook).items()}
    assert number in calls, f"No notebook asks exercise {number}."
    assert {keyword.arg for keyword in calls[number].keywords} == set(context)


def test_an_exercise_never_stops_a_notebook(capsys):
    check("1.99", 1)
    check("nonsense", 1)
    assert capsys.readouterr().out.count("could not be checked") == 2
    with pytest.raises(KeyError):
        hint("1.99", 1)
