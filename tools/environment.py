"""Make .venv from requirements.lock. Needs Python's standard library alone; `make` calls it when the lock is newer."""

import glob
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
SUPPORTED = [(3, 13), (3, 12), (3, 11)]


def stop(sentence):
    sys.exit("\n" + sentence)


def check_python():
    if sys.version_info[:2] in SUPPORTED:
        return
    found = [name for name in ("python%d.%d" % version for version in SUPPORTED) if shutil.which(name)]
    advice = "run `make PYTHON=%s lab`" % found[0] if found else "install one, then run `make PYTHON=python3.13 lab`"
    version = "%d.%d" % sys.version_info[:2]
    stop("The workbook runs on Python 3.11 to 3.13 and %s is %s: %s." % (sys.executable, version, advice))


def make_venv():
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        stop(
            "Python could not make .venv; on Debian and Ubuntu `sudo apt install python3-venv` gives it what it lacks."
        )


def install():
    with open(os.path.join(ROOT, "requirements.lock")) as lock:
        total = sum("==" in line for line in lock)
    command = [
        os.path.join(VENV, "bin", "python"),
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-compile",
        "--require-hashes",
    ]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--retries", "2", "-r", "requirements.lock"]
    pip = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    output, seen = [], 0
    for line in pip.stdout:
        output.append(line)
        if line.startswith(("Collecting", "Installing")):
            seen += line.startswith("Collecting")
            show("reading %d of %d packages" % (seen, total) if line.startswith("C") else "unpacking them")
    if pip.wait():
        explain("".join(output))


def show(step, end=""):
    """Progress in one line of a terminal; a log file gets the last one alone."""
    if end or sys.stdout.isatty():
        print("\rMaking .venv: %s" % step.ljust(30), end=end, flush=True)


def link():
    """Let every program of this environment import the workbook: a kernel of an editor knows no PYTHONPATH of ours."""
    (packages,) = glob.glob(os.path.join(VENV, "lib", "python*", "site-packages"))
    with open(os.path.join(packages, "workbook.pth"), "w") as path:
        path.write(ROOT + "\n")


def warm_up():
    """Let matplotlib look for fonts now: it would say so in the first notebook."""
    subprocess.run(
        [os.path.join(VENV, "bin", "python"), "-c", "import matplotlib.font_manager"], stderr=subprocess.DEVNULL
    )


def explain(output):
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()[-1:]
    if "No matching distribution" in output or "Connection" in output:
        stop(
            "The package index did not answer or lacks a package: check the network, and pip's settings "
            "(`pip config list`) if you use an index of your own, then run the command again. pip said: %s" % errors[-1]
        )
    stop("pip could not install requirements.lock: %s" % errors[-1])


if __name__ == "__main__":
    started = time.time()
    check_python()
    make_venv()
    install()
    link()
    warm_up()
    open(os.path.join(VENV, "ready"), "w").close()
    show("done in %d s." % (time.time() - started), end="\n")
