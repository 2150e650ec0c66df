"""Value mappings, thresholds and colours of older schemas."""

import math
import re

KINDS = {1: "value", "value": "value", 2: "range", "range": "range"}


def mappings(old, steps=()):
    """Mappings before schema 30, as those of today. A number at a text's beginning lent it its colour."""
    values, others = {}, []
    for one in old:
        result = {"text": one.get("text"), "color": active(one.get("text"), steps)}
        kind = KINDS.get(one.get("type"))
        if one.get("type") in ("value", "range", "special", "regex") and one.get("options"):
            if kind == "value":
                values |= one["options"]
            else:
                others.append(one)
        elif kind == "value" and one.get("value") is not None:
            if str(one["value"]) == "null":
                others.append({"type": "special", "options": {"match": "null", "result": result}})
            else:
                values[written(one["value"])] = result
        elif kind == "range":
            ends = {end: one.get(end) for end in ("from", "to")}
            if "null" in ends.values():
                others.append({"type": "special", "options": {"match": "null", "result": result}})
            else:
                others.append({"type": "range", "options": {**ends, "result": result}})
    return ([{"type": "value", "options": values}] if values else []) + others


def written(value):
    """A key of a mapping: a whole number without its point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def active(text, steps):
    """The colour of the highest threshold that the number at a text's beginning reaches; None without one."""
    found = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)", str(text))
    reached = [
        one.get("color") for one in steps if found and (one.get("value") is None or float(found[0]) >= one["value"])
    ]
    return reached[-1] if reached else None


def steps(levels, colors):
    """Thresholds out of the levels between colours, as singlestat and the old table had them."""
    ends = [None, *(number(level) for level in levels)]
    found = [{"value": at, "color": color} for at, color in zip(ends, colors, strict=False)]
    return [one for place, one in enumerate(found) if place == 0 or one["value"] is not None]


def number(text):
    """A level as a number; an empty one is 0, as in JavaScript. None where it is none."""
    try:
        value = float(str(text).strip() or 0)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
