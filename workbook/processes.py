"""Programs in the background: on free ports, under a watchdog, and gone with whoever started them."""

import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import tempfile

import psutil
import requests

from workbook import watchdog
from workbook.machine import ROOT, WorkbookError
from workbook.waiting import TimedOut, eventually

OPTIONS = "GUNICORN_CMD_ARGS|LOCUST_|GF_|WINE_"  # a shell's variables that would join, or win over, those given here


class Failed(WorkbookError):
    """A process ended too early, or was not ready in time; the text has the end of its log."""

    waiting_helps = False


def free_ports(count):
    """So many ports of 127.0.0.1 that nobody listens on, below those that the system hands out by itself meanwhile."""
    found = []
    with contextlib.ExitStack() as sockets:
        for port in random.sample(range(15_000, 30_000), 1000):
            with contextlib.suppress(OSError):
                sockets.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
            if len(found) == count:
                return found
    raise WorkbookError("This machine has no free port from 15000 to 30000. Which program holds them all?")


class Process:
    """`command` in the repository's root, under a watchdog: it ends with `end`, or with this Python, however that ends.

    What it writes is added to the file `log`; `variables` join its environment. The directory `scratch`, by default a
    new one, goes when it ends. Jupyter's interrupt, which goes to the kernel's whole process group, does not reach it.
    """

    def __init__(self, name, command, log, variables=None, scratch=None):
        self.name, self.log = name, log
        self.scratch = scratch or tempfile.mkdtemp(prefix="wine-model-")
        inherited = {name: value for name, value in os.environ.items() if not re.match(OPTIONS, name)}
        environment = inherited | {name: str(value) for name, value in (variables or {}).items()}
        watched = [sys.executable, "-I", watchdog.__file__, self.scratch, *command]
        with open(log, "a") as output:
            self._written_before = output.tell()
            pipes = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
            self._watchdog = subprocess.Popen(
                [*map(str, watched)], cwd=ROOT, env=environment, start_new_session=True, **pipes
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def program(self):
        """The command itself, a psutil.Process."""
        return psutil.Process(self._watchdog.pid).children()[0]

    @property
    def status(self):
        """The exit status, None while it runs."""
        return self._watchdog.poll()

    def wait(self, seconds):
        """Wait for its end, at most so long; return the status, None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._watchdog.wait(seconds)

    def end(self):
        """End it; return when all of it is gone. Raises subprocess.TimeoutExpired after 3 * watchdog.GRACE s."""
        self._watchdog.stdin.close()
        self._watchdog.wait(3 * watchdog.GRACE)

    def until(self, check, within=60):
        """Wait until `check` is true, and return what it returned. Raises Failed if the process ends before, or late."""

        def alive_and_ready():
            if self.status is not None:
                raise self.failure(f"ended with status {self.status}")
            return check()

        try:
            return eventually(alive_and_ready, within, self.name, quiet=True, every=0.1)
        except TimedOut as error:
            raise self.failure(f"was not ready after {within} s ({error})") from None

    def until_answers(self, url, text="", within=60):
        """Wait until `url` answers with status 200 and `text` within."""

        def answers():
            answer = requests.get(url, timeout=5)
            return answer.status_code == 200 and text in answer.text

        self.until(answers, within)

    def until_says(self, text, within=60):
        """Wait until it has written `text`."""

        def said():
            with open(self.log, errors="replace") as log:
                log.seek(self._written_before)
                return text in log.read()

        self.until(said, within)

    def failure(self, what):
        """What happened to it, with the end of its log, as an error."""
        with open(self.log, errors="replace") as log:
            tail = "".join(log.readlines()[-15:])
        name = os.path.relpath(self.log, ROOT) if str(self.log).startswith(str(ROOT)) else self.log
        return Failed(f"The process {self.name} {what}. The end of its log, {name}:\n{tail}")
