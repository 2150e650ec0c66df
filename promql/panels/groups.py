"""Transformations that make few rows of many: groups, and calculations over columns."""

from dataclasses import replace

from promql.panels import reducers
from promql.panels.calculations import LISTS, cell, column
from promql.panels.columns import Table, Trend, missing
from promql.panels.joins import over_time
from promql.panels.overrides import named
from promql.panels.reducers import title


def grouped(options, tables):
    """A row for each group of rows that some columns say alike, with calculations over the others."""
    asked = {name: one for name, one in (options.get("fields") or {}).items() if isinstance(one, dict)}
    by = [name for name, one in asked.items() if one.get("operation") == "groupby"]
    if not by:
        return tables
    made = []
    for table in tables:
        keys = [one for one in table.columns if any(named(name, one, table) for name in by)]
        if not keys:
            continue
        groups = {}
        for place, row in enumerate(zip(*(one.values for one in keys), strict=True)):
            groups.setdefault(tuple(map(str, row)), []).append(place)
        places = list(groups.values())
        columns = [
            replace(
                one, values=one.values.iloc[[rows[0] for rows in places]].reset_index(drop=True), labels={}, legend=""
            )
            for one in keys
        ]
        for one in table.columns:
            wanted = asked.get(one.name) or asked.get(one.own) or {}
            calcs = [calc for calc in wanted.get("aggregations") or [] if calc in LISTS or reducers.is_known(calc)]
            if wanted.get("operation") != "aggregate":
                calcs = calcs if calcs == ["count"] and wanted.get("operation") == "groupby" else []
            for calc in calcs:
                cells = [cell(calc, replace(one, values=one.values.iloc[rows])) for rows in places]
                columns.append(column(cells, one.query, f"{one.name} ({calc})", kind_of(calc, one)))
        made.append(Table(columns, table.ref))
    return made


def reduced(options, tables):
    """A row for each column, or each column as one row, by calculations."""
    calcs = [reducers.ALIASES.get(calc, calc) for calc in options.get("reducers", ["max"]) or []]
    calcs = [calc for calc in calcs if calc in LISTS or reducers.is_known(calc)]
    if not calcs:
        return tables
    if options.get("mode") == "reduceFields":
        return [table for one in tables if (table := as_row(one, calcs, bool(options.get("includeTimeField")))).columns]
    return as_rows(tables, calcs, bool(options.get("labelsToFields")))


def as_row(table, calcs, with_time):
    """A table of one row: each column reduced by each calculation."""
    columns = []
    for one in table.columns:
        if one.kind == "time" and not with_time:
            continue
        for calc in calcs:
            labels = (one.labels or {}) | ({"reducer": title(calc)} if len(calcs) > 1 else {})
            kind = one.kind if calc in ("first", "firstNotNull", "last", "lastNotNull") else "number"
            columns.append(
                replace(
                    column([cell(calc, one)], one.query, one.own, kind, config=one.config),
                    labels=labels,
                    legend=one.legend,
                )
            )
    return replace(table, columns=columns)


def as_rows(tables, calcs, with_labels):
    """One table with a row for each column of all tables: its name, or its labels, and the calculations over it."""
    sources = [(table, one) for table in tables for one in table.columns if one.kind != "time"]
    if not sources:
        return []
    query = sources[0][1].query
    made = [column([one.own if with_labels else one.name for _, one in sources], query, "Field", "string")]
    if with_labels:
        keys = dict.fromkeys(name for _, one in sources for name in one.labels or ())
        made += [column([(one.labels or {}).get(name) for _, one in sources], query, name, "string") for name in keys]
    for calc in calcs:
        cells = [cell(calc, one) for _, one in sources]
        plain = all(isinstance(one, float) for one in cells)
        kind = "number" if plain else "boolean" if calc.startswith("allIs") else "string"
        made.append(column(cells, query, title(calc), kind))
    return [Table(made, "reduce-" + "-".join(table.ref for table in tables))]


def trends(options, tables):
    """A table for each query: a row for each of its series, with a column for each label and one of the series
    themselves. Other tables stay as they are, in front."""
    made, series = [], {}
    for table in tables:
        if numbers := numbers_over_time(table):
            series.setdefault(table.ref, []).extend(numbers)
        else:
            made.append(table)
    for ref, rows in series.items():
        query, keys = rows[0].query, dict.fromkeys(name for one in rows for name in one.labels or ())
        columns = [column([(one.labels or {}).get(name, "") for one in rows], query, name, "string") for name in keys]
        own = options.get(ref) if isinstance(options.get(ref), dict) else {}
        cells = [trend(own.get("stat") or "lastNotNull", one) for one in rows]
        made.append(Table([*columns, column(cells, query, f"Trend #{ref}", "frame")], ref))
    return made


def numbers_over_time(table):
    """The columns of numbers of a table whose times go forward; none of another table."""
    return [one for one in table.columns if one.kind == "number"] if over_time(table) else []


def trend(calc, source):
    value = cell(calc, source)
    return Trend(source.values.to_numpy(float), None if missing(value) else value)


def kind_of(calc, column):
    if calc in LISTS:
        return "string"
    return "boolean" if calc in ("allIsZero", "allIsNull") else "number" if "ount" in calc else column.kind
