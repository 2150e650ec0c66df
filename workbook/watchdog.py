"""Run a command until it ends, or until whoever started it is gone: `watchdog.py SCRATCH COMMAND...`.

The starter (`processes.Process`) holds the other end of standard input. When it closes that end, or dies of any signal,
end of file arrives here. The command then gets SIGTERM, and after GRACE seconds its whole process group SIGKILL; the
directory SCRATCH goes.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading

GRACE = 10  # seconds


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
