"""A notebook tells a story: short cells, each introduced, run in order, with a head and an end."""

import io
import itertools
import re
import statistics

import matplotlib.image
import nbformat
import numpy as np
import pytest

from tests import ROOT
from tools import minutes, pictures

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    return nbformat.read(request.param, as_version=4).cells


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def test_cells_are_short(cells):
    lengths = sorted(len(cell.source.splitlines()) for cell in code(cells))
    assert max(lengths) <= 15
    assert statistics.median(lengths) <= 3
    assert lengths[int(0.9 * (len(lengths) - 1))] <= 8


def test_no_price_becomes_a_formula(cells):
    """JupyterLab makes one of what stands between two dollars, also where they are escaped."""
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    prose = [re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$", "", text, flags=re.DOTALL) for text in texts]
    assert not [text for text in prose if "$" in text]


def test_every_code_cell_is_introduced(cells):
    bare = [
        after.source for before, after in itertools.pairwise(cells) if before.cell_type == after.cell_type == "code"
    ]
    assert cells[0].cell_type == "markdown" and not bare


def test_cells_ran_once_and_in_order(cells):
    assert [cell.execution_count for cell in code(cells)] == list(range(1, len(code(cells)) + 1))


def test_checkpoints_are_compared_on_every_target(cells):
    checkpoints = [cell for cell in code(cells) if re.search('^(print|echo).*"Checkpoint', cell.source, re.MULTILINE)]
    assert checkpoints
    assert not [one.source for one in checkpoints if one.metadata.get("tags") != ["nbval-check-output"]]


def test_no_output_is_left_uncompared_but_dockers(cells):
    """Docker's cell in 02 says something else where there is no Docker, and asserts for itself."""
    left_out = re.compile("nbval.(ignore.output|skip)", re.IGNORECASE)
    uncompared = [cell.source for cell in code(cells) if left_out.search(f"{cell.metadata.get('tags')} {cell.source}")]
    assert not [source for source in uncompared if not source.startswith("%%on all\ndocker info")]


def test_no_recorded_failure(cells):
    outputs = [(cell, output) for cell in code(cells) for output in cell.outputs if output.output_type == "error"]
    assert not [cell.source for cell, _ in outputs if "NBVAL_RAISES_EXCEPTION" not in cell.source]


def test_head_says_what_it_is_for(cells):
    head = "\n".join(cell.source for cell in cells[:2] if cell.cell_type == "markdown")
    for word in ("In this notebook you will", "Time", "Cost", "You need"):
        assert word in head, f"the top of the notebook does not say {word!r}"


def test_ends_with_a_summary(cells):
    headings = re.findall(r"^## (.+)$", "\n".join(c.source for c in cells if c.cell_type == "markdown"), re.MULTILINE)
    assert "Summary" in headings[-4:], headings[-4:]


def test_exercises_are_blank(cells):
    answers = [line for cell in code(cells) if "check(" in cell.source for line in cell.source.splitlines()]
    blanks = [line for line in answers if re.fullmatch(r"\w+ = \.\.\.( +#.*)?", line)]
    checks = [line for line in answers if line.startswith("check(")]
    assert len(checks) >= 4 and len(blanks) >= len(checks)


def test_nothing_of_this_machine_is_recorded(cells):
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    assert not re.search(r"(?<![\w.~])/(root|home|Users|work)/\w", text)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_the_readmes_pictures_are_the_notebooks(name):
    file = ROOT / f"pictures/{name}.png"
    kept, drawn = (matplotlib.image.imread(io.BytesIO(png)) for png in (file.read_bytes(), pictures.shown(name)))
    assert np.array_equal(kept, drawn), "make record"


def test_the_minutes_are_those_that_are_counted():
    """make minutes"""
    cells = nbformat.read(minutes.NOTEBOOK, as_version=4).cells
    parts, readme = minutes.counted(cells), (ROOT / "README.md").read_text()
    assert minutes.head(cells[0].source, parts) == cells[0].source and minutes.readme(readme, parts) == readme
    assert sum(map(sum, parts.values())) > sum(part[0] for part in parts.values()) > 30


def test_minutes_are_words_tries_and_recorded_waits():
    waited = nbformat.v4.new_output("stream", text="[the page, 61 s]\n[a third pod, 62 s]\n")
    cells = [
        nbformat.v4.new_markdown_cell("word " * 1000),
        nbformat.v4.new_code_cell('answer = ...\ncheck("4.1", answer)', outputs=[waited]),
        nbformat.v4.new_markdown_cell("word " * 9000, metadata={"tags": ["solution"]}),
        nbformat.v4.new_markdown_cell("# Part 2\n**Your guess.** " + "word " * 1990),
    ]
    parts = minutes.counted(cells)
    assert parts == {1: (5, 5, 2), 2: (10, 5, 0)}
    head = "| **Time** | 9 minutes: 1 to read, 2 for guesses and exercises, and 3 in which cells wait |\n"
    head += "| 1: ask | 9 | 9 | 9 |\n| 2: be told | 9 | 9 | 9 |"
    assert minutes.head(head, parts) == (
        "| **Time** | 27 minutes: 15 to read, 10 for guesses and exercises, and 2 in which cells wait |\n"
        "| 1: ask | 5 | 5 | 2 |\n| 2: be told | 10 | 5 | 0 |"
    )


def test_the_readme_shows_what_there_is_and_says_how_long_it_takes():
    readme = (ROOT / "README.md").read_text()
    for shown in re.findall(r'src="(.+?)"|\]\((?!https?:|../../actions/)(.+?)\)', readme):
        assert (ROOT / "".join(shown)).exists(), shown
    for path in NOTEBOOKS:
        head = nbformat.read(path, as_version=4).cells[0].source
        minutes = re.search(r"\*\*Time\*\*\W+(\d+) minutes", head)[1]
        assert re.search(rf"\[{path.stem}\].*\| {minutes} \|$", readme, re.MULTILINE), path.stem
