"""Prometheus and its companions to run: what is on PATH, else the pinned release, else the distribution's package.

None needs root. Each is kept in a folder of its own, so that a package serves only as long as the release cannot be had.
"""

import hashlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests

from promql import advice, connection
from workbook.machine import VERSIONS, WorkbookError

CACHE = platformdirs.user_cache_path("wine-model-monitoring")
OS = platform.system().lower()
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


class ProgramUnavailable(WorkbookError):
    """A program could not be found or fetched; the message says what was tried and what to do."""

    waiting_helps = False


@dataclass(frozen=True)
class Release:
    """An archive that versions.toml pins: the programs that we want of it, and the package that Debian makes of it, if
    it does. `bin` is where the programs are in an archive that is kept whole, because they need the rest of it."""

    name: str
    programs: tuple
    package: str = ""
    bin: str = ""
    page: str = "https://prometheus.io/download/"

    @property
    def pin(self):
        return VERSIONS["programs"][self.name]

    @property
    def url(self):
        return self.pin["address"].format(os=OS, arch=ARCH, **self.pin)

    @property
    def title(self):
        return self.name.replace("_", " ").capitalize()


RELEASES = (
    Release("prometheus", ("prometheus", "promtool"), "prometheus"),
    Release("alertmanager", ("alertmanager", "amtool"), "prometheus-alertmanager"),
    Release("blackbox_exporter", ("blackbox_exporter",), "prometheus-blackbox-exporter"),
    Release("grafana", ("grafana",), bin="bin", page="https://grafana.com/grafana/download"),
)
BY_PROGRAM = {program: release for release in RELEASES for program in release.programs}


def find(program):
    """The path of `program`, one of BY_PROGRAM; says in one line where it came from. Raises ProgramUnavailable."""
    release = BY_PROGRAM[program]
    if found := shutil.which(program):
        print(f"{release.title}: found on PATH")
        return Path(found)
    refusals = []
    for kind, fetch in ways(release):
        folder = CACHE / release.name / kind
        try:
            if not folder.exists():
                _keep(fetch, release, folder)
        except ProgramUnavailable as refusal:
            refusals.append(str(refusal))
            continue
        print(f"\r{release.title}: from {folder}")
        return folder / release.bin / program
    raise ProgramUnavailable(
        f"There is no `{program}` on PATH. {' '.join(refusals)} Go online and run the cell again, or put it on PATH "
        f"yourself: {release.page}, or `brew install {release.name}` on macOS."
    )


def ways(release):
    """How a release can be had, in order: the name of its folder in the cache, and what fetches it."""
    pinned = [(f"release-{release.pin['version']}", fetch_release)]
    return pinned + ([("package", fetch_package)] if release.package else [])


def is_here(program):
    """Whether `find` has nothing to fetch."""
    release = BY_PROGRAM[program]
    return bool(shutil.which(program)) or any((CACHE / release.name / kind).exists() for kind, _ in ways(release))


def _keep(fetch, release, folder):
    """Put what `fetch` gives into the cache, as `folder`."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            programs = fetch(release, Path(scratch))
            try:
                programs.rename(folder)
            except OSError:
                if not folder.exists():  # another process was faster
                    raise
    except OSError as error:
        raise ProgramUnavailable(f"{folder} could not be written ({error.strerror}).") from error


def fetch_release(release, scratch):
    """Download the pinned release, verify it, and return the folder of its programs, or of all of it."""
    url, archive, digest = release.url, scratch / "archive", hashlib.sha256()
    wanted = release.pin["sha256"].get(f"{OS}-{ARCH}")
    if not wanted:
        raise ProgramUnavailable(f"The workbook pins no {release.title} for {OS}-{ARCH}.")
    if shutil.disk_usage(scratch).free < 5e6 * release.pin["megabytes"]:
        raise ProgramUnavailable(f"{release.title} needs {5 * release.pin['megabytes']} MB on the disk of {CACHE}.")
    try:
        with (
            requests.get(url, stream=True, timeout=(5, 30), verify=connection.authorities()) as answer,
            archive.open("wb") as file,
        ):
            if not answer.ok:
                raise ProgramUnavailable(f"{url} answered {answer.status_code} {answer.reason}.")
            for part in answer.iter_content(1 << 20):
                digest.update(part)
                file.write(part)
                done = f"{file.tell() / 1e6:.0f} of about {release.pin['megabytes']} MB"
                print(f"\r{release.title}: downloading {url}: {done}", end="")
    except requests.RequestException as error:
        raise ProgramUnavailable(f"{url} could not be downloaded: {advice.words(advice.innermost(error))}.") from error
    if digest.hexdigest() != wanted:
        raise ProgramUnavailable(
            f"{url} is not the file that the workbook pins (its sha256 differs), so it was deleted."
        )
    with tarfile.open(archive) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 and older have none
        if release.bin:
            return unpack(release, files, scratch / "all")
        members = [member for member in files if Path(member.name).name in release.programs]
        files.extractall(scratch, members)
    return (scratch / members[0].name).parent


def unpack(release, files, folder):
    """All of an archive, in `folder`; the folder in it that holds the programs' own."""
    for count, member in enumerate(files, start=1):
        files.extract(member, folder)
        if count % 500 == 0:
            print(f"\r{release.title}: unpacking, {count:,} files", end="")
    found = sorted(folder.glob(f"*/{release.bin}/{release.programs[0]}"))
    if not found:
        raise ProgramUnavailable(f"{release.url} has no {release.bin}/{release.programs[0]}.")
    return found[0].parents[1]


def fetch_package(release, scratch):
    """Download and unpack Debian's or Ubuntu's package without installing it; return its programs' folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise ProgramUnavailable("This system has no apt-get to fetch a package with.")
    print(f"\r{release.title}: apt-get downloads the distribution's package, in a few seconds", end="")
    script = f"apt-get download {release.package} && dpkg-deb -x {release.package}_*.deb ."
    run = subprocess.run(script, shell=True, cwd=scratch, capture_output=True, text=True)
    if run.returncode:
        reason = run.stderr.strip().splitlines()[-1]
        raise ProgramUnavailable(f"`apt-get download {release.package}` failed ({reason}); `apt-get update` may help.")
    folder = scratch / "usr/bin"
    if (named := folder / release.package).exists():  # Debian calls the program as its package
        named.rename(folder / release.name)
    return folder
