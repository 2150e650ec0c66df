"""Transformations that make one table of several: merge, join, series to rows, concatenate."""

import functools
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.panels.columns import Column, Table, Trend, missing
from promql.panels.overrides import named

NOTHING = object()  # no cell at all, where Grafana's null is one


def with_columns(table, columns):
    """A table with these columns in the place of its own."""
    return replace(table, columns=list(columns))


def reordered(table, rows):
    """A table with these rows, by their places."""
    columns = [replace(one, values=one.values.iloc[rows].reset_index(drop=True)) for one in table.columns]
    return replace(table, columns=columns)


def order(column, descending=False):
    """The places of a column's values in their order, those without a value first."""
    keys = [sort_key(one) for one in column.values]
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)


def sort_key(value):
    value = value.value if isinstance(value, Trend) else value
    if missing(value):
        return (0, 0.0, "")
    if isinstance(value, pd.Timestamp):
        return (1, float(value.value), "")
    return (
        (1, float(value), "") if isinstance(value, int | float | np.number | np.bool_) else (2, 0.0, str(value).lower())
    )


def series(values):
    """Cells as a Series: numbers, or objects with None where there is nothing."""
    cells = [None if one is NOTHING or missing(one) else one for one in values]
    if cells and all(
        one is None or (isinstance(one, float | int | np.number) and not isinstance(one, bool)) for one in cells
    ):
        return pd.Series([np.nan if one is None else one for one in cells], dtype=float)
    return pd.Series(cells, dtype=object)


def typed(column, values):
    """Cells for a column: None where there is nothing, which is not a number that is NaN."""
    cells = [None if one is NOTHING else one for one in values]
    return pd.Series(cells, dtype=float if column.kind == "number" and None not in cells else object)


def merged(_, tables):
    """One table with a row for what all columns that every table has say alike; cells are filled in from each."""
    tables = [one for one in tables if one.columns]
    if len(tables) < 2:
        return tables
    columns = {column.own: column for table in reversed(tables) for column in reversed(table.columns)}
    columns = {one.own: columns[one.own] for table in tables for one in table.columns}
    shared = [name for name in columns if all(any(one.own == name for one in table.columns) for table in tables)]
    if not shared:
        return tables
    rows, at = [], {}
    for table in tables:
        own = {one.own: list(one.values) for one in table.columns}
        for place in range(len(table)):
            row = {name: values[place] for name, values in own.items()}
            same = at.setdefault(tuple(str(row[name]) for name in shared), [])
            fits = [
                other
                for other in same
                if all(compatible(other.get(name, NOTHING), value) for name, value in row.items())
            ]
            for other in fits:
                other |= row
            if not fits:
                same.append(row)
                rows.append(row)
    made = []
    for name, column in columns.items():
        plain = {key: one for key, one in column.config.items() if key != "displayName"}
        values = typed(column, [row.get(name, NOTHING) for row in rows])
        made.append(replace(column, values=values, labels={}, config=plain, legend=column.legend))
    return [Table(made, "merge-" + "-".join(one.ref for one in tables))]


def compatible(there, value):
    return there is NOTHING or missing(there) or there == value


def joined(options, tables):
    """One table, a row for each value of the column that is joined by: outer, inner, or outer with repeated rows."""
    by, mode = options.get("byField"), options.get("mode") or "outer"
    if len(tables) < 2 or (by is not None and not isinstance(by, str)):
        return tables
    found = [(table, key_column(table, by)) for table in tables]
    if mode == "inner" and any(key is None for _, key in found):
        return []
    found = [(table, key) for table, key in found if key is not None]
    if not found:
        return []
    first = found[0][1]
    parts = [(list(key.values), [list(one.values) for one in table.columns if one is not key]) for table, key in found]
    cells = (
        outer(parts, first.kind)
        if mode == "outer"
        else functools.reduce(functools.partial(tabular, mode == "outerTabular"), parts)
    )
    columns = [first] + [one for table, key in found for one in table.columns if one is not key]
    made = [
        replace(one, values=typed(one, values), labels=one.labels if one is first else one.labels or {})
        for one, values in zip(columns, [cells[0], *cells[1]], strict=True)
    ]
    return [Table(made, "joinByField-" + "-".join(table.ref for table in tables))]


def key_column(table, by):
    if not by:
        return table.time
    return next((one for one in table.columns if named(by, one, table)), None)


def outer(parts, kind):
    """Rows for all keys: in order for numbers and times, as they come for texts. Of a key that comes twice in one table,
    the last row counts; tables with the very same keys stay side by side."""
    if all(keys == parts[0][0] for keys, _ in parts):
        return parts[0][0], [values for _, columns in parts for values in columns]
    keys = list(dict.fromkeys(key for own, _ in parts for key in own))
    keys = sorted(keys, key=sort_key) if kind in ("number", "time") else keys
    place = {key: rank for rank, key in enumerate(keys)}
    made = []
    for own, columns in parts:
        for values in columns:
            cells = [NOTHING] * len(keys)
            for key, value in zip(own, values, strict=True):
                if not missing(value):
                    cells[place[key]] = value
            made.append(cells)
    return keys, made


def tabular(outside, left, right):
    """Rows of two tables for each pair with the same key; with `outside`, those that have no partner as well."""
    (keys, columns), (others, more) = left, right
    at = {}
    for place, key in enumerate(others):
        at.setdefault(key, []).append(place)
    pairs = [(one, two) for one, key in enumerate(keys) if not missing(key) for two in at.get(key, [])]
    if outside:
        pairs += [(one, None) for one, key in enumerate(keys) if missing(key) or key not in at]
        pairs += [(None, two) for key, places in at.items() if key not in set(keys) for two in places]
    own = [keys[one] if one is not None else others[two] for one, two in pairs]
    made = [[values[one] if one is not None else NOTHING for one, _ in pairs] for values in columns]
    made += [[values[two] if two is not None else NOTHING for _, two in pairs] for values in more]
    return own, made


def over_time(table):
    """Whether a table is of series over time: it has numbers, and times that go forward."""
    times = table.time.values if table.time else None
    forward = times is not None and times.is_unique and times.is_monotonic_increasing
    return forward and any(one.kind == "number" for one in table.columns)


def joined_by_labels(options, tables):
    """One table, a row for each set of labels, a column for each text of one more label, filled with the values."""
    title, every = options.get("value"), [one for table in tables for one in table.columns if one.labels]
    known = dict.fromkeys(key for one in every for key in one.labels)
    if title not in known:
        return [Table([Column({}, pd.Series([], dtype=object), (), own="Error", kind="string")])] if tables else []
    by = [key for key in options.get("join") or known if key != title]
    groups, sources = {}, {}
    for one in every:
        name = one.labels.get(title, "undefined")
        sources.setdefault(name, one)
        cells = groups.setdefault(tuple(one.labels.get(key) for key in by), {})
        cells.setdefault(name, []).extend(one.values)
    columns = {name: [] for name in [*by, *sources]}
    for labels, cells in groups.items():
        rows = max(map(len, cells.values()))
        for place, key in enumerate(by):
            columns[key] += [labels[place]] * rows
        for name in sources:
            own = cells.get(name, [])
            columns[name] += own + [NOTHING] * (rows - len(own))
    made = [Column({}, pd.Series(columns[key], dtype=object), every[0].query, own=key, kind="string") for key in by]
    made += [Column({}, typed(one, columns[key]), one.query, own=key, kind=one.kind) for key, one in sources.items()]
    return [Table(made, "joinByLabels-" + "-".join(table.ref for table in tables))]


def series_to_rows(_, tables):
    """One table of time, metric and value, the newest first."""
    tables = [one for one in tables if len(one)]
    if not tables or not all(over_time(one) for one in tables):
        return tables
    pieces = []
    for table in tables:
        values = [one for one in table.columns if one.kind != "time"]
        name = ", ".join(one.name for one in values)
        pieces += [(at, name, cell) for at, cell in zip(table.time.values, values[0].values, strict=True)]
    pieces.sort(key=lambda row: row[0], reverse=True)
    query = tables[0].columns[0].query
    kind = next(one.kind for one in tables[0].columns if one.kind != "time")
    kinds = [("Time", "time"), ("Metric", "string"), ("Value", kind)]
    columns = [
        Column(
            None if kind == "time" else {},
            pd.Series([row[place] for row in pieces], dtype=float if kind == "number" else object),
            query,
            own=name,
            kind=kind,
        )
        for place, (name, kind) in enumerate(kinds)
    ]
    return [Table(columns, "seriesToRows-" + "-".join(one.ref for one in tables))]


def concatenated(_, tables):
    """All columns side by side, as long as the longest."""
    longest = max((len(one) for one in tables), default=0)
    columns = [
        replace(one, values=typed(one, [*one.values, *[NOTHING] * (longest - len(one.values))]))
        for table in tables
        for one in table.columns
    ]
    return [Table(columns, "concatenate-" + "-".join(one.ref for one in tables))] if tables else []
