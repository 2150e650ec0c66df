"""Write the worked solutions into the notebooks, each folded behind its exercise: python -m tests.notebooks.solutions"""

import re
from importlib import import_module

import nbformat

from tests import ROOT
from workbook.exercises import MODULES

TAG = "solution"


def cell(number, solution):
    """The Markdown cell that shows a solution when it is opened."""
    source = (
        f"<details><summary>Solution to {number}: open it when you have tried</summary>\n\n"
        f"```python\n{solution.code}\n```\n\n{solution.why}\n\n</details>"
    )
    identity = f"solution-{number.replace('.', '-')}"
    return nbformat.v4.new_markdown_cell(source, id=identity, metadata={"tags": [TAG]})


def asked(one):
    """The number of the exercise that a cell checks, or None."""
    found = re.search(r'^check\("(\d\.\d+)"', one.source, re.MULTILINE)
    return found and one.cell_type == "code" and found[1]


def with_solutions(cells, solutions):
    """The cells with a fresh solution after every exercise that has a `why`."""
    fresh = []
    for one in cells:
        if TAG not in one.metadata.get("tags", []):
            fresh.append(one)
        if (number := asked(one)) and solutions[number].why:
            fresh.append(cell(number, solutions[number]))
    return fresh


def main():
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        solutions = {}
        for module in MODULES[str(int(path.stem[:2]))]:
            solutions |= import_module(f"tests.notebooks.solutions.{module}").SOLUTIONS
        notebook.cells = with_solutions(notebook.cells, solutions)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
