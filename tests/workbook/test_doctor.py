"""What a machine lacks for a target, by programs that say what they would say there."""

import shutil
import subprocess
import sys

import pytest

from tests import ROOT
from workbook import doctor
from workbook.__main__ import main
from workbook.machine import WorkbookError
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.targets.local import Local

GKE = Gke("example-project", "europe-west1-b")


def test_a_missing_tool_is_named_with_its_remedy(tools):
    tools(kubectl="")
    with pytest.raises(WorkbookError, match="(?s)docker is not installed: .*kind is not installed: .*helm is not"):
        doctor.examine(Kind())


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
        doctor.examine(Kind())


def test_doctor_looks_at_the_disk(tools, monkeypatch):
    tools(docker=f"echo '{16 * 2**30} /'", **READY)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 3 * 2**30}))
    with pytest.raises(WorkbookError, match="3.0 GiB free"):
        doctor.examine(Kind())


def test_doctor_is_content(tools, capsys):
    tools(docker=f"echo '{16 * 2**30} /'", **READY)
    doctor.examine(Kind())
    doctor.examine(Local())
    assert capsys.readouterr().out.count("has what the target") == 2


def test_doctor_asks_gcloud(tools):
    tools(gcloud="", gke_gcloud_auth_plugin="", kubectl="", helm="")
    with pytest.raises(WorkbookError, match="(?s)gcloud auth login.*GOOGLE_CLOUD_PROJECT.*GOOGLE_CLOUD_ZONE"):
        doctor.examine(Gke())


def test_doctor_names_the_plugin(tools):
    tools(gcloud="", kubectl="", helm="")
    with pytest.raises(WorkbookError, match="gcloud components install gke-gcloud-auth-plugin"):
        doctor.examine(GKE)


def test_doctor_as_a_command(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "workbook", "doctor"],
        cwd=ROOT,
        env={"PATH": "", "WORKBOOK_TARGET": "kind", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1 and "docker is not installed" in run.stderr and "Traceback" not in run.stderr


def test_an_unknown_command_says_what_there_is():
    assert "doctor" in main(["docter"]) and "down" in main([])
