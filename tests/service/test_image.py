"""The image of the service: small, quick, poor in tools and rights."""

import json
import shutil
import subprocess
import time

import pytest
from packaging.requirements import Requirement

from bench.image import answers, worker_memory
from tests import ROOT
from tests.service.serving import ABOUT, HTTP, ROWS
from workbook.processes import free_ports

IMAGE = "wine-image-test"
PYTHON = "3.13"  # of the default base image


def docker(*arguments):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def pinned(file):
    """{name: line with version, hashes} of a requirements file, for the image's Python on Linux."""
    text = file.read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        requirement, _, hashes = line.partition("--hash=")
        if "==" in requirement:
            requirement = Requirement(requirement.strip())
            environment = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "sys_platform": "linux"}
            if requirement.marker is None or requirement.marker.evaluate(environment):
                found[requirement.name] = (str(requirement.specifier), set(hashes.split(" --hash=")))
    return found


def test_the_image_has_the_versions_of_the_lock():
    lock, image = pinned(ROOT / "requirements.lock"), pinned(ROOT / "service/requirements.txt")
    direct = (ROOT / "service/requirements.in").read_text().split()
    assert set(direct) <= set(image)
    for name, (version, hashes) in image.items():
        assert lock[name][0] == version, f"{name}: see the head of service/requirements.txt"
        assert {one.strip() for one in hashes} <= {one.strip() for one in lock[name][1]}


@pytest.fixture(scope="module")
def image():
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("Docker does not answer on this machine")
    subprocess.run(["docker", "build", "-q", "-t", IMAGE, ROOT / "service"], check=True)
    yield IMAGE
    docker("image", "rm", IMAGE)


@pytest.fixture(scope="module")
def container(image):
    """The service as Kubernetes runs it; yields its id and its two addresses."""
    port, metrics_port = free_ports(2)
    ports = ["-p", f"127.0.0.1:{port}:8080", "-p", f"127.0.0.1:{metrics_port}:8081"]
    rights = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "12345:12345"]
    container = docker("create", *ports, *rights, image)
    docker("start", container)
    start = time.perf_counter()
    try:
        while not answers(f"http://127.0.0.1:{port}/readyz"):
            assert time.perf_counter() - start < 120, docker("logs", container)
            time.sleep(0.1)
        yield container, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}"
    finally:
        docker("rm", "--force", container)


def test_it_is_small(image):
    assert int(docker("image", "inspect", "--format", "{{.Size}}", image)) <= 300e6


def test_it_holds_no_tools_and_no_training_library(image):
    script = "command -v gcc cc make; find / -xdev -iname 'scikit_learn*' -o -xdev -name '*.pkl'; id -u"
    assert docker("run", "--rm", "--entrypoint", "sh", image, "-c", script) == "10001"


def test_it_predicts_and_counts_on_a_read_only_file_system(container):
    _, url, metrics_url = container
    answer = HTTP.request("POST", f"{url}/predict", json=ROWS[0]).json()
    assert (answer["cultivar"], answer["model_version"]) == ("barolo", ABOUT["version"])
    assert f'wine_predictions_total{{cultivar="barolo",model_version="{ABOUT["version"]}"}} 1.0' in (
        HTTP.request("GET", f"{metrics_url}/metrics").data.decode()
    )


def test_a_worker_needs_little_memory(container):
    running, url, _ = container
    workers = worker_memory(running, url)
    assert len(workers) == 2
    assert max(workers) <= 60e6


def test_docker_finds_it_healthy_and_can_stop_it(image):
    container = docker("run", "--detach", "--health-interval", "1s", image)
    try:
        deadline = time.monotonic() + 120
        while docker("inspect", "--format", "{{.State.Health.Status}}", container) != "healthy":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        docker("stop", "--time", "20", container)  # after which Docker kills, with another exit code
        state = json.loads(docker("inspect", "--format", "{{json .State}}", container))
        assert state["ExitCode"] == 0
    finally:
        docker("rm", "--force", container)
