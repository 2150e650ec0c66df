"""Whether this machine's Docker can carry a kind cluster: what it says of itself, and what to do about it."""

import json
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
        if host := ELSEWHERE.search(output("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")):
            return [REMOTE.format(host=host[0])]
        facts = json.loads(output("docker", "info", "--format", "{{json .}}"))
    except WorkbookError as error:
        return [silence(str(error))]
    return [problem for check in (_daemon, _processors, _memory, _disk, _snap, _cgroups) for problem in check(facts)]


def silence(said):
    """Why Docker does not answer, from what it said."""
    if "permission denied" in said.lower():
        return (
            "Docker runs, but this account may not talk to it: `sudo usermod -aG docker $USER`, then log in again. "
            f"(Whoever may talk to Docker is as good as root on this machine.)\n{said}"
        )
    start = "Start Docker Desktop" if MAC else "Start it (`sudo systemctl start docker`, or Docker Desktop)"
    advice = remedy(said)
    return f"Docker does not answer. {advice if advice and START not in advice else f'{start} and run this again.'}\n{said}"


def _daemon(facts):
    """`docker info` of some versions ends well though the daemon is silent, and says so in a field."""
    return [silence("\n".join(facts["ServerErrors"]))] if facts.get("ServerErrors") else []


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
    return "Docker Desktop's settings, under Resources, give it more." if _is_desktop(facts) else "Close what you can."


def _disk(facts):
    """Where Docker keeps its images, as far as that is visible: Docker Desktop has a disk of its own."""
    root = facts.get("DockerRootDir", "")
    if _is_desktop(facts) or not Path(root).exists():
        root = ROOT  # the file of that disk grows on this one
    free = shutil.disk_usage(root).free / 2**30
    if free >= DISK:
        return []
    return [f"The disk has {free:.1f} GiB free, the cluster wants {DISK}: `docker system prune` frees some."]


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


def _is_desktop(facts):
    return re.search("Docker Desktop|Rancher|OrbStack|colima", facts.get("OperatingSystem", ""), re.IGNORECASE)
