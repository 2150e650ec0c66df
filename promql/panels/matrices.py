"""Transformations that make columns of rows: a matrix of three columns, and a table on its side."""

from dataclasses import replace

import pandas as pd

from promql.panels import names
from promql.panels.calculations import column, written
from promql.panels.columns import Column, Table, milliseconds, missing
from promql.panels.joins import typed

MATRIX = {"columnField": "Time", "rowField": "Time", "valueField": "Value"}
EMPTY = {"null": None, "zero": 0.0, "true": True, "false": False}


def matrix(options, tables):
    """A row for each text of one column, a column for each of another, and in the cells what a third one says."""
    wanted = [options.get(key) or default for key, default in MATRIX.items()]
    found = [
        next((one for one in table.columns if name in (one.own, one.name)), None)
        for table in tables[:1]
        for name in wanted
    ]
    if len(tables) != 1 or None in found:
        return tables
    across, down, cells = found
    triples = zip(across.values, down.values, cells.values, strict=True)
    at = {(str(row), str(head)): value for head, row, value in triples}
    heads, rows = (list(dict.fromkeys(map(str, one.values))) for one in (across, down))
    empty = EMPTY.get(options.get("emptyValue"), None if cells.kind == "number" else "")
    made = [Column({}, pd.Series(rows, dtype=object), cells.query, own=f"{wanted[1]}\\{wanted[0]}", kind="string")]
    for head in heads:
        values = typed(cells, [at.get((row, head), empty) for row in rows])
        made.append(replace(cells, values=values, own=head, config=dict(cells.config), labels={}, legend=""))
    return [Table(made, f"groupingToMatrix-{tables[0].ref}")]


def transposed(options, tables):
    """Each table on its side: a row for each column, a column for each row, which the first column of texts or times
    names."""
    names.show(tables)
    title, rest = options.get("firstFieldName") or "Field", options.get("restFieldsName") or "Value"
    made = []
    for table in [one for one in tables if one.columns]:
        query, heads = table.columns[0].query, texts(table.columns[0], options)
        named = table.columns[0].kind in ("string", "time")
        rows = table.columns[1:] if named else table.columns
        kinds = {one.kind for one in rows}
        kind = kinds.pop() if len(kinds) == 1 else "string"
        cells = [texts(one, options) if kind == "string" else list(one.values) for one in rows]
        turned = [column([one.name for one in rows], query, title, "string")]
        for place, head in enumerate(heads):
            labels = {table.columns[0].own: head} if named else {"row": str(place + 1)}
            values = [own[place] for own in cells]
            turned.append(Column(labels, typed(turned[0], values), query, own=rest, kind=kind))
        made.append(Table(turned, f"transpose-{table.ref}"))
    return made


def texts(source, options):
    """The cells of a column as texts, times as Unix milliseconds."""
    empty = EMPTY.get(options.get("emptyValue"), "")
    stamps = map(milliseconds, source.values)
    return [empty if missing(one) else str(one) if isinstance(one, int) else written(one) for one in stamps]
