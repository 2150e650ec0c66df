"""The tree that a server makes of a query (`Prometheus.parsed`): each node as PromQL, its type, and what it does."""

from typing import Any

from promql.functions import EVERY
from promql.syntax import METRIC_NAME, quoted, quoted_label
from promql.times import written

Node = dict[str, Any]

TYPES = {
    "aggregation": "instant vector",
    "vectorSelector": "instant vector",
    "matrixSelector": "range vector",
    "subquery": "range vector",
    "numberLiteral": "scalar",
    "stringLiteral": "string",
}
RETURNS = {"vector": "instant vector", "matrix": "range vector"}
OPERATORS = {
    "+": "adds up",
    "-": "takes away",
    "*": "multiplies",
    "/": "divides",
    "%": "gives the remainder of",
    "^": "raises to a power",
    "atan2": "gives the angle of",
    "==": "keeps what equals",
    "!=": "keeps what differs from",
    ">": "keeps what is above",
    "<": "keeps what is below",
    ">=": "keeps what is at least",
    "<=": "keeps what is at most",
    "and": "keeps the left series that have a partner on the right",
    "or": "all series of the left, and those of the right without a partner there",
    "unless": "keeps the left series that have no partner on the right",
}


def text(node: Node) -> str:
    """The node as PromQL."""
    return PRINTERS[node["type"]](node)


def children(node: Node) -> list[Node]:
    """What a node is computed from; parentheses are nothing of their own."""
    held = [node.get(key) for key in ("param", "lhs", "rhs", "expr")] + (node.get("args") or [])
    return [bare(one) for one in held if one]


def bare(node: Node) -> Node:
    """A node without the parentheses around it."""
    return bare(node["expr"]) if node["type"] == "parenExpr" else node


def kind(node: Node) -> str:
    """The type of a node's values: instant vector, range vector, scalar or string."""
    if node["type"] == "call":
        return RETURNS.get(node["func"]["returnType"], node["func"]["returnType"])
    if node["type"] in ("binaryExpr", "unaryExpr"):
        kinds = {kind(one) for one in children(node)}
        return "instant vector" if "instant vector" in kinds else "scalar"
    return TYPES[node["type"]] if node["type"] != "parenExpr" else kind(bare(node))


def does(node: Node) -> str:
    """What a node does, in a few words."""
    match node["type"]:
        case "call":
            name = node["func"]["name"]
            return EVERY[name].gives if name in EVERY else name
        case "aggregation":
            return f"{EVERY[node['op']].gives}, {_groups(node)}" if node["op"] in EVERY else node["op"]
        case "binaryExpr":
            return _pairing(node)
        case "unaryExpr":
            return "changes the sign" if node["op"] == "-" else "leaves the sign"
        case "vectorSelector":
            return f"the newest sample of each series{_moment(node)}"
        case "matrixSelector":
            return f"the samples of {_duration(node, 'range')}{_moment(node)}"
        case "subquery":
            step, span = _duration(node, "step"), _duration(node, "range")
            each = f"each {step} of {span}" if step else f"each step of the server's evaluation interval in {span}"
            return f"asks again for {each}{_moment(node)}"
        case _:
            return "a number" if node["type"] == "numberLiteral" else "a text"


def _groups(node):
    labels = ", ".join(node["grouping"])
    if node["without"]:
        return f"for each combination of {f'the labels other than {labels}' if labels else 'labels'}"
    return f"for each {labels}" if labels else "over all series"


def _pairing(node):
    verb, pairs = OPERATORS[node["op"]], node["matching"]
    if node["bool"]:
        verb = "0 or 1: " + verb.removeprefix("keeps what ")
    if not pairs or {"scalar"} & {kind(one) for one in children(node)}:
        return verb
    on = ", ".join(pairs["labels"])
    same = f"the same {on}" if on else "the same labels" if not pairs["on"] else "no labels in common"
    same = f"the same labels but {on}" if on and not pairs["on"] else same
    many = {"many-to-one": ", several on the left for one on the right", "one-to-many": ", one on the left for several"}
    return f"{verb}, by pairs with {same}{many.get(pairs['card'], '')}"


def _moment(node):
    at = {"start": " at the query's start", "end": " at its end"}.get(node["startOrEnd"], "")
    at = f" at {node['timestamp'] / 1000:.3f}" if node["timestamp"] is not None else at
    offset = _duration(node, "offset")
    return at + (
        f", {offset} earlier" if offset and not offset.startswith("-") else f", {offset[1:]} later" if offset else ""
    )


def _duration(node, key):
    """A duration of a node as text; "" if it is zero."""
    if node.get(f"{key}Expr"):
        return _computed(node[f"{key}Expr"])
    ms = node.get(key) or 0
    return ("-" if ms < 0 else "") + written(abs(ms)) if ms else ""


def _computed(node):
    if node["type"] == "numberLiteral":
        return written(float(node["val"]) * 1000) if node.get("duration") else node["val"]
    left, right = (_computed(node[side]) if node[side] else "" for side in ("lhs", "rhs"))
    if node["op"] in ("step", "range"):
        whole = f"{node['op']}()"
    elif node["op"] in ("min_of", "max_of"):
        whole = f"{node['op']}({left}, {right})"
    else:
        whole = f"{left} {node['op']} {right}" if left else f"{node['op']}{right}"
    return f"({whole})" if node["wrapped"] else whole


def _labels(names):
    return f"({', '.join(map(quoted_label, names))})"


def _modified(node):
    """The modifiers @ and offset."""
    at = f" @ {node['startOrEnd']}()" if node["startOrEnd"] else ""
    at = f" @ {node['timestamp'] / 1000:.3f}" if node["timestamp"] is not None else at
    offset = _duration(node, "offset")
    return at + (f" offset {offset}" if offset else "")


def _selector(node):
    rest = [one for one in node["matchers"] if (one["name"], one["type"]) != ("__name__", "=")]
    names = [one["value"] for one in node["matchers"] if (one["name"], one["type"]) == ("__name__", "=")]
    plain = names if names and METRIC_NAME.fullmatch(names[0]) else []
    inside = [quoted(name) for name in names if not plain]
    inside += [f"{quoted_label(one['name'])}{one['type']}{quoted(one['value'])}" for one in rest]
    window = f"[{_duration(node, 'range')}]" if node["type"] == "matrixSelector" else ""
    extended = next((f" {word}" for word in ("anchored", "smoothed") if node.get(word)), "")
    return "".join(plain) + (f"{{{', '.join(inside)}}}" if inside else "") + window + extended + _modified(node)


def _aggregation(node):
    grouping = f" {'without' if node['without'] else 'by'} {_labels(node['grouping'])} "
    grouping = grouping if node["grouping"] or node["without"] else ""
    return f"{node['op']}{grouping}({', '.join(text(one) for one in (node['param'], node['expr']) if one)})"


def _binary(node):
    words, pairs = [node["op"]], node["matching"]
    words += ["bool"] * node["bool"]
    if pairs:
        grouped = pairs["card"] in ("many-to-one", "one-to-many")
        if pairs["on"] or pairs["labels"] or grouped:
            words.append(f"{'on' if pairs['on'] else 'ignoring'} {_labels(pairs['labels'])}")
        if grouped:
            words.append(f"group_{'left' if pairs['card'] == 'many-to-one' else 'right'} {_labels(pairs['include'])}")
        fills = pairs.get("fillValues") or {}
        words += [
            f"fill_{name} ({fills[side]})"
            for side, name in (("lhs", "left"), ("rhs", "right"))
            if fills.get(side) is not None
        ]
    return f"{text(node['lhs'])} {' '.join(words)} {text(node['rhs'])}"


PRINTERS = {
    "aggregation": _aggregation,
    "binaryExpr": _binary,
    "call": lambda node: f"{node['func']['name']}({', '.join(map(text, node['args']))})",
    "matrixSelector": _selector,
    "numberLiteral": lambda node: node["val"],
    "parenExpr": lambda node: f"({text(node['expr'])})",
    "stringLiteral": lambda node: quoted(node["val"]),
    "subquery": lambda node: (
        f"{text(node['expr'])}[{_duration(node, 'range')}:{_duration(node, 'step')}]{_modified(node)}"
    ),
    "unaryExpr": lambda node: f"{node['op']}{text(node['expr'])}",
    "vectorSelector": _selector,
}
