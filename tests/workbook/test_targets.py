"""Targets: settings, the choice, and whose cluster it is."""

import json

import pytest

from workbook.machine import Settings, WorkbookError, settings
from workbook.targets import choose, claims, current
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.targets.local import Local

NODE = '[ "$1" = ps ] && echo wine-control-plane; true'  # what docker says of a cluster that stands
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
    assert "no cluster of this workbook answers" in capsys.readouterr().out


def test_a_cluster_that_does_not_answer_is_not_chosen(tools):
    tools(docker="", kubectl="exit 1")
    KIND.claim()
    KIND.kubeconfig.touch()
    assert current().name == "local"


def test_the_cluster_that_answers_is_chosen(tools):
    tools(docker="", kubectl="true")
    KIND.claim()
    KIND.kubeconfig.touch()
    assert current() == KIND


def test_an_unknown_target_is_refused():
    with pytest.raises(WorkbookError, match="no target 'eks'"):
        choose("eks")


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


def test_a_cluster_of_somebody_else_is_refused(tools):
    tools(docker=NODE)
    with pytest.raises(WorkbookError, match="stands already: the cluster wine-control-plane.*kind delete cluster"):
        KIND.claim()
    assert claims() == []


def test_a_creation_that_was_cut_off_is_cleared(tools, tmp_path):
    KIND.note.write_text(json.dumps({"name": "kind"}))
    tools(docker=NODE, kind=f'echo "$@" >> {tmp_path}/calls')
    KIND.claim()
    assert "delete cluster --name wine" in (tmp_path / "calls").read_text()


def test_a_finished_cluster_is_kept(tools, tmp_path):
    tools(docker=NODE, kind=f'echo "$@" >> {tmp_path}/calls')
    KIND.note.write_text(json.dumps({"name": "kind"}))
    KIND.kubeconfig.touch()
    KIND.claim()
    assert not (tmp_path / "calls").exists()


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
