"""A figure that is drawn anew while time goes on."""

import re
import time
from collections.abc import Callable

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from promql import figures, times
from promql.errors import InvalidTime, PrometheusError

PACE = re.compile(r"\s*(?P<every>\S+)(?:\s+for\s+(?P<total>\S+))?\s*")


def pace(text: str) -> tuple[float, float]:
    """The seconds of "5s" between two figures, and for how long, as in "5s for 10m"; else without end.
    Raises InvalidTime."""
    if not (found := PACE.fullmatch(text)):
        raise InvalidTime(f'{text!r} is no pace. Write 5s, or "5s for 10m".')
    every = times.positive(found["every"], "time between two figures") / 1000
    return every, times.duration(found["total"]) / 1000 if found["total"] else float("inf")


def redraw(every: float, total: float, draw: Callable[[], Figure | None]) -> None:
    """Show the figure that `draw` makes, and one more each `every` seconds in its place, for `total` seconds or until
    the cell is interrupted; the cell keeps the last one. A server that does not answer for a while is waited for."""
    handle, deadline = None, time.monotonic() + total
    try:
        while True:
            began = time.monotonic()
            try:
                with figures.whole():
                    if figure := draw():
                        if handle:
                            handle.update(figure)
                        else:
                            handle = display(figure, display_id=True)
                        plt.close(figure)
            except PrometheusError as error:
                if not error.waiting_helps:
                    raise
            if began + every >= deadline:
                return
            time.sleep(max(0, began + every - time.monotonic()))
    except KeyboardInterrupt:
        print("Stopped.")
