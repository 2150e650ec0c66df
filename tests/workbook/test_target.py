"""Targets: settings, the choice, what a machine lacks, and whose cluster it is."""

import json
import subprocess
import sys
from dataclasses import fields

import pytest
import yaml

from workbook import doctor, target
from workbook.__main__ import main
from workbook.target import Settings, Target, WorkbookError, choose, claims, current, settings

NODE = '[ "$1" = ps ] && echo wine-control-plane; true'  # what docker says of a cluster that stands
GKE = Target("gke", "example-project", "europe-west1-b")


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    """No setting, nothing chosen, no cluster of the workbook."""
    for field in fields(Settings):
        monkeypatch.delenv("WORKBOOK_TARGET" if field.name == "target" else field.name.upper(), raising=False)
    monkeypatch.setattr(target, "_chosen", None)
    monkeypatch.setattr(target, "STATE", tmp_path)
    monkeypatch.setattr(target, "KUBECONFIG", tmp_path / "kubeconfig")


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """A PATH with nothing but the programs that a test writes there: `tools(docker=NODE)`."""
    path = tmp_path / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))

    def write(**programs):
        for name, script in programs.items():
            program = path / name.replace("_", "-")
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)

    return write


def kubeconfig(*names):
    contexts = [{"name": name, "context": {"cluster": name, "user": name}} for name in names]
    target.KUBECONFIG.write_text(yaml.safe_dump({"contexts": contexts, "current-context": names[0]}))


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
    assert choose() == current() == Target("kind")
    assert capsys.readouterr().out.startswith("Target: kind, because WORKBOOK_TARGET says so.\n")


def test_the_caller_chooses_against_the_setting(monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_TARGET", "gke")
    assert choose("local") == Target("local")
    assert "because you chose it" in capsys.readouterr().out


def test_without_a_cluster_it_is_this_machine(capsys):
    assert choose().name == "local"
    assert "no cluster of this workbook answers" in capsys.readouterr().out


def test_a_cluster_that_does_not_answer_is_not_chosen(tools):
    tools(docker="", kubectl="exit 1")
    Target("kind").claim()
    kubeconfig("kind-wine")
    assert current().name == "local"


def test_the_cluster_that_answers_is_chosen(tools):
    tools(docker="", kubectl="true")
    Target("kind").claim()
    kubeconfig("kind-wine")
    assert current() == Target("kind")


def test_an_unknown_target_is_refused():
    with pytest.raises(WorkbookError, match="no target 'eks'"):
        choose("eks")


def test_a_missing_tool_is_named_with_its_remedy(tools, capsys):
    tools(kubectl='echo "Client Version: v1.37.1"')
    choose("kind")
    lines = capsys.readouterr().out.splitlines()
    assert "kubectl  1.37.1" in lines
    assert next(line for line in lines if line.startswith("helm")).startswith("helm     not installed: ")
    with pytest.raises(WorkbookError, match="(?s)docker is not installed: .*kind is not installed: .*helm is not"):
        doctor.examine(Target("kind"))


def test_a_tool_that_does_not_run_does_not_stop_the_choice(tools, capsys):
    tools(docker="exit 1")
    choose("kind")
    assert "docker   does not run" in capsys.readouterr().out


READY = {"kind": "", "kubectl": "", "helm": ""}


@pytest.mark.parametrize(
    "docker, said",
    [
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", "Docker does not answer"),
        (f"echo '{2 * 2**30} /'", "2.0 GiB of memory"),
    ],
)
def test_doctor_asks_docker(tools, docker, said):
    tools(docker=docker, **READY)
    with pytest.raises(WorkbookError, match=said):
        doctor.examine(Target("kind"))


def test_doctor_looks_at_the_disk(tools, monkeypatch):
    tools(docker=f"echo '{16 * 2**30} /'", **READY)
    monkeypatch.setattr(target.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 3 * 2**30}))
    with pytest.raises(WorkbookError, match="3.0 GiB free"):
        doctor.examine(Target("kind"))


def test_doctor_is_content(tools, capsys):
    tools(docker=f"echo '{16 * 2**30} /'", **READY)
    doctor.examine(Target("kind"))
    doctor.examine(Target("local"))
    assert capsys.readouterr().out.count("has what the target") == 2


def test_doctor_asks_gcloud(tools):
    tools(gcloud="", gke_gcloud_auth_plugin="", kubectl="", helm="")
    with pytest.raises(WorkbookError, match="(?s)gcloud auth login.*GOOGLE_CLOUD_PROJECT.*GOOGLE_CLOUD_ZONE"):
        doctor.examine(Target("gke"))


def test_doctor_names_the_plugin(tools):
    tools(gcloud="", kubectl="", helm="")
    with pytest.raises(WorkbookError, match="gcloud components install gke-gcloud-auth-plugin"):
        doctor.examine(GKE)


def test_project_and_zone_are_gclouds_own_unless_set(tools, monkeypatch):
    tools(gcloud='[ "$3" = project ] && echo mine || echo us-east1-c')
    assert choose("gke") == Target("gke", "mine", "us-east1-c")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "other")
    assert choose("gke").project == "other"


def test_names_follow_from_the_target():
    assert GKE.image == "europe-west1-docker.pkg.dev/example-project/wine/wine-model:1.0.0"
    assert GKE.context == "gke_example-project_europe-west1-b_wine"
    assert Target("kind").image == "wine-model:1.0.0" and Target("kind").context == "kind-wine"


def test_cells_never_see_the_readers_own_cluster(monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "/home/me/production")
    assert Target("kind").variables()["KUBECONFIG"] == str(target.KUBECONFIG)


def test_gcloud_asks_nothing_in_cells():
    assert GKE.variables()["CLOUDSDK_CORE_DISABLE_PROMPTS"] == "1"
    assert GKE.variables()["CLOUDSDK_CORE_PROJECT"] == "example-project"


def test_each_cluster_of_google_cloud_has_a_claim_of_its_own(tools):
    tools(gcloud="")
    other = Target("gke", GKE.project, "us-central1-a")
    GKE.claim()
    other.claim()
    assert claims() == [GKE, other]


def test_the_cluster_that_answers_is_the_one_that_was_made_whatever_gcloud_says_now(tools):
    tools(gcloud='[ "$1" = config ] && echo elsewhere; true', kubectl="true")
    GKE.claim()
    kubeconfig(GKE.context)
    assert current() == GKE


def test_this_machine_is_no_cluster_to_claim():
    with pytest.raises(WorkbookError, match="Choose one that has"):
        Target("local").claim()


def test_a_claim_is_remembered(tools):
    tools(docker="")
    Target("kind").claim()
    assert claims() == [Target("kind")]
    assert json.loads((target.STATE / "kind-wine.json").read_text())["name"] == "kind"


def test_a_cluster_of_somebody_else_is_refused(tools):
    tools(docker=NODE)
    with pytest.raises(WorkbookError, match="stands already: the cluster wine-control-plane.*kind delete cluster"):
        Target("kind").claim()
    assert claims() == []


def test_a_creation_that_was_cut_off_is_cleared(tools, tmp_path):
    target.STATE.joinpath("kind-wine.json").write_text(json.dumps({"name": "kind", "project": "", "zone": ""}))
    tools(docker=NODE, kind=f'echo "$@" >> {tmp_path}/calls')
    Target("kind").claim()
    assert "delete cluster --name wine" in (tmp_path / "calls").read_text()


def test_a_finished_cluster_is_kept(tools, tmp_path):
    tools(docker=NODE, kind=f'echo "$@" >> {tmp_path}/calls')
    target.STATE.joinpath("kind-wine.json").write_text(json.dumps({"name": "kind", "project": "", "zone": ""}))
    kubeconfig("kind-wine")
    Target("kind").claim()
    assert not (tmp_path / "calls").exists()


def test_the_context_of_a_cluster_that_is_gone_goes_too(tools, tmp_path):
    tools(docker="", kubectl=f'echo "$@" >> {tmp_path}/calls')
    kubeconfig("kind-wine")
    Target("kind").claim()
    assert "config delete-context kind-wine" in (tmp_path / "calls").read_text()


def test_choosing_switches_between_the_workbooks_clusters(tools, tmp_path):
    tools(kubectl=f'echo "$@" >> {tmp_path}/calls')
    kubeconfig("kind-wine", GKE.context)
    choose("kind")
    assert "config use-context kind-wine" in (tmp_path / "calls").read_text()


def test_doctor_as_a_command():
    run = subprocess.run(
        [sys.executable, "-m", "workbook", "doctor"],
        cwd=target.ROOT,
        env={"PATH": "", "WORKBOOK_TARGET": "kind", "HOME": str(target.STATE)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1 and "docker is not installed" in run.stderr and "Traceback" not in run.stderr


def test_an_unknown_command_says_what_there_is():
    assert "doctor" in main(["docter"]) and "down" in main([])
