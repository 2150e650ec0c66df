"""Clients that come, are given up and go in one moment: each is answered once, counted once, and let go once."""

import json
import time
from collections import deque

import pytest

from tests.service.serving import ARRIVING, ROWS, answer, bad_lines, name, posted, serving
from workbook.waiting import eventually

MOST = 400  # connections that a worker waits for, arriving or leaving
REQUEST = posted(json.dumps(ROWS[0]).encode())
REFUSED = b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\nX"  # and a byte behind it: the worker waits for the end
PREDICTED = name("flask_http_request_duration_seconds_count", method="POST", status="200", url_rule="/predict")


@pytest.fixture
def service(tmp_path):
    with serving(tmp_path, WORKERS="1") as running:
        (worker,) = running.workers
        running.worker = worker
        yield running
        assert running.workers == [worker] and not bad_lines(running.log)


def arrive(service, words=b""):
    """As many connections as the worker waits for, the oldest first, each with so much of a request."""
    clients = [service.connect() for _ in range(MOST)]
    for client in clients:
        client.sendall(words)
    eventually(lambda: service.scrape()[ARRIVING] == MOST, within=4, every=0.05, quiet=True, what="all to arrive")
    return clients


def test_who_closes_at_the_moment_of_being_pushed_out_ends_no_worker(service):
    staying = deque()
    for _ in range(200):  # twenty come, and twenty of the oldest close, as they are pushed out
        coming = [service.connect() for _ in range(20)]
        for client in coming:
            client.sendall(REFUSED)
        for client in [staying.popleft() for _ in range(20) if len(staying) > MOST - 20]:
            client.close()
        staying.extend(coming)
    for client in staying:
        client.close()
    # A slow machine still works off the refusals, and whoever comes meanwhile is sent away.
    eventually(lambda: service.post(ROWS[0]).status == 200, within=10, every=0.1, quiet=True, what="an answer")


def test_who_is_given_up_is_not_served_as_well(service):
    clients = arrive(service, REQUEST[:60])
    service.worker.suspend()
    clients.append(service.connect())  # it pushes the oldest out, which is whole at the same moment
    clients[0].sendall(REQUEST[60:])
    service.worker.resume()
    first = answer(clients[0])
    for client in clients:
        client.close()
    assert first.count(b"HTTP/1.1 ") == 1
    assert service.scrape().get(PREDICTED, 0) == first.startswith(b"HTTP/1.1 200")


def test_who_goes_while_being_pushed_out_is_let_go_once(tmp_path):
    """Let go twice, it would let the worker think at SIGTERM that nobody waits for an answer."""
    with serving(tmp_path, WORKERS="1", WINE_FAULT="slow") as service:
        (worker,) = service.workers
        clients = arrive(service)
        worker.suspend()
        clients += [service.connect() for _ in range(60)]
        for client in clients[:60]:
            client.close()
        worker.resume()
        for client in clients[60:]:
            client.close()
        waiting = [service.connect() for _ in range(4)]
        for client in waiting:
            client.sendall(REQUEST)
        busy = "wine_requests_in_progress{}"
        eventually(lambda: service.scrape()[busy] == 4, within=10, every=0.01, quiet=True, what="four in progress")
        service.process.terminate()
        assert [answer(client)[:15] for client in waiting] == [b"HTTP/1.1 200 OK"] * 4
        for client in waiting:
            client.close()


@pytest.mark.parametrize("pause", [0, 0.002, 0.02])
def test_what_comes_behind_a_request_does_not_tear_down_its_answer(service, pause):
    with service.connect() as client:
        client.sendall(posted(json.dumps({"samples": [ROWS[0]] * 1000}).encode()))
        time.sleep(pause)
        client.sendall(REQUEST)
        head, _, document = answer(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and len(json.loads(document)["predictions"]) == 1000


def test_silent_clients_leave_a_descriptor_for_those_who_ask(tmp_path):
    """As on a Mac, where a program may have 256 of them."""
    with serving(tmp_path, limit="ulimit -n 60", WORKERS="1") as service:
        clients = [service.connect() for _ in range(100)]
        with service.connect() as client:
            client.settimeout(4)  # silent ones are let go after 5 s
            client.sendall(REQUEST)
            assert answer(client).startswith(b"HTTP/1.1 200")
        for client in clients:
            client.close()
