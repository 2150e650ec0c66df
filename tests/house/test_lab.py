"""`make lab`, as machines with and without a screen need it."""

import os
import re
import shutil
import subprocess
import sys

import requests

from tests import ROOT
from workbook.lab import CONFIG, browser, command, variables
from workbook.processes import free_ports
from workbook.waiting import eventually

CELLS = "@jupyterlab/notebook-extension:tracker"


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
    assert line[0] == sys.executable and line[-2:] == ["--port", "9999"]
    assert any("/my/01_train.ipynb" in word for word in line)


def test_wsl_finds_windows_s_browser_unless_the_reader_chose_one(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name == "explorer.exe")
    assert browser({"WSL_DISTRO_NAME": "Ubuntu"}) == {"BROWSER": "explorer.exe"}
    assert browser({"WSL_DISTRO_NAME": "Ubuntu", "BROWSER": "firefox"}) == browser({}) == {}


def test_a_codespace_is_reached_by_its_own_name_alone():
    """GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: https://docs.github.com/en/codespaces, default environment variables."""
    names = {"CODESPACE_NAME": "fuzzy-wine-42", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev"}
    (option,) = (word for word in command([], names, platform="linux", user=1000) if "allow_origin_pat=" in word)
    pattern = option.partition("=")[2]
    assert re.match(pattern, "https://fuzzy-wine-42-8888.app.github.dev")
    assert not re.match(pattern, "https://other-8888.app.github.dev")


def test_the_reader_s_own_configuration_counts_too():
    assert variables({"JUPYTER_CONFIG_PATH": "/mine"})["JUPYTER_CONFIG_PATH"] == f"{CONFIG}:/mine"


def test_it_serves_the_first_notebook_without_a_question_and_opens_it_by_address(tmp_path):
    """From another folder, as `make -C` or an IDE may call it, with the browser that WSL has: Windows's.

    The reader's own configuration names another folder, and an own kernel of that name is broken.
    """
    kernel = tmp_path / "data/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["/opt/gone/python"], "display_name": "gone", "language": "python"}')
    (tmp_path / "jupyter_server_config.py").write_text('c.ServerApp.root_dir = "/"\n')
    (port,) = free_ports(1)
    told = tmp_path / "told"
    tool = tmp_path / "browser"
    tool.write_text(f'#!/bin/sh\necho "$@" > {told}.part && mv {told}.part {told}\n')
    tool.chmod(0o755)
    line = [sys.executable, "-m", "workbook.lab", f"--port={port}", "--ServerApp.port_retries=0"]
    wsl = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    wsl |= {"WSL_DISTRO_NAME": "Ubuntu", "BROWSER": str(tool), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    wsl |= {"JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_PREFER_ENV_PATH": "0"}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": tmp_path, "env": wsl}
    server = subprocess.Popen([*line, "--IdentityProvider.token=a-test"], **options)
    url, token = f"http://127.0.0.1:{port}", {"token": "a-test"}
    try:
        eventually(told.exists, 180, "the browser to be started", quiet=True)
        assert told.read_text().startswith(f"http://localhost:{port}/lab/tree/my/01_train.ipynb")
        first = requests.get(f"{url}/", params=token, timeout=60)
        assert first.url.startswith(f"{url}/lab/tree/my/01_train.ipynb")
        assert re.search(r'"disabledExtensions": [^]]*"@jupyterlab/apputils-extension:announcements"', first.text)
        notebook = requests.get(f"{url}/api/contents/my/01_train.ipynb", params=token, timeout=60)
        assert notebook.json()["type"] == "notebook"
        kernel = requests.get(f"{url}/api/kernelspecs/python3", params=token, timeout=60)
        assert kernel.json()["spec"]["argv"][0] != "/opt/gone/python"
        settings = requests.get(f"{url}/lab/api/settings/{CELLS}", params=token, timeout=60).json()
        assert settings["schema"]["properties"]["codeCellConfig"]["default"]["lineWrap"]
    finally:
        server.terminate()
        server.communicate()
    assert (ROOT / "my/01_train.ipynb").exists()


def test_what_make_starts_reads_utf_8_and_nothing_that_a_shell_says_of_another_python():
    """As on machines with ROS or a company's shell, whose PYTHONPATH would come before .venv."""
    others = ("PYTHONPATH", "PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONINSPECT", "PYTHONOPTIMIZE", "MPLBACKEND")
    shell = os.environ | dict.fromkeys(others, "/opt/other") | {"PYTHONUTF8": "0"}
    shell.pop("MAKEFLAGS", None)
    done = subprocess.run(
        ["make", "--eval", "show: ; @env", "show"], cwd=ROOT, env=shell, capture_output=True, text=True
    )
    assert "/opt/other" not in done.stdout and "PYTHONUTF8=1\n" in done.stdout


def test_an_editor_s_kernel_reads_what_tools_print_in_any_locale():
    ascii_alone = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    code = r"from workbook.machine import output; print(ascii(output('printf', r'\342\234\223\351')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ascii_alone, capture_output=True, text=True)
    assert done.stdout == r"'\u2713\ufffd'" + "\n", done.stderr


def test_figures_look_the_same_whatever_a_reader_has_set_for_matplotlib(tmp_path):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    code = "import matplotlib, workbook; from IPython import InteractiveShell as Shell"
    code += "; workbook.load_ipython_extension(Shell.instance()); print(matplotlib.rcParams['text.usetex'])"
    reader = os.environ | {
        "MATPLOTLIBRC": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=reader, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
