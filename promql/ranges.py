"""Range queries: their grid of points in time, and those of more points than a server gives at once."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from promql import dataframes, stats, times
from promql.decoding import Matrix, decode
from promql.errors import TooManyPoints
from promql.syntax import masked
from promql.times import Duration, Time

LIMIT = 11_000  # steps of one range query, fixed in Prometheus
PIECES = 1000  # requests for one query at most: 11 million points, 88 MB of each series
WHOLE_RANGE = re.compile(r"\b(start|end|range)\s*\(\s*\)")  # what PromQL computes from the ends of the request


def grid(start: Time, end: Time, step: Duration | None) -> tuple[np.ndarray, int]:
    """The points in time of a range query, and its step, in ms. Raises InvalidTime and TooManyPoints."""
    first, last = times.span(start, end)
    width = times.nice_step(first, last) if step is None else times.positive(step, "step")
    if (count := (last - first) // width) > LIMIT * PIECES:
        raise TooManyPoints(
            f"{times.pretty(first)} to {times.pretty(last)} by {width / 1000:g}s makes {count:,} points of each "
            f"series, and {LIMIT * PIECES:,} are the most. "
            f"A step of {-(-(last - first) // LIMIT // 1000)}s needs one request."
        )
    return np.arange(first, last + 1, width), width


def frame(expr: str, points: np.ndarray, step: int, ask: Callable[..., Matrix], told: list[str]) -> pd.DataFrame:
    """The frame of a query over a grid; what is to be said of it goes into `told`.

    `ask(expr, start=, end=, step=)` asks the server. More than 11,000 steps are asked in pieces, with progress; each
    point is computed alone, so the pieces are what one answer would have been. They are of like length: VictoriaMetrics
    rounds the times of 50 points or more, and no others.
    """
    pieces = np.array_split(points, -(-len(points) // (LIMIT + 1)))
    expr = pinned(expr, points) if len(pieces) > 1 else expr
    found, accounts = [], []
    for place, part in enumerate(pieces):
        answer = ask(expr, start=times.seconds(part[0]), end=times.seconds(part[-1]), step=times.seconds(step))
        found.append(dataframes.range_table(answer, part, step))
        accounts += [decode(answer.stats)] if b'"samples"' in bytes(answer.stats) else []  # others have another form
        if len(pieces) > 1:
            print(f"\rAsked {place + 1} of {len(pieces)} pieces of {len(pieces[0]):,} points.", end="", flush=True)
    print(end="\n" if len(pieces) > 1 else "")
    shift = max(int(part[0] - at[0]) for part, (_, _, at) in zip(pieces, found, strict=True))
    if shift:
        told.append(f"The server rounded all times down to multiples of the step, by {times.written(shift)}.")
    made = dataframes.range_frame(*dataframes.joined([(metrics, table) for metrics, table, _ in found]), points - shift)
    if accounts:
        made.attrs["stats"] = stats.added(accounts)
    return made


def pinned(expr: str, points: np.ndarray) -> str:
    """The query with its whole range written out, for pieces of it would have other ends."""
    ends = {"start": points[0], "end": points[-1], "range": points[-1] - points[0]}
    found = [(one.span(), times.seconds(ends[one[1]])) for one in WHOLE_RANGE.finditer(masked(expr))]
    for (begin, end), text in reversed(found):
        expr = expr[:begin] + text + expr[end:]
    return expr
