"""A query explained: the tree that the server makes of it, and what each node gives now."""

import html
from dataclasses import dataclass, field

import pandas as pd

from promql import expressions, hints, times
from promql.client import Prometheus
from promql.errors import QueryError
from promql.expressions import Node
from promql.times import Time

MANY = 1000  # series that are worth a remark
WIDTH = 72  # characters of an expression in a line of the tree


@dataclass
class Step:
    """One node of a query: what the tree draws before its line and before those under it, how many `series` it gives,
    or its `value` if it is a scalar, the server's `seconds` for it, and a `note` of what stands out; None if not known.
    """

    node: Node
    branch: str
    under: str
    series: int | None = None
    value: float | None = None
    seconds: float | None = None
    note: str = ""
    inputs: list["Step"] = field(default_factory=list)


class Explanation:
    """The nodes of a query, the whole first, as `frame`: expression, type, series, value, seconds, does, note."""

    def __init__(self, steps: list[Step]):
        self._branches = [(step.branch, step.under) for step in steps]
        self.frame = pd.DataFrame(
            {
                "expression": [expressions.text(step.node) for step in steps],
                "type": [expressions.kind(step.node) for step in steps],
                "series": pd.array([step.series for step in steps], "Int64"),
                "value": pd.Series([step.value for step in steps], dtype=object),  # NaN is a value, None is none
                "seconds": pd.array([step.seconds for step in steps], "Float64"),
                "does": [expressions.does(step.node) for step in steps],
                "note": [step.note for step in steps],
            }
        )

    def __repr__(self):
        return "\n".join(self._lines())

    def _repr_html_(self):
        return f'<pre style="line-height:1.3">{html.escape(repr(self))}</pre>'

    def _lines(self):
        rows = [*zip(self._branches, self.frame.itertuples(), strict=True)]
        heads = [branch + shortened(row.expression) for (branch, _), row in rows]
        width = max(map(len, heads))
        for head, ((_, under), row) in zip(heads, rows, strict=True):
            gives = f"= {row.value:g}" if row.value is not None else ""
            gives = gives or ("" if pd.isna(row.series) else f"{row.series:,} series")
            took = "" if pd.isna(row.seconds) else f"{row.seconds * 1000:.2f} ms"
            yield f"{head:{width}}  {gives:>14}  {took:>10}  {row.type}: {row.does}"
            if row.note:
                yield f"{under}^ {row.note}"


def explain(prometheus: Prometheus, expr: str, time: Time = "now") -> Explanation:
    """Ask the server for the tree of `expr`, and for what each of its nodes gives at that time.

    Marked are the nodes that fail, that become empty, or that make many series. Each node is one more query, so a
    heavy one is heavy several times. Raises QueryError, and MissingEndpoint where a server shows no tree.
    """
    steps: list[Step] = []
    _collect(expressions.bare(prometheus.parsed(expr)), "", "", steps)
    answers: dict[str, Step] = {}
    moment = times.timestamp(time, times.current()) / 1000  # the same "now" for every node
    for step in reversed(steps):  # what is inside first
        text = expressions.text(step.node)
        if text in answers:
            known = answers[text]
            step.series, step.value, step.seconds, step.note = known.series, known.value, known.seconds, known.note
        else:
            _measure(prometheus, step, moment)
            answers[text] = step
    for step in steps:
        step.note = _remark(prometheus, step)
    return Explanation(steps)


def shortened(text: str) -> str:
    """An expression in one line of the tree."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _collect(node, first, rest, steps):
    """The node and those inside it, as Steps in the order of the tree. `first` and `rest` are what the tree draws
    before the node's line and before those under it."""
    step = Step(node, first, rest)
    steps.append(step)
    inside = expressions.children(node)
    for place, child in enumerate(inside):
        last = place == len(inside) - 1
        branch = rest + ("└─ " if last else "├─ ")
        step.inputs.append(_collect(child, branch, rest + ("   " if last else "│  "), steps))
    return step


def _measure(prometheus, step, time):
    """Ask how many series a node gives."""
    kind, text = expressions.kind(step.node), expressions.text(step.node)
    if step.node["type"] in ("numberLiteral", "stringLiteral") or kind == "string":
        return
    counted = {"instant vector": "count({}) or vector(0)", "range vector": "count(count_over_time({})) or vector(0)"}
    if kind == "range vector":  # only rates take such windows
        text = expressions.text({**step.node, "anchored": False, "smoothed": False})
    try:
        found = prometheus.query(counted.get(kind, "{}").format(text), time, stats=True)
    except QueryError as error:
        step.note = f"fails: {error.reason}"
        return
    values = found["value"].tolist()
    if kind == "scalar":
        step.value = values[0]
    else:
        step.series = int(values[0])
    step.seconds = ((found.attrs.get("stats") or {}).get("timings") or {}).get("execTotalTime")


def _remark(prometheus, step):
    """What stands out: that a node fails, that it is empty although what it is computed from is not, or its size."""
    if step.note:
        inner = any(one.note for one in step.inputs if one.series is None and one.value is None)
        return "fails, because what is inside does" if inner else step.note
    vectors = [one for one in step.inputs if one.series is not None]
    if step.series == 0 and all(one.series for one in vectors):
        why = None if vectors else hints.empty(prometheus, expressions.text(step.node))
        return f"becomes empty here. {why or ''}".strip()
    if step.value != step.value and not any(one.value != one.value for one in step.inputs):
        return "becomes NaN here"
    if (step.series or 0) > MANY and all(step.series > one.series for one in vectors):
        return f"makes many series: {step.series:,}"
    return ""
