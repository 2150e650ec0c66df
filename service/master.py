"""What the master answers while every worker is busy: /metrics, and the probes /healthz and /readyz."""

import mmap
import socket
import struct
import sys
from functools import cache
from threading import Thread
from time import perf_counter
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer, choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

SLOTS = 1000  # more than there are workers, those that are being replaced included
READY = 10  # s since a worker last made progress
ALIVE = 60  # s


class Board:
    """When each worker last made progress: a page of memory that the master and its workers share, a time a slot."""

    def __init__(self):
        self._times = memoryview(mmap.mmap(-1, 8 * SLOTS)).cast("d")

    @classmethod
    @cache
    def of_this_service(cls):
        """Always the same one."""
        return cls()

    def note(self, slot, moment):
        self._times[slot] = moment

    def age(self, slot):
        """Seconds since the worker of `slot` began a request, or had none to begin."""
        return perf_counter() - self._times[slot]


class Master:
    """gunicorn's `arbiter`, as far as probes ask about it; `folder` is where the workers count."""

    def __init__(self, arbiter, folder, board):
        self.arbiter = arbiter
        self.folder = folder
        self.board = board
        self.started = perf_counter()
        self._last = 0  # when a worker was last seen to make progress

    def ready(self):
        """Whether a request sent now would be answered and counted."""
        slots = [worker.slot for worker in self.arbiter.WORKERS.copy().values()]
        return any(self.board.age(slot) < READY and self.folder.reserved(slot) for slot in slots)

    def alive(self):
        """Whether there is hope: some worker did something within a minute. Being busy is no reason to die."""
        ages = [self.board.age(worker.slot) for worker in self.arbiter.WORKERS.copy().values()]
        self._last = max([self._last, *(perf_counter() - age for age in ages)])
        return perf_counter() - max(self._last, self.started) < ALIVE

    def collect(self):
        """The metrics of all processes, added up; a damaged file costs its own numbers."""
        for family in MultiProcessCollector.merge(self.folder.files(self.arbiter.log.error)):
            if family.name == "wine_requests_waiting":
                backlog = sum(waiting(listener.sock) for listener in self.arbiter.LISTENERS)
                family.add_sample(family.name, {"where": "backlog"}, backlog)
            yield family

    def answer(self, environ, start_response):
        """The WSGI application."""
        probe = {"/healthz": self.alive, "/readyz": self.ready}.get(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/metrics":
            registry = CollectorRegistry()
            registry.register(self)
            if not intelligible(environ.get("HTTP_ACCEPT")):
                del environ["HTTP_ACCEPT"]
            return make_wsgi_app(registry)(environ, start_response)
        status = "404 Not Found" if not probe else "200 OK" if probe() else "503 Service Unavailable"
        start_response(status, [("Content-Type", "text/plain")])
        return [f"{status}\n".encode()]

    def serve(self, host, port):
        """Answer on `port` from now on, in threads; raises SystemExit."""

        class Server(ThreadingWSGIServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

            def handle_error(self, *client):
                """Pass over clients that go away or say nothing: port scanners, and probes that only connect."""
                if not isinstance(sys.exception(), OSError):
                    super().handle_error(*client)

        try:
            server = make_server(host, port, self.answer, Server, Quiet)
        except OSError as error:
            raise SystemExit(f"METRICS_PORT is {port}, which cannot be used: {error.strerror}.") from None
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()


class Quiet(WSGIRequestHandler):
    """Scrapes and probes are not logged."""

    timeout = 5  # s for a request to arrive

    def log_message(self, *_):
        pass


def intelligible(accept):
    """Whether prometheus_client can choose a format: it fails where a version is no number."""
    try:
        choose_encoder(accept)
    except TypeError:
        return False
    return True


def waiting(listener):
    """How many connections nobody has accepted yet; Linux tells."""
    if not hasattr(socket, "TCP_INFO"):
        return 0
    return struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28), 24)[0]
