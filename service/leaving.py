"""Connections that were answered and are not closed yet, without a thread that waits for them."""

import socket
from contextlib import suppress
from functools import partial
from itertools import takewhile
from time import perf_counter

FAREWELL = 2  # s in which a client can read its answer and close
DRAINED = 2**25  # bytes that a client may send behind its request meanwhile
MOST = 400  # connections that one worker waits for
PIECE = 2**16  # bytes


class Leaving:
    """Waits for clients to close: closing first would tear down an answer that they have not read.

    poller: a selector, whose events call what is registered with it; drop: a function that closes a connection.
    """

    def __init__(self, poller, drop):
        self._poller = poller
        self._drop = drop
        self._since = {}  # the oldest first

    def linger(self, connection):
        """Say that nothing more will come, and wait."""
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_WR)
        if len(self._since) == MOST:
            self._let_go(next(iter(self._since)))
        self._since[connection] = perf_counter()
        connection.sock.setblocking(False)
        self._poller.register(connection.sock, 1, partial(self._throw_away, connection))

    def close_late(self, now):
        """Close where a client took longer than FAREWELL."""
        for connection in [*takewhile(lambda one: now - self._since[one] > FAREWELL, self._since)]:
            self._let_go(connection)

    def _throw_away(self, connection, _):
        if connection not in self._since:  # an event before this one, in the same batch, let it go
            return
        try:
            data = connection.sock.recv(PIECE)
        except OSError:
            data = b""
        connection.drained += len(data)
        if not data or connection.drained > DRAINED:
            self._let_go(connection)

    def _let_go(self, connection):
        del self._since[connection]
        self._poller.unregister(connection.sock)
        self._drop(connection)
