"""`make lock`: requirements.lock and the image's requirements.txt anew from what is declared, pins kept where they fit.

`make lock UPGRADE=yes` takes the newest release of everything. Either way each supported machine is tried: a package
without a wheel for one of them is named, and the lock is still written.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HASHED = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header", "--quiet"]
LOCK = ["pyproject.toml", "--extra", "lesson", "--group", "test", "--universal", "--output-file", "requirements.lock"]
IMAGE = ["service/requirements.in", "--constraints", "requirements.lock", "--python-version", "3.13"]
IMAGE += ["--python-platform", "linux", "--output-file", "service/requirements.txt"]
MACHINES = {  # uv's names, with the Pythons that have wheels
    "x86_64-manylinux_2_28": ("3.11", "3.12", "3.13", "3.14"),
    "aarch64-manylinux_2_28": ("3.11", "3.12", "3.13", "3.14"),
    "aarch64-apple-darwin": ("3.11", "3.12", "3.13", "3.14"),
    "x86_64-apple-darwin": ("3.11", "3.12", "3.13"),
}


def uv(*words, **variables):
    command = [sys.executable, "-m", "uv", "pip", *words]
    return subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)


def compile_locks(upgrade=()):
    """Write both locks; exits with uv's words where no set of versions fits."""
    for words in (LOCK, IMAGE):
        done = uv("compile", *words, *HASHED, *upgrade)
        if done.returncode:
            sys.exit(done.stderr)


def without_wheels():
    """Ask the index for each machine's wheels; return uv's words for each machine that lacks some."""
    lacking = []
    with tempfile.TemporaryDirectory() as nowhere:
        for platform, pythons in MACHINES.items():
            macos = {"MACOSX_DEPLOYMENT_TARGET": "14.0" if platform.startswith("aarch64") else "13.0"}
            for python in pythons:
                words = ["--python-platform", platform, "--python-version", python, "--only-binary", ":all:", "--quiet"]
                done = uv("install", "--dry-run", "--target", nowhere, "-r", "requirements.lock", *words, **macos)
                if done.returncode:
                    lacking.append(f"{platform}, Python {python}:\n{done.stderr}")
    return lacking


if __name__ == "__main__":
    compile_locks(["--upgrade"] if os.environ.get("UPGRADE") else [])
    if lacking := without_wheels():
        sys.exit("The lock is written, but some machines lack wheels.\n" + "\n".join(lacking))
