"""gunicorn's threaded worker, with a queue that can be seen, is short, and says no in time.

Why not gunicorn's own? Its `gthread` queues a connection as soon as it is accepted, and its clock starts when a thread
begins. So nobody sees how long requests wait; the queue grows to a thousand, and under twice the load that the service
can bear nearly everything it answers is answered to clients who have gone. A thread that waits for a slow client is
lost to all others, and so is the main loop, which waits for clients to close.

Here the main loop reads what arrives, waiting for nobody, and puts whole requests into a queue. Threads take them out
and never wait for a client. Whoever is too slow is sent away, and so is whoever waited too long.
"""

import errno
import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import takewhile
from queue import SimpleQueue
from threading import Lock, Thread
from time import perf_counter

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.wsgi import create
from gunicorn.workers.gthread import ThreadWorker

from service.arrival import Arrival
from service.documents import MAX_BODY
from service.leaving import PIECE, Leaving
from service.problems import MALFORMED_HTTP, refusal, said
from service.traffic import PROBE

FULL = 0.2  # s: while the first in the queue has waited longer, nobody joins it
TOO_LATE = 0.4  # s: who waited longer is sent away, because most clients have given up or asked again soon after
ARRIVAL = 5  # s for a whole request, from its acceptance
SLOW_BYTES = 2**24  # of all requests that are not whole, in one worker
SLOW_CLIENTS = 400  # connections whose request one worker waits for
AT_ONCE = 256  # clients who are let in before the loop looks at everything else again
TURN = 0.0001  # s that a thread may compute while the loop waits for the interpreter, which it does at each client


class QueueWorker(ThreadWorker):
    """Worker of an application that has the extension "traffic"."""

    def init_process(self):
        self.waiting = deque()  # whole requests, the oldest first
        self.tickets = SimpleQueue()  # one for each of them: a thread waits here, and then takes the oldest
        self.arriving = {}  # connections whose request is not whole, the oldest first, with the bytes that came
        self.counting = Lock()
        self.slow_bytes = self.told = 0
        self.began = perf_counter()  # when a thread last took a request
        sys.setswitchinterval(TURN)
        super().init_process()

    def load_wsgi(self):
        super().load_wsgi()
        self.traffic = self.wsgi.extensions["traffic"]
        self.leaving = Leaving(self.poller, self.drop)
        self.names = {listener: listener.getsockname() for listener in self.sockets}
        wait = struct.pack("ll", ARRIVAL, 0)
        for listener in self.sockets:  # connections inherit it: no thread waits for a client; an answer fits the buffer
            for option, value in ((socket.SO_SNDTIMEO, wait), (socket.SO_SNDBUF, 2**18)):
                listener.sock.setsockopt(socket.SOL_SOCKET, option, value)
        for number in range(self.cfg.threads):
            Thread(target=self.work, name=f"answer-{number}", daemon=True).start()

    def full(self):
        with suppress(IndexError):  # nobody waits
            return perf_counter() - self.waiting[0].whole_since > FULL

    def accept(self, listener):
        """Let in all who stand at the door; where the queue is full they hear no at once.

        One at a time would starve the threads: a busy interpreter comes back to this loop late. Left in the listen queue,
        where nobody sees how long they wait, they would fill it, and TCP would try again after 1, 3 and 7 s: then most of
        those who are served have waited for seconds.
        """
        for _ in range(AT_ONCE):
            if not (connection := self.admit(listener)):
                break
            self.read(connection)

    def admit(self, listener):
        try:
            sock, client = listener.sock.accept()
        except OSError as error:  # another worker was faster, or the client has gone
            if error.errno == errno.EMFILE and self.arriving:
                self.make_room()
            return None
        sock.setblocking(False)
        with self.counting:
            self.nr_conns += 1
        return Arrival(sock, client, self.names[listener], perf_counter(), MAX_BODY)

    def read_on(self, connection, _):
        """The poller says that more has come; an event before this one, in the same batch, may have given it up."""
        if connection in self.arriving:
            self.read(connection)

    def read(self, connection):
        """Take what has arrived."""
        try:
            data = connection.sock.recv(PIECE)
        except BlockingIOError:
            return self.await_more(connection)
        except OSError:  # the client has torn the connection down
            self.forget(connection)
            return self.drop(connection)
        status = connection.add(data)
        if status is None:
            return self.await_more(connection)
        if not status and self.full():
            status = 503
        if status or not connection.data:
            return self.give_up(connection, status)
        self.forget(connection)
        connection.whole_since = perf_counter()
        self.waiting.append(connection)
        self.tickets.put(None)

    def await_more(self, connection):
        """Leave a connection to the poller; the oldest goes where too many are waited for."""
        if connection not in self.arriving:
            if len(self.arriving) == SLOW_CLIENTS:
                self.make_room()
            self.arriving[connection] = 0
            self.poller.register(connection.sock, 1, partial(self.read_on, connection))
        self.slow_bytes += len(connection.data) - self.arriving[connection]
        self.arriving[connection] = len(connection.data)
        if connection.expects:
            connection.expects = False
            with suppress(OSError):  # it has gone: the poller will say so
                connection.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.slow_bytes > SLOW_BYTES:
            self.give_up(connection, 503)

    def forget(self, connection):
        """Take a connection out of those whose request is waited for."""
        if connection in self.arriving:
            self.slow_bytes -= self.arriving.pop(connection)
            self.poller.unregister(connection.sock)

    def make_room(self):
        self.give_up(next(iter(self.arriving)), 408)

    def give_up(self, connection, status):
        self.forget(connection)
        if connection.data:
            return self.refuse(connection, status)
        self.drop(connection)  # a browser that connects in advance, or a port scanner

    def murder_pending(self):
        """Send away whom the loop has waited for long enough; gunicorn calls this after every event."""
        now = perf_counter()
        self.traffic.waits("arriving", len(self.arriving))
        self.show_queue()
        self.board.note(self.slot, self.began if self.waiting else now)
        for connection in [*takewhile(lambda one: now - one.accepted > ARRIVAL, self.arriving)]:
            self.give_up(connection, 408)
        self.leaving.close_late(now)

    def show_queue(self):
        with self.counting:
            self.traffic.waits("accepted", len(self.waiting))

    def drop(self, connection):
        connection.sock.close()
        with self.counting:
            self.nr_conns -= 1

    def refuse(self, connection, status, reason=None, detail=None):
        """Answer with a problem document, without asking the application."""
        said_no = refusal(status, reason, detail)
        line, seconds = connection.line(), perf_counter() - connection.accepted
        self.traffic.refused(*line, connection.has(PROBE), said_no, seconds)  # first: what is answered was counted
        sent = said_no.to(line[0])
        with suppress(OSError):
            connection.sock.send(sent)
        many = status == 503  # at once, and one line a second says it
        if not many or perf_counter() - self.told > 1:
            self.told = perf_counter() if many else self.told
            self.log.answered(connection.client[0], *line, status, seconds, len(sent))
        self.part(connection)

    def part(self, connection):
        """Close; where that could tear down the answer, wait until the client has heard it."""
        if connection.answer <= PIECE and connection.has_said_all():
            self.drop(connection)
        else:
            self.method_queue.defer(self.leaving.linger, connection)

    # What follows happens in threads.

    def work(self):
        while True:
            self.tickets.get()
            connection = self.waiting.popleft()
            if not self.waiting:
                self.show_queue()
            self.began = perf_counter()
            waited = self.began - connection.whole_since
            if waited > TOO_LATE:
                self.refuse(connection, 503)
            else:
                self.traffic.waited(waited)
                self.handle(connection)
            if not self.alive:
                self.method_queue.defer(self.show_queue)  # let the loop see whether this was the last

    def handle(self, connection):
        connection.sock.setblocking(True)
        try:
            self.answer(connection, connection.request(self.cfg))
        except ParseException as error:
            status = {LimitRequestLine: 414, LimitRequestHeaders: 431}.get(type(error), 400)
            return self.refuse(connection, status, MALFORMED_HTTP, f"This is not HTTP as it should be: {said(error)}.")
        except OSError as gone:
            self.log.debug("A client has gone: %r", gone)
        except Exception:
            self.log.exception("Error handling request")
            return self.refuse(connection, 500)
        self.part(connection)

    def answer(self, connection, request):
        response, environ = create(request, connection.sock, connection.client, connection.server, self.cfg)
        environ |= {"wsgi.multithread": True, "service.accepted": connection.accepted}
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"  # of an address such as http://wine-model
        response.force_close()
        parts = self.wsgi(environ, response.start_response)
        try:
            for part in parts:
                response.write(part)
            response.close()
        finally:
            parts.close()
            connection.answer = response.sent
            self.log.access(response, request, environ, timedelta(seconds=perf_counter() - connection.accepted))
