"""A Prometheus to run: the one on PATH, else the pinned release, else the distribution's package. None needs root.

Each is kept in a folder of its own, so that the package serves only as long as the release cannot be had.
"""

import hashlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import platformdirs
import requests

from workbook.target import WorkbookError

CACHE = platformdirs.user_cache_path("wine-model-monitoring")
VERSION = "3.14.0"
RELEASES = f"https://github.com/prometheus/prometheus/releases/download/v{VERSION}"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
SYSTEM = f"{platform.system().lower()}-{MACHINE}"
SHA256 = {  # the release's sha256sums.txt
    "linux-amd64": "f665c6da19eb7ba399c915d30c7d9793c9b417bf8a749b504bc470678631478d",
    "linux-arm64": "077f3781ab7245dc04c9a3c9b78ba120fc8e41aa0dc97489b0af67247e50ba83",
    "darwin-amd64": "a14307b9726e66cadb81be9a544732623af26dabeb7702c987aa9c3c062ada34",
    "darwin-arm64": "a9623f7f4fe65b1b171b423c1a72bbf23dfdf41a171dcb33e7dd302af80dc01c",
}


class PrometheusUnavailable(WorkbookError):
    """No Prometheus could be found or fetched; the message says what was tried and what to do."""


def find():
    """Return the path of a Prometheus; say in one line where it came from. A fetched one has promtool beside it.

    Raises PrometheusUnavailable.
    """
    if found := shutil.which("prometheus"):
        print("Prometheus: found on PATH")
        return Path(found)
    refusals = []
    for name, fetch in ((f"release-{VERSION}", fetch_release), ("package", fetch_package)):
        folder = CACHE / name
        try:
            if not folder.exists():
                _keep(fetch, folder)
        except PrometheusUnavailable as refusal:
            refusals.append(str(refusal))
            continue
        print(f"\rPrometheus: from {folder}")
        return folder / "prometheus"
    raise PrometheusUnavailable(
        f"There is no `prometheus` on PATH. {' '.join(refusals)} Go online and run the cell again, or put a Prometheus "
        "(2.42 or later) on PATH: https://prometheus.io/download/, or `brew install prometheus` on macOS."
    )


def _keep(fetch, folder):
    """Put what `fetch` gives into the cache, as `folder`."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        programs = fetch(Path(scratch))
        try:
            programs.rename(folder)
        except OSError:
            if not folder.exists():  # another process was faster
                raise


def find_promtool():
    """Return the path of promtool: the one on PATH, else the one beside the Prometheus that `find` gives."""
    return Path(shutil.which("promtool") or find().with_name("promtool"))


def fetch_release(scratch):
    """Download the pinned release (about 100 MB), verify it, and return the folder of its programs."""
    name = f"prometheus-{VERSION}.{SYSTEM}"
    url, archive, digest = f"{RELEASES}/{name}.tar.gz", scratch / "archive", hashlib.sha256()
    try:
        with requests.get(url, stream=True, timeout=(5, 30)) as answer, archive.open("wb") as file:
            if not answer.ok:
                raise PrometheusUnavailable(f"{url} answered {answer.status_code} {answer.reason}.")
            for part in answer.iter_content(1 << 20):
                digest.update(part)
                file.write(part)
                print(f"\rPrometheus: downloading {url}: {file.tell() / 1e6:.0f} of about 100 MB", end="")
    except requests.RequestException as error:
        raise PrometheusUnavailable(f"{url} could not be downloaded ({type(error).__name__}).") from error
    if digest.hexdigest() != SHA256.get(SYSTEM):
        raise PrometheusUnavailable(
            f"{url} is not the file that the workbook pins (its sha256 differs), so it was deleted."
        )
    with tarfile.open(archive) as files:
        files.extractall(scratch, [f"{name}/prometheus", f"{name}/promtool"], filter="data")
    return scratch / name


def fetch_package(scratch):
    """Download and unpack Debian's or Ubuntu's package (20 MB) without installing it; return its programs' folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PrometheusUnavailable("This system has no apt-get to fetch a package with.")
    print("\rPrometheus: apt-get downloads the distribution's package, 20 MB, in a few seconds", end="")
    script = "apt-get download prometheus && dpkg-deb -x prometheus_*.deb ."
    run = subprocess.run(script, shell=True, cwd=scratch, capture_output=True, text=True)
    if run.returncode:
        reason = run.stderr.strip().splitlines()[-1]
        raise PrometheusUnavailable(f"`apt-get download prometheus` failed ({reason}); `apt-get update` may help.")
    return scratch / "usr/bin"
