"""What a cell of `%%promql` asks for, asked and shown."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, cast

import pandas as pd
from IPython.core.error import UsageError
from matplotlib.figure import Figure

from promql import alerts, answers, dataframes, explain, figures, hints, recording, stats, syntax, times
from promql.client import Prometheus
from promql.errors import MissingEndpoint, PrometheusWarning
from promql.options import Options
from promql.panels import Panel, export
from promql.tables import Table

DEAR = 5_000_000  # samples that are worth a word before they are read


class Request:
    """The queries of a cell, what its options want of them, and the times among these: start, end and step."""

    def __init__(self, server: Prometheus, text: str, options: Options, when: dict[str, Any]):
        self.server, self.text, self.options, self.when = server, text, options, when
        self.queries = syntax.parts(text)
        self.instant = "instant" in options
        self.frame: pd.DataFrame | None = None  # what `drawn` drew last
        self._accounts: list[tuple[pd.DataFrame, str]] = []

    def made(self) -> tuple[Any, bool]:
        """What the cell asks for, and whether that itself is shown, because no figure or text shows it."""
        for name, make in INSTEAD.items():
            if name in self.options:
                if len(self.queries) > 1 and name != "format":
                    raise UsageError(f"--{name} takes one query, and {len(self.queries)} are here.")
                made, told = heard(functools.partial(make, self))
                say(told)
                return made, name != "format"
        table, plot = "table" in self.options, "plot" in self.options or not (self.instant or "table" in self.options)
        self._warn_of_cost()
        frame, told = self._answer()
        say(told)
        if plot and not frame.empty:
            self._draw(frame)
        return frame if dataframes.is_range(frame) else Table(frame), table or not plot

    def drawn(self) -> Figure | None:
        """A figure of the answer, without a word; None if it is empty, and a word when it begins to be."""
        before, (self.frame, told) = self.frame, self._answer()
        if self.frame.empty and (before is None or not before.empty):
            say(told)
        return None if self.frame.empty else cast(Figure, self._draw(self.frame).figure)

    def panel(self) -> Panel:
        """The queries as a panel of Grafana's."""
        units = {hints.unit(query) for query in self.queries}
        several = len(self.queries) > 1
        return export.panel(
            [(query, answers.titled(query) if several and query.startswith("#") else "") for query in self.queries],
            self.server,
            title=", ".join(map(answers.titled, self.queries)),
            unit=self.options.get("unit") or (units.pop() if len(units) == 1 else ""),
            looks={*self.options},
            **{name: self.when[name] for name in ("start", "end") if name in self.when},
        )

    @property
    def title(self) -> str:
        """What a figure of it is called."""
        return f"# {', '.join(map(answers.titled, self.queries))}"

    def _answer(self):
        """The frame, and a line for each thing that the server warns of or that makes the query doubtful."""
        self._accounts, ends = [], [ms / 1000 for ms in self._ends()]
        frame, told = heard(lambda: answers.several(self.queries, lambda query: self._ask(query, *ends)))
        if not self.instant and not frame.empty and "heatmap" not in self.options:
            told += hints.doubts(self.text, frame)
        if frame.empty and not told:
            told = ["No data: every name exists, but no series has a sample there that the query lets through."]
        for part, name in self._accounts:
            told += [f"{name}:"] * (len(self._accounts) > 1)
            told += stats.told(part.attrs.get("stats"), 1 if self.instant else len(part))
        return frame, told

    def _ask(self, query, start, end):
        counted, step = "stats" in self.options, self.when.get("step")
        if self.instant:
            frame = self.server.query(query, end, counted)
        elif "compare" in self.options:
            return answers.compared(
                lambda *span: self._counted(query, self.server.query_range(query, *span, counted)),
                self.options["compare"],
                start,
                end,
                step,
            )
        else:
            frame = self.server.query_range(query, start, end, step, counted)
        return self._counted(query, frame)

    def _counted(self, query, frame):
        if "stats" in self.options:
            self._accounts.append((frame, answers.titled(query)))
        return frame

    def _ends(self):
        """The range in ms; both ends are the moment of an instant. Every query of the cell has the same "now"."""
        given = {"start": "15m", "end": "now", **self.when}
        if self.instant:
            return (times.timestamp(given["end"], times.current()),) * 2
        return times.span(given["start"], given["end"])

    def _span(self):
        """The range in Unix seconds, and its step."""
        (first, last), step = self._ends(), self.when.get("step")
        width = times.nice_step(first, last) if step is None else times.duration(step)
        return first / 1000, last / 1000, max(width, 1) / 1000

    def _warn_of_cost(self):
        """Say so before millions of samples are read: the cell can be stopped still."""
        if self.instant and "[" not in self.text:  # one sample of each series is not dear
            return
        cost = sum(stats.estimate(self.server, query, *self._span()) for query in self.queries)
        if cost >= DEAR:
            print(
                f"This goes through about {cost / 1e6:,.0f} million samples. A longer --step, a shorter range or a "
                "recording rule makes it cheaper.",
                flush=True,
            )

    def _draw(self, frame):
        title = self.text if len(self.queries) == 1 else self.title
        units = {hints.unit(query) for query in self.queries}
        looks = {name: name in self.options for name in ("heatmap", "stack", "log")}
        past = answers.OFFSET if "compare" in self.options else ""
        axes = figures.figure(
            frame,
            title,
            units.pop() if len(units) == 1 else "",
            written=self.options.get("unit", ""),
            past=past,
            **looks,
        )
        if "exemplars" in self.options:
            self._mark(axes, frame)
        return axes

    def _mark(self, axes, frame):
        """The exemplars of all queries in the figure, or a line that says why there are none."""
        first, last, _ = self._span()
        try:
            found = [self.server.exemplars(query, first, last) for query in self.queries]
        except MissingEndpoint as missing:
            print(missing)
            return
        held = [one for one in found if not one.empty]
        for one in held:
            figures.mark_exemplars(axes, one, frame, "heatmap" in self.options)
        if not held:
            print("No series of the query has an exemplar in that time.")


def heard(ask: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What `ask` gives, and what it was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PrometheusWarning)
        made = ask()
    return made, [str(one.message) for one in caught if issubclass(one.category, PrometheusWarning)]


def say(lines: list[str]) -> None:
    """Print the lines."""
    print("".join(f"{line}\n" for line in lines), end="")


def explained(request: Request) -> explain.Explanation:
    """The query as a tree."""
    return explain.explain(request.server, request.text, request.when.get("end", "now"))


def formatted(request: Request) -> str:
    """The queries as the server writes them, printed."""
    text = ";\n".join(request.server.formatted(query) for query in request.queries)
    print(text)
    return text


def replayed(request: Request) -> alerts.Replay:
    """The query as an alert over the past, drawn."""
    made = alerts.replay(request.server, request.text, **alerts.timing(request.options["alert"]), **request.when)
    if not made.episodes.empty:
        made.plot(answers.titled(request.text))
    return made


def checked(request: Request) -> recording.Comparison:
    """The query against what a rule recorded, drawn."""
    span = {name: time for name, time in request.when.items() if name != "step"}
    made = recording.compare(request.server, request.options["record"], request.text, **span)
    made.plot()
    return made


INSTEAD = {"explain": explained, "format": formatted, "alert": replayed, "record": checked}
