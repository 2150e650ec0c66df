"""Run notebooks as tests, the one way that `make test` and the tests of the harness share."""

import os
import signal
import subprocess
import sys

from tests import ROOT

SANITIZE = "tests/notebooks/sanitize.cfg"


def start_notebooks(*paths, target="local", strict=True, cell_timeout=600, root=ROOT, keep=""):
    """Start notebooks under nbval, each in a kernel of its own, in a process group of their own; return the Popen.

    `strict` compares every cell's output with its recording; without it only the cells marked
    `# NBVAL_CHECK_OUTPUT` are compared, because a recording fits one target alone.
    `cell_timeout` is in seconds, for each cell. `root` is the checkout whose packages they import, `keep` the folder for
    the notebooks with the outputs of this run.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval" if strict else "--nbval-lax",
        "-p",
        "tests.notebooks.nbval_strict",
    ]
    command += ["--nbval-sanitize-with", SANITIZE, "--nbval-cell-timeout", str(cell_timeout)]
    command += ["-p", "no:cacheprovider", "-p", "no:schemathesis", "--confcutdir", str(root), "-rA", "--color", "no"]
    command += ["--keep-run", str(keep)] if keep else []
    environment = {**os.environ, "WORKBOOK_TARGET": target, "PYTHONPATH": str(root)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*command, *map(str, paths)], cwd=root, env=environment, start_new_session=True, **pipes)


def run_notebooks(*paths, **options):
    """Run notebooks as `start_notebooks` does; return pytest's exit status and report."""
    process = start_notebooks(*paths, **options)
    try:
        report, _ = process.communicate()
    finally:
        if process.poll() is None:  # cut off: a notebook that goes on would change the cluster under other tests
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, report
