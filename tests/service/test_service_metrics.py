"""The service's metrics: exact, complete from the start, the clients' words kept out, and right after a crash."""

import itertools
import json
import re
import signal
import socket
import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from service import problems
from service.app import METHODS
from service.metrics import LATENCY_BUCKETS, OUTCOMES, VERSIONS
from service.traffic import PROBE
from tests.service.serving import ABOUT, ARRIVING, FEATURES, HTTP, ROWS, bad_lines, name, serving
from workbook.programs import find
from workbook.waiting import eventually

VERSION = ABOUT["version"]
SAMPLE = ROWS[0]
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
DURATION = name("flask_http_request_duration_seconds_count", method="POST", status="200", url_rule="/predict")


@pytest.fixture
def service(tmp_path):
    with serving(tmp_path) as running:
        yield running


def predictions(metrics):
    return sum(metrics[name("wine_predictions_total", cultivar=c, model_version=VERSION)] for c in ABOUT["classes"])


def bins(metrics, feature):
    return [
        metrics[name("wine_feature_bin_total", feature=feature, bin=str(place), model_version=VERSION)]
        for place in range(5)
    ]


def test_every_series_exists_before_the_first_request(service):
    metrics = service.scrape()
    assert predictions(metrics) == 0
    for feature in ABOUT["features"]:
        assert bins(metrics, feature["name"]) == [0] * 5
        for place, share in enumerate(feature["shares"]):
            labels = {"feature": feature["name"], "bin": str(place), "model_version": VERSION}
            assert metrics[name("wine_feature_bin_reference", **labels)] == share
    for cultivar, share in zip(ABOUT["classes"], ABOUT["predictions"]["shares"], strict=True):
        labels = {"cultivar": cultivar, "model_version": VERSION}
        assert metrics[name("wine_prediction_confidence_count", **labels)] == 0
        assert metrics[name("wine_prediction_reference", **labels)] == share
    for place, share in enumerate(ABOUT["joint_drift"]["shares"]):
        labels = {"bin": str(place), "model_version": VERSION}
        assert metrics[name("wine_joint_drift_bin_total", **labels)] == 0
        assert metrics[name("wine_joint_drift_bin_reference", **labels)] == share
    for outcome in OUTCOMES:
        assert metrics[name("wine_labels_total", outcome=outcome, model_version=VERSION)] == 0
    for feature in FEATURES:
        assert metrics[name("wine_feature_outside_total", feature=feature, model_version=VERSION)] == 0
    for reason in problems.REASONS:
        assert metrics[name("wine_rejected_requests_total", reason=reason)] == 0
    for status in ("200", "500", "503"):  # a rate knows nothing of the failures that a series begins with
        labels = {"method": "POST", "url_rule": "/predict", "status": status}
        assert metrics[name("flask_http_request_duration_seconds_count", **labels)] == 0
    version = {"model_version": VERSION, "sklearn_version": ABOUT["libraries"]["scikit-learn"]}
    assert metrics[name("wine_model_info", **version)] == 1
    assert metrics["wine_requests_in_progress{}"] == 0


def test_counts_are_exact_under_concurrent_requests(service):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(service.post, ROWS * 5))
        batches = list(pool.map(service.post, [{"samples": ROWS}] * 5))
    answered = [answer.json()["cultivar"] for answer in answers]
    answered += [one["cultivar"] for batch in batches for one in batch.json()["predictions"]]
    metrics = service.scrape()
    assert metrics[DURATION] == len(answers) + len(batches)
    assert metrics[name("flask_http_request_total", method="POST", status="200")] == len(answers) + len(batches)
    for cultivar in ABOUT["classes"]:
        count = answered.count(cultivar)
        assert metrics[name("wine_predictions_total", cultivar=cultivar, model_version=VERSION)] == count
        assert metrics[name("wine_prediction_confidence_count", cultivar=cultivar, model_version=VERSION)] == count
        assert count == 10 * round(ABOUT["predictions"]["shares"][ABOUT["classes"].index(cultivar)] * len(ROWS))
    for feature in ABOUT["features"]:
        expected = [10 * round(share * len(ROWS)) for share in feature["shares"]]
        assert bins(metrics, feature["name"]) == expected, "training data must fall into the bins as their shares say"
    joint = [metrics[name("wine_joint_drift_bin_total", bin=str(b), model_version=VERSION)] for b in range(5)]
    assert joint == [10 * round(share * len(ROWS)) for share in ABOUT["joint_drift"]["shares"]]
    assert sum(count for series, count in metrics.items() if "wine_feature_outside_total" in series) == 0
    assert metrics["wine_requests_in_progress{}"] == 0


def test_the_training_data_have_the_confidence_that_their_reference_says(service):
    service.post({"samples": ROWS})
    metrics = service.scrape()
    edges = [series for series in metrics if series.startswith("wine_prediction_confidence_reference")]
    assert len(edges) == len(ABOUT["confidence"]["bins"])
    for series in edges:
        bucket = series.replace("_reference{", '_bucket{cultivar="%s",')
        below = sum(metrics[bucket % cultivar] for cultivar in ABOUT["classes"])
        assert below == round(metrics[series] * len(ROWS))


def test_labels_are_counted_by_what_answered_on_any_worker(service):
    answers = service.post({"samples": ROWS[:6]}).json()["predictions"]
    said = [answer["cultivar"] for answer in answers]
    assert said == ["barolo"] * 6
    truths = ["barolo", "barolo", "barolo", "barbera", "grignolino", None]
    labels = [{"id": a["id"], "cultivar": truth} for a, truth in zip(answers, truths, strict=True)]
    assert service.post({"labels": labels[:4]}, "/labels").json() == {"right": 3, "wrong": 1, "unknown": 0}
    assert service.post(labels[4], "/labels").json() == {"right": 0, "wrong": 1, "unknown": 0}
    assert service.post(labels[5], "/labels").json() == {"right": 0, "wrong": 0, "unknown": 1}
    assert outcomes(service, VERSION) == [3, 2, 1]


def outcomes(service, version):
    metrics = service.scrape()
    return [metrics.get(name("wine_labels_total", outcome=o, model_version=version), 0) for o in OUTCOMES]


def test_labels_for_another_version_are_counted_apart_and_invented_versions_make_no_endless_series(service):
    def say(version):
        body = {"id": f"{version}.barolo.0123456789abcdef", "cultivar": "barolo"}
        assert service.post(body, "/labels").json() == {"right": 1, "wrong": 0, "unknown": 0}

    say("aaaaaaaaaaaa")
    assert outcomes(service, "aaaaaaaaaaaa") == [1, 0, 0] and outcomes(service, VERSION) == [0, 0, 0]
    for number in range(100):
        say(f"{number:012x}")
    versions = set(series_labels([s for s in service.scrape() if "wine_labels_total" in s], "model_version"))
    assert VERSION in versions and "other" in versions and len(versions) <= 2 * VERSIONS  # for each of two workers
    assert sum(sum(outcomes(service, version)) for version in versions) == 101


def test_values_outside_the_training_data_fall_into_the_outer_bins(service):
    service.post(dict.fromkeys(FEATURES, -1e6))
    service.post({"samples": [dict.fromkeys(FEATURES, 1e6)] * 2})
    metrics = service.scrape()
    for feature in FEATURES:
        assert bins(metrics, feature) == [1, 0, 0, 0, 2]
        assert metrics[name("wine_feature_outside_total", feature=feature, model_version=VERSION)] == 3


def test_no_client_can_make_a_series(service):
    for word in ("AAAA", "B" * 30, "PROPFIND"):
        service.get("/predict", word)
        service.get(f"/{word}")
        service.post({word: 1})
        service.post(SAMPLE, f"/predict?{word}=1", f"application/{word}")
        HTTP.request("POST", f"{service.url}/predict", json=SAMPLE, headers={word: word, "Host": f"{word}.example"})
    closed = {
        "method": METHODS | {"OTHER"},
        "url_rule": {"/", "/predict", "/openapi.json", "None"},
        "status": {"200", "400", "404", "405", "415", "500", "503"},
        "reason": set(problems.REASONS),
    }
    text = HTTP.request("GET", service.metrics_url).data.decode()
    assert "AAAA" not in text and "BBBB" not in text and "PROPFIND" not in text and "example" not in text
    for label, values in closed.items():
        found = set(series_labels(service.scrape(), label))
        assert found and found <= values


def series_labels(metrics, label):
    pairs = [pair for series in metrics for pair in series[:-1].split(",")]
    return [pair.split("=")[1].strip('"') for pair in pairs if f"{label}=" in pair]


def test_the_objective_is_an_edge_of_a_bucket():
    assert 0.1 in LATENCY_BUCKETS


def test_health_checks_are_not_counted(service):
    for _ in range(3):
        service.get("/healthz")
        service.get("/readyz")
    metrics = service.scrape()
    assert not [series for series in metrics if "healthz" in series or "readyz" in series]
    assert sum(count for series, count in metrics.items() if series.startswith("flask_http_request_total")) == 0


def test_no_client_can_fill_the_room_that_is_reserved(tmp_path):
    """Every method, path and kind of refusal: where series outgrew their file, the pod was not ready for ever."""
    with serving(tmp_path, WORKERS="1") as service:
        for method, path, probe, fault in itertools.product(
            (b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"ODD"),
            (b"/predict", b"/labels", b"/healthz", b"/readyz", b"/", b"/openapi.json", b"/nowhere"),
            (b"", b"%s: 1\r\n" % PROBE.encode()),
            (
                b"",
                b"Host: y\r\n",
                b"Content-Length: 9999999\r\n",
                b"X: " + b"y" * 9000 + b"\r\n",
                b"Transfer-Encoding: x\r\n",
            ),
        ):
            with service.connect() as client:
                client.sendall(b"%s %s HTTP/1.1\r\nHost: x\r\n%s%s\r\n" % (method, path, probe, fault))
                client.shutdown(socket.SHUT_WR)
                assert client.recv(100).startswith(b"HTTP/1.1 ")
        assert service.probe("/readyz") == 200
        counted = [
            series for series in service.scrape() if series.startswith("flask_http_request_duration_seconds_count")
        ]
    assert len(counted) < 100 and not [series for series in counted if "healthz" in series or "readyz" in series]
    assert set(series_labels(counted, "method")) == METHODS | {"OTHER"}


def test_a_probe_is_counted_apart(service):
    before = service.scrape()
    answer = HTTP.request("POST", f"{service.url}/predict", json=SAMPLE, headers={"Synthetic-Probe": "1"})
    assert answer.status == 200
    after = service.scrape()
    assert after[DURATION.replace('"/predict"', '"/predict (probe)"')] == 1 and predictions(after) == 0
    assert DURATION not in after or after[DURATION] == before[DURATION]


def test_whoever_asks_for_a_format_that_does_not_exist_gets_the_usual_one(service):
    for accept in ("text/plain;version=x.y", "application/openmetrics-text;version=latest"):
        response = HTTP.request("GET", service.metrics_url, headers={"Accept": accept})
        assert (response.status, response.headers["Content-Type"]) == (200, CONTENT_TYPE_PLAIN_0_0_4)


def test_promtool_finds_nothing_to_improve_but_the_label_that_buckets_are_joined_by(service):
    service.post(SAMPLE)
    service.get("/nothing")
    text = HTTP.request("GET", service.metrics_url).data
    check = subprocess.run([find("promtool"), "check", "metrics"], input=text, capture_output=True)
    objections = check.stdout + check.stderr
    assert re.fullmatch(rb'(wine_prediction_confidence_reference .*not have "le" label\n)+', objections), objections


def test_the_master_answers_scrapes_while_no_worker_can(service):
    service.post(SAMPLE)
    workers = service.workers
    for worker in workers:
        worker.suspend()
    try:
        assert service.scrape()[DURATION] == 1
    finally:
        for worker in workers:
            worker.resume()


@pytest.mark.parametrize("words", [b"", b"GET /metr"])
def test_whoever_connects_to_the_metrics_and_goes_is_no_failure(service, words):
    """A port scanner, or a probe that only connects."""
    master = psutil.Process(service.process.pid)
    threads = master.num_threads()
    for _ in range(5):
        client = socket.create_connection(("127.0.0.1", int(service.metrics_url.split(":")[2].split("/")[0])))
        client.sendall(words)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    service.scrape()
    eventually(lambda: master.num_threads() <= threads, within=10, quiet=True, every=0.02, what="the threads' end")
    assert not bad_lines(service.log)


def test_what_arrives_and_what_is_in_progress_are_seen(tmp_path):
    body, busy = json.dumps(SAMPLE).encode(), "wine_requests_in_progress{}"
    over = threading.Event()

    def ask():
        while not over.is_set():
            service.post(SAMPLE)

    with serving(tmp_path, WINE_FAULT="slow") as service:
        with service.connect() as client:
            client.sendall(HEAD % len(body) + body[:10])
            eventually(lambda: service.scrape()[ARRIVING] == 1, within=4, every=0.02, quiet=True, what="the head")
            client.sendall(body[10:])
            assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        eventually(lambda: service.scrape()[ARRIVING] == 0, within=10, quiet=True, what="its end")
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            eventually(lambda: service.scrape()[busy] == 1, within=60, every=0.02, quiet=True, what="a busy thread")
        finally:
            over.set()
            asking.join()
        eventually(lambda: service.scrape()[busy] == 0, within=10, quiet=True, what="its end")


def test_counts_survive_a_killed_worker_and_what_it_held_does_not(service):
    for row in ROWS:
        service.post(row)
    before = service.scrape()
    with service.connect() as client:
        client.sendall(HEAD % 9 + b"{")
        eventually(lambda: service.scrape()[ARRIVING] == 1, within=4, what="the request")
        killed = service.workers
        for worker in killed:
            worker.send_signal(signal.SIGKILL)
        eventually(lambda: len(set(service.workers) - set(killed)) == 2, within=20, what="new workers")
    assert service.scrape() == {**before, ARRIVING: 0}
    for row in ROWS:
        assert service.post(row).status == 200
    after = service.scrape()
    assert after[DURATION] == 2 * len(ROWS) == predictions(after)
    assert bins(after, "alcohol") == [2 * count for count in bins(before, "alcohol")]


def test_what_a_worker_took_with_it_is_counted_as_failed(tmp_path):
    """A release that crashes at some inputs would be in no error rate."""
    strong = json.dumps(SAMPLE).encode()
    failed = name("flask_http_request_duration_seconds_count", method="POST", status="500", url_rule="/predict")
    with serving(tmp_path, WORKERS="1", WINE_FAULT="slow") as service:
        (worker,) = service.workers
        clients = [service.connect() for _ in range(6)]
        for client in clients:  # four threads, and two requests that wait
            client.sendall(HEAD % len(strong) + strong)
        busy = "wine_requests_in_progress{}"
        eventually(lambda: service.scrape()[busy] == 4, within=10, every=0.01, quiet=True, what="four of them")
        worker.suspend()
        held = service.scrape()
        worker.kill()
        eventually(lambda: service.workers and service.workers != [worker], within=20, quiet=True, what="a new worker")
        after = service.scrape()
        assert after[failed] == held[busy] + held[name("wine_requests_waiting", where="accepted")]
        assert after[busy] == 0 and after[failed] >= 4
        for client in clients:
            client.close()


def test_a_reload_keeps_the_counts(service):
    service.post(SAMPLE)
    first = service.workers
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(service.workers) == 2 and not set(service.workers) & set(first), what="new workers")
    service.post(SAMPLE)
    assert service.scrape()[DURATION] == 2


def test_sigterm_finishes_and_counts_what_is_in_flight(tmp_path):
    body = b'{"samples": [%s]}' % b",".join([json.dumps(SAMPLE).encode()] * 3)
    directory = tmp_path / "metrics"
    with serving(tmp_path, PROMETHEUS_MULTIPROC_DIR=str(directory)) as service, service.connect() as client:
        client.sendall(HEAD % len(body) + body[:10])
        eventually(lambda: service.scrape()[ARRIVING] == 1, within=4, what="the request")
        service.process.terminate()
        eventually(lambda: "Handling signal: term" in service.log.read_text(), within=4, what="the signal")
        client.sendall(body[10:])
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
        client.close()
        assert service.process.wait(10) == 0
    metrics = read(directory)
    assert metrics[DURATION] == 1 and predictions(metrics) == 3


def test_the_directory_is_emptied_at_the_start_unless_told_otherwise(tmp_path):
    settings = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    with serving(tmp_path, **settings) as service:
        service.post(SAMPLE)
    with serving(tmp_path, **settings, WINE_KEEP_METRICS="1") as service:
        service.post(SAMPLE)
        assert predictions(service.scrape()) == 2
    with serving(tmp_path, **settings) as service:
        assert predictions(service.scrape()) == 0
        service.post(SAMPLE)
        assert predictions(service.scrape()) == 1


def read(directory):
    """The metrics that a service which has ended left in its directory, as scrape() gives them."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)
    return {name(s.name, **s.labels): s.value for family in registry.collect() for s in family.samples}
