"""The magics `%promql` and `%%promql`: a query as people write it, its answer as a figure or a table."""

import re
import warnings

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from promql import completion, hints
from promql.client import Prometheus
from promql.errors import PrometheusWarning
from promql.figures import figure

OPTION = re.compile(r"\s*--(?:(?P<name>start|end|step|as)[ =]\s*(?P<text>\S+)|(?P<flag>instant|plot|table))(?:\s+|$)")


@magics_class
class PromQL(Magics):
    @no_var_expand
    @line_cell_magic
    def promql(self, line, cell=""):
        """Ask Prometheus: `%promql [options] QUERY`, or `%%promql [options]` and the query in the lines below.

        --start WHEN, --end WHEN   now-2h, 2026-01-31T12:00Z, or a start 2h before the end; 15m and now if not given.
                                   A variable that holds a time may be named, too
        --step DURATION            the time between two points; if not given, at most 250 steps
        --instant                  the values at --end instead of a range
        --plot, --table            a figure or a table; if not given, a range is a figure and an instant a table
        --as NAME                  keep the DataFrame in the variable NAME

        A comment in the first line, # like this, is the figure's title in place of the query.
        """
        options, query = parse(line)
        query = f"{query}\n{cell}".strip()
        if not query:
            raise UsageError("The query is missing: %promql [options] QUERY, or in the lines below %%promql [options].")
        instant, table = "instant" in options, "table" in options
        times = {name: self.value(options[name]) for name in ("start", "end", "step") if name in options}
        frame = ask(query, instant, times)
        if "as" in options:
            self.shell.user_ns[options["as"]] = frame
        plot = "plot" in options or not (instant or table)
        if plot and not frame.empty:
            figure(frame, query, hints.unit(query))
        return frame if table or not plot else None

    def value(self, text):
        """The variable of that name, else the text itself. `now` is this moment, whatever a variable says."""
        return text if text == "now" else self.shell.user_ns.get(text, text)


def parse(line):
    """The options as a dict, and the query. IPython's own parser would take the quotes out of the query."""
    options = {}
    while found := OPTION.match(line):
        options[found["name"] or found["flag"]] = found["text"]
        line = line[found.end() :]
    if line.lstrip().startswith("--"):
        raise UsageError(f"%promql does not understand {line.split()[0]!r}. `%promql?` tells its options.")
    return options, line


def ask(query, instant, times):
    """The answer's frame, after a line for each thing that the server warns of or that makes the query doubtful."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        server, end = Prometheus(), times.get("end", "now")
        frame = server.query(query, end) if instant else server.query_range(query, **times)
    told = [str(one.message) for one in caught if one.category is PrometheusWarning]
    told += [] if instant or frame.empty else hints.doubts(query, frame)
    if frame.empty and not told:
        told = ["No data: every name exists, but no series has a sample there that the query lets through."]
    print(*told, sep="\n", end="\n" if told else "")
    return frame


def load_ipython_extension(ipython):
    ipython.register_magics(PromQL)
    ipython.Completer.custom_matchers.append(completion.matcher)
