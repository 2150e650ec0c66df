"""A panel's transformations: its tables changed one after the other, as Grafana does it before it draws them.

https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/transform-data/
"""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.errors import UnsupportedPanel
from promql.panels import calculations, extraction, filters, groups, joins, matrices, names
from promql.panels.columns import Column, missing, numeric
from promql.panels.options import expression


def transformed(tables, models, written):
    """The tables after these transformations; `written` puts variables into texts. Those that are not known, which
    `unfit` names, change nothing."""
    several = None  # tables, where the columns still have the names that they had before the last change
    for model in models:
        change = CHANGES.get(model.get("id"))
        if model.get("disabled") or change is None:
            continue
        chosen = model.get("filter") if isinstance(model.get("filter"), dict) else None
        if several != (len(tables) > 1):
            names.show(tables)
        several = len(tables) > 1 if model["id"] in KEEPING else None
        inside = [one for one in tables if chosen is None or filters.picks(chosen, one)]
        options = texts(model.get("options") or {}, written)
        made = list(change(options, inside))
        aside = [place for place, one in enumerate(tables) if all(one is not each for each in inside)]
        where = next((place for place in aside if place), 0)  # Grafana's own way to put them back
        tables = [*made[:where], *(tables[place] for place in aside), *made[where:]]
    return tables


def unfit(model):
    """Why a transformation is not applied; None if it is."""
    name, options = model.get("id"), model.get("options") or {}
    if name not in CHANGES:
        return f"transformation {name} is not supported."
    mode = options.get("mode")
    if name == "calculateField" and mode not in calculations.MODES:
        return f"transformation calculateField of mode {mode} is not supported."
    return None


def texts(options, written):
    """Options with the variables in their texts written out."""
    if isinstance(options, dict):
        return {key: texts(one, written) for key, one in options.items()}
    if isinstance(options, list):
        return [texts(one, written) for one in options]
    return written(options) if isinstance(options, str) and "$" in options else options


def one_row(options, tables):
    """Series over time side by side, so that a calculation finds all of them in a row, unless it needs one of them."""
    right = (options.get("binary") or {}).get("right")
    right = right.get("fixed") if isinstance(right, dict) else right
    alone = options.get("mode") == "binary" and not math.isnan(calculations.number(right, math.nan))
    if alone or options.get("timeSeries") is False or len({table.time and table.time.own for table in tables}) != 1:
        return tables
    return joins.joined({"byField": tables[0].time.own}, tables) if tables[0].time else tables


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
        place = {id(one): order.get(one.name) for one in table.columns}
        key = lambda one, place=place: place[id(one)] if isinstance(place[id(one)], int) else 2**53  # noqa: E731
        columns = table.columns if options.get("orderByMode") == "auto" else sorted(table.columns, key=key)
        made.append(joins.with_columns(table, [rename(one, renamed.get(one.name)) for one in columns]))
    return made


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
    found, every = expression(pattern if pattern.startswith("/") else f"/{pattern}/")
    template = re.sub(r"\$(\d)", r"\\\1", template.replace("\\", r"\\"))
    made = []
    for table in alone(tables):
        columns = [rename(one, found.sub(template, one.name, count=0 if every else 1)) for one in table.columns]
        made.append(joins.with_columns(table, columns))
    return made


def alone(tables):
    """The tables, the columns of each named as if it were the only one, as Grafana does where it renames and sorts."""
    for table in tables if len(tables) > 1 else []:
        names.show([table])
    return tables


def sorted_by(options, tables):
    """Rows in the order of one column."""
    chosen = next((one for one in options.get("sort") or [] if isinstance(one, dict)), {})
    made = []
    for table in alone(tables):
        column = next((one for one in table.columns if one.name == chosen.get("field")), None)
        made.append(joins.reordered(table, joins.order(column, bool(chosen.get("desc")))) if column else table)
    return made


def limited(options, tables):
    """The first rows, or the last ones."""
    count = calculations.number(options.get("limitField"), 10)
    rows = slice(0, int(count)) if count >= 0 else slice(int(count), None)
    return [joins.reordered(table, np.arange(len(table))[rows]) for table in tables]


def labels_to_fields(options, tables):
    """The values without their labels, then a column for each label."""
    kept, title = options.get("keepLabels"), options.get("valueLabel")
    if options.get("mode") == "rows":
        return [row for table in tables for row in label_rows(table, kept)]
    made = []
    for table in tables:
        columns, found = [], {}
        for column in table.columns:
            labels = column.labels or {}
            for name, value in labels.items():
                if name != title and (not kept or name in kept):
                    found.setdefault(name, value)
            plain = {key: one for key, one in column.config.items() if key != "displayName" or not labels}
            own, legend = labels.get(title, column.own) if title else column.own, "" if labels else column.legend
            columns.append(
                replace(column, labels=None if column.labels is None else {}, legend=legend, config=plain, own=own)
            )
        texts = {name: pd.Series([value] * len(table), dtype=object) for name, value in found.items()}
        columns += [
            Column({}, values, table.columns[0].query, own=name, kind="string") for name, values in texts.items()
        ]
        made.append(joins.with_columns(table, columns))
    return made


def label_rows(table, kept):
    """A table of two columns for each column that has labels: their names, and their values."""
    made = []
    for one in table.columns:
        labels = {key: (one.labels or {}).get(key) for key in kept} if kept else one.labels or {}
        if labels and one.labels is not None:
            texts = {"label": list(labels), "value": list(labels.values())}
            columns = [calculations.column(cells, one.query, name, "string") for name, cells in texts.items()]
            made.append(replace(table, columns=columns, name=one.name))
    return made


def converted(options, tables):
    """Columns of another kind."""
    kinds = {
        one.get("targetField"): one.get("destinationType")
        for one in options.get("conversions") or []
        if isinstance(one, dict)
    }
    return [
        joins.with_columns(table, [as_kind(one, kinds.get(one.name, kinds.get(one.own))) for one in table.columns])
        for table in tables
    ]


def as_kind(column, kind):
    if kind == column.kind or kind not in ("number", "string", "boolean", "time"):
        return column
    if kind == "number":
        cells = [one.replace(",", "") if isinstance(one, str) else one for one in column.values]
        cells = [None if missing(one) or (isinstance(one, str) and not numeric(one)) else float(one) for one in cells]
        values = joins.typed(replace(column, kind="number"), cells).set_axis(column.values.index)
    elif kind == "time":
        values = column.values.map(
            lambda one: (
                pd.to_datetime(float(one), unit="ms", utc=True)
                if numeric(str(one))
                else pd.to_datetime(one, utc=True, errors="coerce")
            )
        )
    elif kind == "string":
        values = column.values.map(calculations.written).astype(object)
    else:
        values = column.values.map(bool).astype(object)
    return replace(column, values=values, kind=kind)


def time_series(options, tables):
    """A table's time series: wide ones stay as they are; one of a long table for each text."""
    if options.get("format") in (None, "multi", "many", "wide"):
        return tables
    raise UnsupportedPanel(f"The transformation prepareTimeSeries to {options['format']} is not supported.")


KEEPING = ("filterFieldsByName", "organize", "renameByRegex", "sortBy", "limit")  # the names that columns had before
CHANGES = {
    "organize": organized,
    "filterFieldsByName": filters.filtered,
    "filterByRefId": filters.by_ref,
    "filterByValue": filters.value_filtered,
    "renameByRegex": renamed_by,
    "sortBy": sorted_by,
    "limit": limited,
    "labelsToFields": labels_to_fields,
    "reduce": groups.reduced,
    "calculateField": lambda options, tables: calculations.calculated(options, one_row(options, tables)),
    "extractFields": extraction.extracted,
    "groupBy": groups.grouped,
    "convertFieldType": converted,
    "merge": joins.merged,
    "joinByField": joins.joined,
    "seriesToColumns": joins.joined,
    "joinByLabels": joins.joined_by_labels,
    "seriesToRows": joins.series_to_rows,
    "concatenate": joins.concatenated,
    "groupingToMatrix": matrices.matrix,
    "transpose": matrices.transposed,
    "prepareTimeSeries": time_series,
    "timeSeriesTable": groups.trends,
}
