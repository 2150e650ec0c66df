"""Strict bash for notebooks: `%%on kind` runs a cell on the targets that it names, and stops at the first failure."""

import codecs
import os
import selectors
import signal
import subprocess
import time

from workbook import target
from workbook.remedies import remedy
from workbook.target import ROOT, STATE, WorkbookError

# Bash reports the number of the line that failed on standard error, where `_explain` finds it.
STRICT = "set -Eeuo pipefail; shopt -s inherit_errexit 2>/dev/null || :; trap 'echo @line $LINENO >&2' ERR; "


class CommandFailed(WorkbookError):
    """A line of a shell cell failed; the text names the line, what it wrote last, and what to try."""


def run(script, **variables):
    """Run strict bash in the repository's root; return its standard output, which also streams to the reader.

    Standard error shows as a line of progress. `variables` (strings) join the environment.
    Raises CommandFailed if a command, or any part of a pipe, fails.
    """
    STATE.mkdir(exist_ok=True)
    process = subprocess.Popen(
        ["bash", "-c", STRICT + script],
        cwd=ROOT,
        env=os.environ | target.current().variables() | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        text, errors = _stream(process)
    except BaseException:  # an interrupted cell must not leave its program behind
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise
    if process.wait():
        raise CommandFailed(_explain(script, process.returncode, errors))
    return text


def _stream(process):
    """Print standard output as it comes; between its lines, show the time and the last line of standard error."""
    start, shown = time.monotonic(), 0
    text, errors = "", ""
    decoders = {pipe: codecs.getincrementaldecoder("utf-8")("replace") for pipe in (process.stdout, process.stderr)}
    with selectors.DefaultSelector() as selector:
        for pipe in decoders:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(timeout=1):
                data = os.read(key.fd, 65536)
                piece = decoders[key.fileobj].decode(data)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    errors += piece
                else:
                    print("\r" + " " * shown + "\r" if shown else "", piece, sep="", end="", flush=True)
                    text, shown = text + piece, 0
            if time.monotonic() - start > 2 and (not text or text.endswith("\n")):
                last = next(
                    (one.strip() for one in reversed(errors.splitlines()) if one.strip() and one[0] != "@"), ""
                )[:90]
                line = f"{time.monotonic() - start:.0f} s  {last}"
                print("\r" + line.ljust(shown), end="", flush=True)
                shown = max(shown, len(line))
    print("\r" + " " * shown + "\r" if shown else "", end="", flush=True)
    return text, errors


def _explain(script, status, errors):
    """What failed, the last of what it wrote, and what to try."""
    lines = [line for line in errors.replace("\r", "\n").splitlines() if line.strip()]
    numbers = [int(line.split()[1]) for line in lines if line.startswith("@line ")]
    lines = [line for line in lines if not line.startswith("@line ")]
    where = _command(script, numbers[0]) if numbers else "this cell"
    advice = remedy("\n".join(lines))
    parts = [f"Failed with status {status}: {where}", *lines[-12:], f"What to try: {advice}" if advice else ""]
    return "\n".join(part for part in parts if part)


def _command(script, number):
    """The command on a line of the script, numbered from 1, with the lines that continue it."""
    lines = script.splitlines()
    first = last = number - 1
    while first > 0 and lines[first - 1].endswith("\\"):
        first -= 1
    while lines[last].endswith("\\"):
        last += 1
    return " ".join(line.rstrip("\\").strip() for line in lines[first : last + 1])


def on(line, cell):
    """`%%on kind gke`: run the cell in strict bash if the chosen target is named; `all` names every target."""
    here = target.current().name
    if here not in line.split() and "all" not in line.split():
        print(f"This cell is for {' and '.join(line.split())}; the target is {here}.")
        return
    start = time.monotonic()
    run(cell)
    print(f"[{here}, {time.monotonic() - start:.0f} s]")


def load_ipython_extension(ipython):
    """Register the cell magic `%%on`."""
    ipython.register_magic_function(on, "cell", "on")
