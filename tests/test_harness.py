"""The harness must fail for each thing that it is there to notice."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.harness import ROOT, run_notebooks

HEALTHY = ["%load_ext workbook", "print(6 * 7)", "!true", "%%on all\ntrue | cat", "%%bash\necho one\necho two"]

# What is wrong, and the cell that replaces the last one; it keeps the recording of an honest run.
FAULTS = {
    "wrong_output": "print('three')",
    "failing_command": "!false",
    "failing_first_in_pipe": "!false | cat",
    "failing_first_in_shell_cell_pipe": "%%on all\nfalse | cat",
    "failing_middle_line": "%%bash\nfalse\ntrue",
    "failing_middle_line_of_shell_cell": "%%on all\nfalse\ntrue",
    "misspelt_magic": "%prmql up\nassert False",
    "misspelt_cell_magic": "%%promq\nup",
    "exception_not_raised": "# NBVAL_RAISES_EXCEPTION\nx = 1",
    "hanging_cell": "import time\nwhile True: time.sleep(0.1)",
}


@pytest.fixture(scope="module")
def healthy():
    notebook = new_notebook(cells=[new_code_cell(source) for source in HEALTHY])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, resources={"metadata": {"path": ROOT}}).execute()
    return notebook


def write(notebook, path, last=None, **changes):
    copy = nbformat.reads(nbformat.writes(notebook), as_version=4)
    if last is not None:
        copy.cells[-1].source = last
        copy.cells[-1].outputs = changes.pop("outputs", [])
    copy.cells[-1].update(changes)
    nbformat.write(copy, path)


@pytest.fixture(scope="module")
def lax_run(healthy, tmp_path_factory):
    """Every fault in a notebook of its own, run in lax mode: what it catches, the strict mode does too."""
    folder = tmp_path_factory.mktemp("faults")
    write(healthy, folder / "healthy.ipynb")
    for name, source in FAULTS.items():
        stream = nbformat.v4.new_output("stream", name="stdout", text="four\n")
        check = "# NBVAL_CHECK_OUTPUT\n" if name == "wrong_output" else ""
        write(healthy, folder / f"{name}.ipynb", last=check + source, outputs=[stream] if check else [])
    write(healthy, folder / "never_run.ipynb", execution_count=None, outputs=[])
    return run_notebooks(folder, strict=False, cell_timeout=5)[1]


def verdict(report, name):
    last = len(HEALTHY) - 1
    lines = [line for line in report.splitlines() if f"{name}.ipynb::Cell {last}" in line]
    return {line.split()[0] for line in lines} & {"PASSED", "FAILED", "ERROR"}


def test_an_honest_notebook_passes(lax_run):
    assert verdict(lax_run, "healthy") == {"PASSED"}, lax_run


@pytest.mark.parametrize("name", [*FAULTS, "never_run"])
def test_fault_is_caught(lax_run, name):
    assert verdict(lax_run, name) & {"FAILED", "ERROR"}, lax_run


def test_strict_mode_compares_every_cell(healthy, tmp_path):
    write(healthy, tmp_path / "right.ipynb")
    write(healthy, tmp_path / "wrong.ipynb", last="print('one')")
    _, report = run_notebooks(tmp_path)
    assert verdict(report, "right") == {"PASSED"}, report
    assert verdict(report, "wrong") == {"FAILED"}, report
