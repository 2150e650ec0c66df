"""This machine: where the workbook keeps its things, what a reader may set, and running one command."""

import os
import platform
import re
import shutil
import subprocess
import textwrap
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from workbook.remedies import to_try

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".workbook"
if not (ROOT / "versions.toml").exists():
    raise ImportError(
        "workbook belongs to the notebooks of a repository, and needs what is there: clone it, and run `make lab`. The "
        "library for notebooks of your own is promql."
    )
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
VERSIONS = tomllib.loads((ROOT / "versions.toml").read_text("utf-8"))
CHART, METRICS_SERVER = VERSIONS["charts"]["kube-prometheus-stack"], VERSIONS["charts"]["metrics-server"]
MAC = platform.system() == "Darwin"
TOOLS = {
    "docker": "brew install --cask docker" if MAC else "https://docs.docker.com/engine/install",
    "kind": "brew install kind" if MAC else "https://kind.sigs.k8s.io/docs/user/quick-start",
    "kubectl": "brew install kubectl" if MAC else "https://kubernetes.io/docs/tasks/tools",
    "helm": "brew install helm" if MAC else "https://helm.sh/docs/intro/install",
    "gcloud": "brew install --cask gcloud-cli" if MAC else "https://cloud.google.com/sdk/docs/install",
}
PLUGINS = {
    "gke-gcloud-auth-plugin": "gcloud components install gke-gcloud-auth-plugin, or, if a package manager installed "
    "gcloud, its package google-cloud-cli-gke-gcloud-auth-plugin",
}
DOES_NOT_RUN = "does not run"
WIDTH = 100  # characters of a line that a notebook shows whole beside its list of files
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WorkbookError(RuntimeError):
    """What happened, where, and what to do next: notebooks show this text alone, without a traceback.

    `waiting_helps` tells `waiting.eventually` whether the same question may be answered later.
    """

    waiting_helps = True

    def _render_traceback_(self):
        # JupyterLab would break a long line in the middle of a word.
        whole = {"break_long_words": False, "break_on_hyphens": False}
        return [textwrap.fill(line, WIDTH, **whole) for line in self.told().splitlines()]

    def told(self):
        """The text as a reader sees it."""
        return str(self)


class ToolFailed(WorkbookError):
    """A program failed, or the cluster refused; the text is what it said, and below it the reader sees what to try."""

    def told(self):
        return "\n".join(filter(None, [str(self), to_try(str(self))]))


class NotInstalled(WorkbookError):
    """A command-line tool that is not on the PATH."""

    waiting_helps = False


@dataclass(frozen=True)
class Settings:
    """What a reader may set: each field by the variable of its name in capitals, the first two by WORKBOOK_TARGET and
    WORKBOOK_GRAFANA."""

    target: str = ""
    grafana: str = ""
    kind_node_image: str = ""  # of kind's node; empty: kind's own
    monitoring_chart: str = CHART["address"]
    monitoring_values: str = ""  # one more file of Helm values
    metrics_server_chart: str = METRICS_SERVER["address"].format(**METRICS_SERVER)
    prometheus_url: str = ""
    google_cloud_project: str = ""
    google_cloud_zone: str = ""
    build_region: str = ""  # of Cloud Build; empty: the zone's
    spot: str = "yes"  # "no": machines on GKE that Google does not take back


def settings():
    """Read the settings; an empty variable counts as not set."""
    names = {field.name: variable(field.name) for field in fields(Settings)}
    return Settings(**{name: os.environ[written] for name, written in names.items() if os.environ.get(written)})


def variable(name):
    """The environment variable of a setting."""
    return f"WORKBOOK_{name.upper()}" if name in ("target", "grafana") else name.upper()


def exempt_loopback():
    """Let no program ask this machine itself through a proxy of the environment, nor those that it starts."""
    if not any(os.environ.get(name) for scheme in ("http", "https", "all") for name in proxy_names(scheme)):
        return  # NO_PROXY alone would hide the proxy of macOS's settings from Python
    spared = next(filter(None, map(os.environ.get, proxy_names("no"))), "")
    missing = [host for host in LOOPBACK if host not in spared.split(",")]
    for name in proxy_names("no"):
        os.environ[name] = ",".join(filter(None, [spared, *missing]))


def proxy_names(scheme):
    return f"{scheme}_proxy", f"{scheme.upper()}_PROXY"


def version(tool):
    """The version of a command-line tool in words, None if it is not on the PATH."""
    if not shutil.which(tool):
        return None
    words = {"kubectl": ["version", "--client"], "docker": ["--version"]}.get(tool, ["version"])
    try:
        return re.search(r"\d+\.\d+\.\d+|$", output(tool, *words))[0] or "of unknown version"
    except WorkbookError:
        return DOES_NOT_RUN


def output(*command, variables=None, text=None):
    """Run one command; return its standard output, stripped. A failure is a WorkbookError.

    `variables` join its environment, `text` is its standard input.
    """
    if not shutil.which(command[0]):
        raise NotInstalled(f"{command[0]} is not installed: {(TOOLS | PLUGINS).get(command[0], '')}")
    environment = os.environ | (variables or {})
    try:
        utf8 = {"encoding": "utf-8", "errors": "replace"}  # of the tools, whatever the locale
        done = subprocess.run(command, env=environment, input=text or "", capture_output=True, **utf8)
    except OSError as error:  # made for another processor, for example
        again = f"install it anew: {(TOOLS | PLUGINS).get(command[0], '')}"
        raise NotInstalled(f"{command[0]} cannot be started here ({error.strerror}), so {again}") from None
    if done.returncode:
        raise ToolFailed(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()
