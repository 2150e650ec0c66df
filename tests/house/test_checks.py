"""The checks that a machine does: style, types, spelling, and the files that GitHub and editors read."""

import subprocess
import sys

import pytest

from tests import ROOT

CHECKS = {
    "ruff check": ["ruff", "check", "--output-format", "concise", "."],
    "ruff format": ["ruff", "format", "--diff", "."],
    "mypy": ["mypy"],
    "codespell": ["codespell_lib"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name):
    done = subprocess.run([sys.executable, "-m", *CHECKS[name]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
