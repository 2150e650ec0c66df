"""What README.md promises: badges of workflows that are there, and machines on which `make` goes on."""

import re

import pytest

from tests import ROOT
from tools import environment

README = (ROOT / "README.md").read_text()
PROMISE = re.search(
    r"Python (?P<oldest>3\.\d+) to\s(?P<newest>3\.\d+) .*glibc (?P<glibc>[\d.]+) .*macOS (?P<macos>\d+) or later; "
    r"on a Mac with an Intel\sprocessor, macOS (?P<intel>\d+) and Python up to (?P<last>3\.\d+) do",
    README,
    re.DOTALL,
)


def machine(system, processor, release, python):
    python = tuple(map(int, python.split(".")))
    return {"system": system, "processor": processor, "release": release, "python": python, "build": "cpython"}


def before(version):
    """The version below one: 2.27 for 2.28, 13 for 14."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) - 1}"


def after(version):
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}"


@pytest.mark.parametrize("python", ["oldest", "newest"])
def test_the_machines_that_it_names_are_those_that_make_takes(python):
    python = PROMISE[python]
    assert not environment.unsupported(**machine("Linux", "x86_64", f"glibc {PROMISE['glibc']}", python))
    assert environment.unsupported(**machine("Linux", "x86_64", f"glibc {before(PROMISE['glibc'])}", python))
    assert not environment.unsupported(**machine("Darwin", "arm64", PROMISE["macos"], python))
    assert environment.unsupported(**machine("Darwin", "arm64", before(PROMISE["macos"]), python))


def test_so_are_macs_with_an_intel_processor():
    assert not environment.unsupported(**machine("Darwin", "x86_64", PROMISE["intel"], PROMISE["last"]))
    assert environment.unsupported(**machine("Darwin", "x86_64", before(PROMISE["intel"]), PROMISE["last"]))
    assert environment.unsupported(**machine("Darwin", "x86_64", PROMISE["intel"], after(PROMISE["last"])))


def test_no_other_python_is_taken():
    for python in (before(PROMISE["oldest"]), after(PROMISE["newest"])):
        assert environment.unsupported(**machine("Linux", "x86_64", "glibc 2.39", python))


def test_each_badge_is_of_a_workflow():
    badges = re.findall(r"\.\./\.\./actions/workflows/([\w.]+)/badge\.svg", README)
    assert set(badges) == {path.name for path in (ROOT / ".github/workflows").glob("*.yml")}
