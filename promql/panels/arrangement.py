"""Transformations that put columns in order and give them other names."""

import functools
from dataclasses import replace

from promql.panels import filters, joins, names
from promql.panels.options import expression, natural, replaced


def organized(options, tables):
    """Columns left out, put in order and renamed."""
    hidden, shown, order, renamed = (
        options.get(key) if isinstance(options.get(key), dict) else {}
        for key in ("excludeByName", "includeByName", "indexByName", "renameByName")
    )
    include = {"names": [name for name, on in shown.items() if on]}
    tables = filters.filtered(
        {"include": include, "exclude": {"names": [name for name, on in hidden.items() if on]}}, tables
    )
    made = []
    for table in alone(tables):
        columns = sorted(table.columns, key=functools.partial(place, order))
        if options.get("orderByMode") == "auto":
            columns = in_order(table, [one for one in options.get("orderBy") or [] if isinstance(one, dict)])
        made.append(joins.with_columns(table, [rename(one, renamed.get(one.name)) for one in columns]))
    return made


def place(order, column):
    """The place that a column is given by its name, else the last one."""
    found = order.get(column.name)
    return found if isinstance(found, int) else 2**53


def in_order(table, rules):
    """A table's columns by their names or by a label, as rules say; its first column of times stays before them."""
    columns = list(table.columns)
    for rule in reversed(rules):
        columns.sort(key=lambda one, rule=rule: natural(sorted_text(one, rule)), reverse=bool(rule.get("desc")))
    return sorted(columns, key=lambda one: one is not table.time)


def sorted_text(column, rule):
    return column.name if rule.get("type") == "name" else (column.labels or {}).get(rule.get("name"), "")


def rename(column, name):
    return (
        replace(column, config=column.config | {"displayName": name}, name=name)
        if name and isinstance(name, str)
        else column
    )


def renamed_by(options, tables):
    """Names changed by a regular expression."""
    pattern, template = options.get("regex"), options.get("renamePattern") or ""
    if not isinstance(pattern, str) or not pattern:
        return tables
    found, every = expression(pattern)
    made = []
    for table in alone(tables):
        columns = [
            rename(one, replaced(one.name, found, template, every)) if found.search(one.name) else one
            for one in table.columns
        ]
        made.append(joins.with_columns(table, columns))
    return made


def alone(tables):
    """The tables, the columns of each named as if it were the only one, as Grafana does where it renames and sorts."""
    for table in tables if len(tables) > 1 else []:
        names.show([table])
    return tables
