"""Strict bash for notebooks: `%%on kind` runs a cell on the targets that it names, and stops at the first failure."""

import codecs
import contextlib
import os
import re
import selectors
import signal
import subprocess
import time

from IPython.utils.text import LSString, SList

from workbook import machine, targets, watchdog
from workbook.machine import ROOT, WorkbookError
from workbook.remedies import to_try

# Bash reports on standard error which line of the cell failed, in the cell's own text ("environment": in a function).
STRICT = (
    "set -Eeuo pipefail; shopt -s inherit_errexit 2>/dev/null || :; "
    r"""trap '[[ ${BASH_SOURCE:-environment} != environment ]] || printf "\n@line %s\n" $LINENO >&2' ERR; """
)
REPORT = re.compile(r"@line (\d+)")
DRAINED = 2  # seconds after which whatever still holds the pipes of a cell that has ended is another program
BACKGROUND = (
    "A cell waits for its programs and ends with them, so none can go on in the background. Run it without & in a "
    "terminal (in JupyterLab: File, New, Terminal), and leave that open."
)


class CommandFailed(WorkbookError):
    """A line of a shell cell failed; the text names the line, what it wrote last, and what to try."""


def run(script, show=True):
    """Run strict bash in the repository's root; return its standard output, which streams to the reader with `show`.

    Standard error shows as a line of progress. Raises CommandFailed if a command, or any part of a pipe, fails, or if
    something would go on in the background.
    """
    if script.rstrip().endswith("&"):
        raise CommandFailed(BACKGROUND)
    machine.STATE.mkdir(exist_ok=True)
    with subprocess.Popen(
        ["bash", "-c", STRICT + script],
        cwd=ROOT,
        env=os.environ | targets.current().variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            text, errors, left = _stream(process, show)
            status = process.wait()
        except BaseException:
            _interrupt(process)
            raise
        if left:
            watchdog.kill_group(process)
    if status:
        raise CommandFailed(_explain(script, status, errors))
    if left:
        raise CommandFailed(f"This cell left a program in the background, which was ended. {BACKGROUND}")
    return text


def _interrupt(process):
    """End the program of an interrupted cell as Ctrl-C does, and what is left of it, after at most GRACE seconds."""
    try:
        watchdog.kill_group(process, by=signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(watchdog.GRACE)
    finally:  # an impatient reader interrupts twice
        watchdog.kill_group(process)
        process.wait()


def _stream(process, show):
    """Print standard output as it comes; between its lines, show the time and the last line of standard error.

    Returns both, and whether a program that outlived the script still holds them.
    """
    start, shown, ended = time.monotonic(), 0, None
    text, errors = "", ""
    decoders = {pipe: codecs.getincrementaldecoder("utf-8")("replace") for pipe in (process.stdout, process.stderr)}
    with selectors.DefaultSelector() as selector:
        for pipe in decoders:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and not (ended and time.monotonic() - ended > DRAINED):
            ended = ended or (time.monotonic() if process.poll() is not None else None)
            for key, _ in selector.select(timeout=1):
                data = os.read(key.fd, 65536)
                piece = decoders[key.fileobj].decode(data)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    errors += piece
                else:
                    text += piece
                    if show:
                        print("\r" + " " * shown + "\r" if shown else "", piece, sep="", end="", flush=True)
                        shown = 0
            if time.monotonic() - start > 2 and (not text or text.endswith("\n")):
                last = "".join(_parts(errors[-1000:])[0][-1:]).strip()[:90]
                line = f"{time.monotonic() - start:.0f} s  {last}"
                print("\r" + line.ljust(shown), end="", flush=True)
                shown = max(shown, len(line))
        left = bool(selector.get_map())
    print("\r" + " " * shown + "\r" if shown else "", end="", flush=True)
    return text, errors, left


def _parts(errors):
    """Standard error as the lines that programs wrote, and the numbers of the lines that bash reported."""
    lines = [line for line in re.split("[\r\n]", errors) if line.strip()]
    reports = [REPORT.fullmatch(line) for line in lines]
    said = [line for line, report in zip(lines, reports) if not report]
    return said, [int(report[1]) for report in reports if report]


def _explain(script, status, errors):
    """What failed, the last of what it wrote, and what to try."""
    said, numbers = _parts(errors)
    where = _command(script, numbers[0]) if numbers else "this cell"
    parts = [f"Failed with status {status}: {where}", *said[-12:], to_try("\n".join(said))]
    return "\n".join(part for part in parts if part)


def _command(script, number):
    """The command on a line of the script, numbered from 1, with the lines that continue it."""
    lines = script.split("\n")
    if not 0 < number <= len(lines):
        return "this cell"
    first = last = number - 1
    while first > 0 and lines[first - 1].endswith("\\"):
        first -= 1
    while last + 1 < len(lines) and lines[last].endswith("\\"):
        last += 1
    return " ".join(line.rstrip("\\").strip() for line in lines[first : last + 1]).strip()


def on(line, cell):
    """`%%on kind gke`: run the cell in strict bash if the chosen target is named; `all` names every target."""
    here, names = targets.current(), line.split()
    if not here.is_among(names):
        print(f"This cell is for {' and '.join(names)}; the target is {here.name}.")
        return
    start = time.monotonic()
    run(cell)
    print(f"[{here.name}, {time.monotonic() - start:.0f} s]")


def load_ipython_extension(ipython):
    """Register `%%on` and `%%bash`, and let a failing `!command` fail its cell, which IPython's own passes over."""

    def system(command):
        run(ipython.var_expand(command, depth=1))

    def getoutput(command, split=True, depth=0):
        text = run(ipython.var_expand(command, depth=depth + 1), show=False)
        return SList(text.splitlines()) if split else LSString(text)

    def bash(line, cell):
        run(cell)

    ipython.system = system
    ipython.getoutput = getoutput  # `lines = !command` and `%sx command`, whose lines are those of standard output
    ipython.register_magic_function(bash, "cell", "bash")  # IPython's own reports its last line alone
    ipython.register_magic_function(on, "cell", "on")
