"""A connection from its acceptance to the moment when its request is whole, without a thread that waits for it."""

import re
import socket

from gunicorn.http import get_parser
from gunicorn.http.errors import ParseException

MAX_HEAD = 2**16  # bytes; gunicorn's own limits of lines and fields are below it
PARSED_AT_ONCE = 2**13  # bytes; the parser copies what it holds of a piece for each chunk in it
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d{1,15})[ \t]*(?=\r\n)")
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n")
HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
METHOD = re.compile(rb"[A-Z]|\r?\Z")  # the first byte of one, or nothing yet


class EndedEarly(ParseException):
    """The parser wants more than the client has sent."""

    def __str__(self):
        return "the request ended before all of it had come"


class NoHost(ParseException):
    """HTTP/1.1 wants the name of the host (RFC 9112, 3.2), and gunicorn does not look."""

    def __str__(self):
        return "the request does not name a host"


class Arrival:
    """What has arrived on a connection; `client` and `server` are the addresses of its ends, the times perf_counter's.

    How far a request reaches is read here as roughly as waiting needs it. What the request says is gunicorn's parser's
    to read. It gets what has arrived and nothing else, so no thread waits for a client, even where the two differ.
    """

    def __init__(self, sock, client, server, accepted, max_body):
        self.sock = sock
        self.client = client
        self.server = server
        self.accepted = self.whole_since = accepted
        self.max_body = max_body
        self.data = b""
        self.ended = False  # the client has said that it will send no more
        self.expects = False  # whether it waits for a word before it sends the body
        self.answer = 0  # bytes in the body of the answer
        self.drained = 0  # bytes thrown away since the answer
        self._body = None  # where the body begins
        self._end = None  # where it ends; while that is unknown, where the next chunk begins
        self._chunked = self._whole = False
        self._size = 0  # bytes in the chunks so far

    def add(self, data):
        """Take what has come, b"" at the end of it.

        Returns None as long as more must be waited for, 0 when the request is whole (or so wrong that the parser will
        say it), and 413 or 431 where it is larger than it may be.
        """
        self.data += data
        self.ended = not data
        if self._body is None and not self._read_head():
            return 431 if len(self.data) > MAX_HEAD else 0 if self.ended or self._hopeless() else None
        missing = self._missing()
        if self._size > self.max_body or len(self.data) - self._body > 2 * self.max_body:
            return 413
        return None if missing and not self.ended else 0

    def has_said_all(self):
        """Whether the request was read to its last byte, and nothing has come behind it so far."""
        if not self._whole or self._end != len(self.data):
            return False
        try:
            return not self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:  # there is nothing to read
            return True

    def line(self):
        """Method and path of the request, as much of them as came, as text."""
        words = self.data[:200].split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return words[0], words[1].partition("?")[0] if len(words) > 1 else ""

    def has(self, header):
        """Whether the head has a header of this name."""
        return f"\r\n{header}:".lower().encode() in self.data[: self._body].lower()

    def request(self, configuration):
        """What has arrived, as gunicorn's parser reads it; raises ParseException, EndedEarly where it wants more."""
        found = next(get_parser(configuration, self._pieces(), self.client))
        hosts = [value for name, value in found.headers if name == "HOST"]
        if (found.version >= (1, 1) and not hosts) or not all(HOST.fullmatch(one) for one in hosts):
            raise NoHost
        return found

    def _pieces(self):
        for start in range(0, len(self.data), PARSED_AT_ONCE):
            yield self.data[start : start + PARSED_AT_ONCE]
        raise EndedEarly

    def _read_head(self):
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._body = self._end = end + 4
        head = self.data[: end + 2].lower()
        self._chunked = bool(CHUNKED.search(head))
        self.expects = bool(EXPECTS.search(head)) and b" http/1.0\r\n" not in head
        lengths = LENGTH.findall(head)
        if self._chunked + len(lengths) > 1:  # which one holds? The parser will refuse it, and nothing need be awaited
            self._chunked = False
        elif lengths:
            self._size = int(lengths[0])
            self._end += self._size
        return True

    def _hopeless(self):
        """Whether no more bytes can make a request of it: no method, no version, or a line that ends with LF alone."""
        line, complete, _ = self.data.removeprefix(b"\r\n").partition(b"\r\n")
        if not METHOD.match(line) or (complete and b" HTTP/" not in line):
            return True
        return self.data.count(b"\n") != self.data.count(b"\r\n")

    def _missing(self):
        if self._chunked:
            return self._chunks_missing()
        self._whole = self._end <= len(self.data)
        return not self._whole

    def _chunks_missing(self):
        """Walk over the chunks that are whole; a size that is none, or ends with LF, is left to the parser."""
        while (line_end := self.data.find(b"\r\n", self._end)) >= 0:
            try:
                size = int(self.data[self._end : line_end].partition(b";")[0], 16)
            except ValueError:
                return False
            if size <= 0:
                end = self.data.find(b"\r\n\r\n", line_end)
                self._whole, self._end = end >= 0, end + 4 if end >= 0 else self._end
                return not self._whole
            if line_end + size + 4 > len(self.data):
                self._size += size if self._size + size > self.max_body else 0
                return True
            self._end = line_end + size + 4
            self._size += size
        return self.data.find(b"\n", self._end) < 0
