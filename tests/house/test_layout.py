"""The layout: which way the arrows point, no circle, no import inside a function, and modules that one can read."""

import ast
import graphlib
import re
from dataclasses import fields

import pytest

from tools import house
from workbook import machine

LESSON = {"workbook", "service", "loadtest", "notebooks", "bench", "tests", "tools"}
MAY_IMPORT = {
    "promql": {"promql"},
    "workbook": {"workbook", "promql"},
    "service": {"service"},
    "loadtest": {"loadtest"},
    "tools": {"tools", "workbook", "promql"},
    "bench": LESSON | {"promql"} - {"tests"},
    "tests": LESSON | {"promql"},
}
READ = [
    name for name in house.modules() if name.split(".")[0] in ("promql", "workbook", "service", "loadtest", "tools")
]


def package(name):
    return name.split(".")[0]


@pytest.mark.parametrize("name", house.PACKAGES)
def test_the_arrows_point_one_way(name):
    crossing = {
        f"{module} imports {other}"
        for module in house.modules()
        if package(module) == name
        for other in house.imports(module)
        if package(other) not in MAY_IMPORT[name]
    }
    assert not crossing


def test_the_library_knows_nothing_of_the_lesson():
    """Not even by name: a stranger reads its texts, settings and errors."""
    told = [
        name
        for name in house.modules()
        if package(name) == "promql" and "workbook" in house.modules()[name].read_text().lower()
    ]
    assert not told


def test_the_notebooks_import_the_two_packages_alone():
    assert {package(name) for name in house.notebook_imports()} <= {"workbook", "promql"}


def test_nothing_goes_in_circles():
    graph = {name: house.imports(name) for name in house.modules()}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_function_imports():
    """But in bench/, where what a peer's import costs is measured."""
    inside = {
        f"{name}: {function.name}"
        for name in house.modules()
        if package(name) != "bench"
        for function in ast.walk(house.tree(name))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not inside


@pytest.mark.parametrize("name", READ)
def test_a_module_is_short_enough_to_be_read_at_once(name):
    assert len(house.modules()[name].read_text().splitlines()) <= 250


def test_every_module_says_what_it_is_for():
    assert not [
        name for name in READ if house.modules()[name].stat().st_size and not ast.get_docstring(house.tree(name))
    ]


@pytest.mark.parametrize("document", sorted(house.ROOT.glob("*.md")), ids=lambda path: path.name)
def test_what_a_document_names_exists(document):
    """Links, and the files and commands in backticks: a reader's first guess is to look there."""
    text = document.read_text()
    named = set(re.findall(r"\]\((?!http|\.\./\.\./actions/)([^)#]+)", text)) | set(
        re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`", text)
    )
    named -= {"workbook/targets/eks.py", "tests/workbook/test_eks.py"}  # what somebody would add
    assert not [name for name in named if not (house.ROOT / name).exists()]
    targets = set(re.findall(r"^(\w+):", (house.ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make (\w+)", text, re.MULTILINE)) <= targets


def test_every_setting_is_explained():
    readme = (house.ROOT / "README.md").read_text()
    assert not [field.name for field in fields(machine.Settings) if machine.variable(field.name) not in readme]


def test_contributing_shows_the_house_as_it_is():
    text = (house.ROOT / "CONTRIBUTING.md").read_text()
    assert house.drawn(text) == text, "run `make house`"
