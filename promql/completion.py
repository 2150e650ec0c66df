"""Tab completion in `%promql` and `%%promql`, from the live server: metrics, functions, labels and their values."""

import contextlib
import re

from IPython.core.completer import SimpleCompletion, context_matcher

from promql import syntax
from promql.client import Prometheus
from promql.errors import PrometheusError
from promql.functions import EVERY

LINE = re.compile(r"\s*(?:[\w, ]+=\s*)?%promql(?=\s)")
OPTIONS = ["--start", "--end", "--step", "--instant", "--plot", "--table", "--as"]
OPEN_BRACES = re.compile(r"(?P<name>[\w:]*)\s*\{(?P<inside>[^{}]*)$")
OPEN_MATCHER = re.compile(r"""(?P<label>[\w.]+"?)\s*(?:=~|!~|!=|=)\s*(?:(?P<quote>["'`])(?P<text>[^"'`]*))?$""")


@context_matcher()
def matcher(context):
    """IPython's question on Tab: which words may stand at the cursor, and which part of one stands there already?"""
    before = "\n".join([*context.full_text.split("\n")[: context.cursor_line], context.text_until_cursor])
    magic = re.match("%%promql(?=\\s)", before) or LINE.match(context.text_until_cursor)
    if not magic:
        return {"completions": []}
    before = (before if before.startswith("%%") else context.text_until_cursor)[magic.end() :]
    fragment, words = "", []
    with contextlib.suppress(PrometheusError):  # without a server nothing completes, and the query itself will say why
        fragment, words = complete(before, context.full_text)
    begin = [word for word in words if word.lower().startswith(fragment.lower())]
    found = begin or [word for word in words if fragment.lower() in word.lower()]
    found = found or [fragment]  # Tab changes nothing; without any word, IPython would offer Python's
    return {
        "completions": [SimpleCompletion(word, type="promql") for word in found],
        "matched_fragment": fragment,
        "suppress": True,
    }


def complete(before, text):
    """The unfinished word at the end of `before`, and all words that could stand there. `text` is the whole query."""
    if re.search(r"^[^\n]*--(start|end|step|as)\s+\S*$", before):
        return "", []
    if option := re.search(r"^(?:[^\n]*\s)?(--?\w*)$", before):
        return option[1], OPTIONS
    server, bare = Prometheus(timeout=2), syntax.masked(before)
    word = re.search(r"[\w:]*$", bare)[0]
    if braces := OPEN_BRACES.search(bare):
        inside = before[braces.start("inside") :]
        name = braces["name"]
        if open_matcher := OPEN_MATCHER.search(bare):
            others = syntax.matchers(before[braces.start("inside") : open_matcher.start()])
            values = server.label_values(open_matcher["label"], syntax.selector(name, others))
            return open_matcher["text"] or "", values if open_matcher["quote"] else [f'"{value}"' for value in values]
        return word, server.label_names(syntax.selector(name, syntax.matchers(inside)))
    if re.search(rf"{syntax.GROUPING}[^()]*$", bare):
        names = "|".join({name for name, *_ in syntax.selectors(text) if name})
        return word, server.label_names(syntax.selector(matchers=[("__name__", "=~", names)]) if names else "")
    if re.search(r"\[[^]]*$|[\"'`][^\"'`]*$", bare):
        return "", []
    return word, server.label_values("__name__") + sorted(EVERY)
