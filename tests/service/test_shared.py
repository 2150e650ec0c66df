"""The folder of the workers' counts: bounded, reserved, one service's own, and read even where a file is damaged."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace

import pytest

from service import settings
from service.master import ALIVE, READY, Board, Master
from service.metrics import VERSIONS
from service.model import FOLDER, Model
from service.shared import SIZES, Folder
from tests import ROOT
from tests.service.serving import ROWS, name, serving
from workbook.processes import free_ports
from workbook.waiting import eventually

COMMAND = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py", "service.app:create_app()"]
POSTED = name("flask_http_request_total", method="POST", status="200")


def refused(**settings):
    """What a start with these settings says before it ends."""
    ports = dict(zip(("PORT", "METRICS_PORT"), map(str, free_ports(2)), strict=True))
    environment = {**os.environ, **ports, **settings}
    ended = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    return ended.stderr


def sizes(folder):
    return {file.name: file.stat().st_size for file in folder.glob("*.db")}


def kill(service):
    """SIGKILL one worker, and wait for the one that takes its place."""
    before = service.workers
    before[0].kill()
    eventually(lambda: len(set(service.workers) - set(before)) == 1, within=20, every=0.05, quiet=True, what="a worker")


def test_dead_workers_leave_their_counts_and_no_file(tmp_path):
    folder = tmp_path / "metrics"
    with serving(tmp_path, PROMETHEUS_MULTIPROC_DIR=str(folder)) as service:
        for row in ROWS[:8]:
            assert service.post(row).status == 200
            kill(service)
        assert sizes(folder) == {f"{kind}_{slot}.db": size for kind, size in SIZES.items() for slot in SLOTS}
        assert sum(sizes(folder).values()) < 1.5 * 2**20
        assert service.scrape()[POSTED] == 8


SLOTS = ("master", "0", "1")


def test_a_folder_that_somebody_removes_ends_nobody(tmp_path):
    """As those do who clean up /tmp. Who counts in it is not ready; the next worker counts anew."""
    folder = tmp_path / "metrics"
    with serving(tmp_path, WORKERS="1", PROMETHEUS_MULTIPROC_DIR=str(folder)) as service:
        shutil.rmtree(folder)
        assert service.post(ROWS[0]).status == 200 and service.probe("/readyz") == 503
        kill(service)
        assert service.post(ROWS[0]).status == 200
        eventually(lambda: service.probe("/readyz") == 200, within=20, every=0.05, quiet=True, what="its readiness")
        assert service.scrape()[POSTED] == 1
    assert service.process.returncode == 0 and "Traceback" not in service.log.read_text()


def test_counts_are_kept_beside_those_of_other_models(tmp_path):
    """Each model has series of its own, and each start leaves room for them."""
    for number in range(5):
        model = tmp_path / f"model-{number}"
        shutil.copytree(ROOT / "service/model", model)
        about = json.loads((model / "model.json").read_text()) | {"note": number}
        about["version"] = Model.digest((model / "model.onnx").read_bytes(), about)
        (model / "model.json").write_text(json.dumps(about))
        kept = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"), "WINE_KEEP_METRICS": "1"}
        with serving(tmp_path, WORKERS="1", WINE_MODEL=str(model), **kept) as service:
            assert service.post(ROWS[0]).json()["model_version"] == about["version"]
            assert service.probe("/readyz") == 200 and service.scrape()[POSTED] == number + 1


def test_versions_that_clients_invent_stay_few_however_often_a_worker_dies(tmp_path):
    with serving(tmp_path, WORKERS="1") as service:
        for death in range(4):
            for number in range(12):
                label = {"id": f"{death:06x}{number:06x}.barolo.0123456789abcdef", "cultivar": "barolo"}
                assert service.post(label, "/labels").status == 200
            kill(service)
        counted = [series for series in service.scrape() if series.startswith("wine_labels_total")]
        assert len(counted) <= 3 * (VERSIONS + 1), "each with three outcomes"
        assert sum(service.scrape()[series] for series in counted) == 48
        eventually(lambda: service.probe("/readyz") == 200, within=20, every=0.05, quiet=True, what="its readiness")


def test_a_damaged_file_costs_its_own_numbers(tmp_path):
    folder = tmp_path / "metrics"
    with serving(tmp_path, WORKERS="1", PROMETHEUS_MULTIPROC_DIR=str(folder)) as service:
        service.post(ROWS[0])
        with (folder / "counter_0.db").open("r+b") as file:
            file.seek(8)
            file.write(b"\xe8\xff\xff\xff" * 100)  # lengths of -24: prometheus_client would read them for ever
        metrics = service.scrape()
        assert metrics[POSTED] == 0 and metrics["wine_request_queue_seconds_count{}"] >= 1
        service.scrape()
        assert service.log.read_text().count("counter_0.db is damaged") == 1
        kill(service)
        service.post(ROWS[0])
        assert service.scrape()[POSTED] == 1


def test_a_second_start_harms_nobody(tmp_path):
    folder = str(tmp_path / "metrics")
    with serving(tmp_path, PROMETHEUS_MULTIPROC_DIR=folder) as service:
        service.post(ROWS[0])
        said = refused(PROMETHEUS_MULTIPROC_DIR=folder)
        assert said == f"PROMETHEUS_MULTIPROC_DIR is {folder}, the folder of a service that is running; name another.\n"
        assert service.scrape()[POSTED] == 1


def test_a_folder_without_room_is_refused_at_the_start(tmp_path):
    """A limit on files' sizes stands for a full disk: it needs no mount."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    ended = subprocess.run(COMMAND, cwd=ROOT, env=environment, preexec_fn=limit, capture_output=True, text=True)
    assert ended.returncode == 1 and "where nothing can be written: " in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    left = sizes(tmp_path / "metrics")
    assert left == {file: SIZES[file.rpartition("_")[0]] for file in left}, "half a file would look like a whole one"


def test_a_worker_without_room_for_its_counts_ends_nobody(tmp_path):
    """A directory in the place of a file stands for a full disk."""
    folder = tmp_path / "metrics"
    with serving(tmp_path, WORKERS="1", PROMETHEUS_MULTIPROC_DIR=str(folder)) as service:
        (folder / "counter_1.db").mkdir()
        service.process.send_signal(signal.SIGTTIN)  # one more worker, says gunicorn
        eventually(
            lambda: "no room for the counts" in service.log.read_text(), within=20, quiet=True, what="the failure"
        )
        assert service.post(ROWS[0]).status == 200 and service.probe("/readyz") == 200
        (folder / "counter_1.db").rmdir()
        eventually((folder / "gauge_mostrecent_1.db").exists, within=20, quiet=True, what="the second worker's files")
        assert service.post(ROWS[0]).status == 200 and service.scrape()[POSTED] == 2
    assert service.process.returncode == 0 and "Traceback" not in service.log.read_text()


def test_a_model_with_more_series_than_there_is_room_for_is_refused_at_the_start(tmp_path):
    model = shutil.copytree(ROOT / "service/model", tmp_path / "model")
    about = json.loads((model / "model.json").read_text())
    edges = [0.3 + 0.7 * number / 300 for number in range(1, 301)]
    about["confidence"] = {"bins": edges, "below": edges}
    about["version"] = Model.digest((model / "model.onnx").read_bytes(), about)
    (model / "model.json").write_text(json.dumps(about))
    said = refused(WINE_MODEL=str(model), PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"))
    assert said.splitlines()[-1].startswith("This model has more series than there is room for")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the folder is in a directory of the user's")
def test_what_a_killed_service_left_is_removed_by_the_next(tmp_path):
    with serving(tmp_path) as service:
        left = next(file.path for file in service.workers[0].memory_maps() if file.path.endswith(".db"))
        orphans = service.workers
        service.process.kill()
        service.process.wait()
        eventually(lambda: not any(worker.is_running() for worker in orphans), within=25, what="the workers' end")
    with serving(tmp_path):
        assert not Path(left).parent.exists()


SETTINGS = {
    "WORKERS": ("0", "WORKERS is '0'; it must be a whole number from 1 to 64.\n"),
    "PORT": ("http", "PORT is 'http'; it must be a whole number from 1 to 65535.\n"),
    "METRICS_PORT": ("0", "METRICS_PORT is '0'; it must be a whole number from 1 to 65535.\n"),
    "WINE_KEEP_METRICS": ("0", "WINE_KEEP_METRICS is '0'; it can be '1', or not set.\n"),
}


@pytest.mark.parametrize("variable", SETTINGS)
def test_a_setting_that_makes_no_sense_is_refused_in_one_line(variable):
    value, said = SETTINGS[variable]
    assert refused(**{variable: value}) == said


@pytest.mark.parametrize("host", ["", "[::1]", "127.0.0.1:80", "a..b", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_refused_in_one_line(host):
    said = refused(HOST=host)
    assert said.startswith(f"HOST is {host!r}, where this machine cannot listen: ") and said.count("\n") == 1


def test_a_number_of_any_length_is_refused(monkeypatch):
    monkeypatch.setenv("WORKERS", "1" * 5000)  # more digits than Python makes a number of
    with pytest.raises(SystemExit, match="it must be a whole number from 1 to 64"):
        settings.number("WORKERS", 2, 1, 64)


def test_an_address_can_be_of_ipv6():
    assert (settings.address("::1", 80), settings.address("0.0.0.0", 80)) == ("[::1]:80", "0.0.0.0:80")


@pytest.mark.parametrize(
    "seconds, ready, alive", [(0, True, True), (READY + 1, False, True), (ALIVE + 1, False, False)]
)
def test_probes_follow_the_workers_progress(tmp_path, seconds, ready, alive):
    folder, board = Folder(tmp_path), Board()
    folder.reserve(0)
    board.note(0, perf_counter() - seconds)
    master = Master(SimpleNamespace(WORKERS={1: SimpleNamespace(slot=0)}), folder, board)
    assert master.ready() == ready
    master.started -= ALIVE + 1
    assert master.alive() == alive
    (tmp_path / "counter_0.db").unlink()
    assert not master.ready(), "it could not count"


def edited(folder, change, sign=True):
    """The model with another model.json, whose hash is right if `sign`."""
    shutil.copytree(FOLDER, folder)
    about = json.loads((folder / "model.json").read_text())
    change(about)
    if sign:
        about["version"] = Model.digest((folder / "model.onnx").read_bytes(), about)
    (folder / "model.json").write_text(json.dumps(about))
    return folder


MISMATCHES = {
    "two classes": (lambda about: about["classes"].pop(), "answers something else"),
    "twelve features": (lambda about: about["features"].pop(), "cannot predict a wine of its own features"),
    "nine inner edges": (lambda about: about["features"][0]["bins"].extend([1, 2, 3, 4, 5]), "array` of length 4"),
    "no confidence": (lambda about: about.pop("confidence"), "missing required field `confidence`"),
    "a class that no id can name": (
        lambda about: about["classes"].append("a.b"),
        r"matching regex .* `\$.classes\[3\]`",
    ),
    "a class twice": (lambda about: about["classes"].append(about["classes"][0]), "a name stands twice"),
    "a feature twice": (lambda about: about["features"][1].update(name="alcohol"), "a name stands twice"),
    "edges that descend": (lambda about: about["features"][0]["bins"].reverse(), "do not ascend"),
    "a range that descends": (lambda about: about["features"][0]["range"].reverse(), "do not ascend"),
    "shares of 5": (lambda about: about["joint_drift"].update(shares=[1] * 5), "are not shares of one whole"),
    "a share below 0": (lambda about: about["joint_drift"].update(shares=[1, 1, -1, 0, 0]), "are not shares of one"),
    "too few shares": (lambda about: about["confidence"]["below"].pop(), "a share for each bin"),
}


@pytest.mark.parametrize("case", MISMATCHES)
def test_a_model_that_does_not_fit_is_refused(tmp_path, case):
    change, said = MISMATCHES[case]
    with pytest.raises(RuntimeError, match=said):
        Model(edited(tmp_path / "model", change))
    with pytest.raises(RuntimeError, match="do not belong together"):
        Model(edited(tmp_path / "other", change, sign=False))


DAMAGES = {
    "model.onnx": (None, b"", b"\xff" * 999),
    "model.json": (None, b"", b"[]", b"\xff", b'{"version": NaN}', FOLDER.joinpath("model.json").read_bytes()[:500]),
}


@pytest.mark.parametrize(
    "file, content", [(file, content) for file, contents in DAMAGES.items() for content in contents]
)
def test_a_damaged_model_is_refused_in_one_sentence(tmp_path, file, content):
    folder = edited(tmp_path / "model", lambda about: None)
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(RuntimeError, match="cannot be read: .* Export it anew|do not belong together"):
        Model(folder)


def test_a_graph_that_is_none_is_refused_in_one_sentence(tmp_path):
    (folder := tmp_path / "model").mkdir()
    (folder / "model.onnx").write_bytes(b"\xff" * 999)
    about = json.loads((FOLDER / "model.json").read_text())
    about["version"] = Model.digest(b"\xff" * 999, about)
    (folder / "model.json").write_text(json.dumps(about))
    with pytest.raises(RuntimeError, match="cannot predict a wine of its own features: "):
        Model(folder)
