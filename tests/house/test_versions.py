"""versions.toml is the one place of every version outside the lock."""

import json
import re
import tomllib

import pytest
import yaml

from tests import ROOT
from tools import update, versions


@pytest.mark.parametrize("name", versions.SPELLINGS)
def test_what_spells_a_version_out_says_what_is_pinned(name):
    places = [(str(path), found) for pin, path, found in versions.spelled() if pin == name]
    assert {found for _, found in places} <= {versions.pin(name)}, places


def test_every_image_of_the_manifests_is_pinned():
    ours = {"wine-model", *versions.VERSIONS["images"].values()}
    documents = [
        document for path in (ROOT / "k8s").rglob("*.yaml") for document in yaml.safe_load_all(path.read_text())
    ]
    images = set(re.findall(r"'image': '([^']+)'", str(documents)))
    assert images <= ours and images & ours


def test_locust_in_the_cluster_is_the_lock_s_locust():
    package = re.search(r"^locust==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)[1]
    assert versions.pin("images.locust") == f"locustio/locust:{package}"


def test_the_panels_are_compared_with_the_grafana_that_readers_run():
    package = json.loads((ROOT / "tests/promql/grafana/package.json").read_text())
    asked = package.get("dependencies", {}) | package.get("devDependencies", {})
    assert asked["@grafana/data"].split(".")[:2] == versions.pin("programs.grafana.version").split(".")[:2]


@pytest.mark.parametrize("name", versions.VERSIONS["programs"])
def test_a_fetched_program_has_an_address_and_sums_for_linux_and_apple_s_machines(name):
    program = versions.VERSIONS["programs"][name]
    for system, digest in program["sha256"].items():
        os, arch = system.split("-")
        address = program["address"].format(os=os, arch=arch, **program)
        assert address.startswith("https://") and program["version"] in address and os in address and arch in address
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert {"linux-amd64", "linux-arm64", "darwin-arm64"} <= set(program["sha256"])


def test_the_image_s_python_is_one_that_the_lock_is_made_for():
    python = re.match(r"python:(\d\.\d+)", versions.pin("images.python"))[1]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, ceiling = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", wanted).groups()
    assert int(lowest) <= int(python.split(".")[1]) < int(ceiling)


def test_an_update_names_what_is_newer_and_the_files_it_touches():
    found = update.table(lambda address, key: "v99.0.0" if "kube-prometheus-stack" in address else "v0.0.0")
    row = found.loc["charts.kube-prometheus-stack.version"]
    assert row.ours == versions.pin("charts.kube-prometheus-stack.version") and row.newest == "99.0.0"
    assert "notebooks/03_deploy_gke.ipynb" in row["also spelled out in"]


def test_a_release_that_is_ours_is_no_news():
    found = update.table(lambda address, key: f"v{versions.pin('programs.prometheus.version')}")
    assert found.loc["programs.prometheus.version", "newest"] == "same"


def test_every_fetched_program_and_chart_is_looked_up():
    wanted = {f"programs.{name}.version" for name in versions.VERSIONS["programs"]}
    wanted |= {f"charts.{name}.version" for name in versions.VERSIONS["charts"]}
    assert wanted <= update.SOURCES.keys()
