"""Where the workbook runs, and where it keeps its things."""

import json
import os
import platform
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".workbook"
KUBECONFIG = STATE / "kubeconfig"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CLUSTER = "wine"
MAC = platform.system() == "Darwin"
TOOLS = {
    "docker": "brew install --cask docker" if MAC else "https://docs.docker.com/engine/install",
    "kind": "brew install kind" if MAC else "https://kind.sigs.k8s.io/docs/user/quick-start",
    "kubectl": "brew install kubectl" if MAC else "https://kubernetes.io/docs/tasks/tools",
    "helm": "brew install helm" if MAC else "https://helm.sh/docs/intro/install",
    "gcloud": "brew install --cask gcloud-cli" if MAC else "https://cloud.google.com/sdk/docs/install",
}


class WorkbookError(RuntimeError):
    """What happened, where, and what to do next: notebooks show this text alone, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


class NotInstalled(WorkbookError):
    """A command-line tool that is not on the PATH."""


@dataclass(frozen=True)
class Settings:
    """What a reader may set: each field by the variable of its name in capitals, `target` by WORKBOOK_TARGET."""

    target: str = ""
    kind_node_image: str = ""
    monitoring_chart: str = "oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack"
    monitoring_values: str = ""
    metrics_server_chart: str = (
        "https://github.com/kubernetes-sigs/metrics-server/releases/download/"
        "metrics-server-helm-chart-3.13.1/metrics-server-3.13.1.tgz"
    )
    prometheus_url: str = ""
    google_cloud_project: str = ""
    google_cloud_zone: str = ""


def settings():
    """Read the settings; an empty variable counts as not set."""
    names = {name: "WORKBOOK_TARGET" if name == "target" else name.upper() for name in Settings.__dataclass_fields__}
    return Settings(**{name: os.environ[variable] for name, variable in names.items() if os.environ.get(variable)})


@dataclass(frozen=True)
class Target:
    """A place to run: `local` (processes of this machine), `kind` or `gke`."""

    name: str
    project: str = ""
    zone: str = ""

    @property
    def region(self):
        return self.zone.rpartition("-")[0]

    @property
    def image(self):
        """The service's image as the cluster names it."""
        registry = f"{self.region}-docker.pkg.dev/{self.project}/wine/" if self.name == "gke" else ""
        return f"{registry}wine-model:{VERSION}"

    @property
    def context(self):
        """The name that kind and gcloud give this cluster in a kubeconfig."""
        return f"gke_{self.project}_{self.zone}_{CLUSTER}" if self.name == "gke" else f"kind-{CLUSTER}"

    def variables(self):
        """The environment of `%%on` cells: the settings, our own kubeconfig, and what follows from the target."""
        values = {name.upper(): value for name, value in vars(settings()).items()}
        values |= {"TARGET": self.name, "IMAGE": self.image, "KUBECONFIG": str(KUBECONFIG)}
        if self.name == "gke":
            values |= {"PROJECT": self.project, "ZONE": self.zone, "REGION": self.region}
            values |= {"CLOUDSDK_CORE_PROJECT": self.project, "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
        return values

    def answers(self):
        """Whether the cluster's API answers through the workbook's kubeconfig."""
        if self.name == "local" or self.context not in contexts():
            return False
        ask = ["kubectl", "--context", self.context, "get", "--raw", "/readyz", "--request-timeout", "5s"]
        return subprocess.run(ask, env=os.environ | self.variables(), capture_output=True).returncode == 0

    def claim(self):
        """Note that the cluster, and on Google Cloud all that comes with it, is this workbook's from now on.

        Refuses what stands under the same names and was not made by this copy, because `down` would remove it; clears
        a cluster of kind's whose creation was cut off.
        """
        if self.name == "local":
            raise WorkbookError("The target local has no cluster. Choose one that has: target.choose('kind').")
        from workbook import teardown  # which needs this module

        found = [(thing, name) for thing, name in teardown.standing(self) if thing != "image"]
        if found and self not in claims():
            names = ", ".join(f"the {thing} {name}" for thing, name in found)
            raise WorkbookError(
                f"On {self.name} there stands already: {names}. This copy of the workbook did not make it, and touches "
                "only what it made. Delete it if you need it no more, then run this cell again: `kind delete cluster "
                f"--name {CLUSTER}`, or Google Cloud's console; or use another Google Cloud project."
            )
        if self.name == "kind" and found and self.context not in contexts():
            output("kind", "delete", "cluster", "--name", CLUSTER)
        if not found and self.context in contexts():  # of a cluster that somebody removed
            output("kubectl", "config", "delete-context", self.context)
        STATE.mkdir(exist_ok=True)
        note = {"name": self.name, "project": self.project, "zone": self.zone}
        (STATE / f"{self.context}.json").write_text(json.dumps(note))


def claims():
    """The targets whose clusters this copy of the workbook made."""
    return [Target(**json.loads(path.read_text())) for path in sorted(STATE.glob("*.json"))]


def contexts():
    """The names of the contexts in the workbook's own kubeconfig, the current one first."""
    if not KUBECONFIG.exists():
        return []
    config = yaml.safe_load(KUBECONFIG.read_text()) or {}
    names = [context["name"] for context in config.get("contexts") or []]
    return sorted(names, key=lambda name: name != config.get("current-context"))


_chosen = None


def choose(name=None):
    """Choose where to run: `name`, else WORKBOOK_TARGET, else the workbook's cluster that answers, else this machine.

    Prints the choice, the reason and the versions of the tools, and returns the Target.
    """
    global _chosen
    _chosen, why = _find(name)
    if _chosen.context in contexts() and shutil.which("kubectl"):
        output("kubectl", "config", "use-context", _chosen.context)
    print(f"Target: {_chosen.name}, because {why}.")
    for tool, remedy in TOOLS.items():
        print(f"{tool:8} {version(tool) or 'not installed: ' + remedy}")
    return _chosen


def current():
    """The Target that `choose` chose last, or would choose."""
    return _chosen or _find()[0]


def _find(name=None):
    wanted = name or settings().target
    why = "you chose it" if name else "WORKBOOK_TARGET says so"
    if not wanted:
        for made in claims():
            if made.answers():
                return made, "the cluster that notebook 03 made answers"
        wanted, why = "local", "no cluster of this workbook answers"
    if wanted not in ("local", "kind", "gke"):
        raise WorkbookError(f"There is no target {wanted!r}. Choose local, kind or gke.")
    return Target(wanted, *_google_cloud() if wanted == "gke" else ()), why


def _google_cloud():
    chosen = settings()
    ask = ("gcloud", "config", "get")
    have = shutil.which("gcloud")
    project = chosen.google_cloud_project or (have and output(*ask, "project")) or ""
    return project, chosen.google_cloud_zone or (have and output(*ask, "compute/zone")) or ""


def version(tool):
    """The version of a command-line tool in words, None if it is not on the PATH."""
    if not shutil.which(tool):
        return None
    words = {"kubectl": ["version", "--client"], "docker": ["--version"]}.get(tool, ["version"])
    try:
        return re.search(r"\d+\.\d+\.\d+|$", output(tool, *words))[0] or "of unknown version"
    except WorkbookError:
        return "does not run"


def output(*command, here=None):
    """Run one command; return its standard output, stripped. A failure is a WorkbookError.

    `here`: the Target whose variables it gets. Without one it gets our own kubeconfig alone.
    """
    if not shutil.which(command[0]):
        raise NotInstalled(f"{command[0]} is not installed: {TOOLS.get(command[0], '')}")
    environment = here.variables() if here else {"KUBECONFIG": str(KUBECONFIG)}
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        raise WorkbookError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()
