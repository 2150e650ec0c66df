"""Field options: a panel's defaults, changed by the overrides that match a column.

https://grafana.com/docs/grafana/latest/panels-visualizations/configure-overrides/
"""

from copy import deepcopy

import numpy as np

from promql.errors import UnsupportedPanel
from promql.panels import names
from promql.panels.columns import LEVELS
from promql.panels.migrations.shape import FIELD, fitting
from promql.panels.options import expression
from promql.panels.reducers import is_known

COMPARE = {
    "eq": lambda left, right: left == right,
    "neq": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}
SCHEMES = {  # the colours of panels that do not say otherwise; all others follow the thresholds
    "timeseries": "palette-classic",
    "piechart": "palette-classic",
    "barchart": "palette-classic",
    "histogram": "palette-classic",
    "state-timeline": "continuous-GrYlRd",
}


def named(wanted, column, _):
    if wanted in (column.own, column.name):
        return True
    if wanted == "Value":
        return bool(column.labels) and column.labels.get("__name__") == column.own
    return wanted in ("Time", "time") and column.kind == "time"


def found_by(pattern, column, _):
    try:
        compiled, _ = expression(pattern if isinstance(pattern, str) else "")
    except UnsupportedPanel:
        return False
    return bool(compiled and compiled.search(column.name))


def one_of(options, column, table):
    options = options if isinstance(options, dict) else {"names": options}
    wanted = options.get("names") if isinstance(options.get("names"), list) else []
    found = any(named(one, column, table) for one in wanted)
    return not found if options.get("mode") == "exclude" else found


def of_value(options, column, _):
    """Whether a calculation over the column compares with a value as wanted; truths are not compared."""
    options = options if isinstance(options, dict) else {}
    calc, compare = options.get("reducer"), COMPARE.get(options.get("op") or "eq")
    if not is_known(calc) or compare is None or column.kind != "number":
        return False
    left = column.reduce(calc)
    if calc in ("allIsNull", "allIsZero"):
        return bool(left)
    right = options.get("value")
    if np.isnan(left) or right is None:
        return bool(np.isnan(left) and right is None) == (options.get("op") != "neq")
    return isinstance(right, int | float) and compare(left, right)


MATCHERS = {
    "byName": named,
    "byNames": one_of,
    "byRegexp": found_by,
    "byRegexpOrNames": lambda options, *place: (
        isinstance(options, dict)
        and (found_by(options.get("pattern"), *place) or one_of({"names": options.get("names")}, *place))
    ),
    "byFrameRefID": lambda wanted, _, table: table.ref == wanted,
    "byType": lambda wanted, column, _: column.kind == wanted,
    "byTypes": lambda wanted, column, _: isinstance(wanted, list) and column.kind in wanted,
    "numeric": lambda _, column, __: column.kind == "number",
    "time": lambda _, column, __: column.kind == "time",
    "byValue": of_value,
}


def applied(tables, options, kind):
    """Give the columns of a panel of that kind their field options, their names and the ends of their scales."""
    start = deepcopy(options.get("defaults") or {})
    start["thresholds"] = LEVELS | (start.get("thresholds") or {})
    if not (start.get("color") or {}).get("mode"):
        start["color"] = {"mode": SCHEMES.get(kind, "thresholds")}
    columns = [(table, column) for table in tables for column in table.columns]
    for _, column in columns:
        own = {key: value for key, value in column.config.items() if value is not None}
        column.config = deepcopy(start) | own
    names.show(tables)
    for table, column in columns:
        column.config = changed(column, table, options.get("overrides") or [])
    names.show(tables)
    for rank, column in enumerate(column for _, column in columns if column.kind != "time"):
        column.rank = rank
    scale([column for _, column in columns])
    return tables


def changed(column, table, overrides):
    """A column's field options after the overrides that match it; a list goes in front of the one that is there."""
    config = column.config
    for override in overrides:
        matcher = override.get("matcher") or {}
        if not MATCHERS.get(matcher.get("id"), lambda *_: False)(matcher.get("options"), column, table):
            continue
        for change in override.get("properties") or []:
            put(config, (change.get("id") or "").split("."), change.get("value"))
            if change.get("id") == "displayName" and config.get("displayName"):
                column.name = names.filled(str(config["displayName"]), column)
    config = fitting(config, FIELD)
    low, high = config.get("min"), config.get("max")
    return config | {"min": high, "max": low} if low is not None and high is not None and low > high else config


def put(config, path, value):
    *outer, last = path
    for key in outer:
        config[key] = config[key] if isinstance(config.get(key), dict) else {}
        config = config[key]
    if value is None:
        config.pop(last, None)
    elif isinstance(value, list) and isinstance(config.get(last), list):
        config[last] = deepcopy(value) + config[last]
    else:
        config[last] = deepcopy(value)


def scale(columns):
    """The ends of each column's scale: its own; those of all finite numbers of the panel; or, as in Grafana, those of a
    column before it that has both of its own."""
    numbers = [column.values.to_numpy(float) for column in columns if column.kind == "number"]
    every = None
    for column in columns:
        own = column.config.get("min"), column.config.get("max")
        if None not in own:
            column.limits, every = own, every or own
        if column.kind != "number" or None not in own:
            continue
        if not column.config.get("fieldMinMax"):
            every = every or extremes(np.concatenate(numbers))
        seen = extremes(column.values.to_numpy(float)) if column.config.get("fieldMinMax") else every
        column.limits = tuple(other if limit is None else limit for limit, other in zip(own, seen, strict=True))


def extremes(samples):
    samples = samples[np.isfinite(samples)]
    return (float(samples.min()), float(samples.max())) if len(samples) else (0, 100)
