"""The answers of several queries, or of one query now and in the past, as one frame."""

import re
import textwrap
import warnings
from collections.abc import Callable

import pandas as pd

from promql import dataframes, times
from promql.errors import PrometheusWarning
from promql.times import Duration, Time

QUERY, OFFSET = "query", "offset"  # the labels that tell them apart


def titled(query: str) -> str:
    """What a query is called: the comment in its first line, else itself."""
    comment = re.match(r"#\s*(\S.*)", query)
    return comment[1].strip() if comment else " ".join(query.split())


def several(queries: list[str], ask: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What `ask(query)` gives for each; where there are several, their series have the label `query`, its title."""
    if len(queries) == 1:
        return ask(queries[0])
    return together(
        [with_label(ask(one), QUERY, textwrap.shorten(titled(one), 60, placeholder=" ...")) for one in queries]
    )


def compared(
    ask: Callable[[float, float, float], pd.DataFrame],
    ago: Duration,
    start: Time = "15m",
    end: Time = "now",
    step: Duration | None = None,
) -> pd.DataFrame:
    """A wide frame of `ask(start, end, step)`, in Unix seconds, and of what it was `ago`, drawn forward to the same
    points in time: those series have the label `offset`, such as "1w ago"."""
    (first, last), shift = times.span(start, end), times.duration(ago)
    width = (times.nice_step(first, last) if step is None else times.duration(step)) / 1000
    now = ask(first / 1000, last / 1000, width)
    with warnings.catch_warnings(action="ignore", category=PrometheusWarning):  # what is said of now is enough
        past = ask((first - shift) / 1000, (last - shift) / 1000, width)
    if past.empty:
        warnings.warn(f"There was no data {times.written(shift)} earlier.", PrometheusWarning, stacklevel=2)
        return now
    past.index += pd.Timedelta(shift, "ms")
    return together([now, with_label(past, OFFSET, f"{times.written(shift)} ago")])


def with_label(frame: pd.DataFrame, label: str, text: str) -> pd.DataFrame:
    """A frame whose series have one more label, in place of one of that name."""
    if dataframes.is_range(frame):
        return frame.set_axis(
            dataframes.columns([{**one, label: text} for one in dataframes.label_sets(frame)]), axis=1
        )
    own = frame[list(frame.columns[-dataframes.own_columns(frame) :])]
    sets = [{**one, label: text} for one in dataframes.label_sets(frame)]
    return dataframes.tidy(sets, **dict(zip(["timestamp", "value"][-own.shape[1] :], (own[name] for name in own))))


def together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The series of several frames of one form."""
    if dataframes.is_range(parts[0]):
        sets = [one for part in parts for one in dataframes.label_sets(part)]
        bare = pd.concat([part.set_axis(range(part.shape[1]), axis=1) for part in parts], axis=1)
        return bare.set_axis(dataframes.columns(sets), axis=1).rename_axis(index="time")
    sets = [one for part in parts for one in dataframes.label_sets(part)]
    own = ["timestamp", "value"] if all(map(dataframes.is_raw, parts)) else ["value"]
    ends = [pd.concat([part.iloc[:, place] for part in parts], ignore_index=True) for place in range(-len(own), 0)]
    return dataframes.tidy(sets, **dict(zip(own, ends, strict=True)))
