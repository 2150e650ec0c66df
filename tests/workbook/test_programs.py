"""Where Prometheus and its companions come from: PATH, the pinned release, the distribution's package."""

import hashlib
import http.server
import os
import shutil
import ssl
import subprocess
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import trustme

from workbook import programs
from workbook.machine import VERSIONS
from workbook.programs import ProgramUnavailable

PIN = VERSIONS["programs"]["prometheus"]


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release archive on a real HTTP server; returns its path, for the tests that spoil it."""
    name, folder = "prometheus-3", tmp_path / "release"
    folder.mkdir()
    archive = folder / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as files:
        files.add(programs.find("prometheus"), f"{name}/prometheus")
        files.add(programs.find("promtool"), f"{name}/promtool")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setitem(PIN["sha256"], f"{programs.OS}-{programs.ARCH}", digest)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setitem(PIN, "address", f"http://127.0.0.1:{server.server_port}/{archive.name}")
        yield archive
        server.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_company_s_authority_counts_for_downloads_too(cache, release, hide, monkeypatch, tmp_path, host):
    """SSL_CERT_FILE, which requests alone would not read; a certificate for another name stays refused."""
    hide("prometheus")
    monkeypatch.setattr(programs, "fetch_package", refuse)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=release.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setitem(PIN, "address", f"https://{host}:{server.server_port}/{release.name}")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        if host == "127.0.0.1":
            assert "prometheus, version" in version(programs.find("prometheus"))
            shutil.rmtree(cache)
            monkeypatch.delenv("SSL_CERT_FILE")
            said = "local issuer certificate"
        else:
            said = "not valid for 'localhost'"
        with pytest.raises(ProgramUnavailable, match=f"could not be downloaded: .*{said}"):
            programs.find("prometheus")
        server.shutdown()


def refuse(release, scratch):
    raise ProgramUnavailable("This system has no apt-get to fetch a package with.")


def version(binary):
    run = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    return run.stdout + run.stderr


def test_prometheus_on_path_comes_first(monkeypatch, capsys):
    folder = programs.find("prometheus").parent
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    capsys.readouterr()
    assert programs.find("prometheus").parent == folder
    assert capsys.readouterr().out == "Prometheus: found on PATH\n"


def test_release_is_downloaded_verified_and_kept(cache, release, hide, capsys):
    hide("prometheus")
    binary = programs.find("prometheus")
    assert "prometheus, version" in version(binary)
    assert "\rPrometheus: downloading http" in capsys.readouterr().out
    release.unlink()
    assert programs.find("prometheus") == binary  # without the server's file: from the cache
    assert {path for path in cache.rglob("*") if path.is_file()} == {binary, binary.with_name("promtool")}


def test_a_release_with_another_checksum_is_refused(cache, release, hide):
    release.write_bytes(release.read_bytes()[:-1] + b"x")
    hide("prometheus", "apt-get")
    with pytest.raises(ProgramUnavailable) as refusal:
        programs.find("prometheus")
    assert "sha256 differs" in str(refusal.value) and "brew install prometheus" in str(refusal.value)
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Not Debian or Ubuntu: their package cannot be tried here")
def test_package_is_unpacked_when_the_release_cannot_be_had(cache, release, hide, capsys):
    release.unlink()
    hide("prometheus")
    assert "prometheus, version 2." in version(programs.find("prometheus"))
    assert "Prometheus: apt-get downloads" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Not Debian or Ubuntu: their packages cannot be tried here")
@pytest.mark.parametrize("program", ["alertmanager", "amtool", "blackbox_exporter"])
def test_a_companion_is_found_in_its_package(cache, offline, hide, program):
    """The packages call some programs by another name."""
    hide(program)
    found = programs.find(program)
    assert found.name == program and f"{program}, version 0." in version(found)


@pytest.fixture
def package(monkeypatch):
    """An older Prometheus in the place of the distribution's; returns the list of its downloads."""
    fetched = []

    def fetch(release, scratch):
        fetched.append(scratch)
        (scratch / "bin").mkdir()
        (scratch / "bin/prometheus").write_text("older")
        return scratch / "bin"

    monkeypatch.setattr(programs, "fetch_package", fetch)
    return fetched


def test_the_package_serves_until_the_release_can_be_had(cache, release, hide, package):
    hide("prometheus")
    away = release.rename(release.with_name("away"))
    assert programs.find("prometheus").read_text() == programs.find("prometheus").read_text() == "older"
    assert len(package) == 1
    away.rename(release)
    assert "prometheus, version" in version(programs.find("prometheus"))


def test_two_processes_can_fetch_at_once(cache, hide, package, monkeypatch):
    both, fetch = threading.Barrier(2), programs.fetch_package
    monkeypatch.setattr(
        programs, "fetch_release", lambda release, scratch: both.wait(10) < 2 and fetch(release, scratch)
    )
    hide("prometheus")
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(lambda _: programs.find("prometheus"), range(2)))) == 1
    assert len(package) == 2 and len(list((cache / "prometheus").iterdir())) == 1


def test_without_any_way_the_reader_learns_what_to_do(cache, release, hide):
    release.unlink()
    hide("prometheus", "apt-get")
    with pytest.raises(ProgramUnavailable) as refusal:
        programs.find("prometheus")
    assert "404" in str(refusal.value) and "https://prometheus.io/download/" in str(refusal.value)
    assert "Traceback" not in "".join(refusal.value._render_traceback_())


def test_a_cache_that_cannot_be_written_is_named(monkeypatch, tmp_path, release, hide):
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")
    hide("prometheus", "apt-get")
    with pytest.raises(ProgramUnavailable, match=f"cache/prometheus/release-{PIN['version']} could not be written"):
        programs.find("prometheus")
