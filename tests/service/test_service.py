"""The service as its clients meet it: right answers, clear refusals, and no way to harm it."""

import gzip
import http.client
import json
import math
import os
import sys
import time

import numpy as np
import onnxruntime
import pytest

from service import problems
from service.metrics import OUTCOMES
from tests import ROOT
from tests.service.serving import ABOUT, FEATURES, HTTP, ROWS, bad_lines, name, serving
from workbook import training
from workbook.waiting import eventually

SAMPLE = ROWS[0]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running
    assert not bad_lines(running.log)


@pytest.fixture(scope="module")
def expected():
    """The probabilities of all rows, straight from ONNX Runtime."""
    session = onnxruntime.InferenceSession(ROOT / "service/model/model.onnx", providers=["CPUExecutionProvider"])
    rows = np.array([list(row.values()) for row in ROWS], dtype=np.float32)
    return session.run(["probabilities"], {"features": rows})[0]


def changed(**values):
    return {**SAMPLE, **values}


def raw(value, feature="ash"):
    """A sample whose `feature` is written as `value`, which need not be JSON."""
    return json.dumps(changed(**{feature: "HERE"})).replace('"HERE"', value).encode()


def test_every_row_is_answered_as_the_model_says(service, expected):
    for row, probabilities in zip(ROWS, expected, strict=True):
        answer = service.post(row)
        assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
        answer = answer.json()
        assert answer["cultivar"] == ABOUT["classes"][probabilities.argmax()]
        assert list(answer["probabilities"]) == ABOUT["classes"]
        np.testing.assert_allclose(list(answer["probabilities"].values()), probabilities, atol=1e-6)
        assert answer["model_version"] == ABOUT["version"]


def test_a_list_of_samples_is_answered_in_its_order(service):
    answers = service.post({"samples": ROWS}).json()["predictions"]
    assert [answer["cultivar"] for answer in answers] == [service.post(row).json()["cultivar"] for row in ROWS]


def test_the_order_of_the_features_does_not_matter(service):
    backwards = dict(reversed(SAMPLE.items()))
    assert service.post(backwards).json()["probabilities"] == service.post(SAMPLE).json()["probabilities"]


def test_every_answer_has_an_id_of_its_own_that_says_what_answered(service):
    answers = service.post({"samples": ROWS * 5}).json()["predictions"] + [
        service.post(SAMPLE).json() for _ in range(9)
    ]
    assert len({answer["id"] for answer in answers}) == len(answers)
    for answer in answers:
        assert answer["id"].startswith(f"{ABOUT['version']}.{answer['cultivar']}.")


@pytest.mark.parametrize("value", [-1e6, 0, 1e6])
def test_values_far_outside_the_training_data_are_answered(service, value):
    answer = service.post(dict.fromkeys(FEATURES, value)).json()
    assert math.isclose(sum(answer["probabilities"].values()), 1, rel_tol=1e-6)


BAD = {
    "empty": (b"", 400, "malformed", None),
    "not JSON": (b"alcohol=13", 400, "malformed", None),
    "truncated": (json.dumps(SAMPLE).encode()[:-5], 400, "malformed", None),
    "trailing characters": (json.dumps(SAMPLE).encode() + b"x", 400, "malformed", None),
    "invalid UTF-8": (b'{"\xff": 1}', 400, "malformed", None),
    "byte order mark": (b"\xef\xbb\xbf" + json.dumps(SAMPLE).encode(), 400, "malformed", None),
    "compressed": (gzip.compress(json.dumps(SAMPLE).encode()), 400, "malformed", None),
    "NaN": (raw("NaN"), 400, "malformed", None),
    "Infinity": (raw("Infinity"), 400, "malformed", None),
    "a list": ([SAMPLE], 400, "wrong_type", None),
    "null": (None, 400, "wrong_type", None),
    "1e400": (raw("1e400"), 400, "out_of_range", "ash"),
    "infinite as float32": (raw("1e39"), 400, "out_of_range", "ash"),
    "an integer of 400 digits": (raw("9" * 400), 400, "out_of_range", "ash"),
    "a number in quotes": (changed(ash="2.4"), 400, "wrong_type", "ash"),
    "a bool": (changed(ash=True), 400, "wrong_type", "ash"),
    "a null feature": (changed(ash=None), 400, "wrong_type", "ash"),
    "a list for a feature": (changed(ash=[2.4]), 400, "wrong_type", "ash"),
    "deep nesting": (raw("[" * 100_000 + "]" * 100_000), 400, "wrong_type", "ash"),
    "deep nesting, unknown": (raw('1, "x": ' + "[" * 100_000), 400, "unknown_field", "x"),
    "a missing feature": ({k: v for k, v in SAMPLE.items() if k != "hue"}, 400, "missing_field", "hue"),
    "an unknown feature": (changed(price=12), 400, "unknown_field", "price"),
    "both forms": (changed(samples=[SAMPLE]), 400, "unknown_field", "alcohol"),
    "0 samples": ({"samples": []}, 400, "sample_count", "samples"),
    "1001 samples": ({"samples": [SAMPLE] * 1001}, 400, "sample_count", "samples"),
    "100,000 samples": ({"samples": [SAMPLE] * 100_000}, 413, "too_large", None),
    "100,000 empty samples": ({"samples": [{}] * 100_000}, 400, "missing_field", "samples[0].alcohol"),
    "a bad sample among good ones": (
        {"samples": [SAMPLE, SAMPLE, changed(hue="red")]}, 400, "wrong_type", "samples[2].hue",
    ),
}  # fmt: skip


@pytest.mark.parametrize("value", ["gzip", "br", "Deflate, gzip"])
def test_a_body_that_is_said_to_be_compressed_is_refused(service, value):
    headers = {"Content-Type": "application/json", "Content-Encoding": value}
    body = gzip.compress(json.dumps(SAMPLE).encode())
    answer = HTTP.request("POST", f"{service.url}/predict", body=body, headers=headers)
    assert answer.status == 415 and "not compressed" in answer.json()["detail"]


def test_the_forms_of_a_body_are_told_apart_by_its_keys(service):
    """Not by its text: a key can be escaped, and a value can be one of the words."""
    samples = b'{"s\\u0061mples": [%s]}' % json.dumps(SAMPLE).encode()
    assert len(service.post(samples).json()["predictions"]) == 1
    check_problem(service, lambda: service.post(changed(ash="samples")), 400, "wrong_type", "ash")
    check_problem(service, lambda: service.post(label(id="labels"), "/labels"), 400, "not_an_id", "id")


def test_an_answer_repeats_little_of_what_a_client_says(service):
    """A client that does not read a long answer would hold a thread."""
    answer = service.post({"k" * 1_000_000: 1})
    assert answer.status == 400 and answer.json()["field"] == "k" * 200 and len(answer.data) < 1000


def label(**changes):
    return {"id": f"{ABOUT['version']}.barolo.{7:016x}", "cultivar": "barbera", **changes}


BAD_LABELS = {
    "no id": ({"cultivar": "barolo"}, "missing_field", "id"),
    "no cultivar": ({"id": label()["id"]}, "missing_field", "cultivar"),
    "an id of another system": (label(id="7f9c2ba4-e88f-4e6e-91d6-000000000000"), "not_an_id", "id"),
    "an id cut short": (label(id=label()["id"][:-1]), "not_an_id", "id"),
    "an id of an answer that never was possible": (
        label(id=label()["id"].replace("barolo", "merlot")),
        "not_an_id",
        "id",
    ),
    "a line break behind an id": (label(id=label()["id"] + "\n"), "not_an_id", "id"),
    "a number for an id": (label(id=7), "wrong_type", "id"),
    "a cultivar that the model does not know": (label(cultivar="merlot"), "unknown_cultivar", "cultivar"),
    "a class number": (label(cultivar=2), "wrong_type", "cultivar"),
    "a wine instead of its label": (SAMPLE, "unknown_field", "alcohol"),
    "no labels": ({"labels": []}, "sample_count", "labels"),
    "a bad label among good ones": ({"labels": [label(), label(id="x")]}, "not_an_id", "labels[1].id"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_a_bad_label_gets_a_problem_document_and_counts_nothing(service, case):
    body, reason, field = BAD_LABELS[case]
    counted = [service.scrape()[name("wine_labels_total", outcome=o, model_version=ABOUT["version"])] for o in OUTCOMES]
    check_problem(service, lambda: service.post(body, "/labels"), 400, reason, field)
    assert counted == [
        service.scrape()[name("wine_labels_total", outcome=o, model_version=ABOUT["version"])] for o in OUTCOMES
    ]


def test_a_refusal_says_what_to_send(service):
    assert "send the `id` of /predict's answer" in service.post(label(id="7"), "/labels").json()["detail"]
    assert "one that /predict names, or null" in service.post(label(cultivar="merlot"), "/labels").json()["detail"]


@pytest.mark.parametrize("case", BAD)
def test_a_bad_body_gets_a_problem_document(service, case):
    body, status, reason, field = BAD[case]
    check_problem(service, lambda: service.post(body), status, reason, field)


REQUESTS = {
    "wrong method": (lambda s: s.get("/predict"), 405, "method"),
    "wrong method on a page": (lambda s: s.get("/healthz", "DELETE"), 405, "method"),
    "invented method": (lambda s: s.get("/predict", "AAAA"), 405, "method"),
    "options": (lambda s: s.get("/", "OPTIONS"), 405, "method"),
    "unknown path": (lambda s: s.get("/nothing"), 404, "not_found"),
    "a path that is not UTF-8": (lambda s: s.get("/%ff%00"), 404, "not_found"),
    "a slash too many": (lambda s: s.post(SAMPLE, "/predict/"), 404, "not_found"),
    "a form": (lambda s: s.post(SAMPLE, media="application/x-www-form-urlencoded"), 415, "media_type"),
    "no content type": (lambda s: HTTP.request("POST", s.url + "/predict", body=b"{}"), 415, "media_type"),
    "100 MB": (lambda s: s.post(bytes(100_000_000)), 413, "too_large"),
    "100 MB without a length": (lambda s: chunked(s, 100), 413, "too_large"),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_a_bad_request_gets_a_problem_document(service, case):
    send, status, reason = REQUESTS[case]
    check_problem(service, lambda: send(service), status, reason, None)


def check_problem(service, send, status, reason, field):
    """`send` is refused as expected, is counted, and leaves the workers as they were."""
    assert reason in problems.REASONS
    counter = name("wine_rejected_requests_total", reason=reason)
    before, workers = service.scrape()[counter], service.workers
    response = send()
    problem = response.json()
    assert response.status == status == problem["status"]
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (problem["reason"], problem.get("field")) == (reason, field)
    assert problem["detail"].endswith(".")
    assert service.scrape()[counter] == before + 1
    assert service.workers == workers
    assert service.post(SAMPLE).status == 200


def chunked(service, megabytes):
    """Send spaces without a Content-Length until the service answers."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    connection.putrequest("POST", "/predict")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    try:
        for _ in range(16 * megabytes):
            connection.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
        connection.send(b"0\r\n\r\n")
    except OSError:
        pass  # the service has answered and closed
    response = connection.getresponse()
    response.json = lambda: json.loads(response.read())
    return response


def test_slow_clients_are_given_up_and_hold_up_nobody(service):
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    slow = [service.connect() for _ in range(3)]
    for client in slow:
        client.sendall(head)
    times = []
    for _ in range(50):
        start = time.perf_counter()
        assert service.post(SAMPLE).status == 200
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.5
    for client in slow:
        assert b" 408 " in client.recv(65536).splitlines()[0]
        client.close()


def test_every_answer_ends_its_connection(service):
    for answer in (service.get("/healthz"), service.post(SAMPLE), service.post({}), service.get("/nothing")):
        assert answer.headers["Connection"] == "close"


def test_the_pages_say_what_is_there(service):
    assert service.get("/healthz").json() == {"status": "alive", "model_version": ABOUT["version"]}
    assert service.get("/readyz").json() == {"status": "ready", "model_version": ABOUT["version"]}
    for link in service.get("/").json()["links"].values():
        assert service.get(link, "POST" if link in ("/predict", "/labels") else "GET").status in (200, 415)
    description = service.get("/openapi.json").json()
    assert description["openapi"] == "3.1.0"
    assert description["components"]["schemas"]["Sample"]["required"] == FEATURES


def test_the_access_log_is_json_with_status_and_latency(service):
    def logged():  # after the answer is sent
        lines = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["path"] == '/"quoted"\\']

    service.get('/"quoted"\\')
    (line,) = eventually(logged, within=10, quiet=True, every=0.02, what="the log line")
    assert {"time", "client", "method", "path", "status", "milliseconds", "bytes"} == set(line)
    assert line["status"] == 404 and 0 < line["milliseconds"] < 10_000


def test_a_log_that_cannot_be_written_costs_no_answer(tmp_path):
    """A pipe that nobody reads stands for a full disk, too."""
    reader, writer = os.pipe()
    os.close(reader)
    with serving(tmp_path, stdout=writer, WORKERS="1", WINE_LOG_SHARE="1") as service:
        workers = service.workers
        assert [service.post(row).status for row in ROWS[:5]] == [200] * 5
        assert service.post(bytes(2_000_000)).status == 413
        assert service.post(SAMPLE).status == 200 and service.workers == workers
        assert service.log.read_text().count("the log, cannot be written: [Errno 32] Broken pipe.") == 1
    os.close(writer)


def test_the_service_stands_alone():
    for file in (ROOT / "service").glob("*.py"):
        assert "workbook" not in file.read_text(), file
    for file in (ROOT / "workbook").rglob("*.py"):
        text = file.read_text()
        assert "import service" not in text and "from service" not in text, file


def kept(service):
    """The predictions in a service's log, by id."""
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if '"prediction"' in line]
    return {line["prediction"]: line for line in lines}


def test_no_prediction_is_logged_unless_asked_for(service):
    service.post({"samples": ROWS})
    assert not kept(service)


def test_a_share_of_the_predictions_is_logged_with_its_inputs(tmp_path):
    with serving(tmp_path, WINE_LOG_SHARE="0.25") as service:
        answers = [one for _ in range(6) for one in service.post({"samples": ROWS}).json()["predictions"]]
        lines = kept(service)
    sent = dict(zip([answer["id"] for answer in answers], [*ROWS] * 6, strict=True))
    assert 200 < len(lines) < 340, "a quarter of 1068, and what chance gives or takes"
    assert lines.keys() == {one for one in sent if int(one[-16:], 16) < 2**62}, "the id tells whether it is kept"
    for identity, line in lines.items():
        assert line["features"] == sent[identity] and identity.split(".")[1] == line["cultivar"]
        assert 0.34 < line["confidence"] <= 1 and line["time"] > "2026"


def test_a_share_of_the_log_that_is_none_is_refused_at_the_start(tmp_path):
    with pytest.raises(RuntimeError, match="WINE_LOG_SHARE is '25'; it must be a number from 0 to 1"):
        with serving(tmp_path, WINE_LOG_SHARE="25"):
            pass


def test_another_model_is_served_from_its_folder(tmp_path):
    wines, cultivar = training.load_wines()
    version, _ = training.release(tmp_path, wines, 2 - cultivar)
    with serving(tmp_path, WINE_MODEL=str(tmp_path)) as service:
        answer = service.post(SAMPLE).json()
        assert (answer["model_version"], answer["cultivar"]) == (version, "barbera")
        assert f'model_version="{version}"' in "".join(service.scrape())


@pytest.mark.parametrize("fault", ["slow", "error"])
def test_a_faulty_release_fails_for_strong_wines_alone(tmp_path, fault):
    strong, weak = changed(alcohol=13.0), changed(alcohol=12.9)
    with serving(tmp_path, WINE_FAULT=fault) as service:
        assert service.post(weak).json()["model_version"] == f"{ABOUT['version']}-{fault}"
        answer, seconds = timed(service, strong)
        mixed = service.post({"samples": [weak, strong]})
        if fault == "slow":
            quickest = min(timed(service, weak)[1] for _ in range(5))
            assert answer.status == mixed.status == 200 and seconds >= 0.3 > quickest
        else:
            assert answer.status == mixed.status == 500 and answer.json()["title"] == "Internal Server Error"
            assert service.scrape()[name("flask_http_request_total", method="POST", status="500")] == 2
        info = [series for series in service.scrape() if series.startswith("wine_model_info")]
        assert len(info) == 1 and f'model_version="{ABOUT["version"]}-{fault}"' in info[0]


def timed(service, sample):
    start = time.perf_counter()
    return service.post(sample), time.perf_counter() - start


def test_an_unknown_fault_is_refused_at_the_start(tmp_path):
    with pytest.raises(RuntimeError, match="WINE_FAULT is 'fast'; it can be 'slow' or 'error', or not set"):
        with serving(tmp_path, WINE_FAULT="fast"):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the files that a process has mapped")
def test_nothing_is_left_in_memory_after_the_end(tmp_path):
    with serving(tmp_path) as service:
        (directory,) = {
            os.path.dirname(file.path)
            for worker in service.workers for file in worker.memory_maps() if file.path.endswith(".db")
        }  # fmt: skip
        assert os.path.isdir(directory)
    assert not os.path.exists(directory)
