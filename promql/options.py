"""What stands before the query in a magic's line: `--start now-2h --log`, in quotes where a value has blanks."""

import difflib
import itertools
import keyword
import re

from IPython.core.error import UsageError

VALUED = ("start", "end", "step", "as", "from", "compare", "live", "unit", "alert", "record", "panel")
FLAGS = ("instant", "plot", "table", "heatmap", "stack", "log", "exemplars", "explain", "stats", "format", "history")
VALUE = r"""(?:(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|(?P<bare>\S+))"""
LATE = re.compile(rf"\s((?:--(?:(?:{'|'.join(FLAGS)})|(?:{'|'.join(VALUED)})[ =]\s*{VALUE})\s*)+)$")  # after a query
ALONE = ("explain", "format", "history", "alert", "record", "live")  # each does something else than the others
APART = [*itertools.combinations(ALONE, 2), ("live", "table"), ("live", "stats"), ("panel", "compare")]
APART += [("heatmap", "log"), ("heatmap", "stack")]
OF_A_FIGURE = ("unit", "log", "stack", "heatmap", "exemplars")
OF_A_RANGE = ("start", "step")
NEED_A_RANGE = ("compare", "alert", "record", "stack", "heatmap", "exemplars")

Options = dict[str, str]


def parse(line: str, valued: tuple = VALUED, flags: tuple = FLAGS, magic: str = "%promql") -> tuple[Options, str]:
    """The options by name, with "" for a flag, and the rest of the line, with its quotes, which IPython's own parser
    would take out of the query. Raises UsageError."""
    names = rf"--(?:(?P<name>{'|'.join(valued)})[ =]\s*{VALUE}|(?P<flag>{'|'.join(flags) or 'none'}))"
    option, options = re.compile(rf"\s*{names}(?:\s+|$)"), {}
    while found := option.match(line):
        options[found["name"] or found["flag"]] = found["quoted"] or found["bare"] or ""
        line = line[found.end() :]
    if line.lstrip().startswith("--"):
        word = line.split()[0]
        bare = word.partition("=")[0].removeprefix("--")
        what = f"{magic} does not understand {word!r}."
        near = difflib.get_close_matches(bare, [*valued, *flags], 1, 0.7)
        if bare in valued:
            what = f"{what} It needs a value: --{bare} VALUE."
        elif near and near != [bare]:
            what = f"{what} Is --{near[0]} meant?"
        raise UsageError(f"{what} `{magic}?` tells its options.")
    return options, line


def check(options: Options, query: str = "") -> None:
    """Raises UsageError for options that contradict each other, that name no variable, or that follow the query."""
    for name in ("as", "panel"):
        if name in options and (not options[name].isidentifier() or keyword.iskeyword(options[name])):
            raise UsageError(f"--{name} takes the name of a variable, and {options[name]!r} is none.")
    if late := LATE.search(query):
        raise UsageError(f"Options stand before the query: %promql {late[1].strip()} {query[: late.start()].strip()}")
    for one, other in [*APART, *_idle(options)]:
        if {one, other} <= options.keys():
            raise UsageError(f"--{one} and --{other} do not go together.")
    ranged = [name for name in NEED_A_RANGE if name in options]
    if ranged and "instant" in options:
        raise UsageError(f"--{ranged[0]} needs a range, but --instant is one point in time.")


def _idle(options):
    """Pairs of which the first would do nothing beside the second: a table has no axis, and a moment no beginning."""
    if "history" in options:
        return [(name, "history") for name in options if name not in ("history", "as")]
    if "panel" in options:  # which keeps them for Grafana
        return []
    shown = [] if "plot" in options else ["table", "instant"]
    return [*itertools.product(OF_A_FIGURE, shown), *itertools.product(OF_A_RANGE, ["instant"])]
