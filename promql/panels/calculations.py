"""Transformations that calculate: a column out of others."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.panels import reducers
from promql.panels.columns import Column, missing
from promql.panels.mappings import key as javascript_key
from promql.panels.overrides import named
from promql.panels.reducers import title

LISTS = ("allValues", "uniqueValues")  # calculations that give no number: the texts of a column, all or each once
MODES = (None, "reduceRow", "binary", "unary", "index", "cumulativeFunctions")
OPERATORS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod, "**": np.power}
UNARY = {
    "abs": np.abs,
    "exp": np.exp,
    "ln": np.log,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": lambda values: np.floor(values + 0.5),
    "percent": lambda values: values / values[np.isfinite(values)].sum(),
}


def number(value, default=0.0):
    """An option that is a number, also as a text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def written(value):
    """A cell as a text."""
    return "null" if missing(value) else javascript_key(value)


def cell(calc, source):
    """One calculation over a column, as a cell."""
    if calc in LISTS:
        texts = [written(one) for one in source.values]
        return ", ".join(dict.fromkeys(texts) if calc == "uniqueValues" else texts)
    value = source.reduce(calc)
    return bool(value) if calc in ("allIsZero", "allIsNull") else value


def column(values, query, own, kind="number", **more):
    """A new column of these values."""
    return Column({}, pd.Series(values, dtype=float if kind == "number" else object), query, own=own, kind=kind, **more)


def calculated(options, tables):
    """A column calculated from each row: added to the others, or in their place."""
    made, kind = [], each_of(options)
    if kind:
        return [one for table in tables if (one := by_kind(options, table, kind)).columns]
    for table in tables:
        found = values_of(options, table)
        if found is None:
            made += [] if options.get("replaceFields") else [table]
            continue
        alias = options.get("alias") or ""
        config = {"displayName": alias} if alias else {}
        if (options.get("index") or {}).get("asPercentile") and options.get("mode") == "index":
            config = {"unit": "percentunit"}
        kind = "string" if any(isinstance(one, str) for one in found) else "number"
        new = column(found, table.columns[0].query, alias or own_name(options), kind, config=config)
        new.values.index = table.columns[0].values.index
        keep = [table.time] if table.time and options.get("timeSeries") is not False else []
        made.append(replace(table, columns=[*(keep if options.get("replaceFields") else table.columns), new]))
    return made


def each_of(options):
    """The kind of the columns that are the left side of an operation one after the other; None where it is one column."""
    left = (options.get("binary") or {}).get("left") if options.get("mode") == "binary" else None
    matcher = (left.get("matcher") or {}) if isinstance(left, dict) else {}
    return matcher.get("options") if matcher.get("id") == "byType" else None


def by_kind(options, table, kind):
    """A column calculated from each one of a kind, after it or in the place of all; no columns where there is none."""
    given, only = options["binary"], options.get("replaceFields")
    sign, right = given.get("operator") or "+", operand(given.get("right"), table)
    sources = [one for one in table.columns if one.kind == kind == "number" and right is not None and sign in OPERATORS]
    first = table.time if options.get("timeSeries") is not False else None
    made = [first] if first else []
    for one in table.columns:
        made += [] if only or one is first else [one]
        if any(one is each for each in sources):
            with np.errstate(all="ignore"):
                values = pd.Series(OPERATORS[sign](one.values.to_numpy(float), right), one.values.index)
            made.append(replace(one, values=values, own=f"{one.own} {sign} {side_name(given.get('right'))}"))
    return replace(table, columns=made if sources or not only else [])


def values_of(options, table):
    """The cells of the new column; None where a column that it needs is missing."""
    mode, rows = options.get("mode") or "reduceRow", len(table)
    with np.errstate(all="ignore"):
        if mode == "binary":
            given = options.get("binary") or {}
            left, right = (operand(given.get(side), table) for side in ("left", "right"))
            operator = OPERATORS.get(given.get("operator") or "+")
            return None if left is None or right is None or operator is None else operator(left, right)
        if mode == "unary":
            given = options.get("unary") or {}
            source, operator = by_name(given.get("fieldName"), table), UNARY.get(given.get("operator") or "abs")
            return None if source is None or operator is None else operator(source.values.to_numpy(float))
        if mode == "index":
            return np.arange(rows) / (rows if (options.get("index") or {}).get("asPercentile") else 1)
        if mode == "cumulativeFunctions":
            return cumulative(options.get("cumulative") or {}, table)
    return row_wise(options.get("reduce") or {}, table)


def cumulative(given, table):
    names = [given["field"]] if given.get("field") else None
    source = next((one for one in table.columns if chosen(one, table, names)), None)
    if source is None or given.get("reducer", "sum") not in ("sum", "mean"):
        return None
    total = source.values.fillna(0).to_numpy(float).cumsum()
    return total / np.arange(1, len(total) + 1) if given.get("reducer") == "mean" else total


def chosen(one, table, names):
    return any(named(name, one, table) for name in names) if names else one.kind == "number"


def row_wise(given, table):
    """A calculation over the numbers of each row."""
    calc = given.get("reducer") or "sum"
    include = given.get("include") if isinstance(given.get("include"), list) and given.get("include") else None
    sources = [one for one in table.columns if chosen(one, table, include)]
    if not (calc in LISTS or reducers.is_known(calc)) or not table.columns:
        return None
    if calc in LISTS or any(one.kind != "number" for one in sources):
        rows = zip(*(one.values for one in sources), strict=True)
        return [cell(calc, column(list(row), table.columns[0].query, "", "string")) for row in rows]
    rows = np.array([one.values for one in sources], float).reshape(len(sources), len(table)).T
    return [reducers.reduce(row[~np.isnan(row)], calc) for row in rows]


def operand(given, table):
    """A column of that name, or a number, for each row."""
    if isinstance(given, dict):
        name = (given.get("matcher") or {}).get("options") if "fixed" not in given else None
        fixed = given.get("fixed", name)
    else:
        name = fixed = given
    source = by_name(name, table) if isinstance(name, str) else None
    if source is not None:
        return source.values.to_numpy(float)
    fixed = number(fixed, math.nan)
    return None if math.isnan(fixed) else np.full(len(table), fixed)


def by_name(name, table):
    return next((one for one in table.columns if one.name == name and one.kind in ("number", "boolean")), None)


def own_name(options):
    """What Grafana calls a calculated column that has no name."""
    mode = options.get("mode") or "reduceRow"
    if mode == "binary":
        given = options.get("binary") or {}
        left, right = (side_name(given.get(side)) for side in ("left", "right"))
        return f"{left} {given.get('operator') or '+'} {right}"
    if mode == "unary":
        given = options.get("unary") or {}
        return f"{given.get('operator') or 'abs'}({given.get('fieldName') or ''})"
    if mode == "index":
        return "Row"
    if mode == "cumulativeFunctions":
        given = options.get("cumulative") or {}
        return f"cumulative {given.get('reducer') or ''}" + (f"({given['field']})" if given.get("field") else "")
    return title((options.get("reduce") or {}).get("reducer") or "sum")


def side_name(given):
    if isinstance(given, dict):
        return given.get("fixed") or (given.get("matcher") or {}).get("options") or ""
    return given if given is not None else ""
