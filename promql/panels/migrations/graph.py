"""The panel `graph`, drawn until Grafana 10, as what it became; the tables say which option became which."""

import re

from promql.panels.migrations.shape import number
from promql.panels.reducers import ALIASES, is_known

LEVELS = {"critical": "red", "warning": "orange"}
STYLES = {  # of one series: its option, and the properties of the override that it became
    "fill": lambda value: {"custom.fillOpacity": 10 * (number(value) or 0)},
    "fillBelowTo": lambda value: {"custom.fillBelowTo": value},
    "fillGradient": lambda value: {"custom.fillOpacity": 10 * (number(value) or 0)} if value else {},
    "points": lambda value: {"custom.showPoints": "always" if value else "never"},
    "bars": lambda value: (
        {"custom.drawStyle": "bars", "custom.fillOpacity": 100} if value else {"custom.drawStyle": "line"}
    ),
    "lines": lambda value: {"custom.drawStyle": "line"} if value else {"custom.lineWidth": 0},
    "linewidth": lambda value: {"custom.lineWidth": value},
    "pointradius": lambda value: {"custom.pointSize": 2 + 2 * (number(value) or 0)},
    "dashes": lambda value: {"custom.lineStyle": {"fill": "dash" if value else "solid"}},
    "stack": lambda value: {"custom.stacking": stack(value)},
    "color": lambda value: {"color": {"mode": "fixed", "fixedColor": value}},
    "transform": lambda value: {"custom.transform": "negative-Y" if value == "negative-Y" else "constant"},
}


def stack(value):
    """The stack of a series: none, that of all others, or one with a name."""
    if isinstance(value, bool):
        return {"mode": "normal" if value else "none", "group": "A"}
    return {"mode": "normal", "group": str(value)}


def migrated(old):
    """The model of the panel that shows what this graph showed: over time, of each series as a whole, or how often each
    value was there."""
    return {"series": of_series, "histogram": histogram}.get((old.get("xaxis") or {}).get("mode"), timeseries)(old)


def of_series(old):
    """A bar gauge where the legend had values, else a bar chart of one group."""
    given, shown = old.get("fieldConfig") or {}, old.get("legend") or {}
    asked = (old.get("xaxis") or {}).get("values")
    calcs = [ALIASES.get(one, one) for one in (["sum"] if asked is None else asked)]
    calcs = [one for one in calcs if is_known(one)]
    if shown.get("values"):
        field = {**given, "defaults": {**(given.get("defaults") or {}), "color": {"mode": "palette-classic"}}}
        options = {"orientation": "auto", "reduceOptions": {"calcs": calcs}, "legend": legend(shown)}
        return {**old, "type": "bargauge", "fieldConfig": field, "options": options}
    changes = [{"id": "reduce", "options": {"reducers": calcs}}, {"id": "transpose", "options": {}}]
    field = {
        **given,
        "overrides": [*(given.get("overrides") or []), override("Field", {"custom.axisPlacement": "hidden"})],
    }
    changes = [*(old.get("transformations") or []), *changes]
    return {**old, "type": "barchart", "transformations": changes, "fieldConfig": field, "options": {"groupWidth": 1}}


def histogram(old):
    """A histogram in buckets of today's width; of the graph's looks its stacking is left."""
    mode = "percent" if old.get("percentage") else "normal"
    custom = {"stacking": {"mode": mode, "group": "A"}} if old.get("stack") else {}
    return {**old, "type": "histogram", "fieldConfig": {"defaults": {"custom": custom}, "overrides": []}, "options": {}}


def timeseries(old):
    """The model of a time series that shows what this graph showed."""
    left, right = [axis(one) for one in [*(old.get("yaxes") or []), {}, {}][:2]]
    given = old.get("fieldConfig") or {}
    defaults = {**(given.get("defaults") or {}), **left, "custom": left.get("custom", {}) | custom(old)}
    if steps := thresholds(old.get("thresholds")):
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}}
        defaults["custom"]["thresholdsStyle"] = {"mode": style(old["thresholds"])}
    overrides = [*(given.get("overrides") or [])]
    for name, paint in (old.get("aliasColors") or {}).items():
        overrides.append(override(name, {"color": {"mode": "fixed", "fixedColor": paint}}))
    overrides += [changed(one, left, right) for one in old.get("seriesOverrides") or [] if one.get("alias")]
    shown = old.get("legend") or {}
    for hidden, calc in {"hideZero": "allIsZero", "hideEmpty": "allIsNull"}.items():
        if shown.get(hidden):
            matcher = {"id": "byValue", "options": {"reducer": calc, "op": "gte", "value": 0}}
            properties = [{"id": "custom.hideFrom", "value": {"legend": True, "viz": False, "tooltip": True}}]
            overrides.append({"matcher": matcher, "properties": properties})
    across = old.get("xaxis") or {}
    if across.get("show") is False and across.get("mode") == "time":
        hidden = [{"id": "custom.axisPlacement", "value": "hidden"}]
        overrides.append({"matcher": {"id": "byType", "options": "time"}, "properties": hidden})
    field = {"defaults": defaults, "overrides": overrides}
    return {**old, "type": "timeseries", "fieldConfig": field, "options": {"legend": legend(shown)}}


def axis(old):
    """The field options of an axis: unit, decimals, ends, label and scale."""
    if not old:
        return {}
    found = {"unit": old.get("format"), "decimals": number(old.get("decimals"))}
    found |= {end: number(old.get(end)) for end in ("min", "max")}
    style = {"axisPlacement": "auto" if old.get("show") else "hidden"}
    if old.get("label"):
        style["axisLabel"] = old["label"]
    if old.get("logBase") in (2, 10):
        style["scaleDistribution"] = {"type": "log", "log": old["logBase"]}
    return {key: value for key, value in found.items() if value is not None} | {"custom": style}


def custom(old):
    """How the lines are drawn: without `lines` and `bars`, Grafana makes points of them."""
    kind = "bars" if old.get("bars") else "line" if old.get("lines") else "points"
    points = "always" if old.get("points") else "never" if kind != "points" else None
    fill = number(old.get("fill"))
    fill = 10 * fill if fill is not None else None
    if number(old.get("fillGradient")):
        fill = 10 * number(old["fillGradient"])
    if any(one.get("fillBelowTo") for one in old.get("seriesOverrides") or []):
        fill = 35
    found = {"drawStyle": kind, "showPoints": points, "lineWidth": old.get("linewidth")}
    found |= {"fillOpacity": 100 if kind == "bars" else fill, "spanNulls": old.get("nullPointMode") == "connected"}
    found |= {"lineInterpolation": "stepAfter" if old.get("steppedLine") else None}
    found |= {"lineStyle": {"fill": "dash"} if old.get("dashes") else None}
    found |= {"stacking": {"mode": "normal", "group": "A"} if old.get("stack") else None}
    return {key: value for key, value in found.items() if value is not None}


PATTERN = re.compile(r"([/~@;%#'])(.*?)\1[gimsuy]*", re.DOTALL)


def override(alias, properties):
    """What is changed of the series of that name, or of those that a /pattern/ finds."""
    pattern = PATTERN.fullmatch(alias)
    changes = [{"id": name, "value": value} for name, value in properties.items()]
    return {"matcher": {"id": "byRegexp" if pattern else "byName", "options": alias}, "properties": changes}


def changed(old, left, right):
    """One series' options as an override; `yaxis: 2` gives it what the right axis has and the left has not."""
    properties = {}
    for name, value in old.items():
        if name in STYLES:
            properties |= STYLES[name](value)
        elif name == "yaxis" and value == 2:
            properties |= {key: right[key] for key in right if key != "custom" and right[key] != left.get(key)}
            ours, theirs = left.get("custom", {}), right.get("custom", {})
            properties |= {f"custom.{key}": theirs[key] for key in theirs if theirs[key] != ours.get(key)}
    return override(old["alias"], properties)


def thresholds(old):
    """Thresholds of `gt` and `lt` as the ascending steps of today; where none holds, nothing is coloured."""
    found, levels = [], sorted(levels_of(old), key=lambda one: one["value"])
    for one, after in zip(levels, [*levels[1:], None], strict=False):
        if one.get("op") == "lt":
            found += [] if found else [{"value": None, "color": paint(one)}]
            found.append(
                {"value": one["value"], "color": paint(after) if after and after.get("op") == "lt" else "transparent"}
            )
        else:
            found.append({"value": one["value"], "color": paint(one)})
    return [{"value": None, "color": "transparent"}, *found] if found and found[0]["value"] is not None else found


def levels_of(old):
    members = [one for one in old if isinstance(one, dict)] if isinstance(old, list) else []
    return [{**one, "value": number(one.get("value"))} for one in members if number(one.get("value")) is not None]


def paint(one):
    own = one.get("fillColor") or one.get("lineColor") or "red"
    return own if one.get("colorMode") == "custom" else LEVELS.get(one.get("colorMode"), "red")


def style(old):
    area, line = (any(one.get(kind) for one in levels_of(old)) for kind in ("fill", "line"))
    return "line+area" if area and line else "area" if area else "line"


def legend(old):
    """The legend, and the calculations that it has when `values` is on."""
    calcs = [ALIASES.get(name, name) for name, wanted in old.items() if wanted is True]
    calcs = [calc for calc in calcs if is_known(calc)] if old.get("values") else []
    place = "right" if old.get("rightSide") else "bottom"
    return {"showLegend": bool(old.get("show", not old)), "placement": place, "calcs": calcs}
