"""The open loop keeps its times, and what became of every request."""

import socket
import threading
from contextlib import contextmanager

import pytest

from workbook.openloop import offer


@contextmanager
def server(answer, pause=0):
    """A server on this machine that gives every connection `answer`, after `pause` seconds; yields its address."""
    end = threading.Event()

    def speak(client):
        with client:
            client.recv(65536)
            end.wait(pause)
            client.sendall(answer)

    def serve():
        while not end.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=speak, args=(client,)).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        end.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_it_sends_at_its_times_whatever_the_answers_take():
    with server(b"HTTP/1.1 200 OK\r\n\r\n", pause=1) as url:
        found = offer(url, [{"ash": 1}], rate=20, seconds=1)
    assert len(found) == 20 and set(found["status"]) == {200}
    assert found["took"].min() >= 1, "the pause"
    assert found["sent"].is_monotonic_increasing and found["sent"].iloc[-1] >= 0.95


@pytest.mark.parametrize("answer, status", [(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 503), (b"", 0)])
def test_it_tells_refusals_from_broken_connections(answer, status):
    with server(answer) as url:
        assert set(offer(url, [{"ash": 1}], rate=10, seconds=0.5)["status"]) == {status}


def test_nobody_there_is_a_broken_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert set(offer(f"http://127.0.0.1:{port}", [{"ash": 1}], rate=10, seconds=0.5)["status"]) == {0}
