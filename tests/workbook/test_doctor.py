"""What a machine lacks for a target, by programs that say what they would say there."""

import json
import shutil
import subprocess
import sys

import pytest

from tests import ROOT
from workbook import doctor
from workbook.__main__ import main
from workbook.machine import WorkbookError
from workbook.targets import docker as docker_module
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.targets.local import Local

GKE = Gke("example-project", "europe-west1-b")


def test_a_missing_tool_is_named_with_its_remedy(tools):
    tools(kubectl="")
    with pytest.raises(WorkbookError, match="(?s)docker is not installed: .*kind is not installed: .*helm is not"):
        doctor.examine(Kind())


READY = {"kind": "echo kind v0.33.0", "kubectl": "echo v1.37.2", "helm": "echo v4.3.1"}


def docker(said="", version="Docker version 28.2.2", **facts):
    """What `docker` prints: its version, and its own facts as JSON."""
    facts = {"MemTotal": 16 * 2**30, "DockerRootDir": "/", "CgroupVersion": "2"} | facts
    info = f"echo '{json.dumps(facts)}'" if not said else f"echo '{said}' >&2; exit 1"
    return f'[ "$1" = --version ] && {{ echo "{version}"; exit; }}; {info}'


FAILS = {
    "Cannot connect to the Docker daemon": docker("Cannot connect to the Docker daemon at unix:///var/run/docker.sock"),
    "usermod -aG docker": docker("permission denied while trying to connect to the Docker daemon socket"),
    "Start it": docker(ServerErrors=["Cannot connect to the Docker daemon"]),
    "has 2.0 GiB of memory, the cluster wants 3.6": docker(MemTotal=2 * 2**30),
    "Docker Desktop.s settings": docker(MemTotal=2 * 2**30, OperatingSystem="Docker Desktop"),
    "is podman here": docker(version="podman version 5.4.2"),
    "`docker` is podman here": f'[ "$1" = version ] && {{ echo "Podman Engine Conmon "; exit; }}; {docker()}',
    "colima start --cpu 4": docker(MemTotal=2 * 2**30, OperatingSystem="Ubuntu 24.04.2 LTS", Name="colima"),
    "Rancher Desktop.s preferences": docker(MemTotal=2 * 2**30, Name="lima-rancher-desktop"),
    "wslconfig.*memory=6GB": docker(
        MemTotal=3 * 2**30, OperatingSystem="Docker Desktop", KernelVersion="6.6.87.2-microsoft-standard-WSL2"
    ),
    "Switch to Linux containers": docker(OSType="windows"),
    "without root here": docker(SecurityOptions=["name=seccomp,profile=builtin", "name=rootless"], CPUShares=False),
    "colima start --cpu 2": docker(
        "Cannot connect to the Docker daemon at unix:///Users/ann/.colima/default/docker.sock."
    ),
    "(?!.*usermod)Docker does not answer. Start": docker(
        "WARNING: open /home/ann/.docker/config.json: permission denied\nCannot connect to the Docker daemon at unix:///x"
    ),
    "cgroup v1.*wsl --update": docker(CgroupVersion="1"),
    "WSL integration": docker("The command 'docker' could not be found in this WSL 2 distro."),
    "credsStore": docker(
        'error getting credentials - err: exec: "docker-credential-desktop": executable file not found'
    ),
    "has 1 processor, the cluster wants 2": docker(NCPU=1),
    "Docker is a snap here.*TMPDIR": docker(DockerRootDir="/var/snap/docker/common/var-lib-docker"),
    "docker 20.10.24 is too old, the lesson needs 24.0": docker(version="Docker version 20.10.24"),
}


@pytest.mark.parametrize("said", FAILS)
def test_doctor_asks_docker(tools, unset, said):
    tools(docker=FAILS[said], **READY)
    with pytest.raises(WorkbookError, match=f"(?s){said}"):
        doctor.examine(Kind())


@pytest.mark.parametrize(
    "host, far",
    [("ssh://me@build.example", True), ("tcp://10.0.0.5:2376", True), ("tcp://127.0.0.1:2375", False)]
    + [("unix:///var/run/docker.sock", False), ("npipe:////./pipe/docker_engine", False)],
)
def test_a_docker_of_another_machine_is_named(tools, host, far):
    tools(docker=f'[ "$1" = context ] && {{ echo {host}; exit; }}\n{docker()}', **READY)
    if far:
        with pytest.raises(WorkbookError, match=f"on another machine .{host}.*docker context use default"):
            doctor.examine(Kind())
    else:
        doctor.examine(Kind())


@pytest.mark.parametrize("broken", ["exit 126", "#!/nowhere/sh"])
def test_a_tool_that_does_not_run_is_named(tools, tmp_path, broken):
    tools(docker=docker(), **READY)
    (tmp_path / "bin/kubectl").write_text(broken if broken.startswith("#") else f"#!/bin/sh\n{broken}\n")
    with pytest.raises(WorkbookError, match="kubectl does not run here. Is it made for this processor"):
        doctor.examine(Kind())


def test_a_program_for_another_processor_is_a_sentence(tools, tmp_path):
    tools(kind="")
    (tmp_path / "bin/kind").write_bytes(b"\x7fELF and no more")
    with pytest.raises(WorkbookError, match="kind cannot be started here .Exec format error.*install it anew"):
        Kind().run("kind", "version")


def test_a_gcloud_that_does_not_run_hides_no_other_target(tools, unset, capsys):
    tools(docker=docker(), gcloud="echo ModuleNotFoundError: imp >&2; exit 1", gke_gcloud_auth_plugin="", **READY)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "local ready" in said and "kind  ready" in said and "gke   lacks something" in said
    assert "ModuleNotFoundError: imp" in said and Gke.configured() == Gke()


def test_docker_without_root_is_enough_where_systemd_lets_it_limit_containers(tools):
    tools(docker=docker(SecurityOptions=["name=rootless", "name=cgroupns"], MemoryLimit=True, PidsLimit=True), **READY)
    doctor.examine(Kind())


def test_a_docker_desktop_of_4_gb_is_enough(tools):
    tools(docker=docker(MemTotal=int(3.83 * 2**30), OperatingSystem="Docker Desktop"), **READY)
    doctor.examine(Kind())


def test_an_older_node_image_takes_cgroup_v1(tools, monkeypatch):
    monkeypatch.setenv("KIND_NODE_IMAGE", "kindest/node:v1.34.8")
    tools(docker=docker(CgroupVersion="1"), **READY)
    doctor.examine(Kind())


def test_a_tool_that_is_too_old_is_named(tools):
    tools(docker=docker(), **READY | {"kind": "echo kind v0.20.0", "helm": "echo v3.10.0"})
    with pytest.raises(
        WorkbookError, match="(?s)kind 0.20.0 is too old, the lesson needs 0.30.*helm 3.10.0 is too old"
    ):
        doctor.examine(Kind())


def test_doctor_looks_at_the_disk(tools, monkeypatch):
    tools(docker=docker(), **READY)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 3 * 2**30}))
    with pytest.raises(WorkbookError, match="3.0 GiB free"):
        doctor.examine(Kind())


def test_few_watches_are_a_note_and_no_obstacle(tools, monkeypatch, tmp_path, capsys):
    (tmp_path / "instances").write_text("128\n")
    monkeypatch.setattr(docker_module, "WATCHERS", tmp_path / "instances")
    tools(docker=docker(), **READY)
    doctor.examine(Kind())
    assert "sysctl fs.inotify.max_user_instances=512" in capsys.readouterr().out


def test_doctor_is_content(tools, capsys):
    tools(docker=docker(), **READY)
    doctor.examine(Kind())
    doctor.examine(Local())
    assert capsys.readouterr().out.count("has what the target") == 2


def test_doctor_tells_what_can_be_used_now_and_what_one_command_would_add(tools, unset, capsys):
    tools(docker=docker(), kubectl="", brew="")
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("local ready: notebooks 01, 02 and 04")
    assert lines[1].startswith("kind  lacks something: notebooks 03 and 04")
    assert "      `brew install kind helm` brings them." in lines
    assert any(line.startswith("gke   lacks something") for line in lines)
    assert main(["doctor", "local"]) == 0 and main(["doctor", "kind"]) == 1


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
    assert run.returncode == 1 and "docker is not installed" in run.stdout and not run.stderr


def test_an_unknown_command_says_what_there_is():
    assert "doctor" in main(["docter"]) and "down" in main([])
