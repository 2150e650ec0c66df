"""Grafana on this machine: fetched, checked, unpacked, configured and started, with a small stand-in for its 350 MB.

The stand-in is a program at the place of Grafana's in an archive of the same layout; it reads the same settings and
provisioning, and refuses what Grafana would refuse. Grafana itself is put to the test on a cluster (tests/k8s).
"""

import configparser
import hashlib
import html
import http.server
import json
import shutil
import subprocess
import sys
import tarfile
import textwrap
import threading
from functools import partial

import matplotlib.pyplot as plt
import pytest
import requests
import yaml

from promql import Prometheus
from promql.panels import Dashboard, live
from tests import ROOT
from workbook import grafana, programs
from workbook.machine import VERSIONS, WorkbookError
from workbook.processes import Failed, free_ports
from workbook.programs import ProgramUnavailable
from workbook.stack import LocalStack

PIN = VERSIONS["programs"]["grafana"]
# What the structs upsertDataSourceFromConfigV1 and configs of Grafana's provisioning read: pkg/services/provisioning.
SOURCE_FIELDS = set(
    "orgId orgName version name type access url user database basicAuth basicAuthUser withCredentials isDefault "
    "correlations jsonData secureJsonData editable uid".split()
)
PROVIDER_FIELDS = set(
    "name type orgId folder folderUid editable options disableDeletion updateIntervalSeconds allowUiUpdates".split()
)
STAND_IN = f"""\
    #!{sys.executable}
    import configparser, http.server, json, os, pathlib, sys, yaml

    assert sys.argv[1] == "server", sys.argv
    options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    assert os.path.exists(options["--homepath"] + "/conf/defaults.ini") and os.path.exists(options["--homepath"] + "/public")
    config = configparser.ConfigParser(interpolation=None)
    config.read(options["--config"])
    provisioning = pathlib.Path(config["paths"]["provisioning"])
    (provider,) = yaml.safe_load((provisioning / "dashboards/wine.yaml").read_text())["providers"]
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text())["datasources"]
    boards = {{one.stem: json.loads(one.read_text()) for one in pathlib.Path(provider["options"]["path"]).glob("*.json")}}

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.split("?")[0].split("/")
            is_open = config["auth.anonymous"].getboolean("enabled")
            known = path[1:2] == ["d-solo"] and path[2] in boards and "panelId=" in self.path
            status = 200 if path[1:] == ["api", "health"] else 302 if not is_open else 200 if known else 404
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if known else "application/json")
            if not config["security"].getboolean("allow_embedding"):
                self.send_header("X-Frame-Options", "deny")
            self.end_headers()
            told = json.dumps({{"database": "ok", "source": source["url"]}})
            page = f"<script>parent.postMessage('Grafana drew ' + {{json.dumps(self.path)}}, '*')</script>"
            self.wfile.write((page if known else told).encode())

        def log_message(self, *_):
            pass

    server = config["server"]
    http.server.ThreadingHTTPServer((server["http_addr"], int(server["http_port"])), Pages).serve_forever()
"""


@pytest.fixture
def archive(tmp_path, monkeypatch, cache, hide, unset):
    """An archive in Grafana's layout on a real HTTP server, pinned in the place of Grafana's."""
    hide("grafana")
    inside = tmp_path / "grafana-v13"
    for name in ("bin", "conf", "public"):
        (inside / name).mkdir(parents=True)
    (inside / "bin/grafana").write_text(textwrap.dedent(STAND_IN))
    (inside / "bin/grafana").chmod(0o755)
    (inside / "conf/defaults.ini").write_text("")
    folder = tmp_path / "served"
    folder.mkdir()
    made = folder / "grafana.tar.gz"
    with tarfile.open(made, "w:gz") as files:
        files.add(inside, "grafana-v13")
    monkeypatch.setitem(
        PIN, "sha256", {f"{programs.OS}-{programs.ARCH}": hashlib.sha256(made.read_bytes()).hexdigest()}
    )
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setitem(PIN, "address", f"http://127.0.0.1:{server.server_port}/{made.name}")
        yield made
        server.shutdown()


@pytest.fixture
def started(archive, tmp_path):
    with grafana.running(tmp_path / "run", tmp_path / "log", free_ports(1)[0], "http://127.0.0.1:9090") as url:
        yield url


@pytest.fixture(autouse=True)
def room(tmp_path):
    (tmp_path / "run").mkdir()


def test_it_is_fetched_checked_unpacked_and_kept(archive, capsys):
    program = programs.find("grafana")
    assert program.name == "grafana" and (grafana.home(program) / "public").is_dir()
    assert "\rGrafana: downloading http" in capsys.readouterr().out
    archive.unlink()
    assert programs.find("grafana") == program  # from the cache


def test_an_archive_with_another_sum_is_refused(archive, cache):
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    with pytest.raises(ProgramUnavailable, match="sha256 differs.*grafana.com/grafana/download"):
        programs.find("grafana")
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "change, words",
    [({"sha256": {}}, "pins no Grafana for"), ({"megabytes": 10**9}, "needs 5000000000 MB on the disk")],
)
def test_nothing_is_fetched_that_could_not_be_used(archive, monkeypatch, change, words, capsys):
    for key, value in change.items():
        monkeypatch.setitem(PIN, key, value)
    with pytest.raises(ProgramUnavailable, match=words):
        programs.find("grafana")
    assert "downloading" not in capsys.readouterr().out


def test_grafana_on_path_comes_first(archive, tmp_path, monkeypatch, capsys):
    found = tmp_path / "grafana-v13/bin/grafana"
    monkeypatch.setattr(programs.shutil, "which", lambda name: str(found))
    assert programs.find("grafana") == found and "Grafana: found on PATH" in capsys.readouterr().out
    assert grafana.home(found) == tmp_path / "grafana-v13"


def test_a_program_without_its_pages_is_refused(tmp_path):
    with pytest.raises(ProgramUnavailable, match="conf/defaults.ini"):
        grafana.home(tmp_path / "bin/grafana")


@pytest.mark.parametrize(
    "answer, here, expected", [("yes", False, True), ("no", True, False), ("", True, True), ("", False, False)]
)
def test_the_reader_decides(monkeypatch, unset, capsys, answer, here, expected):
    monkeypatch.setenv("WORKBOOK_GRAFANA", answer)
    monkeypatch.setattr(programs, "is_here", lambda _: here)
    assert grafana.wanted() == expected
    assert ("350 MB are fetched once" in capsys.readouterr().out) == (answer == "" and not here)


def test_another_answer_is_refused(monkeypatch, unset):
    monkeypatch.setenv("WORKBOOK_GRAFANA", "perhaps")
    with pytest.raises(WorkbookError, match="yes or no"):
        grafana.wanted()


def test_the_provisioning_is_what_grafana_reads(tmp_path):
    path = grafana.configure(tmp_path, 3000, "http://127.0.0.1:9090", "1s")
    (source,) = yaml.safe_load((tmp_path / "provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((tmp_path / "provisioning/dashboards/wine.yaml").read_text())["providers"]
    assert set(source) <= SOURCE_FIELDS and set(provider) <= PROVIDER_FIELDS
    assert (source["uid"], source["url"], source["access"]) == ("prometheus", "http://127.0.0.1:9090", "proxy")
    assert sorted(one.name for one in (ROOT / "k8s/monitoring/dashboards").iterdir()) == [
        one.name for one in sorted(type(path)(provider["options"]["path"]).iterdir())
    ]
    config = configparser.ConfigParser(interpolation=None)
    config.read(path)
    assert config["server"]["http_addr"] == "127.0.0.1" and config["auth.anonymous"]["org_role"] == "Viewer"
    assert not config["analytics"].getboolean("reporting_enabled") and config["plugins"].getboolean(
        "preinstall_disabled"
    )


def test_a_panel_of_it_can_be_embedded(started):
    board = json.loads((ROOT / "k8s/monitoring/dashboards/wine-model.json").read_text())
    shown = Dashboard({**board, "templating": {"list": []}}, Prometheus("http://127.0.0.1:9")).panels[1]
    page = f"{started}/d-solo/{board['uid']}/_?orgId=1&panelId={shown.id}"
    assert live.why_absent(started, page) is None
    assert live.why_absent(started, f"{started}/d-solo/other/_?panelId=1") == "Grafana answered with status 404."
    assert requests.get(f"{started}/api/health", timeout=5).json()["source"] == "http://127.0.0.1:9090"


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
LISTENER = "<script>addEventListener('message', one => document.body.append(one.data))</script>"


def rendered(content, folder):
    """The document that a browser makes of a page served from a port of its own, as JupyterLab's is."""
    (folder / "page.html").write_text(f"<!doctype html><body>{LISTENER}{content}")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
        browser += ["--disable-dev-shm-usage", "--virtual-time-budget=20000", "--dump-dom"]
        page = f"http://localhost:{server.server_port}/page.html"
        done = subprocess.run([*browser, page], capture_output=True, text=True, timeout=240)
        server.shutdown()
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(
    not CHROMIUM, reason="No Chromium on PATH: that a browser shows Grafana in the frame was not tested"
)
@pytest.mark.parametrize("embedding", ["true", "false"])
def test_a_browser_shows_grafana_beside_our_panel(archive, tmp_path, monkeypatch, embedding):
    """From another port than the notebook's own. What Grafana's settings forbid, the browser does not show."""
    monkeypatch.setitem(grafana.QUIET, "security", {**grafana.QUIET["security"], "allow_embedding": embedding})
    figure = plt.figure(figsize=(4, 2))
    with grafana.running(tmp_path / "run", tmp_path / "log", free_ports(1)[0], "http://127.0.0.1:9090") as url:
        page = f"{url}/d-solo/wine-model/_?orgId=1&panelId=2&from=0&to=1000&theme=light&var-namespace=wine"
        shown = rendered(live.side_by_side(figure, page), tmp_path)
    plt.close(figure)
    drawn = "Grafana drew " + page.removeprefix(url)
    assert (drawn in html.unescape(shown)) == (embedding == "true"), shown
    assert 'src="data:image/png;base64,' in shown


@pytest.mark.parametrize(
    "section, key, why", [("security", "allow_embedding", "allow_embedding"), ("auth.anonymous", "enabled", "a login")]
)
def test_without_our_settings_it_could_not(archive, tmp_path, monkeypatch, section, key, why):
    holder = grafana.QUIET if section in grafana.QUIET else grafana.OPEN
    monkeypatch.setitem(holder, section, {**holder[section], key: "false"})
    with grafana.running(tmp_path / "run", tmp_path / "log", free_ports(1)[0], "http://127.0.0.1:9090") as url:
        assert why in live.why_absent(url, f"{url}/d-solo/wine-model/_?panelId=2")


def test_one_that_does_not_start_tells_the_end_of_its_log(archive, tmp_path):
    program = programs.find("grafana")
    program.write_text("#!/bin/sh\necho 'no such flag'; exit 3\n")
    with (
        pytest.raises(Failed, match="no such flag"),
        grafana.running(tmp_path / "run", tmp_path / "log", 1, "http://x"),
    ):
        pass


def test_the_local_stack_has_it_or_goes_on_without(archive, capsys):
    with LocalStack(workers=1, grafana=True) as stack:
        assert requests.get(f"{stack.grafana_url}/api/health", timeout=5).json()["source"] == stack.prometheus_url
        program = programs.find("grafana")
        program.write_text("#!/bin/sh\nexit 3\n")
        stack.start()
        assert stack.grafana_url == "" and "Going on without Grafana." in capsys.readouterr().out
