"""Value mappings: the text and the colour that a panel shows in the place of a value.

https://grafana.com/docs/grafana/latest/panels-visualizations/configure-value-mappings/
"""

import math
import re

from promql.errors import UnsupportedPanel
from promql.panels.options import expression, replaced
from promql.panels.units import javascript

SPECIAL = {
    "null": lambda value: value is None,
    "nan": lambda value: isinstance(value, float) and math.isnan(value),
    "null+nan": lambda value: value is None or (isinstance(value, float) and math.isnan(value)),
    "true": lambda value: value is True or value == "true",
    "false": lambda value: value is False or value == "false",
    "empty": lambda value: value == "",
}


def result(mappings, value):
    """The `text` and `color` of the first mapping that fits a value: a number, a text, a truth or None. Else {}."""
    for mapping in mappings or []:
        kind, options = mapping.get("type"), mapping.get("options") or {}
        if kind == "special" and options.get("match") in SPECIAL:
            if SPECIAL[options["match"]](value):
                return options.get("result") or {}
        elif value is not None and kind in KINDS and (found := KINDS[kind](options, value)):
            return found
    return {}


def same(options, value):
    found = options.get(key(value))
    return found if isinstance(found, dict) else None


def key(value):
    """A value as a key of a mapping: as JavaScript writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return javascript(value) if isinstance(value, float | int) else str(value)


def within(options, value):
    low, high, at = number(options.get("from")), number(options.get("to")), number(value)
    fits = not math.isnan(at) and not (low is not None and at < low) and not (high is not None and at > high)
    return options.get("result") if fits else None


def number(value):
    """A number, from the beginning of a text if need be; None for what is not given, NaN for what is none."""
    if value is None or isinstance(value, bool):
        return None if value is None else math.nan
    found = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value) if isinstance(value, str) else None
    return float(found[0] if found else value) if found or isinstance(value, int | float) else math.nan


def matching(options, value):
    if not isinstance(value, str):
        return None
    try:
        pattern, every = expression(options.get("pattern") or "")
    except UnsupportedPanel:
        return None
    if pattern is None or not pattern.search(value):
        return None
    found = dict(options.get("result") or {})
    if found.get("text") is not None:
        found["text"] = replaced(value, pattern, found["text"], every)
    return found


KINDS = {"value": same, "range": within, "regex": matching}
