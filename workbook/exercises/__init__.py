"""Exercises: `check("1.1", answer)` says that an answer is right, or gives a hint.

A notebook leaves `answer = ...` blank. The exercises stand in modules by notebook and register with `@exercise`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from workbook.exercises.typed import Unreadable

MODULES = {"1": ["train"], "2": ["serve"], "3": ["deploy"], "4": ["monitor", "alerts", "right"]}
exercises: dict[str, "Exercise"] = {}


@dataclass(frozen=True)
class Exercise:
    find_fault: Callable
    kind: type | tuple[type, ...]
    form: str
    right: str


def exercise(number, *, kind, form, right):
    """Register `find_fault(answer, **context)`, which returns a hint, or None for a right answer.

    `kind` is the type (or types) of an answer and `form` names it to a reader ("a number of wines"): an answer of
    another type never reaches the function. `right` is what a solved exercise says: what there was to learn.
    """

    def register(find_fault):
        assert number not in exercises, f"Exercise {number} is registered twice."
        exercises[number] = Exercise(find_fault, kind, form, right)
        return find_fault

    return register


def hint(number, answer, **context):
    """Return what is still wrong with an answer, or None. Raises KeyError for an unknown number."""
    for module in MODULES[number.split(".")[0]]:
        import_module(f"{__name__}.{module}")
    task = exercises[number]
    if answer is ...:
        return f"Not answered yet. Replace the three dots by {task.form}."
    if not isinstance(answer, task.kind):
        return f"The answer should be {task.form}. This is of type {type(answer).__name__}."
    try:
        return task.find_fault(answer, **context)
    except Unreadable as refusal:
        return str(refusal)


def check(number, answer, **context):
    """Print "Right" and what there was to learn, or a hint. An exercise never stops a notebook."""
    try:
        fault = hint(number, answer, **context)
    except Exception as error:  # the tests call hint(), where a mistake of ours is not caught
        fault = f"This answer could not be checked ({type(error).__name__}: {error})."
    kind = "" if answer is ... else "Hint: " if fault else "Right: "
    print(f"{number} {kind}{fault or exercises[number].right}")
