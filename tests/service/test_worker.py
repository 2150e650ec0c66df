"""The worker's queue: slow clients hold nobody up, whoever would wait too long hears so, and all of it is counted."""

import json
import re
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from tests.service.serving import ARRIVING, HEAD, ROWS, answer, bad_lines, name, posted, serving
from workbook.waiting import eventually

STRONG = json.dumps(ROWS[0]).encode()  # of more than 13 % vol: the slow release takes 0.3 s for it
REQUEST = posted(STRONG)
OVERLOADED = name("wine_rejected_requests_total", reason="overloaded")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("worker"), WORKERS="1") as running:
        yield running
    assert not bad_lines(running.log)


def status(client):
    return int(answer(client).split(b" ", 2)[1])


SLOW = {
    "silent": b"",
    "head": REQUEST[:40],
    "body": REQUEST[:-10],
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "padded length": HEAD + b"Content-Length: %025d\r\n\r\n{" % 300,
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_hold_up_nobody(service, kind):
    clients = [service.connect() for _ in range(100)]
    for client in clients:
        client.sendall(SLOW[kind])
    times = []
    for row in ROWS[:50]:
        start = time.perf_counter()
        assert service.post(row).status == 200
        times.append(time.perf_counter() - start)
    for client in clients:
        client.close()
    assert sorted(times)[25] < 0.5


def test_clients_that_close_late_hold_up_nobody(service):
    """They keep their end open after the whole answer, as everybody does who is a round trip away."""
    clients = []
    start = time.perf_counter()
    for _ in range(100):
        clients.append(service.connect())
        clients[-1].sendall(REQUEST)
        assert status(clients[-1]) == 200
    assert time.perf_counter() - start < 60, "a late close takes 2 s of the worker's time"
    for client in clients:
        client.close()


def test_clients_that_never_read_hold_up_nobody(service):
    body = json.dumps({"samples": ROWS * 5}).encode()
    clients = [socket.socket() for _ in range(8)]
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    # threads that wait for them would be back after 5 s
    eventually(lambda: service.post(ROWS[0]).status == 200, within=4, every=0.1, quiet=True, what="a thread")
    for client in clients:
        client.close()


def test_a_request_that_comes_in_pieces_is_answered(service):
    for piece in (1, 7, 100):
        with service.connect() as client:
            for start in range(0, len(REQUEST), piece):
                client.sendall(REQUEST[start : start + piece])
            assert status(client) == 200


@pytest.mark.parametrize("size", [1, 10, 10_000])
def test_a_request_in_chunks_is_answered(service, size):
    parts = [STRONG[start : start + size] for start in range(0, len(STRONG), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    with service.connect() as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        client.sendall(b"0\r\n\r\n")
        assert status(client) == 200


def test_many_small_chunks_cost_no_more_than_they_hold(service):
    with service.connect() as client:
        client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 100_000)
        client.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(STRONG), STRONG))
        assert status(client) == 200


@pytest.mark.parametrize("word", [b"Expect: 100-continue", b"expect:100-Continue "])
def test_a_client_that_waits_for_a_word_gets_it(service, word):
    with service.connect() as client:
        client.sendall(REQUEST.replace(b"Host: x", b"Host: x\r\n" + word)[: -len(STRONG)])
        assert client.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(STRONG)
        assert b"HTTP/1.1 200 OK" in answer(client)


EARLY = {**SLOW, "valid JSON": HEAD + b"Content-Length: %d\r\n\r\n" % (len(STRONG) + 1) + STRONG}


@pytest.mark.parametrize("kind", sorted(EARLY.keys() - {"silent"}))
def test_a_request_that_ends_early_is_a_bad_one(service, kind):
    counted = rejections(service)
    with service.connect() as client:
        client.sendall(EARLY[kind])
        client.shutdown(socket.SHUT_WR)
        problem = json.loads(answer(client).partition(b"\r\n\r\n")[2])
    assert problem["status"] == 400 and "the request ended before all of it had come" in problem["detail"]
    assert rejections(service) == counted + 1


def reset(client):
    """Close with RST, as a client does that crashes."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize("kind", sorted(SLOW.keys() - {"silent"}))
def test_a_client_that_resets_its_connection_harms_nobody(service, kind):
    workers = service.workers
    client = service.connect()
    client.sendall(SLOW[kind])
    eventually(lambda: service.scrape()[ARRIVING] == 1, within=4, every=0.02, quiet=True, what="the request")
    reset(client)
    eventually(lambda: service.scrape()[ARRIVING] == 0, within=4, every=0.02, quiet=True, what="its end")
    assert all(service.post(row).status == 200 for row in ROWS[:20]), "its number is a new client's"
    assert service.workers == workers


def test_a_client_that_resets_before_it_gets_its_word_harms_nobody(service):
    (worker,) = workers = service.workers
    worker.suspend()
    client = service.connect()
    client.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
    reset(client)
    worker.resume()
    assert service.post(ROWS[0]).status == 200 and service.workers == workers


def test_what_unfinished_requests_hold_is_bounded_however_many_were_finished(service):
    """A request's last piece was subtracted and had never been added."""
    for _ in range(400):
        with service.connect() as client:
            client.sendall(HEAD + b"Content-Length: 60000\r\n\r\n")
            client.sendall(b" " * 60_000)
            assert status(client) == 400
    before, clients = service.scrape()[OVERLOADED], [service.connect() for _ in range(24)]
    for client in clients:
        with suppress(OSError):  # it is refused meanwhile
            client.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n" + b" " * 999_999)
    eventually(lambda: service.scrape()[OVERLOADED] > before, within=4, quiet=True, what="a refusal")
    for client in clients:
        reset(client)
    eventually(lambda: service.scrape()[ARRIVING] == 0, within=4, quiet=True, what="their end")


def test_a_client_that_says_nothing_is_not_counted(service):
    before = service.scrape()
    with service.connect():
        pass
    assert service.scrape() == before


def offer(port, count, within):
    """Send `count` requests, evenly spread over `within` seconds; the statuses that come back, 0 where none does."""
    found = []

    def ask():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=8) as client:
                client.sendall(REQUEST)
                found.append(answer(client))
        except OSError:
            found.append(b"")

    threads = [threading.Thread(target=ask) for _ in range(count)]
    start = time.monotonic()
    for number, thread in enumerate(threads):
        time.sleep(max(0, start + number * within / count - time.monotonic()))
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_who_would_wait_too_long_is_refused_before_any_work(tmp_path):
    """One worker with four threads and 0.3 s a request answers 13 a second, on any machine; 60 a second come."""
    with serving(tmp_path, WORKERS="1", WINE_FAULT="slow") as service:
        before = service.scrape()["wine_request_queue_seconds_count{}"]
        answers = offer(service.port, 240, within=4)
        codes = [int(text.split(b" ", 2)[1]) for text in answers if text]
        refused = [text for text in answers if b" 503 " in text[:20]]
        assert set(codes) == {200, 503} and codes.count(200) >= 20 and len(refused) >= 20
        assert all(b"\r\nRetry-After: 1\r\n" in text and b"application/problem+json" in text for text in refused)
        assert json.loads(refused[0].partition(b"\r\n\r\n")[2])["reason"] == "overloaded"
        metrics = service.scrape()
        duration = "flask_http_request_duration_seconds"
        labels = {"method": "POST", "url_rule": "/predict"}
        given_up = answers.count(b"")  # counted or not: the service cannot tell a client that waits from one that left
        for count, heard in (
            (metrics[OVERLOADED], len(refused)),
            (metrics[name(f"{duration}_count", **labels, status="503")], len(refused)),
            (metrics[name(f"{duration}_count", **labels, status="200")], codes.count(200)),
            (metrics["wine_request_queue_seconds_count{}"] - before, codes.count(200)),
        ):
            assert heard <= count <= heard + given_up
        assert metrics[name("wine_request_queue_seconds_bucket", le="0.01")] < codes.count(200), "nobody waited"
        at_once = metrics[name(f"{duration}_bucket", **labels, status="200", le="0.25")]
        assert at_once == 0, "the latency includes the 0.3 s"
        log = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
        assert [line for line in log if line["status"] == 503 and line["path"] == "/predict"]
        eventually(
            lambda: service.scrape()[name("wine_requests_waiting", where="accepted")] == 0, what="an empty queue"
        )
        assert service.post(ROWS[0]).status == 200


def test_the_queue_is_seen_while_it_stands(tmp_path):
    with serving(tmp_path, WORKERS="1", WINE_FAULT="slow") as service:
        load = threading.Thread(target=offer, args=(service.port, 40, 1))
        load.start()
        waiting = name("wine_requests_waiting", where="accepted")
        eventually(lambda: service.scrape()[waiting] > 0, within=5, every=0.05, what="the queue")
        assert (service.probe("/readyz"), service.probe("/healthz")) == (200, 200), "a probe waits behind users"
        load.join()


MALFORMED = {
    "two hosts": (b"POST /predict HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\nHostess: x\r\n\r\n", 400),
    "a host that cannot be": (b"GET / HTTP/1.1\r\nHost: me@x\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n{", 400),
    "two lengths and no body": (HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    "length and chunks": (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "an unknown coding": (HEAD + b"Transfer-Encoding: zip\r\n\r\n", 400),
    "a chunk of no size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "a chunk too long": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}}\r\n0\r\n\r\n", 400),
    "a chunk of more than may come": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 10**9, 413),
    "a chunk size that ends with LF": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n", 400),
    "lines that end with LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a long header without a colon": (b"GET / HTTP/1.1\r\n" + b"\xff" * 60_000 + b"\r\n\r\n", 400),
    "a long line": (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 5000), 414),
    "many headers": (HEAD + b"A: b\r\n" * 200 + b"\r\n", 431),
    "a head without an end": (HEAD + b"A: b\r\n" * 20_000, 431),
}


def test_an_address_without_a_path_is_that_of_the_first_page(service):
    with service.connect() as client:
        client.sendall(b"GET http://wine-model HTTP/1.1\r\nHost: wine-model\r\n\r\n")
        assert answer(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_http_is_refused_counted_and_logged(service, case):
    text, expected = MALFORMED[case]
    counted, logged = rejections(service), len(service.log.read_text().splitlines())
    with service.connect() as client:
        client.sendall(text)
        head, _, body = answer(client).partition(b"\r\n\r\n")
    assert int(head.split(b" ", 2)[1]) == expected == json.loads(body)["status"]
    assert b"application/problem+json" in head and len(body) < 1000
    assert rejections(service) == counted + 1
    eventually(lambda: len(service.log.read_text().splitlines()) > logged, within=4, quiet=True, what="the log line")
    assert json.loads(service.log.read_text().splitlines()[-1])["status"] == expected


def test_a_refusal_says_when_and_spares_those_who_want_the_head_alone(service):
    for method in (b"GET", b"HEAD"):
        with service.connect() as client:
            client.sendall(method + b" / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
            head, _, body = answer(client).partition(b"\r\n\r\n")
        assert re.search(rb"\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", head)
        assert bool(body) == (method == b"GET")


def rejections(service):
    return sum(value for key, value in service.scrape().items() if key.startswith("wine_rejected_requests_total"))
