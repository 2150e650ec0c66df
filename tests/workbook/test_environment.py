"""One truth about packages: the lock satisfies pyproject.toml, and every way in uses the lock."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tests import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
CARD = """jupyterlab scikit-learn pandas flask gunicorn prometheus-flask-exporter locust kubernetes
prometheus-api-client matplotlib nbval""".split()


@pytest.fixture(scope="module")
def direct():
    file = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [file["project"]["dependencies"], *file["project"]["optional-dependencies"].values()]
    lists += file["dependency-groups"].values()
    return {requirement.name: requirement for one in lists for requirement in map(Requirement, one)}


@pytest.fixture(scope="module")
def locked():
    pins = {}
    for line in re.findall(r"^[a-z0-9].*==.*?(?= \\$)", LOCK, re.MULTILINE):
        pin = Requirement(line)
        pins.setdefault(pin.name, []).append(pin)
    return pins


def test_the_direct_dependencies_are_named(direct):
    assert set(CARD) <= set(direct)


def test_the_lock_satisfies_the_project(direct, locked):
    for name, wanted in direct.items():
        versions = [spec.version for pin in locked[name] for spec in pin.specifier]
        assert versions and all(wanted.specifier.contains(version) for version in versions), name


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_every_platform_gets_one_version_of_each(locked, python, system):
    environment = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system}
    for name, pins in locked.items():
        assert sum(pin.marker is None or pin.marker.evaluate(environment) for pin in pins) <= 1, name


def test_every_pin_has_a_hash_and_no_address():
    pins = re.findall(r"^[a-z0-9][^\n]*==", LOCK, re.MULTILINE)
    assert len(re.findall(r" \\\n    --hash=sha256:", LOCK)) >= len(pins) > 100
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", LOCK)


def test_conda_takes_every_python_package_from_the_lock():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert dependencies[-1] == {"pip": ["-r requirements.lock"]}
    names = {re.split(r"[=<>]", line)[0] for line in dependencies[:-1]}
    assert names == {
        "python",
        "pip",
        "make",
        "kubernetes-client",
        "kubernetes-helm",
        "kubernetes-kind",
        "google-cloud-sdk",
    }


@pytest.fixture
def fresh(tmp_path):
    """The parts of a clone that `make` needs to make .venv."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/environment.py", tmp_path / "tools")
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    return tmp_path / "tools/environment.py"


def test_without_a_package_index_there_is_one_sentence(fresh):
    nowhere = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run([sys.executable, fresh], env=nowhere, capture_output=True, text=True)
    assert done.returncode == 1 and "The package index did not answer" in done.stderr
    assert done.stderr.strip().count("\n") == 0 and "Traceback" not in done.stderr
    assert not (fresh.parent.parent / ".venv/ready").exists()


def test_an_older_python_is_told_which_one_to_take(fresh):
    as_if_older = (
        f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({str(fresh)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", as_if_older], capture_output=True, text=True)
    assert done.returncode == 1 and "runs on Python 3.11 to 3.13" in done.stderr and "make PYTHON=" in done.stderr
