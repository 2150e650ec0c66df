"""The magics `%promql`, `%%promql` and `%%promtool`."""

import time
from typing import Any

import pandas as pd
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_cell_magic, magics_class, no_var_expand

from promql import completion, figures, live, promtool, syntax
from promql.asking import Request
from promql.client import connected
from promql.options import Options, check, parse


@magics_class
class PromQL(Magics):
    """The magics of a session, and what it asked."""

    def __init__(self, shell: InteractiveShell):
        super().__init__(shell)
        self._names = shell.user_ns
        self._asked: list[dict[str, Any]] = []

    @no_var_expand
    @line_cell_magic
    def promql(self, line, cell=""):
        """Ask Prometheus: `%promql [options] QUERY`, or `%%promql [options]` and the query in the lines below.

        When and whom
        --start WHEN, --end WHEN   now-2h, 2026-01-31T12:00Z, or a start 2h before the end; 15m and now if not given.
                                   A variable that holds a time may be named, too
        --step DURATION            the time between two points; if not given, at most 250 steps
        --instant                  the values at --end instead of a range
        --from NAME                the server that was connected under that name

        What becomes of the answer
        --plot, --table            a figure or a table; if not given, a range is a figure and an instant a table
        --as NAME                  keep the DataFrame in the variable NAME
        --panel NAME               keep it as a panel in the variable NAME: NAME.to_json() is what Grafana pastes
        --unit ID                  write values in a unit of Grafana's: s, bytes, percentunit, reqps ...
        --log, --stack, --heatmap  a logarithmic axis; series on top of each other; buckets over time
        --exemplars                mark the exemplars of the query's series
        --compare 1w               draw what it was a week ago beside it, dotted
        --live 5s                  draw anew every five seconds until the cell is stopped, or "5s for 10m"
        --stats                    tell how many samples it read, and how long it took

        Instead of the answer
        --explain                  the query as a tree: what each node does, and gives at --end
        --format                   the query as the server's formatter writes it
        --alert "for 5m, keep_firing_for 10m"   when an alert on it would have been pending and firing; since 1d ago, and
                                   evaluated as often as the server evaluates rules, unless --start and --step say other
        --record NAME              what the rule NAME recorded, against the query or the definition that is loaded
        --history                  what this session asked, as a DataFrame

        Several queries stand in one cell with semicolons between them. A comment in the first line of a query, # like
        this, is its name in the legend, and the title of a figure of one.
        """
        options, query = parse(line)
        check(options, query)
        query = f"{query}\n{cell}".strip()
        if "history" in options:
            return self._kept(self._history(query), options)
        if not (syntax.parts(query) or "record" in options):
            raise UsageError("The query is missing: %promql [options] QUERY, or in the lines below %%promql [options].")
        request = Request(connected(options.get("from")), query, options, self._times(options))
        given = line.removesuffix(query.partition("\n")[0]).strip()
        asked = {"time": pd.Timestamp.now("UTC").round("s"), "server": request.server.url, "query": query}
        began = time.monotonic()
        try:
            if "live" in options:
                live.redraw(*live.pace(options["live"]), request.drawn)
                made, shown = request.frame, False
            else:
                with figures.whole():
                    made, shown = request.made()
        finally:  # a query that failed is looked for, too
            self._asked.append(asked | {"options": given, "seconds": time.monotonic() - began})
        if "panel" in options:
            self._names[options["panel"]] = request.panel()
        made = self._kept(made, options)
        return made if shown else None

    @no_var_expand
    @cell_magic
    def promtool(self, line, cell):
        """Test rules as `promtool test rules` does: `%%promtool`, and in the lines below the rules, a line `---`, and
        the tests, each as they would stand in a file.

        --rules PATH   test the rules of a file, too; PATH may hold * and be a PrometheusRule of Kubernetes
        """
        options, rest = parse(line, ("rules",), (), "%%promtool")
        if rest.strip():
            raise UsageError(f"%%promtool does not understand {rest.strip()!r}. `%%promtool?` tells its options.")
        print(promtool.passed(cell, options.get("rules", "")))

    def _history(self, query: str) -> pd.DataFrame:
        if query:
            raise UsageError("--history takes no query: it tells what was asked.")
        return pd.DataFrame(self._asked, columns=["time", "server", "query", "options", "seconds"])

    def _kept(self, made: Any, options: Options) -> Any:
        """What was made, also in the variable that --as names."""
        if "as" in options:
            self._names[options["as"]] = made
        return made

    def _times(self, options: Options) -> dict[str, Any]:
        """The options that are times. A variable of that name, {name} or $name goes first, but `now` is this moment."""
        given = {name: options[name].strip("{$}") for name in ("start", "end", "step") if name in options}
        return {name: text if text == "now" else self._names.get(text, text) for name, text in given.items()}


def load_ipython_extension(ipython):
    figures.show_inline(ipython)
    ipython.register_magics(PromQL)
    if completion.matcher not in ipython.Completer.custom_matchers:
        ipython.Completer.custom_matchers.append(completion.matcher)
