"""The transformation that makes columns of another kind."""

from dataclasses import replace

import pandas as pd

from promql.panels import calculations, joins
from promql.panels.columns import milliseconds, missing, numeric
from promql.panels.moments import date

KINDS = ("number", "string", "boolean", "time")
ISO = "YYYY-MM-DD[T]HH:mm:ss[Z]"
UTC = (None, "", "utc", "browser")  # the time zones that panels are in here


def converted(options, tables):
    """Columns of another kind."""
    wanted = {one.get("targetField"): one for one in asked(options)}
    return [
        joins.with_columns(
            table, [as_kind(one, wanted.get(one.name, wanted.get(one.own, {}))) for one in table.columns]
        )
        for table in tables
    ]


def asked(options):
    return [one for one in options.get("conversions") or [] if isinstance(one, dict)]


def unfit(options):
    """Which of the conversions is not done as in Grafana, in words; None if all are."""
    for one in asked(options):
        if one.get("destinationType") not in (*KINDS, None):
            return f"to the kind {one['destinationType']}"
        if one.get("timezone") not in UTC:
            return f"to the time zone {one['timezone']}"
        if one.get("destinationType") == "time" and one.get("dateFormat"):
            return f"from dates like {one['dateFormat']}"
    return None


def as_kind(column, conversion):
    kind = conversion.get("destinationType")
    if kind == column.kind or kind not in KINDS:
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
    elif kind == "string" and column.kind == "time":
        pattern = conversion.get("dateFormat") or ISO
        values = column.values.map(lambda one: date(pattern, milliseconds(one))).astype(object)
    elif kind == "string":
        values = column.values.map(calculations.written).astype(object)
    else:
        values = column.values.map(bool).astype(object)
    return replace(column, values=values, kind=kind)
