"""A panel's transformations: its tables changed one after the other, as Grafana does it before it draws them.

https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/transform-data/
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from promql.errors import UnsupportedPanel
from promql.panels import (
    arrangement,
    calculations,
    conversions,
    extraction,
    filters,
    groups,
    joins,
    matrices,
    names,
)
from promql.panels.arrangement import alone
from promql.panels.columns import Column


def transformed(tables, models, written):
    """The tables after these transformations; `written` puts variables into texts. Those that are not known or not for
    the series, which `unfit` names, change nothing."""
    several = None  # tables, where the columns still have the names that they had before the last change
    for model in models:
        change = CHANGES.get(model.get("id"))
        if model.get("disabled") or change is None or model.get("topic") not in SERIES:
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
    if model.get("topic") not in SERIES:
        return f"transformation {name} of {model['topic']} is not supported."
    mode = options.get("mode")
    if name == "calculateField" and mode not in calculations.MODES:
        return f"transformation calculateField of mode {mode} is not supported."
    if name == "convertFieldType" and (why := conversions.unfit(options)):
        return f"transformation convertFieldType {why} is not supported."
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


def time_series(options, tables):
    """A table's time series: wide ones stay as they are; one of a long table for each text."""
    if options.get("format") in (None, "multi", "many", "wide"):
        return tables
    raise UnsupportedPanel(f"The transformation prepareTimeSeries to {options['format']} is not supported.")


SERIES = (None, "series")  # what a transformation is for, unless it is for annotations
KEEPING = ("filterFieldsByName", "organize", "renameByRegex", "sortBy", "limit")  # the names that columns had before
CHANGES = {
    "organize": arrangement.organized,
    "filterFieldsByName": filters.filtered,
    "filterByRefId": filters.by_ref,
    "filterByValue": filters.value_filtered,
    "renameByRegex": arrangement.renamed_by,
    "sortBy": sorted_by,
    "limit": limited,
    "labelsToFields": labels_to_fields,
    "reduce": groups.reduced,
    "calculateField": lambda options, tables: calculations.calculated(options, one_row(options, tables)),
    "extractFields": extraction.extracted,
    "groupBy": groups.grouped,
    "convertFieldType": conversions.converted,
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
