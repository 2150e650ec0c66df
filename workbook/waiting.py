"""Waiting: ask again until the answer is yes, or a deadline passes."""

import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pandas as pd

from workbook.machine import WorkbookError


class TimedOut(WorkbookError, TimeoutError):
    """A deadline passed; the text holds what was seen last."""


def eventually(check, within=60, what="the check", quiet=False, every=0.5):
    """Call `check` until it returns something true, and return that; print how long it took.

    A DataFrame counts as true when it has rows. An error that waiting may mend counts as "not yet"; a mistake in
    the check, such as a query that Prometheus refuses, is raised at once. Raises TimedOut with the last
    answer, or the last error, after `within` seconds. `quiet` prints nothing; `every` is the pause in seconds.
    The line that shows while it waits ends with the first words of the error, if there is one.
    """
    start, shown = time.monotonic(), 0
    tell = (lambda *words, **how: None) if quiet else print
    while True:
        try:
            with warnings.catch_warnings(action="ignore"):  # that an answer is empty, for example
                state = check()
            done = not state.empty if isinstance(state, pd.DataFrame) else bool(state)
        except Exception as error:
            if not waiting_helps(error):
                raise
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            done, state = False, f"{kind}{error}"
        waited = time.monotonic() - start
        if done or waited > within:
            tell("\r" + " " * shown + "\r" if shown else "", f"[{what}, {waited:.0f} s]", sep="")
        if done:
            return state
        if waited > within:
            raise TimedOut(f"Gave up after {within} s of waiting for {what}. The last answer was: {state}")
        why = f": {state.splitlines()[0][:90]}" if isinstance(state, str) and state else ""
        line = f"{waited:3.0f} s  waiting for {what}{why}"
        tell("\r" + line.ljust(shown), end="", flush=True)
        shown = max(shown, len(line))
        time.sleep(every)


def with_progress(what, step, *arguments):
    """Call `step` and return what it returns; after two seconds a line says `what` is being done, and how long."""
    start, shown = time.monotonic(), 0
    pool = ThreadPoolExecutor(1)
    future = pool.submit(step, *arguments)
    pool.shutdown(wait=False)
    while True:
        try:
            result = future.result(timeout=1)
        except NotYet:
            if future.done():  # the step's own TimeoutError
                raise
            if (waited := time.monotonic() - start) > 2:
                print(f"\r{waited:3.0f} s  {what}", end="", flush=True)
                shown = len(what) + 9
        else:
            return result
        finally:
            if shown and future.done():
                print("\r" + " " * shown + "\r", end="", flush=True)


def waiting_helps(error):
    """Whether waiting may mend an error: its own property where it has one, else what Python's classes say.

    A system that is not ready yet refuses connections (OSError), lacks series (LookupError) and fails assertions.
    """
    return getattr(error, "waiting_helps", isinstance(error, (AssertionError, LookupError, OSError)))
