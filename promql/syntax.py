"""As much of PromQL's syntax as hints, costs and completion need; Prometheus itself judges what is right.

https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Matcher = tuple[str, str, str]  # label, operator, text

GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\("
KEYWORDS = set(
    """by without on ignoring group_left group_right fill fill_left fill_right and or unless bool offset atan2 inf nan
    anchored smoothed""".split()
)
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
COMMENT = re.compile(rf"(?P<string>{STRING.pattern})|#[^\n]*", re.DOTALL)
METRIC_NAME = re.compile(r"[a-zA-Z_:][\w:]*", re.ASCII)
MATCHER = re.compile(rf"([\w.]+|{STRING.pattern})\s*(=~|!~|!=|=)\s*({STRING.pattern})")
QUOTED_NAME = re.compile(rf"\{{\s*({STRING.pattern})\s*[,}}]")
SELECTOR = re.compile(r"(?P<name>\b[a-zA-Z_:][\w:]*)?\s*(?P<braces>\{[^}]*\})?\s*(?P<range>\[[^]]*\]?)?")
SUBQUERY = re.compile(r"\)\s*\[([^]:]+):([^]]*)\]")


class Selector(NamedTuple):
    """A selector of a query: the metric's name or "", its matchers, the text of its range or "", and its place."""

    name: str
    matchers: list[Matcher]
    window: str
    start: int = 0


def masked(text: str) -> str:
    """The text with the content of its strings and its comments blanked, each character in its place."""
    return COMMENT.sub(_blank, text)


def _blank(found):
    inside = " " * max(0, len(found[0]) - 2)
    return " " * len(found[0]) if found[0][0] == "#" else found[0][0] + inside + found[0][-1]


def uncommented(text: str) -> str:
    """The text with its comments alone blanked."""
    return COMMENT.sub(lambda found: found["string"] or " " * len(found[0]), text)


def parts(text: str) -> list[str]:
    """The queries of a text, which semicolons part."""
    ends = [-1, *(found.start() for found in re.finditer(";", masked(text))), len(text)]
    found = [text[begin + 1 : end].strip() for begin, end in itertools.pairwise(ends)]
    return [one for one in found if masked(one).strip()]


def selectors(query: str) -> Iterator[Selector]:
    """The selectors of a query, in their order."""
    query = uncommented(query)
    blanked = re.sub(rf"{GROUPING}[^)]*\)", lambda found: " " * len(found[0]), masked(query))
    inside = re.sub(r"(?<=\[)[^]]*", lambda found: " " * len(found[0]), blanked)  # durations name no metric
    for found in SELECTOR.finditer(inside):
        calls = inside[found.end() :].lstrip().startswith("(")
        if found["braces"] or (found["name"] and not calls and found["name"].lower() not in KEYWORDS):
            text = query[found.start() : found.end()]
            quoted = QUOTED_NAME.search(text)
            name = found["name"] or (unquote(quoted[1]) if quoted else "")
            window = blanked[found.start("range") : found.end("range")].strip("[] ") if found["range"] else ""
            yield Selector(name, matchers(text), window, found.start())


def subqueries(query: str) -> Iterator[tuple[int, int, str, str]]:
    """The subqueries of a query: where what they repeat begins and ends, their range, and their step or ""."""
    bare = masked(query)
    for found in SUBQUERY.finditer(bare):
        depth, begin = 0, found.start()
        while begin >= 0 and (depth := depth + {")": 1, "(": -1}.get(bare[begin], 0)):
            begin -= 1
        yield begin, found.start(), found[1].strip(), found[2].strip()


def matchers(text: str) -> list[Matcher]:
    """The finished matchers of a text."""
    return [(unquote(label), sign, unquote(value)) for label, sign, value in MATCHER.findall(text)]


def unquote(text: str) -> str:
    """What a string means; a bare word means itself."""
    if text[0] in "'\"`":
        return text[1:-1] if text[0] == "`" else re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def selector(name: str = "", matchers: Iterable[Matcher] = ()) -> str:
    """A selector as text, for the match[] of the API; "" if it would pick everything."""
    every = [("__name__", "=", name)] * bool(name) + list(matchers)
    texts = [f"{quoted_label(label)}{sign}{quoted(text)}" for label, sign, text in every]
    return "{{{}}}".format(",".join(texts)) if texts else ""


def quoted(text: str, mark: str = '"') -> str:
    """A string of PromQL, in these marks."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    inside = inside.replace('\\"', '"').replace("'", "\\'") if mark == "'" else inside
    return f"{mark}{text if mark == '`' else inside}{mark}"


def quoted_label(label: str) -> str:
    """A label's name as PromQL wants it: in quotes if it has other characters than a word."""
    return label if re.fullmatch(r"[a-zA-Z_]\w*", label, re.ASCII) else quoted(label)


def metric(name: str) -> str:
    """A metric's name as PromQL wants it: in quotes and braces if it has other characters than a word."""
    return name if METRIC_NAME.fullmatch(name) else f"{{{quoted(name)}}}"


def path_segment(label: str) -> str:
    """A label's name in a path: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values"""
    if re.fullmatch(r"\w+", label, re.ASCII):
        return label
    return "U__" + re.sub(r"[^a-zA-Z0-9]", lambda found: "__" if found[0] == "_" else f"_{ord(found[0]):x}_", label)
