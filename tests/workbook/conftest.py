"""A machine whose programs, folders and settings a test decides."""

import shutil
from dataclasses import fields

import pytest

from workbook import machine, programs
from workbook.machine import VERSIONS, Settings


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def offline(monkeypatch):
    """No release can be fetched."""
    for pin in VERSIONS["programs"].values():
        monkeypatch.setitem(pin, "address", "http://127.0.0.1:9/archive.tar.gz")


@pytest.fixture
def hide(monkeypatch):
    """Hide programs from shutil.which."""
    real = shutil.which
    return lambda *names: monkeypatch.setattr(shutil, "which", lambda name: None if name in names else real(name))


@pytest.fixture
def state(monkeypatch, tmp_path):
    """The folder where the workbook keeps its things; there is nothing in it."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setattr(machine, "STATE", folder)
    return folder


@pytest.fixture
def unset(monkeypatch):
    """No setting is made."""
    for field in fields(Settings):
        monkeypatch.delenv(machine.variable(field.name), raising=False)


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """A PATH with nothing but the shell scripts that a test writes there: `tools(docker="echo hello")`."""
    path = tmp_path / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))

    def write(**scripts):
        for name, script in scripts.items():
            program = path / name.replace("_", "-")
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)

    return write
