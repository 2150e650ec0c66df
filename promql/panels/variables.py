"""A dashboard's template variables: their values, and how Grafana writes them into queries and titles.

https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
"""

import re
from typing import NamedTuple

REFERENCE = re.compile(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]")
LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?(.+)\)\s*")
KINDS = ("query", "custom", "constant", "interval", "textbox", "datasource")
FORMATS = {"csv": ",", "pipe": "|", "raw": ",", "text": " + "}


class Value(NamedTuple):
    """What a variable stands for: its values, and the text that takes its place in a query."""

    raw: list
    query: str


def limit(model):
    """Why a variable cannot be resolved; None if it can."""
    if model["type"] not in KINDS:
        return f"variables of type {model['type']} are not supported."
    if model["type"] == "query" and not LABEL_VALUES.fullmatch(_query(model)):
        return f"{_query(model)} is not supported, only label_values(...) is."
    return None


def resolve(variables, given, prometheus):
    """The Value of each variable by name: what `given` says, else what was saved, else its first option."""
    values = {}
    for model in variables:
        if limit(model) is None:
            values[model["name"]] = _value(model, given.get(model["name"]), values, prometheus)
    return values


def _query(model):
    query = model.get("query") or ""
    return query if isinstance(query, str) else query.get("query", "")


def _value(model, chosen, known, prometheus):
    written = model.get("query") if model["type"] in ("constant", "textbox") else None
    chosen = chosen or (model.get("current") or {}).get("value") or written or []
    chosen = [chosen] if isinstance(chosen, str) else chosen
    several = bool(model.get("multi") or model.get("includeAll"))
    if not chosen or (several and chosen[0] in ("All", "$__all")):
        if model.get("includeAll") and model.get("allValue"):
            return Value(["All"], model["allValue"])
        options = _options(model, known, prometheus) or [""]
        chosen = options if model.get("includeAll") else options[:1]
    return Value(chosen, escape(chosen if several else chosen[0], several))


def _options(model, known, prometheus):
    query = interpolate(_query(model), known)
    if model["type"] in ("custom", "interval"):
        return [option.split(" : ")[-1].strip() for option in query.split(",")]
    if model["type"] == "datasource":
        return ["prometheus"]
    found = LABEL_VALUES.fullmatch(query)
    wanted = re.compile((model.get("regex") or "").strip("/"))
    matches = [wanted.search(value) for value in prometheus.label_values(found[2].strip(), found[1])]
    return [match[1] if wanted.groups else match.string for match in matches if match]


def escape(value, several):
    """A value as it stands in a query: a variable that may have several values is part of a regular expression."""
    if not several:
        return value.replace("\\", r"\\").replace("'", r"\\'")
    values = [value] if isinstance(value, str) else value
    values = [re.sub(r"[$^*{}\[\]+?.()|]", r"\\\\\g<0>", one.replace("\\", r"\\\\")) for one in values]
    return values[0] if len(values) == 1 else f"({'|'.join(values)})"


def interpolate(text, values, form=None):
    """`text` with $name, ${name}, ${name:form} and [[name]] written out; names that `values` lacks stay as they are."""

    def write(found):
        value = values.get(found[1] or found[2] or found[4])
        style = found[3] or found[5] or form
        if value is None or isinstance(value, str):
            return found[0] if value is None else value
        return FORMATS[style].join(value.raw) if style in FORMATS else value.query

    return REFERENCE.sub(write, text)
