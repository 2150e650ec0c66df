"""The checks that a machine does: style, types, spelling, and the files that GitHub and editors read."""

import json
import re
import subprocess
import sys

import pytest
import yaml

from tests import ROOT

WORKFLOWS = [str(path.relative_to(ROOT)) for path in (ROOT / ".github" / "workflows").glob("*.yml")]
CHECKS = {
    "ruff check": ["ruff", "check", "--output-format", "concise", "."],
    "ruff format": ["ruff", "format", "--diff", "."],
    "mypy": ["mypy"],
    "codespell": ["codespell_lib"],
    "workflows": ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS],
    "dependabot": ["check_jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name):
    done = subprocess.run([sys.executable, "-m", *CHECKS[name]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_github_and_editors_run_stands_in_the_makefile():
    targets = set(re.findall(r"^([.\w/]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    runs = [json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())["postCreateCommand"]]
    for path in WORKFLOWS:
        jobs = yaml.safe_load((ROOT / path).read_text())["jobs"].values()
        runs += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    made = [
        words[1] for words in (run.split() for run in [*runs, *(hook["entry"] for hook in hooks)]) if words[0] == "make"
    ]
    assert {"test", "coverage", "lock", "update", "house", ".venv/ready"} == set(made) and set(made) <= targets
