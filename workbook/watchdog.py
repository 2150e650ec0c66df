"""Run a command until it ends, or until whoever started it is gone: `start` runs `watchdog.py SCRATCH COMMAND...`.

The starter holds the other end of standard input. When it closes that end, or dies of any signal, end of file arrives
here. The command then gets SIGTERM, and after GRACE seconds its whole process group SIGKILL; the directory SCRATCH
goes.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

GRACE = 10  # seconds
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # as a script, it cannot import the workbook's


def start(command, log, scratch=None, variables={}):
    """Start `command` under a watchdog, in the repository's root; return the watchdog's Popen, which `end` takes.

    What it writes is added to the file `log`; `variables` join its environment. The directory `scratch` goes when it
    ends. Jupyter's interrupt, which goes to the kernel's whole process group, reaches neither of them.
    """
    scratch = scratch or tempfile.mkdtemp(prefix="wine-model-")
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    watched = map(str, [sys.executable, __file__, scratch, *command])
    with open(log, "a") as output:
        pipes = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
        return subprocess.Popen([*watched], cwd=ROOT, env=environment, start_new_session=True, **pipes)


def end(process):
    """End what `start` started; return when all of it is gone. Raises subprocess.TimeoutExpired after 3 * GRACE s."""
    process.stdin.close()
    process.wait(3 * GRACE)


def end_with_starter(child):
    while os.read(sys.stdin.fileno(), 1):
        pass
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    kill_group(child)


def kill_group(child, by=signal.SIGKILL):
    """Send the process group of `child` a signal."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
        os.killpg(child.pid, by)


def main(scratch, *command):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    threading.Thread(target=end_with_starter, args=[child], daemon=True).start()
    status = child.wait()
    kill_group(child)  # workers that outlived their master
    shutil.rmtree(scratch, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
