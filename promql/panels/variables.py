"""A dashboard's template variables: their values, and how Grafana writes them into queries and titles.

https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
"""

import re
from typing import NamedTuple

from promql.errors import QueryError
from promql.panels import formats, intervals, options
from promql.times import duration

REFERENCE = re.compile(r"\$(\w+)|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]")
KINDS = ("query", "custom", "constant", "interval", "textbox", "datasource", "adhoc", "groupby", "switch")
ALL = ("$__all", "All")
BUILT_IN = {"timezone": "utc", "__timezone": "utc", "__searchFilter": ".*", "timeFilter": "", "__timeFilter": ""}


class Value(NamedTuple):
    """What a variable stands for: its values, and the text that takes its place in a query."""

    raw: list
    query: str
    text: str = ""
    several: bool = False
    every: bool = False  # All is chosen: `raw` are all options
    own: bool = False  # All has a text of its own, the `query`
    many: bool = False  # it is a list, even if of one


class Auto(NamedTuple):
    """An interval that follows from the time range: so many `parts` of it, and at least `least`."""

    parts: float
    least: str


def limit(model):
    """Why a variable is not as in Grafana; None if it is."""
    kind, of = model.get("type"), model.get("datasource")
    if kind not in KINDS:
        return f"variables of type {kind} are not supported."
    if kind in ("adhoc", "groupby") and chosen(model):
        return f"the filters of a variable of type {kind} are not added to the queries."
    if kind == "query" and isinstance(of, dict) and of.get("type") not in options.SOURCES:
        return f"variables of the data source {of['type']} are not supported."
    if kind == "query" and (why := options.unfit(model)):
        return why
    return None


def chosen(model):
    """The filters or the labels that a dashboard was saved with."""
    return model.get("filters") or (model.get("type") == "groupby" and listed(saved(model)))


def resolve(variables, given, prometheus, macros, refused):
    """The Value of each variable by name: what `given` says, else what was saved if it still exists, else All or the
    first option. One that names another follows it, wherever it stands. `macros` are other texts that queries name; what
    Prometheus refused goes into `refused`, by name, and such a variable is empty."""
    models = {one["name"]: one for one in variables if limit(one) is None and one["type"] not in ("adhoc", "groupby")}
    values, begun = {}, set()

    def settle(name):
        begun.add(name)
        for other in named(models[name]):
            if other in models and other not in begun:
                settle(other)
        try:
            values[name] = _value(models[name], given.get(name), BUILT_IN | macros | values, prometheus)
        except QueryError as error:
            refused[name], values[name] = error.reason, made([""], [""], bool(models[name].get("multi")))

    for name in models:
        if name not in begun:
            settle(name)
    return {name: values[name] for name in models}


def named(model):
    """The names of the variables that a variable's query, regular expression or value for All has."""
    texts = " ".join(str(one) for one in (options.query(model), *map(model.get, ("query", "regex", "allValue"))))
    return [found[1] or found[2] or found[5] for found in REFERENCE.finditer(texts)]


def saved(model):
    current = model.get("current")
    return current.get("value") if isinstance(current, dict) else None


def listed(value):
    """A value, or a list of them, as a list of texts."""
    if value is None or isinstance(value, dict):
        return []
    members = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in members if isinstance(one, str | int | float)]


def _value(model, given, known, prometheus):
    kind, multi = model["type"], bool(model.get("multi"))
    several = multi or bool(model.get("includeAll"))
    if kind in ("constant", "textbox"):
        found = listed(saved(model) if given is None else given) or listed(model.get("query")) or [""]
        return made(found[:1], found[:1], False)
    if kind == "interval":
        return interval(model, given)
    if kind == "datasource":
        return made(["prometheus"], ["prometheus"], False)
    if kind == "switch":
        return made(listed(saved(model) if given is None else given)[:1] or [""], [], False)
    wanted = listed(given) if given is not None else listed(saved(model))
    if given is not None and not set(wanted) & set(ALL):
        return made(wanted, wanted, several, multi)
    found = options.options(model, known, prometheus, interpolate)
    texts = dict(found)
    wanted = valid(wanted, found, bool(model.get("includeAll")), several)
    if wanted == ["$__all"]:
        everything = list(texts)
        if model.get("allValue"):
            return Value(everything, interpolate(str(model["allValue"]), known, "glob"), "All", True, True, own=True)
        return Value(everything, escape(everything, True), "All", True, True, many=True)
    return made(wanted, [texts.get(one, one) for one in wanted], several, multi)


def valid(wanted, found, every, several):
    """Those of the saved values that still exist, by value or by text; else All where there is All, else the first."""
    by_text = {text: value for value, text in reversed(found)}
    if every and set(wanted) & set(ALL):
        return ["$__all"]
    kept = [one if one in dict(found) else by_text.get(one) for one in wanted]
    kept = [one for one in kept if one is not None][: None if several else 1]
    return kept or (["$__all"] if every else [found[0][0] if found else ""])


def made(values, texts, several, many=False):
    """The Value of chosen options."""
    written = escape(values if several else values[0], several)
    return Value(values, written, " + ".join(texts or values), several, many=many or len(values) > 1)


def interval(model, given):
    """A length of time: one of a list, or one that follows from the time range."""
    found = [text.strip() for text in str(model.get("query") or "").split(",") if text.strip()]
    wanted = listed(given if given is not None else saved(model))[:1]
    automatic = wanted and (wanted[0].startswith("$__auto") or wanted[0] == "auto")
    if automatic and model.get("auto", True):
        return Auto(model.get("auto_count") or 30, model.get("auto_min") or "10s")
    wanted = wanted if wanted and (wanted[0] in found or given is not None) else found[:1]
    return made(wanted or [""], wanted or [""], False)


def timed(values, start, end):
    """The same values with the intervals that follow from a time range, in ms, written out."""
    return {name: auto_value(one, end - start) if isinstance(one, Auto) else one for name, one in values.items()}


def auto_value(auto, span):
    """The Value of an automatic interval for a time range that wide."""
    least = duration(auto.least) if intervals.known(auto.least) and intervals.least(auto.least) else 10_000
    text = intervals.largest(max(intervals.shown(span / max(1, auto.parts)), least))
    return made([text], [text], False)


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
        name, style = found[1] or found[2] or found[5], found[4] or found[6] or form
        value = values.get(name)
        if isinstance(value, str):
            dated = name in ("__from", "__to") and (style or "").startswith("date")
            return formats.moment(value, style.split(":")[1:]) if dated else value
        if not isinstance(value, Value):
            return found[0]
        return formats.written(value, name, style) if style and value.raw else value.query

    return REFERENCE.sub(write, text)
