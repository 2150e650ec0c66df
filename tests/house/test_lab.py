import subprocess
import sys

import requests

from workbook.lab import command
from workbook.processes import free_ports
from workbook.waiting import eventually


def test_a_machine_without_a_display_gets_the_address_printed():
    assert "--no-browser" in command([], {}, platform="linux", user=1000)


def test_a_machine_with_a_display_opens_the_browser():
    for environment, platform in [
        ({"DISPLAY": ":0"}, "linux"),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, "linux"),
        ({}, "darwin"),
    ]:
        assert "--no-browser" not in command([], environment, platform=platform, user=1000)


def test_arguments_pass_through():
    line = command(["--port", "9999"], {}, platform="linux", user=1000)
    assert (
        line[0] == sys.executable
        and line[-2:] == ["--port", "9999"]
        and any("notebooks/01_train.ipynb" in word for word in line)
    )


def test_it_serves_the_first_notebook(tmp_path):
    """From another folder, as `make -C` or an IDE may call it."""
    (port,) = free_ports(1)
    line = [sys.executable, "-m", "workbook.lab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    server = subprocess.Popen(
        [*line, "--IdentityProvider.token=a-test"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: requests.get(f"{url}/api", timeout=5).ok, 60, "JupyterLab", quiet=True)
        first = requests.get(f"{url}/", params={"token": "a-test"}, timeout=30)
        assert first.url.startswith(f"{url}/lab/tree/notebooks/01_train.ipynb")
        notebook = requests.get(f"{url}/api/contents/notebooks/01_train.ipynb", params={"token": "a-test"}, timeout=30)
        assert notebook.json()["type"] == "notebook"
    finally:
        server.terminate()
        server.communicate()
