"""The library in a stranger's environment: installed as pip offers it, it brings its own dependencies and no others.

A bare environment that sees the packages of this one stands in for the downloads; what would have been downloaded is
compared with pyproject.toml in test_packages.py.
"""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import trustme

from tests import ROOT
from tests.promql.network import HOST, PROXY_LOGIN, READER, proxy, secured

PACKED = ("promql", "workbook", "pyproject.toml", "versions.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A git repository of what is packed: nothing here is built inside the checkout."""
    folder = tmp_path_factory.mktemp("source") / "repository"
    folder.mkdir()
    for name in PACKED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "All"]):
        subprocess.run([*git, *words], check=True)
    return folder


@pytest.fixture
def bare(tmp_path):
    """A new environment whose imports fall back on this one's packages, but never on this checkout."""
    venv.create(tmp_path / "env", symlinks=True)
    (site,) = (tmp_path / "env/lib").glob("python*/site-packages")
    (here,) = Path(sys.prefix, "lib").glob("python*/site-packages")
    (site / "A_fallback.pth").write_text(f"import sys; sys.path.append({str(here)!r})\n")
    return tmp_path / "env/bin/python"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip_install(python, *what):
    """Install without a network: the build backend and the dependencies are this environment's."""
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-build-isolation", "--no-deps", "--no-index", *what, cwd="/")


def magic(python):
    """Load the extension in a new IPython, far from the checkout; return where the library came from."""
    lines = [
        "%load_ext promql",
        "import promql",
        "get_ipython().find_line_magic('promql') or 1/0",
        "print(promql.__file__)",
    ]
    ipython = [python, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", "\n".join(lines)]
    return Path(run(*ipython, cwd="/").split()[-1])


COMPANY = """
%load_ext promql
import promql
promql.connect("https://HOST", auth=("reader", open("password").read()), ca="ca.pem")
table = %promql --instant vector(42)
%promql --start 5m --as frame vector(time())
alert = %promql --start 5m --step 15s --alert "for 1m" vector(1) > 0
tree = %promql --explain sum(up)
print(table, frame.shape, alert, tree)
""".replace("HOST", HOST)


def test_a_bare_environment_asks_a_companys_prometheus(bare, source, tmp_path):
    """Through a proxy with a login, by TLS with an authority of its own, with a login: figures, alerts and a tree."""
    pip_install(bare, source)
    ipython = [bare, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", COMPANY]
    (tmp_path / "password").write_text(READER[1])
    with secured(tmp_path, trustme.CA()) as server, proxy(server.port, PROXY_LOGIN) as (address, seen):
        variables = {"HTTPS_PROXY": f"http://{':'.join(PROXY_LOGIN)}@{address}", "MPLBACKEND": "agg"}
        said = run(*ipython, cwd=tmp_path, env=os.environ | variables)
    assert "42.0" in said and "(151, 1)" in said and "It would have fired once in 5m" in said and "sum(up)" in said
    assert {one.method for one in seen} == {"CONNECT"} and not [
        one for one in (READER[1], PROXY_LOGIN[1]) if one in said
    ]


@pytest.mark.parametrize("way", ["folder", "git"])
def test_it_installs_and_its_magics_load(bare, source, way):
    pip_install(bare, source if way == "folder" else f"git+file://{source}")
    assert magic(bare).is_relative_to(bare.parent.parent)


def test_the_lesson_says_that_it_needs_its_checkout(bare, source):
    pip_install(bare, source)
    done = subprocess.run([bare, "-c", "import workbook.machine"], capture_output=True, text=True, cwd="/")
    assert done.stderr.splitlines()[-1].startswith("ImportError: workbook belongs to the notebooks of a repository")


def test_an_editable_install_is_the_checkout_itself(bare, source, tmp_path):
    """In a folder and a locale that make a path in a .pth file unreadable."""
    folder = shutil.copytree(source, tmp_path / "mâcon")
    pip_install(bare, "--editable", folder)
    code = "import promql, workbook; print(ascii(promql.__file__))"
    assert run(bare, "-c", code, cwd="/", env=os.environ | {"LC_ALL": "C"}).strip() == ascii(
        f"{folder}/promql/__init__.py"
    )


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    """What `python -m build` makes, by way of a source distribution."""
    dist = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, source)
    assert len(list(dist.glob("*.tar.gz"))) == 1
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_every_module_and_nothing_else(wheel, source):
    modules = {
        str(path.relative_to(source)) for name in ("promql", "workbook") for path in (source / name).rglob("*.py")
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert modules <= packed and "promql/py.typed" in packed
    assert {Path(name).parts[0] for name in packed} == {"promql", "workbook"}


def test_the_wheel_asks_for_the_library_s_dependencies_and_offers_the_lesson_s(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("METADATA"))
    wanted = [
        line.split(": ", 1)[1] for line in wheel.read(name).decode().splitlines() if line.startswith("Requires-Dist")
    ]
    base = {line.split(";")[0].strip() for line in wanted if "extra ==" not in line}
    assert "pandas" in base and not base & {
        "jupyterlab",
        "flask",
        "kubernetes",
        "locust",
        "scikit-learn",
        "onnxruntime",
    }
    assert any("jupyterlab" in line and "lesson" in line for line in wanted)
