"""What a variable of type query or custom can be chosen from, as Grafana asks Prometheus for it.

https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
"""

import json
import re
import time
import warnings

from promql.dataframes import label_sets
from promql.errors import PrometheusWarning, UnsupportedPanel
from promql.panels.units import javascript

SOURCES = (  # kinds of data sources that ask a server with Prometheus's API; None where only a uid or a name is given
    "prometheus",
    "datasource",
    "grafana-amazonprometheus-datasource",
    "victoriametrics-metrics-datasource",
    None,
)
LABEL_NAMES = re.compile(r"label_names\((.*)\)\s*")
LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?\"?([^\s,\"]+)\"?\)\s*", re.DOTALL)
METRICS = re.compile(r"metrics\((.+)\)\s*")
QUERY_RESULT = re.compile(r"query_result\((.+)\)\s*", re.DOTALL)
CUSTOM = re.compile(r"(?:\\,|[^,])+")
PAIR = re.compile(r"\s*(.+)\s:\s(.+)")
PLACE = re.compile(r"\$(?:([$&`'])|<([^>]*)>|(\d\d?))")  # of a template in JavaScript


def query(model):
    """The text of a variable's query, which newer versions keep in an object."""
    written = model.get("query")
    if isinstance(written, dict):
        written = written.get("query") or written.get("expr")
    return written if isinstance(written, str) else model.get("definition") or ""


def unfit(model):
    """Why the options cannot be found; None if they can."""
    if not query(model).strip():
        return "its query is empty."
    try:
        expression(model.get("regex") or "")
    except UnsupportedPanel as error:
        return str(error)
    return None


def options(model, known, prometheus, interpolate):
    """The options in Grafana's order: pairs of value and text. `interpolate` writes `known` variables into texts."""
    if model["type"] == "custom" and model.get("valuesFormat") == "json":
        return from_json(str(model.get("query") or ""))
    if model["type"] == "custom":
        written = [one.replace("\\,", ",").strip() for one in CUSTOM.findall(str(model.get("query") or ""))]
        pairs = [
            (found[2].strip(), found[1].strip()) if (found := PAIR.fullmatch(one)) else (one, one) for one in written
        ]
        return list(dict(pairs).items())
    asked = interpolate(query(model).strip(), known)
    pattern = expression(interpolate(model.get("regex") or "", known, "regex"))
    pairs = [pair for text in answers(asked, prometheus) for pair in filtered(text, *pattern)]
    return ordered(list(dict(pairs).items()), model.get("sort") or 0)


def from_json(text):
    """Options that are written as a list of JSON: of texts, or of objects with a value and a text."""
    try:
        listed = json.loads(text)
    except ValueError:
        return []
    found = (
        [one if isinstance(one, dict) else {"value": one} for one in listed if one] if isinstance(listed, list) else []
    )
    pairs = [(str(one["value"]), str(one.get("text") or one["value"])) for one in found if "value" in one]
    return list(dict(pairs).items())


def answers(asked, prometheus):
    """The texts that a query of a variable has for an answer."""
    if found := LABEL_VALUES.fullmatch(asked):
        return prometheus.label_values(found[2], found[1])
    if found := LABEL_NAMES.fullmatch(asked):
        return prometheus.label_names(found[1] or None)
    if found := METRICS.fullmatch(asked):
        return [name for name in prometheus.label_values("__name__") if compiled(found[1]).search(name)]
    if found := QUERY_RESULT.fullmatch(asked):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PrometheusWarning)  # an empty answer is no options
            answer, at = prometheus.query(found[1]), int(time.time())
        values = answer.iloc[:, -1] if len(answer) else []
        return [
            f"{written(one)} {javascript(value)} {at}000" for one, value in zip(label_sets(answer), values, strict=True)
        ]
    return [written(one) for one in prometheus.get("series", **{"match[]": asked})]


def written(labels):
    """A series as Grafana writes it for a variable."""
    others = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{others}}}"


def compiled(pattern, flags=0):
    """A regular expression of JavaScript's. UnsupportedPanel where Python has none like it."""
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern), flags)
    except re.error as error:
        raise UnsupportedPanel(f"the regular expression {pattern!r} is not understood: {error}.") from None


def expression(text):
    """A regular expression as Grafana writes it, and whether all its matches count; without slashes it is anchored."""
    if not text:
        return None, False
    if not text.startswith("/"):
        return compiled(f"^(?:{text})$"), False
    found = re.fullmatch(r"/(.*?)/([gimsuy]*)", text, re.DOTALL)
    if not found:
        raise UnsupportedPanel(f"the regular expression {text!r} is not understood: it has no end.")
    flags = (re.IGNORECASE if "i" in found[2] else 0) | (re.MULTILINE if "m" in found[2] else 0)
    return compiled(found[1], flags | (re.DOTALL if "s" in found[2] else 0)), "g" in found[2]


def replaced(text, pattern, template, every):
    """A text with one match of a pattern, or every one, replaced as JavaScript does it: by $1, $<name>, $& and more."""
    return pattern.sub(lambda match: PLACE.sub(lambda found: part(found, match), template), text, 0 if every else 1)


def part(found, match):
    """What stands for one place of a template."""
    sign, name, digits = found.groups()
    if sign:
        text = match.string
        return {"$": "$", "&": match[0], "`": text[: match.start()], "'": text[match.end() :]}[sign]
    if name is not None:
        return (match.groupdict().get(name) or "") if match.re.groupindex else found[0]
    number = next((one for one in (digits, digits[:1]) if 1 <= int(one) <= match.re.groups), None)
    return found[0] if number is None else (match[int(number)] or "") + digits[len(number) :]


def filtered(text, pattern, every):
    """The pairs of value and text that a regular expression makes of one answer: none where it does not match."""
    if pattern is None:
        return [(text, text)]
    matches = list(pattern.finditer(text))[: None if every else 1]
    if not matches:
        return []
    named = {}
    for match in reversed(matches):
        named |= {name: group for name, group in match.groupdict().items() if group}
    if "value" in named or "text" in named:
        return [(named.get("value", named.get("text")), named.get("text", named.get("value")))]
    if pattern.groups and len(matches) > 1:
        return [(match[1] or "", match[1] or "") for match in matches]
    found = (matches[0][1] or "") if pattern.groups else text
    return [(found, found)]


def first_number(pair):
    found = re.search(r"\d+", pair[1])
    return int(found[0]) if found else -1


def natural(text):
    """A key by which 2 comes before 10, and cases do not count."""
    return [(0, int(one), "") if one.isdigit() else (1, 0, one) for one in re.split(r"(\d+)", text.lower()) if one]


ORDERS = {1: lambda pair: pair[1], 2: first_number, 3: lambda pair: pair[1].lower(), 4: lambda pair: natural(pair[1])}


def ordered(pairs, sort):
    """Options sorted as the variable says: its even numbers are descending."""
    order = ORDERS.get((int(sort) + 1) // 2)
    return pairs if order is None else sorted(pairs, key=order, reverse=sort % 2 == 0)
