"""The pins of versions.toml: their values, and every file that spells one of them out."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = tomllib.loads((ROOT / "versions.toml").read_text())
FOLDERS = (
    "notebooks",
    "promql",
    "workbook",
    "service",
    "loadtest",
    "k8s",
    "tests",
    "bench",
    ".devcontainer",
    ".github",
)
SUFFIXES = {".py", ".ipynb", ".md", ".yaml", ".yml", ".toml", ".in", ".json", ""}

# How each pin is spelled where a program or a reader needs to see it. The group is what must equal the pin.
SPELLINGS = {
    "charts.kube-prometheus-stack.version": (
        r"kube-prometheus-stack[\s-](\d+\.\d+\.\d+)\b",
        r"\$MONITORING_CHART\"? --version (\S+)",
    ),
    "charts.metrics-server.version": (r"metrics-server(?:-helm-chart)?-(\d+\.\d+\.\d+)\b",),
    "images.locust": (r"\b(locustio/locust:[\w.-]+)",),
    "images.blackbox-exporter": (r"\b(quay\.io/prometheus/blackbox-exporter:[\w.-]+)",),
    "charts.metrics-server.tag": (r"--set image\.tag=(v\d[\d.]+)",),
    "images.python": (r"(?<!devcontainers/)\bpython:3[\w.-]*\w",),
    "kubernetes.minimum": (r"Kubernetes (?:>=|at least) (\d\.\d+)", r"Kubernetes (\d\.\d+) or later"),
}


def pin(path):
    """The value of a pin by its dotted path; of an image its whole name."""
    value = VERSIONS
    for key in path.split("."):
        value = value[key]
    return value


def texts():
    """Every text of the repository in which a version may be spelled out, by path: of notebooks what was typed."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SUFFIXES]
    for path in [*ROOT.glob("*.md"), *paths]:
        if path.is_file() and "node_modules" not in path.parts:
            text = path.read_text()
            if path.suffix == ".ipynb":
                text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            yield path.relative_to(ROOT), text


def spelled():
    """Return (pin, file, what the file says) for each place where a pin is spelled out."""
    return [
        (name, path, found)
        for path, text in texts()
        for name, patterns in SPELLINGS.items()
        for pattern in patterns
        for found in re.findall(pattern, text)
    ]
