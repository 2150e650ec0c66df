"""Targets: settings, the choice, and whose cluster it is."""

import json
import re
from pathlib import Path

import pytest
import yaml

from workbook.machine import Settings, WorkbookError, settings
from workbook.targets import choose, claims, current
from workbook.targets import kind as kind_module
from workbook.targets.base import this_copy
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.targets.local import Local

KIND, GKE = Kind(), Gke("example-project", "europe-west1-b")


@pytest.fixture(autouse=True)
def clean(unset, use, state):
    """No setting, nothing chosen, no cluster of the workbook."""


def test_settings_have_defaults_for_a_reader_with_docker_and_internet():
    assert settings().monitoring_chart.startswith("oci://ghcr.io/prometheus-community/")
    assert settings().metrics_server_chart.startswith("https://")
    assert settings().target == settings().kind_node_image == settings().monitoring_values == ""


def test_settings_come_from_the_environment_and_empty_is_not_set(monkeypatch):
    monkeypatch.setenv("WORKBOOK_TARGET", "gke")
    monkeypatch.setenv("KIND_NODE_IMAGE", "kindest/node:v1.36.0")
    monkeypatch.setenv("MONITORING_CHART", "")
    assert settings() == Settings(target="gke", kind_node_image="kindest/node:v1.36.0")


def test_the_setting_chooses(monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_TARGET", "kind")
    assert choose() == current() == KIND
    assert capsys.readouterr().out.startswith("Target: kind, because WORKBOOK_TARGET says so.\n")


def test_the_caller_chooses_against_the_setting(monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_TARGET", "gke")
    assert choose("local") == Local()
    assert "because you chose it" in capsys.readouterr().out


def test_without_a_cluster_it_is_this_machine(capsys):
    assert choose().name == "local"
    assert "this workbook has made no cluster" in capsys.readouterr().out


def test_a_cluster_that_does_not_answer_is_not_chosen_and_that_is_said(tools, capsys):
    tools(docker="[ $1 = container ] && echo exited; true", kubectl="exit 1")
    KIND.claim()
    KIND.kubeconfig.touch()
    assert choose().name == "local"
    assert "`docker start wine-control-plane` wakes it" in capsys.readouterr().out.splitlines()[0]


def test_the_cluster_that_answers_is_chosen(tools):
    tools(docker="", kubectl="true")
    KIND.claim()
    KIND.kubeconfig.touch()
    assert current() == KIND


def test_an_unknown_target_is_refused():
    with pytest.raises(WorkbookError, match="no target 'nowhere'"):
        choose("nowhere")


def test_a_missing_tool_is_named_with_its_remedy(tools, capsys):
    tools(kubectl='echo "Client Version: v1.37.1"')
    choose("kind")
    lines = capsys.readouterr().out.splitlines()
    assert "kubectl  1.37.1" in lines
    assert next(line for line in lines if line.startswith("helm")).startswith("helm     not installed: ")


def test_a_tool_that_does_not_run_does_not_stop_the_choice(tools, capsys):
    tools(docker="exit 1")
    choose("kind")
    assert "docker   does not run" in capsys.readouterr().out


def test_project_and_zone_are_gclouds_own_unless_set(tools, monkeypatch):
    tools(gcloud='[ "$3" = project ] && echo mine || echo us-east1-c')
    assert choose("gke") == Gke("mine", "us-east1-c")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "other")
    assert choose("gke").project == "other"


def test_names_follow_from_the_target():
    assert GKE.image == "europe-west1-docker.pkg.dev/example-project/wine/wine-model:1.0.0"
    assert GKE.context == "gke_example-project_europe-west1-b_wine"
    assert KIND.image == "wine-model:1.0.0" and KIND.context == "kind-wine"


def test_cells_never_see_the_readers_own_cluster(monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "/home/me/production")
    assert KIND.variables()["KUBECONFIG"] == str(KIND.kubeconfig)


@pytest.mark.parametrize("target", [KIND, GKE], ids=["kind", "gke"])
def test_what_a_shell_says_of_other_clusters_reaches_no_command(target, tools, monkeypatch):
    assert target.variables()["KUBERC"] == "off"
    shell = {"HELM_KUBEAPISERVER": "https://production.example", "HELM_KUBECONTEXT": "production"}
    if target is KIND:
        shell |= {"KIND_CLUSTER_NAME": "other", "KIND_EXPERIMENTAL_PROVIDER": "podman"}
        shell |= {"DOCKER_DEFAULT_PLATFORM": "linux/amd64"}
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    tools(helm="echo " + " ".join(f"[${name}]" for name in shell))
    assert target.run("helm") == " ".join(["[]"] * len(shell))


def test_gcloud_asks_nothing_in_cells():
    assert GKE.variables()["CLOUDSDK_CORE_DISABLE_PROMPTS"] == "1"
    assert GKE.variables()["CLOUDSDK_CORE_PROJECT"] == "example-project"


def test_each_cluster_of_google_cloud_has_a_claim_of_its_own(tools):
    tools(gcloud="")
    other = Gke(GKE.project, "us-central1-a")
    GKE.claim()
    other.claim()
    assert claims() == [GKE, other]


def test_the_cluster_that_answers_is_the_one_that_was_made_whatever_gcloud_says_now(tools):
    tools(gcloud='[ "$1" = config ] && echo elsewhere; true', kubectl="true")
    GKE.claim()
    GKE.kubeconfig.touch()
    assert current() == GKE


def test_this_machine_is_no_cluster_to_claim():
    with pytest.raises(WorkbookError, match="Choose one that has"):
        Local().claim()


def test_a_claim_is_remembered(tools, state):
    tools(docker="")
    KIND.claim()
    assert claims() == [KIND]
    assert json.loads((state / "kind-wine.json").read_text())["name"] == "kind"


# What docker, kind and kubectl say of a cluster, with everything that changes it written to a file.
DOCKER = """case "$1 $2" in
  "ps --all") [ -e {folder}/stands ] && echo wine-control-plane ;;
  "cp wine"*) [ -e {folder}/mark ] || {{ echo Could not find the file >&2; exit 1; }}; cat {folder}/mark ;;
  "container inspect") echo {node} ;;
esac
true"""
KIND_TOOL = """case "$1" in
  delete) echo deleted >> {folder}/changes; rm {folder}/stands ;;
  export) {export} && echo exported > "$KUBECONFIG" ;;
esac"""
OURS, THEIRS, NOBODYS, UNBEGUN = "ours", "another copy's", "nobody's", "not begun"
KEPT, CLEARED, REFUSED, WOKEN = "kept", "cleared", "refused", "to be started"


def expected(claimed, mark, kubeconfig, node, whole):
    if mark in (THEIRS, NOBODYS) or (mark == UNBEGUN and not claimed):
        return REFUSED
    if node == "exited":
        return WOKEN
    return KEPT if kubeconfig or whole else CLEARED


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "cut off"])
@pytest.mark.parametrize("node", ["running", "exited"])
@pytest.mark.parametrize("kubeconfig", [True, False], ids=["kubeconfig", "no kubeconfig"])
@pytest.mark.parametrize("mark", [OURS, THEIRS, NOBODYS, UNBEGUN])
@pytest.mark.parametrize("claimed", [True, False], ids=["claimed", "unclaimed"])
def test_a_cluster_that_stands(tools, tmp_path, monkeypatch, claimed, mark, kubeconfig, node, whole):
    """Every combination of claim file, mark, kubeconfig and cluster: nobody else's goes, and no healthy one of ours."""
    monkeypatch.setattr(kind_module, "RECOVERY", 0)
    written = {OURS: this_copy(), THEIRS: "0123456789ab", NOBODYS: ""}
    (tmp_path / "stands").touch()
    if mark in written:
        (tmp_path / "mark").write_text(f'node-labels: "workbook={written[mark]}"')
    if claimed:
        KIND.note.write_text(json.dumps({"name": "kind"}))
    if kubeconfig:
        KIND.kubeconfig.touch()
    tools(docker=DOCKER.format(folder=tmp_path, node=node), kubectl="true" if whole else "exit 1")
    tools(
        kind=KIND_TOOL.format(folder=tmp_path, export="true" if whole else "false"),
        rm='exec /bin/rm "$@"',
        cat='exec /bin/cat "$@"',
    )
    try:
        KIND.claim()
        found = KEPT if (tmp_path / "stands").exists() else CLEARED
    except WorkbookError as error:
        found = {"docker start": WOKEN, "kind delete": REFUSED}[re.search("`(docker start|kind delete)", str(error))[1]]
    assert found == expected(claimed, mark, kubeconfig, node, whole)
    assert (tmp_path / "changes").exists() == (found == CLEARED)
    assert KIND.claimed == (claimed or found in (KEPT, CLEARED))
    if found == KEPT:
        assert KIND.kubeconfig.exists(), "the way to it is back"


def test_what_kind_makes_carries_the_mark(tools, monkeypatch):
    tools(docker="")
    monkeypatch.setenv("KIND_NODE_IMAGE", "kindest/node:v1.36.0")
    KIND.claim()
    config = yaml.safe_load(Path(KIND.variables()["KIND_CONFIG"]).read_text())
    (node,) = config["nodes"]
    assert node["labels"] == {"workbook": this_copy()} and node["image"] == "kindest/node:v1.36.0"
    assert config["name"] == "wine"


def test_the_kubeconfig_of_a_cluster_that_is_gone_goes_too(tools):
    tools(docker="")
    KIND.kubeconfig.touch()
    KIND.claim()
    assert not KIND.kubeconfig.exists()


def test_the_target_in_use_stays_when_its_cluster_falls_silent(tools):
    tools(docker="", kubectl="true")
    KIND.claim()
    KIND.kubeconfig.touch()
    assert current() == KIND
    tools(kubectl="exit 1")
    assert current() == KIND
