"""The reader's copies in my/: never lost, never in the way of a `git pull`."""

import shutil
import subprocess

import nbformat
import pytest

from tests import ROOT
from workbook import copies
from workbook.machine import WorkbookError


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    """A workbook of one notebook, with the reader's copy of it."""
    (tmp_path / "notebooks").mkdir()
    for name, folder in (("ROOT", ""), ("ORIGINALS", "notebooks"), ("COPIES", "my"), ("NOTE", "my/.originals.json")):
        monkeypatch.setattr(copies, name, tmp_path / folder)
    write(tmp_path / "notebooks/01_train.ipynb", "a = 1", "b = 2")
    assert copies.refresh() == []
    return tmp_path


def text(path):
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


def test_an_untouched_copy_follows_its_original(workbook):
    assert text(workbook / "my/01_train.ipynb") == "a = 1\nb = 2"
    write(workbook / "notebooks/01_train.ipynb", "a = 3")
    assert copies.refresh() == [] and text(workbook / "my/01_train.ipynb") == "a = 3"


def test_a_copy_with_changes_is_left_alone_and_its_newer_original_named(workbook):
    write(workbook / "my/01_train.ipynb", "mine")
    assert copies.refresh() == []
    write(workbook / "notebooks/01_train.ipynb", "a = 3")
    assert copies.refresh() == ["01_train"] and text(workbook / "my/01_train.ipynb") == "mine"


def test_before_the_first_copy_there_is_nothing_to_compare(workbook):
    shutil.rmtree(workbook / "my")
    assert copies.differences() == "There are no copies yet: `make lab` makes them."


def test_what_differs_is_what_was_typed(workbook):
    assert copies.differences() == "Your copies say what the notebooks say."
    write(workbook / "my/01_train.ipynb", "a = 1", "b = 5")
    assert copies.differences().splitlines()[-2:] == ["-b = 2", "+b = 5"]
    assert "my/01_train.ipynb" in copies.differences()


@pytest.mark.parametrize("name", ["01_train", "notebooks/01_train.ipynb", "my/01_train.ipynb"])
def test_a_fresh_copy_keeps_the_reader_s_beside_it(workbook, capsys, name):
    for number, mine in enumerate(("mine", "mine too"), start=1):
        write(workbook / "my/01_train.ipynb", mine)
        assert copies.main(["fresh", name]) is None
        assert text(workbook / "my/01_train.ipynb") == "a = 1\nb = 2"
        assert text(workbook / f"my/01_train-{number}.ipynb") == mine
        assert capsys.readouterr().out == f"my/01_train.ipynb is fresh. Yours is now my/01_train-{number}.ipynb.\n"


def test_a_name_that_is_none_and_a_folder_that_cannot_be_written_are_one_sentence(workbook):
    with pytest.raises(WorkbookError, match="There is no notebook '05_fly'. Choose one of 01_train"):
        copies.fresh("05_fly")
    (workbook / "my/01_train.ipynb").unlink()
    (workbook / "my/.originals.json").unlink()
    (workbook / "my").rmdir()
    (workbook / "my").touch()  # a file where the folder should be: not even root can write into it
    with pytest.raises(WorkbookError, match="cannot be written .*Copy the workbook to a folder of yours"):
        copies.refresh()


@pytest.mark.parametrize("damaged", ["", "{", "[]"])
def test_a_damaged_list_of_originals_loses_nothing(workbook, damaged):
    (workbook / "my/.originals.json").write_text(damaged)
    assert copies.refresh() == [] and "01_train.ipynb" in (workbook / "my/.originals.json").read_text()
    write(workbook / "my/01_train.ipynb", "mine")
    (workbook / "my/.originals.json").write_text(damaged)
    assert copies.refresh() == ["01_train"] and text(workbook / "my/01_train.ipynb") == "mine"


@pytest.mark.parametrize("content", ["", "<<<<<<< HEAD\n{}", '{"metadata": {}}'])
def test_a_copy_that_is_no_notebook_any_more_is_named_and_kept(workbook, content):
    (workbook / "my/01_train.ipynb").write_text(content)
    with pytest.raises(WorkbookError, match="cannot be read as a notebook. `make fresh NOTEBOOK=01_train`"):
        copies.differences()
    assert copies.fresh("01_train").read_text() == content
    assert copies.differences() == "Your copies say what the notebooks say."


def test_git_does_not_see_them():
    if not (ROOT / ".git").exists():
        pytest.skip("Not a clone: git says nothing of its files")
    done = subprocess.run(["git", "check-ignore", "my/01_train.ipynb"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "my/01_train.ipynb\n", done.stderr


def test_what_a_notebook_reads_beside_it_is_found_from_my_too():
    """my/ stands where notebooks/ stands: `../service` is the same folder from both."""
    assert copies.COPIES.parent == copies.ORIGINALS.parent == ROOT


def test_git_for_windows_leaves_line_ends_alone():
    if not (ROOT / ".git").exists():
        pytest.skip("Not a clone: git says nothing of its files")
    asked = ["git", "-c", "core.autocrlf=true", "check-attr", "eol", "Makefile", "k8s/base/kustomization.yaml"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.count("eol: lf") == 2
