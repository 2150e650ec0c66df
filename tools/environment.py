"""Make .venv from requirements.lock, or say in one sentence why not.

`make` calls it each time: it returns at once where .venv stands. It needs Python's standard library alone, on an old
Python, too. What pip cannot do: look at the machine before it downloads, ignore settings that point elsewhere, notice
that .venv was copied, or lost its Python, or that the lock changed, and make it anew.
"""

import ast
import contextlib
import glob
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time

try:
    import fcntl
except ImportError:  # on Windows, which `unsupported` names
    fcntl = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCK = os.path.join(ROOT, "requirements.lock")
VENV = os.path.join(ROOT, ".venv")
READY = os.path.join(VENV, "ready")
LOG = os.path.join(VENV, "pip.log")
PYTHON = os.path.join(VENV, "bin", "python")
NEWEST = (3, 14)
FULL = "No space left|Disk quota exceeded"
# Which of pip's settings count: how it reaches an index. The others say what to install, or where, or not at all.
REACHES = "index|extra-index|no-index|find-links|cert|client-cert|proxy|trusted|cache|no-cache|timeout|keyring|use-"
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True}
ELSEWHERE = "The dev container and GitHub Codespaces (see README.md) have all that it needs."


def stop(sentence):
    sys.exit("\n" + sentence)


def machine():
    """What decides which wheels fit: see `unsupported`."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "release": platform.mac_ver()[0] if sys.platform == "darwin" else " ".join(platform.libc_ver()),
        "python": sys.version_info[:2],
        "build": sys.implementation.name + ("t" if getattr(sys, "abiflags", "").count("t") else ""),
    }


def unsupported(system, processor, release, python, build):
    """Why there are no wheels for a machine, with what to do about it, or an empty string.

    The lock's wheels want glibc 2.28 on Linux, macOS 14 on Apple silicon and macOS 13 on Intel's processors, for which
    the newest onnxruntime is of Python 3.13.
    """
    if system == "Windows":
        return "On Windows the workbook runs inside WSL2: `wsl --install`, then clone it there. " + ELSEWHERE
    if system not in ("Linux", "Darwin") or processor not in ("x86_64", "aarch64", "arm64"):
        here = "this is %s on %s. " % (system, processor)
        return "The workbook runs on Linux and macOS, on x86_64 and arm64, and " + here + ELSEWHERE
    if system == "Linux" and not (release.startswith("glibc") and numbers(release.split()[1]) >= (2, 28)):
        has = "has %s. " % (release or "another C library (musl, as Alpine does)")
        return "Some packages have wheels for glibc 2.28 or later alone, and this Linux " + has + ELSEWHERE
    wanted = (14,) if processor == "arm64" else (13,)
    if system == "Darwin" and numbers(release) < wanted:
        return "ONNX Runtime wants macOS %d or later on this Mac, which has %s. " % (wanted[0], release) + ELSEWHERE
    newest = (3, 13) if system == "Darwin" and processor == "x86_64" else NEWEST
    if build != "cpython" or not (3, 11) <= python <= newest:
        return "The workbook runs on CPython 3.11 to {}.{}, and {} is {} {}.{}: {}.".format(
            *newest, sys.executable, build, *python, other_python(newest)
        )
    return ""


def numbers(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def other_python(newest):
    names = ["python3.%d" % minor for minor in range(newest[1], 10, -1)]
    found = [name for name in names if shutil.which(name)]
    return "run `make PYTHON=%s lab`" % found[0] if found else "install one, then run `make PYTHON=%s lab`" % names[0]


def state():
    """What .venv depends on: while it is as noted in .venv/ready, .venv is left as it is."""
    with open(LOCK, "rb") as lock:
        return {"root": ROOT, "lock": hashlib.sha256(lock.read()).hexdigest()}


def stands():
    """Whether .venv was made here, from this lock, and its Python is still the one that it was made with."""
    try:
        with open(READY, encoding="utf-8") as note:
            made = json.load(note)
        code = "import sys; print(list(sys.version_info[:2]))"
        python = json.loads(subprocess.run([PYTHON, "-c", code], stdout=subprocess.PIPE, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False
    return made == dict(state(), python=python)


def wait_for_others():
    """Two terminals may say `make` at once. The lock ends with this process; a share that has no locks goes without."""
    show("after another `make`")
    with contextlib.suppress(OSError):
        fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)


def make_venv():
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], **PIPES)
    if done.returncode:
        stop(refusal(done.stdout, os.path.exists(VENV) and os.stat(VENV).st_uid == os.getuid()))


def refusal(said, is_ours):
    """Why .venv could not be made, from what Python said of it and whether what is there belongs to this user."""
    if "Permission denied" in said and not is_ours:
        return "The .venv here belongs to another user (after a `sudo make`?): `sudo rm -r %s`, then again." % VENV
    if "Permission denied" in said:
        return "No program may be run from this disk. Copy %s to a folder of your home, then again." % ROOT
    if re.search("Operation not (permitted|supported): 'lib'|Function not implemented", said):
        return "This disk has no links (exFAT, or a share). Copy %s to a folder of your home, then again." % ROOT
    if re.search("ensurepip|No module named '?venv", said):
        package = "python%d.%d-venv" % sys.version_info[:2]
        return "Python could not make .venv: `sudo apt install %s` gives it what Debian and Ubuntu leave out." % package
    if re.search(FULL, said):
        return CAUSES[FULL]
    return "Python could not make .venv. It said: %s" % (said.strip().splitlines() or ["nothing"])[-1]


def settings():
    """The variables for pip: of its own settings, in files and variables, those alone that REACHES names."""
    listing = subprocess.run([PYTHON, "-m", "pip", "--python=", "config", "list"], **PIPES)
    if listing.returncode:
        stop(explain(listing.stdout, ""))
    found = re.findall("^(global|install|:env:)[.]((?:%s).*?)=(.*)" % REACHES, listing.stdout, re.MULTILINE)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    for _, name, value in sorted(found, key=lambda line: line[0] == ":env:"):  # variables win over files
        variables["PIP_" + name.upper().replace("-", "_")] = ast.literal_eval(value)
    return dict(variables, PIP_CONFIG_FILE=os.devnull)


def install():
    """Install the lock with pip, by the reader's way to an index."""
    with open(LOCK) as lock:
        total = sum("==" in line for line in lock)
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2", "--log", LOG]
    command += ["-r", "requirements.lock"]
    pip = subprocess.Popen(command, cwd=ROOT, env=settings(), **PIPES)
    output, seen = [], 0
    for line in pip.stdout:
        output.append(line)
        if line.startswith(("Collecting", "Installing")):
            seen += line.startswith("Collecting")
            show("reading %d of %d packages" % (seen, total) if line.startswith("C") else "unpacking them")
    if pip.wait():
        output.append("ERROR: ended by signal %d" % -pip.returncode if pip.returncode < 0 else "")
        with open(LOG, errors="replace") as log:
            stop(explain("".join(output), log.read()))


def show(step, end=""):
    """Progress in one line of a terminal; a log file gets the last one alone."""
    if end or sys.stdout.isatty():
        print("\rMaking .venv: %s" % step.ljust(30), end=end, flush=True)


def link():
    """Let every program of .venv import the workbook, an editor's kernel too: by a relative path, which goes along when
    the folder moves and stays ASCII, unlike that of `pip install -e`."""
    (packages,) = glob.glob(os.path.join(VENV, "lib", "python*", "site-packages"))
    with open(os.path.join(packages, "workbook.pth"), "w") as path:
        path.write(os.path.relpath(ROOT, packages) + "\n")


CAUSES = {  # what pip says or logs, and what it means
    FULL: "The disk is full: .venv needs 2 GB of it.",
    "DO NOT MATCH THE HASHES|BadZipFile|IncompleteRead|[.]whl is invalid": """
        A package came damaged or changed, perhaps by a proxy on the way. Try it again.""",
    "ended by signal": """
        pip was ended from outside, most often because memory ran out. Close what you can, then try it again.""",
    "TLS CA certificate bundle": """
        A setting (PIP_CERT, REQUESTS_CA_BUNDLE, or `pip config list`) names a file of certificates that is not there.""",
    "CERTIFICATE_VERIFY_FAILED": """
        What answers as the package index has a certificate that Python does not trust, as behind a company's proxy:
        `pip config set global.cert FILE` names the company's.""",
    "407 Proxy Authentication": """
        The proxy wants a login: `export HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT`, then run the command again.""",
    "not a trusted or secure host": """
        pip does not ask an index by plain http: give its https address, or `pip config set global.trusted-host HOST`.""",
    r"Could not fetch URL \S+: 40[137] |HTTP error 40[137]": """
        The package index refused. If it wants a login, pip must know it: `pip config list` shows which index it asks.""",
    r"too many 5\d\d error|Could not fetch URL \S+: 5\d\d ": """
        The package index is out of order. Try it later.""",
    "Connection|timed out|ProxyError|SSLError|Max retries": """
        The package index did not answer: check the network, and pip's settings (`pip config list`) if you use a proxy or
        an index of your own, then run the command again.""",
}


def explain(output, log):
    """One sentence of what pip said and logged: whether the network failed, or the index, or it lacks something."""
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()[-1:]
    unread = re.findall(r"Could not fetch URL .*", log)
    said = " pip said: " + (unread or errors or ["nothing"])[-1]
    for pattern, sentence in CAUSES.items():
        if re.search(pattern, "\n".join([output, *unread])):
            return " ".join(sentence.split()) + said
    if re.search("(Fetched|Skipping) page", log) and not re.search("Found link|wheel's tags", log):
        return "What answers as the package index has none. Is it this network's login page? Open a browser." + said
    if "No matching distribution" in output:
        here = "{system} {release} on {processor} with {build}".format(**machine()), platform.python_version()
        lacks = "The package index answers, but has no such package for %s %s. If you use an index of your own, " % here
        return lacks + "let it fetch what it lacks. " + ELSEWHERE + said
    return "pip could not install requirements.lock." + said


def main():
    if stands():
        return
    started = time.time()
    problem = unsupported(**machine())
    if problem:
        stop(problem)
    if not os.access(ROOT, os.W_OK):
        stop("This folder is read-only, so .venv cannot be made in it: copy %s to a folder of yours." % ROOT)
    wait_for_others()
    if stands():
        return
    make_venv()
    install()
    link()
    subprocess.run([PYTHON, "-c", "import matplotlib.font_manager"], stderr=subprocess.DEVNULL)  # once: finds fonts
    with open(READY, "w", encoding="utf-8") as note:
        json.dump(dict(state(), python=list(sys.version_info[:2])), note)
    show("done in %d s." % (time.time() - started), end="\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("Stopped. The next `make` begins anew.")
