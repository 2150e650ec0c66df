"""Every notebook, from top to bottom, in a reader's order."""

import os
import shutil
import signal
import subprocess
import sys

import nbformat
import pytest

from tests import ROOT
from tests.notebooks.harness import run_notebooks, start_notebooks
from workbook import targets, teardown
from workbook.targets.kind import Kind
from workbook.waiting import eventually

missing = [tool for tool in ("docker", "kind", "kubectl", "helm") if shutil.which(tool) is None]
if not missing and subprocess.run(["docker", "info"], capture_output=True).returncode:
    missing = ["a Docker that answers"]
needs_docker = pytest.mark.skipif(
    bool(missing), reason=f"The notebooks were not run on kind, which needs {', '.join(missing)}"
)
minutes_25 = pytest.mark.timeout(1500)


def path(notebook):
    return ROOT / "notebooks" / f"{notebook}.ipynb"


def prove(notebook, **options):
    """Run a notebook, given by its name or its path; it is kept as it ran, beside the tests' reports."""
    file = path(notebook) if isinstance(notebook, str) else notebook
    status, report = run_notebooks(file, keep=ROOT / "build/reports", **options)
    print(report)
    assert status == 0, f"{notebook} failed:\n{report[-6000:]}"


@minutes_25
@pytest.mark.order(1)
def test_01_train(bare_copy):
    """In a copy: it writes the model, which other tests read meanwhile."""
    prove(bare_copy / "notebooks/01_train.ipynb", root=bare_copy)


@minutes_25
@pytest.mark.order(7)
def test_02_serve():
    prove("02_serve")


@minutes_25
@(pytest.mark.order(6) if missing else pytest.mark.soak)
def test_04_monitor_without_a_cluster():
    """Where Docker is, `make test` runs 04 on the cluster, and `make soak` without one."""
    prove("04_monitor", target="local", strict=False)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("evening", range(3))
def test_04_begins_cold_each_evening_and_runs_twice(evening, tmp_path):
    """From one place to stop to the next, in a kernel of its own, and every cell again."""
    notebook = nbformat.read(path("04_monitor"), as_version=4)
    stops = [number for number, cell in enumerate(notebook.cells) if cell.source == "%run -m workbook.again"]
    assert len(stops) == 2
    part = notebook.cells[[0, *stops][evening] : [*stops, None][evening]]
    again = [nbformat.from_dict(cell | {"id": f"{cell.id}-again"}) for cell in part]
    notebook.cells = [*part, *again]
    nbformat.write(notebook, tmp_path / "evening.ipynb")
    prove(tmp_path / "evening.ipynb", target="local", strict=False)


@minutes_25
@needs_docker
@pytest.mark.founds_cluster
@pytest.mark.order(2)
def test_03_deploy_on_kind(fresh_cluster):
    prove("03_deploy_gke", target="kind")


@minutes_25
@needs_docker
@pytest.mark.order(4)
def test_04_monitor_on_kind(fresh_cluster):
    """On the cluster of 03, which it finds by itself and takes down. Its recording is of a cluster without Grafana."""
    services = Kind().run("kubectl", "get", "services", "-n", "monitoring", "-o", "name")
    prove("04_monitor", target="", strict="prometheus-stack-grafana" not in services)
    assert not targets.claims() and not Kind().standing()


@pytest.fixture
def no_cluster(fresh_cluster):
    """What an earlier test of this run made is gone."""
    teardown.down()


@pytest.fixture
def bare_copy(tmp_path):
    """This checkout as another copy, whose files a test can change."""
    ours = (".venv", ".workbook", ".git", "build", "my", "__pycache__")
    return shutil.copytree(ROOT, tmp_path / "copy", ignore=shutil.ignore_patterns(*ours))


@pytest.fixture
def copy(bare_copy):
    """The same; what it made in Docker goes at the end."""
    yield bare_copy
    down, where = [sys.executable, "-m", "workbook", "down"], os.environ | {"PYTHONPATH": str(bare_copy)}
    subprocess.run(down, cwd=bare_copy, env=where, check=True)


# What a pod may use, and what it asks for: on a node of two cores five pods must fit. 04's overload wants a Locust that
# is as much faster as the service, and that no limit gives.
MACHINES = {
    "twice as fast": ("400m", "150m", {"03_deploy_gke": "kind"}),
    "three times as slow": ("67m", "34m", {"03_deploy_gke": "kind", "04_monitor": ""}),
}


@pytest.mark.soak
@pytest.mark.timeout(3600)
@needs_docker
@pytest.mark.parametrize("machine", MACHINES)
def test_the_notebooks_on_another_machine(no_cluster, copy, machine):
    deployment = copy / "k8s/base/deployment.yaml"
    text = deployment.read_text()
    *cpu, notebooks = MACHINES[machine]
    for ours, theirs in zip(("200m", "100m"), cpu, strict=True):
        assert text.count(f"cpu: {ours}") == 1
        text = text.replace(f"cpu: {ours}", f"cpu: {theirs}")
    deployment.write_text(text)
    for notebook, target in notebooks.items():
        prove(copy / f"notebooks/{notebook}.ipynb", target=target, strict=False, root=copy)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@needs_docker
def test_03_twice_and_after_an_interrupt(no_cluster):
    process = start_notebooks(path("03_deploy_gke"), target="kind")
    pods = ("kubectl", "get", "pods", "-n", "monitoring", "-o", "name")
    eventually(lambda: Kind().run(*pods), within=600, what="the notebook to be in the middle of installing Prometheus")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    for _ in range(2):
        prove("03_deploy_gke", target="kind")
