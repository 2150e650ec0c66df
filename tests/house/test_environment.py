"""tools/environment.py: .venv made on machines as readers have them, or one sentence about why not.

The locks here hold one small wheel, made on the spot; the real one is installed by whoever runs these tests with `make`.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import ROOT
from tests.promql.backfill import answering
from tools import environment

MAC = {"system": "Darwin", "processor": "arm64", "release": "15.1", "python": (3, 13), "build": "cpython"}
LINUX = {"system": "Linux", "processor": "x86_64", "release": "glibc 2.36", "python": (3, 12), "build": "cpython"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with the wheel of a package `tiny`, which is all that the locks of these tests ask for."""
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture(scope="module")
def wine(tmp_path_factory, wheels):
    """The parts of a clone that .venv is made from, in a folder with a name that is not ASCII."""
    folder = tmp_path_factory.mktemp("wine") / "mâcon blanc"
    (folder / "tools").mkdir(parents=True)
    (folder / "workbook").mkdir()
    (folder / "workbook/__init__.py").write_text("")
    shutil.copy(ROOT / "tools/environment.py", folder / "tools")
    digest = hashlib.sha256((wheels / "tiny-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    (folder / "requirements.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    return folder


@pytest.fixture
def checkout(wine, tmp_path):
    """A clone of one's own, without a .venv."""
    return shutil.copytree(wine, tmp_path / wine.name, ignore=shutil.ignore_patterns(".venv"))


def make(folder, wheels, code=None, **variables):
    """Run tools/environment.py without an index, with more variables of the environment; or `code` beside it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "LC_", "LANG"))}
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, *(["-c", code] if code else [folder / "tools/environment.py"])]
    environment = clean | settings | variables
    return subprocess.run(command, cwd=folder / "tools", env=environment, capture_output=True, text=True)


def stands(folder, wheels):
    """Whether `make` would leave this folder's .venv as it is."""
    return make(folder, wheels, "import environment; print(environment.stands())").stdout == "True\n"


def workbook_of(folder, **variables):
    """The folder of the workbook that a program of .venv imports, started in another folder."""
    code = "import tiny, workbook, os; print(ascii(os.path.dirname(workbook.__path__[0])))"
    command = [folder / ".venv/bin/python", "-c", code]
    done = subprocess.run(command, env=os.environ | variables, cwd="/", capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


@pytest.fixture(scope="module")
def made(wine, wheels, tmp_path_factory):
    """The clone with its .venv, made in spite of all that a shell and a pip.conf can say at once."""
    conf = tmp_path_factory.mktemp("conf") / "pip.conf"
    nowhere = str(conf.with_name("nowhere"))
    lines = [f"{name} = {nowhere}" for name in ("target", "prefix", "root", "python", "constraint", "requirement")]
    conf.write_text("\n".join(["[global]", "user = true", "dry-run = true", "ignore-installed = maybe", *lines]))
    shell = dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH"), nowhere)
    shell |= dict.fromkeys(("PIP_PYTHON", "PIP_CONSTRAINT", "PIP_REQUIREMENT"), nowhere) | {"PIP_DRY_RUN": "1"}
    shell |= {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_CONFIG_FILE": str(conf), "LC_ALL": "C"}
    shell |= {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = make(wine, wheels, **shell)
    assert done.returncode == 0, done.stderr
    assert not os.path.exists(nowhere)
    return wine


@pytest.mark.parametrize("encoding", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}], ids=["UTF-8", "ASCII"])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.ISO-8859-1"])
def test_it_imports_the_workbook_in_every_locale(made, locale, encoding):
    imports = workbook_of(made, LC_ALL=locale, **encoding)
    assert os.fsencode(ast.literal_eval(imports)) == os.fsencode(made)


def test_what_stands_is_left_alone(made, wheels):
    assert stands(made, wheels)
    (made / ".venv/mine").touch()
    assert make(made, wheels).stdout == "" and (made / ".venv/mine").exists()


@pytest.fixture
def copied(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy", symlinks=True)


def test_a_copied_or_moved_checkout_uses_its_own_modules(copied, wheels):
    assert workbook_of(copied) == ascii(str(copied)), "even before `make`"
    assert not stands(copied, wheels), "the programs in .venv/bin start the Python of the first checkout"


def test_a_new_lock_makes_it_anew(made, copied, wheels):
    note = copied / ".venv/ready"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"root": str(copied)}))
    assert stands(copied, wheels)
    with (copied / "requirements.lock").open("a") as lock:
        lock.write("# newer\n")
    assert not stands(copied, wheels)


def test_an_interpreter_that_is_gone_makes_it_anew(copied, wheels):
    for link in (copied / ".venv/bin").glob("python*"):
        link.unlink()
        link.symlink_to("/opt/gone/bin/python3")
    assert make(copied, wheels).returncode == 0
    assert workbook_of(copied) == ascii(str(copied))
    assert (copied / ".venv/bin/pip").read_text().startswith(f"#!{copied}/.venv/bin/python")


def told(done):
    """What a reader is told: one line on stderr, and .venv not taken for ready."""
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.strip().count("\n") == 0
    return done.stderr


def test_without_a_package_index_the_network_is_named(checkout, wheels):
    index = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_RETRIES": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    assert "The package index did not answer" in told(make(checkout, wheels, **index))
    assert not (checkout / ".venv/ready").exists()


def test_a_missing_wheel_is_not_the_network_s_fault(checkout, wheels):
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text().replace("tiny==1.0", "tiny==2.0"))
    sentence = told(make(checkout, wheels))
    assert "has no such package for" in sentence and "tiny==2.0" in sentence and "network" not in sentence


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "The package index refused. If it wants a login"),
        (403, "The package index refused"),
        (404, "The package index answers, but has no such package for"),
        (503, "The package index is out of order"),
        (200, "Is it this network's login page?"),
    ],
)
def test_an_index_that_gives_nothing_is_told_by_what_it_answers(checkout, wheels, status, sentence):
    """It is one with a login in its address, which is not shown."""
    with answering(status, b"<html><form>Welcome to the hotel's network</form></html>") as (url, _):
        index = {
            "PIP_NO_INDEX": "",
            "PIP_FIND_LINKS": "",
            "PIP_INDEX_URL": url.replace("//", "//reader:hush@") + "/simple",
        }
        said = told(make(checkout, wheels, **index))
    assert sentence in said and "hush" not in said


def test_a_package_that_was_changed_on_the_way_is_named(checkout, wheels):
    lock = checkout / "requirements.lock"
    lock.write_text(re.sub("sha256:....", "sha256:0000", lock.read_text()))
    assert "A package came damaged or changed" in told(make(checkout, wheels))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 122] Disk quota exceeded: '/x'",
            "The disk is full",
        ),
        ("ERROR: Exception:\nzipfile.BadZipFile: File is not a zip file", "came damaged or changed"),
        ("Collecting numpy\nERROR: ended by signal 9", "memory ran out"),
        (
            "ERROR: Could not install packages due to an OSError: Could not find a suitable TLS CA certificate bundle, "
            "invalid path: /etc/company.pem",
            "that is not there",
        ),
        (
            "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
            "CERTIFICATE_VERIFY_FAILED] certificate verify failed'))': /simple/tiny/\nERROR: No matching distribution found",
            "global.cert",
        ),
        (
            "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel "
            "connection failed: 407 Proxy Authentication Required'))': /simple/tiny/\nERROR: No matching distribution found",
            "wants a login",
        ),
        ("WARNING: The repository located at pypi.example is not a trusted or secure host", "global.trusted-host"),
        ("ERROR: HTTP error 403 while getting https://pypi.example/tiny-1.0-py3-none-any.whl", "index refused"),
        ("", "pip said: nothing"),
    ],
)
def test_what_pip_says_is_explained(said, sentence):
    assert sentence in environment.explain(said, "")


@pytest.mark.parametrize(
    ("said", "is_ours", "sentence"),
    [
        ("Error: [Errno 13] Permission denied: '/wine/.venv/bin/python'", False, "belongs to another user"),
        ("Error: [Errno 13] Permission denied: '/wine/.venv/bin/python'", True, "No program may be run from this disk"),
        ("Error: [Errno 1] Operation not permitted: 'lib' -> '/usb/wine/.venv/lib64'", True, "no links"),
        ("/usr/bin/python3: No module named venv", True, "sudo apt install python3."),
        ("Error: Command '[..., 'ensurepip']' returned non-zero exit status 1.", True, "sudo apt install python3."),
        ("Error: [Errno 28] No space left on device", True, "The disk is full"),
        ("", False, "It said: nothing"),
    ],
)
def test_why_there_is_no_environment_is_explained(said, is_ours, sentence):
    assert sentence in environment.refusal(said, is_ours)


def test_a_full_disk_is_named():
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert environment.explain(said, "") == f"The disk is full: .venv needs 2 GB of it. pip said: {said}"


def test_two_terminals_at_once_make_one_environment(checkout, wheels):
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: make(checkout, wheels), range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0], "".join(run.stderr for run in runs)
    assert sum("done in" in run.stdout for run in runs) == 1
    assert stands(checkout, wheels)


HEARS = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job ignores it, and so would all that it starts
os.execv(sys.executable, [sys.executable, sys.argv[1]])
"""


def test_whoever_stops_it_sees_a_line_and_can_begin_anew(checkout, wheels):
    """Ctrl-C reaches pip, too, which is at work: its index never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        variables = os.environ | {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index}
        command = [sys.executable, "-c", HEARS, checkout / "tools/environment.py"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=variables, start_new_session=True, **pipes) as process:
            with silent.accept()[0]:
                os.killpg(process.pid, signal.SIGINT)
                said = process.communicate(timeout=60)[1]
    assert "Stopped. The next `make` begins anew." in said and "Traceback" not in said
    assert make(checkout, wheels).returncode == 0 and stands(checkout, wheels)


def test_a_read_only_checkout_is_named(checkout, wheels):
    """Root may write anywhere, so another user tries."""
    python = "/usr/bin/python3" if os.geteuid() == 0 else sys.executable
    if not os.path.exists(python):
        pytest.skip("As root, this test needs /usr/bin/python3, which another user can run")
    checkout.chmod(0o555)
    for parent in [checkout.parent, *checkout.parent.parents][:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    user = {"user": 65534} if os.geteuid() == 0 else {}
    done = subprocess.run([python, checkout / "tools/environment.py"], capture_output=True, text=True, **user)
    checkout.chmod(0o755)
    assert "This folder is read-only" in told(done)


@pytest.mark.parametrize("machine", [MAC, LINUX, LINUX | {"processor": "aarch64", "python": (3, 14)}])
def test_a_supported_machine_is_not_held_up(machine):
    assert environment.unsupported(**machine) == ""


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        (MAC | {"release": "13.6.1"}, "macOS 14 or later on this Mac, which has 13.6.1"),
        (MAC | {"processor": "x86_64", "release": "12.7"}, "macOS 13 or later on this Mac"),
        (MAC | {"processor": "x86_64", "python": (3, 14)}, "CPython 3.11 to 3.13"),
        (LINUX | {"release": "musl 1.2.5"}, "this Linux has musl 1.2.5"),
        (LINUX | {"release": ""}, "another C library (musl, as Alpine does)"),
        (LINUX | {"release": "glibc 2.17"}, "this Linux has glibc 2.17"),
        (LINUX | {"processor": "ppc64le"}, "this is Linux on ppc64le"),
        (LINUX | {"python": (3, 10)}, "CPython 3.11 to 3.14"),
        (LINUX | {"python": (3, 15)}, "CPython 3.11 to 3.14"),
        (LINUX | {"build": "pypy"}, "is pypy 3.12"),
        (LINUX | {"build": "cpythont", "python": (3, 14)}, "is cpythont 3.14"),
        (LINUX | {"system": "Windows", "processor": "AMD64"}, "inside WSL2"),
        (LINUX | {"system": "FreeBSD"}, "runs on Linux and macOS"),
    ],
)
def test_an_unsupported_machine_is_named_before_anything_is_installed(machine, sentence):
    assert sentence in environment.unsupported(**machine)


@pytest.mark.parametrize("old", ["(3, 9, 2)", "(3, 6, 8)"])
def test_an_older_python_is_told_which_one_to_take(checkout, wheels, old):
    script = str(checkout / "tools/environment.py")
    as_if_older = f"import sys, runpy; sys.version_info = {old}; runpy.run_path({script!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", as_if_older], capture_output=True, text=True)
    assert "runs on CPython 3.11 to 3.14" in told(done) and "make PYTHON=" in done.stderr
