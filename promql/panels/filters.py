"""Transformations that leave something out: tables by their query, columns by their name, rows by their values."""

import numpy as np
import pandas as pd

from promql.dataframes import gaps
from promql.panels.calculations import number, written
from promql.panels.columns import milliseconds
from promql.panels.joins import reordered, with_columns
from promql.panels.options import expression
from promql.panels.overrides import COMPARE, MATCHERS


def picks(matcher, table):
    """Whether a transformation applies to a table: by the letter of its query."""
    wanted = matcher.get("options")
    if not isinstance(wanted, str) or not wanted or matcher.get("id") != "byRefId":
        return True
    if wanted.startswith("/"):
        return bool(expression(wanted)[0].search(table.ref))
    return table.ref in wanted.split("|")


def by_ref(options, tables):
    """Tables of some queries only; each where none is named."""
    chosen = options.get("include")
    if not chosen:
        return tables
    return [one for one in tables if picks({"id": "byRefId", "options": chosen}, one)]


def filtered(options, tables):
    """Columns by their names: those included, without those excluded."""
    include, exclude = wanted(options.get("include"), options), wanted(options.get("exclude"), options)
    made = []
    for table in tables:
        kept = [one for one in table.columns if include is None or include(one, table)]
        kept = [one for one in kept if exclude is None or not exclude(one, table)]
        if kept:
            made.append(with_columns(table, kept))
    return made


def wanted(options, whole):
    """Whether a column is chosen by its name or by a pattern; None where nothing is said."""
    options = options if isinstance(options, dict) else {}
    names_, pattern = options.get("names"), options.get("pattern")
    if whole.get("byVariable") and isinstance(options.get("variable"), str):
        names_, pattern = options["variable"].strip("{}").split(","), None
    if not names_ and not pattern:
        return None
    chosen = {"names": names_ or [], "pattern": pattern or ""}
    return lambda column, table: MATCHERS["byRegexpOrNames" if pattern else "byNames"](chosen, column, table)


def value_filtered(options, tables):
    """Rows whose values fit conditions."""
    conditions = [one for one in options.get("filters") or [] if isinstance(one, dict)]
    every, include = options.get("match") == "all", options.get("type", "include") == "include"
    made = []
    for table in tables:
        masks = [
            fits(column, one.get("config") or {})
            for one in conditions
            for column in table.columns
            if one.get("fieldName") in (column.own, column.name)
        ]
        if not masks:
            made.append(table)
            continue
        mask = np.logical_and.reduce(masks) if every else np.logical_or.reduce(masks)
        made.append(reordered(table, np.flatnonzero(mask if include else ~mask)))
    return made


def fits(source, condition):
    """Which cells of a column fit a condition of filterByValue."""
    kind, options = condition.get("id"), condition.get("options") or {}
    values, wanted = source.values, options.get("value")
    if kind in ("isNull", "isNotNull"):
        return gaps(values) if kind == "isNull" else ~gaps(values)
    if kind in ("regex", "substring", "notSubstring"):
        texts = values.map(lambda one: "" if one is None else written(one))
        found = texts.str.contains(str(wanted), regex=kind == "regex", case=kind == "regex").to_numpy()
        return ~found if kind == "notSubstring" else found
    if kind in ("equal", "notEqual"):
        same = values.map(lambda one: written(one) == written(wanted)).to_numpy()
        return same if kind == "equal" else ~same
    numbers = pd.to_numeric(values.map(milliseconds), errors="coerce").to_numpy(float)
    if kind == "between":
        return (numbers > number(options.get("from"))) & (numbers < number(options.get("to")))
    compare = {"greater": "gt", "greaterOrEqual": "gte", "lower": "lt", "lowerOrEqual": "lte"}.get(kind)
    return COMPARE[compare](numbers, number(wanted)) if compare else np.ones(len(values), bool)
