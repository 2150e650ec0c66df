"""An alert before it is deployed: when it would have been pending and firing, replayed over the past.

https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

import re
from typing import TYPE_CHECKING

import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from promql import dataframes, figures, inventory, times
from promql.errors import InvalidTime
from promql.palette import ORANGE, VERMILION
from promql.times import Duration, Time

if TYPE_CHECKING:
    from promql.client import Prometheus

PENDING, FIRING = 1, 2  # 0 is neither
SHOWN = 20  # alerts that one figure can still show
TIMING = re.compile(r"\s*(for|keep_firing_for)\s*:?\s*(\S+)\s*")


class Replay:
    """What an alert would have done.

    `states` is a wide DataFrame: a row per evaluation (UTC), a column per alert, 0 while it is inactive, 1 pending, 2
    firing. `episodes` has a row for each time that an alert became pending: its labels, `pending` (since when),
    `firing` (since when, NaT if it never was), `end` (NaT if it goes on), and `lasted`, how long it fired.
    """

    def __init__(self, states: pd.DataFrame, step: int, hold: int, keep: int):
        self.states, self._step, self._hold, self._keep = states, step, hold, keep
        sets = dataframes.label_sets(states)
        names = dataframes.label_names(sets)
        called = dict(zip(names, inventory.untaken(names, "pending", "firing", "end", "lasted"), strict=True))
        rows = [
            {**{called[name]: text for name, text in labels.items()}, **one}
            for labels, column in zip(sets, states.to_numpy().T, strict=True)
            for one in _episodes(column, states.index)
        ]
        names = [*called.values()]
        found = pd.DataFrame(rows, columns=[*names, "pending", "firing", "end"]).fillna(dict.fromkeys(names, ""))
        for name in ("pending", "firing", "end"):
            found[name] = pd.to_datetime(found[name], utc=True)
        found["lasted"] = found["end"].fillna(self.end) - found["firing"]
        self.episodes = found.sort_values(["pending", *names], ignore_index=True)

    @property
    def end(self) -> pd.Timestamp:
        """When the last evaluation ceases to count: a step after it."""
        return self.states.index[-1] + pd.Timedelta(self._step, "ms")

    def __repr__(self):
        fired = self.episodes.dropna(subset="firing")
        kept = f", keep_firing_for: {times.written(self._keep)}" if self._keep else ""
        timing = f"with for: {times.written(self._hold)}{kept}"
        length = times.written((len(self.states) - 1) * self._step)
        span = f"{length}, evaluated every {times.written(self._step)}, {timing}"
        if self.episodes.empty:
            return f"It would never have been pending in {span}."
        if fired.empty:
            return f"It would have been pending {_count(len(self.episodes))} in {span}, and never fired."
        waits = (fired["firing"] - fired["pending"])[fired["firing"] > self.states.index[0]]  # seen from its beginning
        still = int(fired["end"].isna().sum())
        lines = [
            f"It would have fired {_count(len(fired))} in {span}:",
            f"{_told(fired['lasted'].sum())} in all, {_told(fired['lasted'].max())} at the longest.",
        ]
        if not waits.empty:
            lines.append(f"It became firing {_told(waits.median())} after it became pending (median).")
        lines += [f"At the end {still} would still be firing."] * bool(still)
        if short := len(self.episodes) - len(fired):
            lines.append(f"It would have been pending {_count(short)} more without firing.")
        return "\n".join(lines)

    def plot(self, title: str = "") -> plt.Axes:
        """A bar for each alert over time: pending in orange, firing in red. Returns the axes."""
        often = (self.states == FIRING).sum().to_numpy()
        shown = np.sort(np.argsort(-often, kind="stable")[:SHOWN])
        _, axes = plt.subplots(layout="constrained", figsize=(plt.rcParams["figure.figsize"][0], 1.9))
        stamps = matplotlib.dates.date2num(self.states.index)
        for state, color, name in ((PENDING, ORANGE, "pending"), (FIRING, VERMILION, "firing")):
            for row, place in enumerate(shown):
                begins, ends = _runs(self.states.iloc[:, place].to_numpy() == state)
                bars = [(stamps[a], stamps[b - 1] - stamps[a] + self._step / 86_400_000) for a, b in zip(begins, ends)]
                axes.broken_barh(bars, (row - 0.35, 0.7), color=color)
            axes.barh(0, 0, color=color, label=name)  # for the legend
        figures.time_axis(axes, self.states.index.append(pd.DatetimeIndex([self.end])))
        names = dataframes.legend(self.states)
        figures.named(axes, [names[place] if names[place] != "value" else "" for place in shown])
        axes.set_title(
            title or "When the alert would have been pending and firing", fontsize="medium", parse_math=False
        )
        more = f"{SHOWN} of {len(names)} alerts" if len(names) > SHOWN else None
        axes.figure.legend(title=more, loc="outside lower left", ncols=2, fontsize="small")
        return axes


def replay(
    prometheus: "Prometheus",
    expr: str,
    hold: Duration = 0,
    keep: Duration = 0,
    start: Time = "1d",
    end: Time = "now",
    step: Duration | None = None,
) -> Replay:
    """Evaluate an alert's expression at every `step` from `start` to `end`, as Prometheus would have.

    hold: the rule's `for`; keep: its `keep_firing_for`; step: the group's interval, the server's evaluation interval
    unless it is given. Times as in `Prometheus.query_range`. What is asked begins earlier by `hold` and `keep`, so that
    an alert that was active then is known. Raises QueryError, Unreachable, InvalidTime and TooManyPoints.
    """
    first, last = times.span(start, end)
    step = inventory.interval(prometheus, "evaluation_interval", "1m") if step is None else step
    every, held, kept = times.positive(step, "step"), times.duration(hold), times.duration(keep)
    early = -(-(held + kept) // every) * every
    frame = prometheus.query_range(expr, (first - early) / 1000, last / 1000, every / 1000)
    if frame.empty:
        grid = pd.to_datetime(np.arange(first, last + 1, every), unit="ms", utc=True).rename("time")
        return Replay(pd.DataFrame(index=grid), every, held, kept)
    stamps = frame.index.as_unit("ms").asi8
    active = ~dataframes.gaps(frame).T  # any sample is, NaN too
    table = np.array([states(one, stamps, held, kept) for one in active])
    seen = stamps >= first
    ever = table[:, seen].sum(axis=1) > 0  # an alert that was over before the range is none of it
    picked = [one for one, there in zip(dataframes.without_name(frame), ever, strict=True) if there]
    index = frame.index[seen]
    return Replay(dataframes.range_frame(picked, table[ever][:, seen], stamps[seen]).set_axis(index), every, held, kept)


def states(active: np.ndarray, stamps: np.ndarray, hold: int, keep: int) -> np.ndarray:
    """The state of one alert at each of its evaluations; `active` is whether the expression has it, times are in ms.

    As rules/alerting.go of Prometheus has it: it fires once it was active for `hold`, and goes on for `keep` after it
    was last active. https://github.com/prometheus/prometheus/blob/main/rules/alerting.go
    """
    found = np.zeros(len(active), int)
    state, since, gone = 0, 0, None
    for place, (now, at) in enumerate(zip(active, stamps.tolist(), strict=True)):
        if now:
            gone = None
            if not state:
                state, since = PENDING, at
        elif state == FIRING and keep:
            gone = at if gone is None else gone
            state = FIRING if at - gone < keep else 0
        else:
            state = 0
        if state == PENDING and at - since >= hold:
            state = FIRING
        found[place] = state
    return found


def timing(text: str) -> dict[str, str]:
    """`hold` and `keep` of "for 5m, keep_firing_for 10m", as a rule writes them. Raises InvalidTime."""
    found = {}
    for part in filter(str.strip, text.split(",")):
        if not (one := TIMING.fullmatch(part)):
            raise InvalidTime(f'{part.strip()!r} is no timing of an alert. Write "for 5m, keep_firing_for 10m".')
        times.duration(one[2])
        found["hold" if one[1] == "for" else "keep"] = one[2]
    return found


def _episodes(column, index):
    """When an alert became pending, firing and inactive, each time."""
    for begin, end in zip(*_runs(column > 0)):
        fired = np.flatnonzero(column[begin:end] == FIRING)
        yield {
            "pending": index[begin],
            "firing": index[begin + fired[0]] if len(fired) else pd.NaT,
            "end": index[end] if end < len(index) else pd.NaT,
        }


def _runs(held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where what is held begins, and where it has ended."""
    edges = np.diff(np.concatenate([[0], held.astype(int), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _count(number):
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _told(span):
    return times.written(span / pd.Timedelta(1, "ms"))
