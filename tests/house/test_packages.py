"""One truth about packages: what is imported is declared, and the lock satisfies what is declared."""

import ast
import importlib.metadata
import json
import re
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
OURS = {"promql", "workbook", "service", "loadtest", "tests", "bench", "tools", "k8s"}
SERVED = {"googlecloudsdk"}  # of tools that readers bring along
RUN = {  # declared because they are started, or because others want them
    "lesson": {"gunicorn", "jupyterlab", "locust", "onnx", "onnxruntime", "prometheus-api-client", "werkzeug"},
    "test": {
        *("build", "check-jsonschema", "codespell", "coverage", "editables", "hatchling", "mypy", "nbval", "ruff"),
        *("pytest-timeout", "pytest-xdist", "types-pyyaml", "types-requests", "uv", "schemathesis"),
    },
}


def names(requirements):
    return {Requirement(line).name for line in requirements if isinstance(line, str)}


BASE = names(PROJECT["project"]["dependencies"])
LESSON = names(PROJECT["project"]["optional-dependencies"]["lesson"])
TEST = names(PROJECT["dependency-groups"]["test"])
BENCH = names(PROJECT["dependency-groups"]["bench"])


def sources(folder):
    """The Python texts of a folder: its modules, and the code cells of its notebooks without their magics."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "node_modules" not in path.parts:
            yield path, path.read_text()
    for path in sorted((ROOT / folder).glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "code" and not text.startswith("%%"):
                yield path, re.sub(r"^\s*[%!].*$", "", text, flags=re.MULTILINE)


def imported(*folders):
    """The distributions that the code of some folders imports from elsewhere, with a file of each."""
    owners = importlib.metadata.packages_distributions()
    found = {}
    for folder in folders:
        for path, text in sources(folder):
            for node in ast.walk(ast.parse(text)):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    modules = [node.module]
                for module in {module.split(".")[0] for module in modules} - OURS - SERVED - sys.stdlib_module_names:
                    distribution = re.sub(r"[-_.]+", "-", owners.get(module, [module])[0]).lower()
                    found.setdefault(distribution, str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize(
    ("folders", "declared"),
    [
        (["promql"], BASE),
        (["workbook", "service", "loadtest", "notebooks"], BASE | LESSON),
        (["tests", "tools"], BASE | LESSON | TEST),
        (["bench"], BASE | LESSON | TEST | BENCH),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_imported_is_declared(folders, declared):
    missing = {name: file for name, file in imported(*folders).items() if name not in declared}
    assert not missing


def test_what_is_declared_is_used():
    """The library asks a stranger for nothing that it does not import itself."""
    assert set(imported("promql")) >= BASE
    assert set(imported("workbook", "service", "loadtest", "notebooks")) | RUN["lesson"] >= LESSON
    assert set(imported("tests", "tools")) | RUN["test"] >= TEST


@pytest.fixture(scope="module")
def locked():
    pins = {}
    for line in re.findall(r"^[a-z0-9].*==.*?(?= \\$)", LOCK, re.MULTILINE):
        pin = Requirement(line)
        pins.setdefault(pin.name, []).append(pin)
    return pins


MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64")]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize(("system", "processor"), MACHINES)
def test_every_machine_gets_one_version_of_each_package(locked, python, system, processor):
    if (processor, python) == ("x86_64", "3.14") and system == "darwin":
        return  # no wheel of onnxruntime: tools/environment.py says so
    machine = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system}
    machine |= {"platform_machine": processor, "platform_system": system.capitalize()}
    chosen = {
        name: [
            spec.version for pin in pins if pin.marker is None or pin.marker.evaluate(machine) for spec in pin.specifier
        ]
        for name, pins in locked.items()
    }
    assert all(len(versions) <= 1 for versions in chosen.values()), chosen
    for line in [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["lesson"]]:
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate(machine):
            assert chosen[wanted.name] and wanted.specifier.contains(chosen[wanted.name][0]), wanted


def test_every_pin_has_a_hash_and_no_address():
    pins = re.findall(r"^[a-z0-9][^\n]*==", LOCK, re.MULTILINE)
    assert len(re.findall(r" \\\n    --hash=sha256:", LOCK)) >= len(pins) > 100
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", LOCK)


def test_conda_brings_python_and_the_tools_and_leaves_the_packages_to_the_lock():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    names = {re.split(r"[=<>]", line)[0] for line in dependencies}
    tools = {"make", "kubernetes-client", "kubernetes-helm", "kubernetes-kind", "google-cloud-sdk"}
    assert names == {"python", *tools}
