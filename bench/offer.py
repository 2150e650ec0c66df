"""python -m bench.offer PORT RATE SECONDS: an open loop that is lean enough for thousands of connections a second.

Sends POST /predict at its times, whatever the answers take, each on a connection of its own, and prints JSON: for each
request when it was sent, how long its answer took (s), and the status (0: none within 5 s). Whoever waits has a socket
open, so it takes as many of them as the system allows.
"""

import json
import resource
import selectors
import socket
import sys
from time import perf_counter

from bench.wines import ROWS

PATIENCE = 5
BODY = json.dumps(ROWS[0]).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


class OpenLoop:
    """The requests that are under way, the oldest first, and those that have ended."""

    def __init__(self, port, rate, seconds):
        self.address, self.rate, self.count = ("127.0.0.1", port), rate, int(rate * seconds)
        self.poller, self.open, self.ended = selectors.DefaultSelector(), {}, []

    def run(self):
        start, asked = perf_counter(), 0
        while asked < self.count or self.open:
            now = perf_counter()
            for _ in range(min(self.count, int((now - start) * self.rate)) - asked):
                self.ask()
                asked += 1
            for key, events in self.poller.select(0.001):
                self.step(key.fileobj, events)
            while self.open and now - self.open[oldest := next(iter(self.open))] > PATIENCE:
                self.end(oldest, 0)
        return [(sent - start, took, status) for sent, took, status in self.ended]

    def ask(self):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(self.address)
        self.open[client] = perf_counter()
        self.poller.register(client, selectors.EVENT_WRITE)

    def step(self, client, events):
        try:
            if events & selectors.EVENT_WRITE:
                client.send(REQUEST)
                self.poller.modify(client, selectors.EVENT_READ)
            else:
                answer = client.recv(65536)
                self.end(client, int(answer[9:12]) if answer else 0)
        except OSError:
            self.end(client, 0)

    def end(self, client, status):
        sent = self.open.pop(client)
        self.ended.append((sent, perf_counter() - sent, status))
        self.poller.unregister(client)
        client.close()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(json.dumps(OpenLoop(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])).run()))
