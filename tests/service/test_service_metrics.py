"""The service's metrics: exact, complete from the start, the clients' words kept out, and right after a crash."""

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from service import problems
from service.app import METHODS
from service.metrics import LATENCY_BUCKETS
from tests.service.serving import ABOUT, FEATURES, HTTP, ROWS, name, serving
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
    for cultivar in ABOUT["classes"]:
        assert metrics[name("wine_prediction_confidence_count", cultivar=cultivar)] == 0
    for reason in problems.REASONS:
        assert metrics[name("wine_rejected_requests_total", reason=reason)] == 0
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
        assert metrics[name("wine_prediction_confidence_count", cultivar=cultivar)] == count
    for feature in ABOUT["features"]:
        expected = [10 * round(share * len(ROWS)) for share in feature["shares"]]
        assert bins(metrics, feature["name"]) == expected, "training data must fall into the bins as their shares say"
    assert metrics["wine_requests_in_progress{}"] == 0


def test_values_outside_the_training_data_fall_into_the_outer_bins(service):
    service.post(dict.fromkeys(FEATURES, -1e6))
    service.post({"samples": [dict.fromkeys(FEATURES, 1e6)] * 2})
    metrics = service.scrape()
    for feature in FEATURES:
        assert bins(metrics, feature) == [1, 0, 0, 0, 2]


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
        "status": {"200", "400", "404", "405", "415"},
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
    assert not [series for series in metrics if series.startswith("flask_http_request_total")]


def test_promtool_finds_nothing_to_improve(service):
    service.post(SAMPLE)
    service.get("/nothing")
    text = HTTP.request("GET", service.metrics_url).data
    check = subprocess.run([find("promtool"), "check", "metrics"], input=text, capture_output=True)
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")


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


def test_requests_in_progress_are_seen(service):
    with service.connect() as client:
        client.sendall(HEAD % 9 + b"{")
        eventually(lambda: service.scrape()["wine_requests_in_progress{}"] == 1, within=4, what="the request")
    eventually(lambda: service.scrape()["wine_requests_in_progress{}"] == 0, within=10, what="its end")


def test_counts_survive_a_killed_worker_and_what_it_had_in_progress_does_not(service):
    for row in ROWS:
        service.post(row)
    before = service.scrape()
    with service.connect() as client:
        client.sendall(HEAD % 9 + b"{")
        eventually(lambda: service.scrape()["wine_requests_in_progress{}"] == 1, within=4, what="the request")
        killed = service.workers
        for worker in killed:
            worker.send_signal(signal.SIGKILL)
        eventually(lambda: len(set(service.workers) - set(killed)) == 2, within=20, what="new workers")
    assert service.scrape() == {**before, "wine_requests_in_progress{}": 0}
    for row in ROWS:
        assert service.post(row).status == 200
    after = service.scrape()
    assert after[DURATION] == 2 * len(ROWS) == predictions(after)
    assert bins(after, "alcohol") == [2 * count for count in bins(before, "alcohol")]


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
        eventually(lambda: service.scrape()["wine_requests_in_progress{}"] == 1, within=4, what="the request")
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
