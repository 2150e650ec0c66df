"""The harness must fail for each thing that it is there to notice."""

import base64
import configparser
import io
import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests import ROOT
from tests.notebooks.harness import SANITIZE, run_notebooks, start_notebooks

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


def test_a_notebook_is_kept_as_it_ran(healthy, tmp_path):
    """Whatever was recorded, and where a cell fails, too."""
    write(healthy, tmp_path / "run.ipynb", last="print('now')\n1 / 0")
    run_notebooks(tmp_path / "run.ipynb", strict=False, keep=tmp_path / "kept")
    *_, other, last = nbformat.read(tmp_path / "kept/run.ipynb", as_version=4).cells
    assert other.outputs and last.outputs[0].text == "now\n" and last.outputs[1].ename == "ZeroDivisionError"


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
    slow = tmp_path_factory.mktemp("slow")
    (folder / "hanging_cell.ipynb").rename(slow / "hanging_cell.ipynb")
    return run_notebooks(folder, strict=False)[1] + run_notebooks(slow, strict=False, cell_timeout=30)[1]


LAST = len(HEALTHY) - 1


def verdict(report, name, cell=LAST):
    lines = [line for line in report.splitlines() if f"{name}.ipynb::Cell {cell}" in line]
    return {line.split()[0] for line in lines} & {"PASSED", "FAILED", "ERROR"}


def test_an_honest_notebook_passes(lax_run):
    assert verdict(lax_run, "healthy") == {"PASSED"}, lax_run


@pytest.mark.parametrize("name", [*FAULTS, "never_run"])
def test_fault_is_caught(lax_run, name):
    assert verdict(lax_run, name) & {"FAILED", "ERROR"}, lax_run
    assert all(verdict(lax_run, name, cell) == {"PASSED"} for cell in range(len(HEALTHY) - 1)), lax_run


@pytest.mark.parametrize(
    "death",
    [
        "os._exit(137)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "threading.Timer(3, os._exit, [1]).start(); time.sleep(600)",
    ],
)
def test_a_kernel_that_dies_is_noticed_at_its_cell_and_at_once(healthy, tmp_path, death):
    write(healthy, tmp_path / "dies.ipynb", last=f"import os, signal, threading, time\n{death}")
    process = start_notebooks(tmp_path, strict=False)  # a cell may take 600 s
    report, _ = process.communicate(timeout=250)
    assert verdict(report, "dies") == {"FAILED"} and "The kernel died in this cell" in report, report
    assert verdict(report, "dies", LAST - 1) == {"PASSED"}


def test_strict_mode_compares_every_cell(healthy, tmp_path):
    write(healthy, tmp_path / "right.ipynb")
    write(healthy, tmp_path / "wrong.ipynb", last="print('one')")
    _, report = run_notebooks(tmp_path)
    assert verdict(report, "right") == {"PASSED"}, report
    assert verdict(report, "wrong") == {"FAILED"}, report


def drawn(values):
    """The display of a figure of these values, as a notebook keeps it."""
    figure, axes = plt.subplots()
    axes.plot(values)
    image = io.BytesIO()
    figure.savefig(image)
    plt.close(figure)
    data = {"image/png": base64.b64encode(image.getvalue()).decode(), "text/plain": "<Figure size 640x280 with 1 Axes>"}
    return nbformat.v4.new_output("display_data", data)


@pytest.mark.parametrize("values, expected", [([3, 1, 2], "PASSED"), ([], "FAILED")])
def test_a_figure_that_lost_its_curves_is_caught(healthy, tmp_path, values, expected):
    plot = f"import matplotlib.pyplot as plt\nplt.plot({values})\nplt.show()"
    write(healthy, tmp_path / "figure.ipynb", last=plot, outputs=[drawn([1, 2, 3])])
    _, report = run_notebooks(tmp_path)
    assert verdict(report, "figure") == {expected}, report


SANITIZERS = configparser.RawConfigParser()
SANITIZERS.read(ROOT / SANITIZE)


def sanitize(text, names=None):
    for name in names or SANITIZERS.sections():
        text = re.sub(SANITIZERS[name]["regex"], SANITIZERS[name]["replace"], text)
    return text


def recorded():
    """Every text that the notebooks' cells put out."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                yield output.get("text") or output.get("data", {}).get("text/plain", "")


@pytest.mark.parametrize("name", SANITIZERS.sections())
def test_each_sanitizer_is_needed(name):
    assert any(sanitize(text, [name]) != text for text in recorded())


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("It was: drift. Repaired by you and quiet again after 1 min 8 s.", "It was: . Repaired by None"),
        ("docker   28.2.2", "docker   Traceback"),
        ("Prometheus: found on PATH", "Prometheus: Traceback (most recent call last):"),
        ("0  0.9883", "0  -0.9883"),
        ("0  0.9883", "0  inf"),
        ("0.0214", "0.021"),
        (
            "10045 rows: no probability differs by more than 1e-5",
            "10045 rows: no probability differs by more than 1e-1",
        ),
        ("kind     range", "kind     step"),
        ("wine-model-7c9d8b6f5-abcde   1/1", "wine-model-7c9d8b6f5-abcde   0/1"),
    ],
)
def test_a_wrong_output_is_not_sanitized_away(right, wrong):
    assert sanitize(right) != sanitize(wrong)
