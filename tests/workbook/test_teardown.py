"""Teardown on kind, with programs that say what a machine holds; test_gke.py does the same for Google Cloud."""

import sys
from types import SimpleNamespace

import pytest

from workbook import targets, teardown
from workbook.__main__ import agrees
from workbook.machine import WorkbookError
from workbook.targets.base import this_copy
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind


@pytest.fixture
def machine(monkeypatch, tmp_path, state, cache):
    """A machine where `docker ps` and `docker image ls` list files, and kind and docker remove them."""
    path, held = tmp_path / "bin", tmp_path / "held"
    path.mkdir()
    held.mkdir()
    docker = f"""case "$1 $2" in
      "ps --all") ls {held} | grep control-plane ;;
      "image ls") ls {held} | grep wine-model: ;;
      "image rm") rm {held}/"$3" ;;
      "cp wine"*) cat {held}/../mark ;;
    esac
    true"""
    for name, script in {"docker": docker, "kind": f"rm -f {held}/wine-control-plane", "kubectl": "exit 1"}.items():
        (path / name).write_text(f"#!/bin/sh\n{script}\n")
        (path / name).chmod(0o755)
    (tmp_path / "mark").write_text(f'node-labels: "workbook={this_copy()}"')
    (path / "gcloud").write_text("#!/bin/sh\ntrue\n")
    (path / "gcloud").chmod(0o755)
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    return held


def hold(machine, *names):
    for name in names:
        (machine / name).touch()


def claim():
    Kind().note.write_text('{"name": "kind"}')


def test_what_stands_is_listed(machine):
    hold(machine, "wine-control-plane", "wine-model:1.0.0", "wine-model:1.0.1")
    claim()
    assert teardown.leftovers() == [
        ("kind", "cluster", "wine-control-plane"),
        ("kind", "image", "wine-model:1.0.0"),
        ("kind", "image", "wine-model:1.0.1"),
    ]


def test_all_of_it_is_removed(machine, state, capsys):
    hold(machine, "wine-control-plane", "wine-model:1.0.0")
    claim()
    Kind().kubeconfig.touch()
    teardown.down()
    assert not list(machine.iterdir()) and [path.name for path in state.iterdir()] == ["copy"]
    assert capsys.readouterr().out.splitlines() == [
        "kind: cluster wine-control-plane",
        "kind: image wine-model:1.0.0",
        "Nothing is left of what the workbook created.",
    ]


@pytest.mark.parametrize("mark", ['node-labels: "workbook=0123456789ab"', "node-labels: ''"])
@pytest.mark.parametrize("claimed", [False, True])
def test_what_does_not_carry_this_copys_mark_is_told_and_left_alone(machine, mark, claimed):
    """Another copy's, or made with `kind create cluster`; or this copy's, before its folder .workbook was deleted."""
    hold(machine, "wine-control-plane")
    (machine.parent / "mark").write_text(mark)
    if claimed:
        claim()
    with pytest.raises(
        WorkbookError, match="not its mark.*\nkind: the cluster wine.*`kind delete cluster --name wine`"
    ):
        teardown.down()
    assert len(list(machine.iterdir())) == 1


def test_a_cluster_of_this_copy_goes_though_its_claim_is_lost(machine):
    hold(machine, "wine-control-plane")
    teardown.down()
    assert not list(machine.iterdir())


def test_an_image_that_nobody_claims_is_mentioned_and_no_failure(machine, capsys):
    hold(machine, "wine-model:1.0.0")
    teardown.down()
    assert (
        "Left alone: kind: the image wine-model:1.0.0" in capsys.readouterr().out and len(list(machine.iterdir())) == 1
    )


def test_programs_that_were_fetched_are_mentioned(machine, cache, capsys):
    """Grafana alone has 1 GB; other copies may run it."""
    for name in ("prometheus", "grafana"):
        (cache / name).mkdir(parents=True)
    teardown.down()
    assert capsys.readouterr().out.splitlines() == [
        "Left alone, fetched for all copies: grafana, prometheus.",
        f"At the end delete their folder, {cache}",
        "Nothing is left of what the workbook created.",
    ]


def test_whoever_says_no_keeps_everything(machine, capsys):
    hold(machine, "wine-control-plane")
    asked = []
    with pytest.raises(WorkbookError, match="Nothing was removed"):
        teardown.down(asked.append)
    assert asked == ["Remove it?"] and len(list(machine.iterdir())) == 1
    assert capsys.readouterr().out == "kind: cluster wine-control-plane\n", "it is listed before the question"


@pytest.mark.parametrize("typed, agreed", [("y", True), ("Yes ", True), ("", False), ("n", False)])
def test_a_terminal_is_asked_and_a_pipe_is_not(monkeypatch, typed, agreed):
    monkeypatch.setattr("builtins.input", lambda question: typed)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert agrees("Remove it?") == agreed
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    assert agrees("Remove it?")


def test_the_end_of_input_is_a_no(monkeypatch):
    def end(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert not agrees("Remove it?")


def test_a_copy_whose_name_was_lost_owns_nothing_that_is_unmarked(machine, state):
    """A full disk leaves an empty file, and the mark of a stranger's cluster is empty, too."""
    (state / "copy").write_text("")
    hold(machine, "wine-control-plane")
    (machine.parent / "mark").write_text("node-labels: ''")
    with pytest.raises(WorkbookError, match="not its mark"):
        teardown.down()
    assert len(list(machine.iterdir())) == 1 and len(this_copy()) == 12


@pytest.mark.parametrize("note", ["", '{"name": "ki', "[]", '{"name": "eks"}', '{"name": "gke"}'])
def test_a_note_that_is_damaged_is_named(machine, state, note):
    """The cluster goes all the same, as soon as the note is away: it carries the mark."""
    hold(machine, "wine-control-plane")
    Kind().note.write_text(note)
    with pytest.raises(WorkbookError, match="kind-wine.json notes which cluster.*Delete it, then run `make down`"):
        teardown.down()
    Kind().note.unlink()
    teardown.down()
    assert not list(machine.iterdir())


def test_two_nodes_are_one_cluster(machine, capsys):
    """What a reader's own kind.yaml may have made."""
    hold(machine, "wine-control-plane", "wine-control-plane2")
    (machine.parent / "bin/kind").write_text(f"#!/bin/sh\nrm -f {machine}/wine-control*\n")
    teardown.down()
    assert not list(machine.iterdir())
    assert [line for line in capsys.readouterr().out.splitlines() if "cluster" in line] == [
        "kind: cluster wine-control-plane"
    ]


def test_a_place_that_cannot_be_looked_at_is_said(machine, capsys):
    (machine.parent / "bin/docker").write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    teardown.down()
    assert "Not looked at: kind, of which this copy has no note" in capsys.readouterr().out


def test_what_cannot_be_removed_is_named(machine, monkeypatch):
    hold(machine, "wine-control-plane")
    claim()
    (machine.parent / "bin/kind").write_text("#!/bin/sh\ntrue\n")
    with pytest.raises(WorkbookError, match="This is left.*\nkind cluster wine-control-plane"):
        teardown.down()
    assert targets.claims() == [Kind()], "the claim must stay, or a second run would find nothing to do"


def test_google_cloud_is_cleared_though_docker_sleeps(machine, capsys):
    (machine.parent / "bin/docker").write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    (machine.parent / "bin/gcloud").write_text(f'#!/bin/sh\necho "$@" >> {machine}/calls\n')
    (machine.parent / "bin/gcloud").chmod(0o755)
    Gke("p", "us-central1-a").claim()
    claim()
    with pytest.raises(WorkbookError, match="Cannot connect to the Docker daemon\nWhat to try: Start Docker"):
        teardown.down()
    assert "compute disks list" in (machine / "calls").read_text()
    assert len(targets.claims()) == 2


def test_what_could_not_be_looked_at_is_not_said_to_be_gone(machine, capsys):
    """Nobody claims anything here; but the folder .workbook may have been deleted while a cluster stood."""
    (machine.parent / "bin/docker").write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    teardown.down()
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Not looked at: kind, of which this copy has no note.")
    assert told[-1] == "Nothing is left of what the workbook created, as far as it could be looked at."


def test_twice_is_as_good_as_once(machine, capsys):
    claim()
    teardown.down()
    teardown.down()
    assert capsys.readouterr().out == "Nothing is left of what the workbook created.\n" * 2
