"""What stands before the query in a magic's line: `--start now-2h --log`, in quotes where a value has blanks."""

import re
from collections.abc import Iterable

from IPython.core.error import UsageError

VALUED = ("start", "end", "step", "as", "from", "compare", "live", "unit", "alert", "record", "panel")
FLAGS = ("instant", "plot", "table", "heatmap", "stack", "log", "exemplars", "explain", "stats", "format", "history")
VALUE = r"""(?:(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|(?P<bare>\S+))"""
ALONE = ("explain", "format", "history", "alert", "record", "live")  # each does something else than the others
NEED_A_RANGE = ("compare", "alert", "record", "stack", "heatmap", "exemplars")

Options = dict[str, str]


def parse(line: str, valued: Iterable[str] = VALUED, flags: Iterable[str] = FLAGS) -> tuple[Options, str]:
    """The options by name, with "" for a flag, and the rest of the line, with its quotes, which IPython's own parser
    would take out of the query. Raises UsageError."""
    names = rf"--(?:(?P<name>{'|'.join(valued)})[ =]\s*{VALUE}|(?P<flag>{'|'.join(flags) or 'none'}))"
    option, options = re.compile(rf"\s*{names}(?:\s+|$)"), {}
    while found := option.match(line):
        options[found["name"] or found["flag"]] = found["quoted"] or found["bare"] or ""
        line = line[found.end() :]
    if line.lstrip().startswith("--"):
        raise UsageError(f"%promql does not understand {line.split()[0]!r}. `%promql?` tells its options.")
    return options, line


def check(options: Options) -> None:
    """Raises UsageError for options that contradict each other."""
    alone = [name for name in ALONE if name in options]
    if len(alone) > 1:
        raise UsageError(f"--{alone[0]} and --{alone[1]} do not go together.")
    ranged = [name for name in NEED_A_RANGE if name in options]
    if ranged and "instant" in options:
        raise UsageError(f"--{ranged[0]} needs a range, but --instant is one point in time.")
