"""Tab completion in `%promql` and `%%promql`, from the live server: metrics, functions, labels and their values."""

import contextlib
import re

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError

from promql import syntax
from promql.client import Prometheus, connected, connections
from promql.errors import PrometheusError
from promql.functions import EVERY
from promql.options import FLAGS, VALUED, parse
from promql.panels.units import UNITS

LINE = re.compile(r"\s*(?:[\w, ]+=\s*)?%promql(?=\s)")
OPTIONS = [f"--{name}" for name in (*VALUED, *FLAGS)]
OPTION = re.compile(r"^(?:[^\n]*\s)?(--?\w*)$")
OPTION_VALUE = re.compile(r"""^[^\n]*--(?P<name>\w+)[ =]\s*["']?(?P<text>[^\s"']*)$""")
OPEN_BRACES = re.compile(r"(?P<name>[\w:]*)\s*\{(?P<inside>[^{}]*)$")
OPEN_NAME = re.compile(r"""\s*(?P<quote>["'`])(?P<text>[^"'`]*)$""")
OPEN_MATCHER = re.compile(r"""(?P<label>[\w.]+|"[^"]*")\s*(?:=~|!~|!=|=)\s*(?:(?P<quote>["'`])(?P<text>[^"'`]*))?$""")
OPEN_DURATION = re.compile(r"(?:\[(?:[^]:]*:)?|\boffset\s+-?)\s*(?P<text>[\w.]*)$")
DURATIONS = ["1m", "5m", "10m", "30m", "1h", "6h", "1d", "1w"]
OFFERED = 1000  # more words no list shows
SERIES, VALUES = 2000, 5000  # up to these, all are looked through; beyond, that takes too long for a Tab
PATIENCE = 2  # seconds


@context_matcher()
def matcher(context: CompletionContext) -> SimpleMatcherResult:
    """IPython's question on Tab: which words may stand at the cursor, and which part of one stands there already?"""
    before = "\n".join([*context.full_text.split("\n")[: context.cursor_line], context.text_until_cursor])
    magic = re.match("%%promql(?=\\s)", before) or LINE.match(context.text_until_cursor)
    if not magic:
        return {"completions": []}
    before = (before if before.startswith("%%") else context.text_until_cursor)[magic.end() :]
    fragment, words = "", list[str]()
    with contextlib.suppress(PrometheusError, UsageError):  # nothing completes, and the query itself will say why
        fragment, words = complete(before, context.full_text)
    begin = [word for word in words if word.lower().startswith(fragment.lower())]
    found = begin or [word for word in words if fragment.lower() in word.lower()]
    found = found[:OFFERED] or [fragment]  # Tab changes nothing; without any word, IPython would offer Python's
    return {
        "completions": [SimpleCompletion(word, type=kind(word)) for word in found],
        "matched_fragment": fragment,
        "suppress": True,
    }


def kind(word: str) -> str:
    """What stands beside a word in the list: of a function, what it takes."""
    return f"function ({EVERY[word].arguments})" if word in EVERY else "promql"


def complete(before: str, text: str) -> tuple[str, list[str]]:
    """The unfinished word at the end of `before`, and all words that could stand there. `text` is the whole query."""
    if (option := OPTION_VALUE.search(before)) and option["name"] in VALUED:
        return option["text"], option_values(option["name"], option["text"], before[: option.start("name") - 2])
    if option := OPTION.search(before):
        return option[1], OPTIONS
    server, bare = asked(before), syntax.masked(before)
    word = re.search(r"[\w:]*$", bare)[0]  # type: ignore[index]  # it always matches
    if braces := OPEN_BRACES.search(bare):
        inside = before[braces.start("inside") :]
        name = next((one.name for one in syntax.selectors(before[braces.start() :] + "}")), "")
        if first := OPEN_NAME.fullmatch(inside):
            return first["text"], [syntax.quoted(one, first["quote"])[1:-1] for one in server.label_values("__name__")]
        if one := OPEN_MATCHER.search(inside):
            others = syntax.matchers(inside[: one.start()])
            values = label_values(server, syntax.unquote(one["label"]), syntax.selector(name, others))
            values = [syntax.quoted(value, one["quote"] or '"') for value in values]
            return one["text"] or "", [value[1:-1] for value in values] if one["quote"] else values
        return word, server.label_names(syntax.selector(name, syntax.matchers(inside)))
    if re.search(rf"{syntax.GROUPING}[^()]*$", bare):
        names = "|".join({name for name, *_ in syntax.selectors(text) if name})
        found = server.label_names(syntax.selector(matchers=[("__name__", "=~", names)])) if names else []
        return word, found or server.label_names()
    if duration := OPEN_DURATION.search(bare):
        return duration["text"], durations(duration["text"])
    if re.search(r"[\"'`][^\"'`]*$", bare):
        return "", []
    return word, server.label_values("__name__") + sorted(EVERY)


def asked(before: str) -> Prometheus:
    """The server that the options name."""
    options, _ = parse(before.partition("\n")[0])
    return connected(options.get("from")).with_timeout(PATIENCE)


def option_values(name: str, text: str, before: str) -> list[str]:
    """What an option may be given, after those that stand `before` it."""
    if name in ("step", "compare", "live"):
        return durations(text)
    if name in ("start", "end"):
        return ["now"] * (name == "end") + [f"now-{one}" for one in DURATIONS]
    if name == "record":
        return [rule for rule in asked(before).label_values("__name__") if ":" in rule]
    return {"from": connections(), "unit": [*UNITS], "alert": ["for 5m", "for 5m, keep_firing_for 10m"]}.get(name, [])


def durations(text: str) -> list[str]:
    """Durations that begin with a number, or the usual ones."""
    return [f"{text}{unit}" for unit in "smhdw"] if text.isdigit() else DURATIONS


def label_values(server: Prometheus, label: str, selector: str) -> list[str]:
    """The values of a label in the series that a selector picks; those of all series where there are too many for Tab.

    A server goes through all values of a label, whichever the selector picks, so few series are asked for first.
    """
    if not selector:
        return server.label_values(label)
    series = server.get("series", **{"match[]": selector, "limit": SERIES})
    if len(series) < SERIES:
        return sorted({one[label] for one in series if label in one})
    values = server.label_values(label)
    return server.label_values(label, selector) if len(values) <= VALUES else values
