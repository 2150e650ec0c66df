"""Whether this machine's Docker can carry a kind cluster: what it says of itself, and what to do about it."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from workbook.machine import MAC, ROOT, WorkbookError, output, settings
from workbook.remedies import remedy

PROCESSORS = 2
MEMORY, DISK = 3.6, 8  # GiB for everything of notebook 03; a Docker Desktop of "4 GB" has 3.8
WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_WATCHERS = 256
START = "Start Docker"
WINDOWS = {
    "microsoft": "Windows gives it more: in %UserProfile%\\.wslconfig, under [wsl2], `memory=6GB` and `processors=4`, then "
    "`wsl --shutdown`.",
}
DESKTOPS = {  # who gives Docker a machine of its own, by what Docker says of where it runs
    "colima": "`colima stop`, then `colima start --cpu 4 --memory 6` gives it more.",
    "rancher": "Rancher Desktop's preferences, under Virtual Machine, give it more.",
    "orbstack": "OrbStack's settings, under System, give it more.",
    "docker desktop": "Docker Desktop's settings, under Resources, give it more.",
}
PODMAN = (
    "`docker` is podman here. kind would work, but podman gives images names under which the cluster does not find them. "
    "Install Docker Engine or Docker Desktop; both can stand beside podman."
)
ELSEWHERE = re.compile(r"^(ssh|tcp|https?)://(?!127\.|localhost|\[::1\])\S+", re.MULTILINE)
REMOTE = (
    "This Docker is on another machine ({host}), and its cluster could not be reached from here. Use one on this machine: "
    "unset DOCKER_HOST, or `docker context use default`."
)


def problems():
    """What keeps a cluster from running in this Docker: a list of sentences."""
    try:
        if "podman" in output("docker", "--version").lower():
            return [PODMAN]
        asked = output("docker", "version", "--format", "{{range .Server.Components}}{{.Name}} {{end}}")
        if "podman" in asked.lower():  # through its socket, by Docker's own command
            return [PODMAN]
        if host := ELSEWHERE.search(output("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")):
            return [REMOTE.format(host=host[0])]
        facts = json.loads(output("docker", "info", "--format", "{{json .}}"))
    except WorkbookError as error:
        return [silence(str(error))]
    checks = (_daemon, _system, _processors, _memory, _disk, _snap, _cgroups, _rootless)
    return [problem for check in checks for problem in check(facts)]


def silence(said):
    """Why Docker does not answer, from what it said."""
    start = "Start Docker Desktop" if MAC else "Start it (`sudo systemctl start docker`, or Docker Desktop)"
    advice = remedy(said)
    return (
        f"Docker does not answer. {f'{start} and run this again.' if not advice or START in advice else advice}\n{said}"
    )


def _daemon(facts):
    """`docker info` of some versions ends well though the daemon is silent, and says so in a field."""
    return [silence("\n".join(facts["ServerErrors"]))] if facts.get("ServerErrors") else []


def _system(facts):
    """Docker Desktop on Windows runs containers of one of two systems."""
    windows = "Docker runs Windows's containers. In the menu of Docker Desktop's icon: Switch to Linux containers."
    return [windows] if facts.get("OSType") == "windows" else []


def _processors(facts):
    """Kubernetes itself asks for most of the first one."""
    has = facts.get("NCPU", PROCESSORS)
    return [] if has >= PROCESSORS else [f"Docker has {has} processor, the cluster wants {PROCESSORS}. {_more(facts)}"]


def _memory(facts):
    has = facts.get("MemTotal", 0) / 2**30
    if has >= MEMORY:
        return []
    return [f"Docker has {has:.1f} GiB of memory, the cluster wants {MEMORY}. {_more(facts)}"]


def _more(facts):
    return next((how for name, how in (WINDOWS | DESKTOPS).items() if name in _place(facts)), "Close what you can.")


def _disk(facts):
    """Where Docker keeps its images, as far as that is visible: Docker Desktop has a disk of its own."""
    root = facts.get("DockerRootDir", "")
    if any(name in _place(facts) for name in DESKTOPS) or not os.path.exists(root):
        root = ROOT  # the file of that disk grows on this one
    free = shutil.disk_usage(root).free / 2**30
    if free >= DISK:
        return []
    return [
        f"The disk has {free:.1f} GiB free, the cluster wants {DISK}: `docker image prune` and `docker builder prune` free "
        "some."
    ]


def _snap(facts):
    """A snap has a /tmp of its own, in which kind's files for `kind load` are not."""
    if not facts.get("DockerRootDir", "").startswith("/var/snap/") or not tempfile.gettempdir().startswith("/tmp"):
        return []
    return [
        "Docker is a snap here, which cannot see /tmp, where kind puts images for the cluster. Let both use a folder of "
        "your home (`mkdir -p ~/tmp; export TMPDIR=~/tmp`), or install Docker Engine in the place of the snap."
    ]


def _cgroups(facts):
    """kind's own node image refuses to start on cgroup v1, as Kubernetes does since 1.35."""
    if facts.get("CgroupVersion") != "1" or settings().kind_node_image:
        return []
    return [
        "Docker runs on cgroup v1, which Kubernetes has refused since 1.35. On WSL2: `wsl --update`, then in "
        "%UserProfile%\\.wslconfig, under [wsl2], `kernelCommandLine = cgroup_no_v1=all`, then `wsl --shutdown`. Or set "
        "KIND_NODE_IMAGE=kindest/node:v1.34.8, the last that takes it."
    ]


def _rootless(facts):
    """Without root, Docker limits a container's share of the machine only where systemd lets it: kind asks for that."""
    if "name=rootless" not in (facts.get("SecurityOptions") or []):
        return []
    if all(facts.get(limit, True) for limit in ("MemoryLimit", "PidsLimit", "CPUShares")):
        return []
    return [
        "Docker runs without root here, and systemd does not let it limit containers, which kind wants: "
        "https://kind.sigs.k8s.io/docs/user/rootless says how to allow it. The ordinary Docker Engine needs nothing."
    ]


def notes():
    """What may be too little, and is not known before it fails: a list of sentences."""
    try:
        instances = int(WATCHERS.read_text())
    except OSError:
        return []
    if instances >= ENOUGH_WATCHERS:
        return []
    return [
        f'fs.inotify.max_user_instances is {instances}. If a pod says "too many open files": '
        "`sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288`."
    ]


def _place(facts):
    """What Docker says of the machine that it runs on."""
    return " ".join(facts.get(name) or "" for name in ("OperatingSystem", "Name", "KernelVersion")).lower()
