"""The table until Grafana 6, with its styles and its transform, and the cells' display mode until Grafana 9."""

from promql.panels.migrations import values
from promql.panels.migrations.shape import number
from promql.panels.reducers import ALIASES

TRANSFORMS = {
    "timeseries_to_rows": "seriesToRows",
    "timeseries_to_columns": "seriesToColumns",
    "timeseries_aggregations": "reduce",
    "table": "merge",
}
COLORS = {"cell": "color-background", "row": "color-background", "value": "color-text"}
CELLS = {  # the display mode of a cell, and its options
    "basic": {"type": "gauge", "mode": "basic"},
    "gradient-gauge": {"type": "gauge", "mode": "gradient"},
    "lcd-gauge": {"type": "gauge", "mode": "lcd"},
    "color-background": {"type": "color-background", "mode": "gradient"},
    "color-background-solid": {"type": "color-background", "mode": "basic"},
}


def table(old):
    """The model of a table of today that shows what one of the old kind showed."""
    styles, made = old.get("styles") or [], list(old.get("transformations") or [])
    if old.get("transform") in TRANSFORMS:
        options = {"reducers": []}
        if old["transform"] == "timeseries_aggregations":
            calcs = [one.get("value") for one in old.get("columns") or []]
            options |= {"includeTimeField": False, "reducers": [ALIASES.get(calc, calc) for calc in calcs if calc]}
        made.append({"id": TRANSFORMS[old["transform"]], "options": options})
    whole = next((one for one in styles if one.get("pattern") == "/.*/"), None)
    defaults = {"custom": {}} | (field(whole) if whole else {})
    overrides = [override(one) for one in styles if one.get("pattern") not in (None, "/.*/")]
    field_config = {"defaults": defaults, "overrides": overrides}
    return {**old, "type": "table", "transformations": made, "fieldConfig": field_config, "options": {}}


def field(style):
    """The field options of a style."""
    found = {"displayName": style.get("alias") or None, "unit": style.get("unit"), "decimals": style.get("decimals")}
    if style.get("thresholds") and style.get("colors"):
        levels = style["thresholds"] if isinstance(style["thresholds"], list) else str(style["thresholds"]).split(",")
        steps = values.steps([int(number(one) or 0) for one in levels], style["colors"])
        found["thresholds"] = {"mode": "absolute", "steps": steps}
    if style.get("colorMode") in COLORS:
        found["custom"] = {"cellOptions": {"type": COLORS[style["colorMode"]]}}
    return {key: value for key, value in found.items() if value is not None}


def override(style):
    """A style as an override."""
    found = field(style)
    changes = {name: found[name] for name in ("displayName", "unit", "decimals") if found.get(name) not in (None, "")}
    if style.get("type") == "date":
        changes["unit"] = f"time: {style.get('dateFormat')}"
    if style.get("type") == "hidden":
        changes["custom.hideFrom.viz"] = True
    if found.get("custom"):
        changes["custom.cellOptions"] = found["custom"]["cellOptions"]
    if found.get("thresholds"):
        changes["thresholds"] = found["thresholds"]
    pattern = style["pattern"]
    kind = "byRegexp" if len(pattern) > 1 and pattern[0] == pattern[-1] == "/" else "byName"
    properties = [{"id": name, "value": value} for name, value in changes.items()]
    return {"matcher": {"id": kind, "options": pattern}, "properties": properties}


def cells(old):
    """A table whose cells have a `displayMode`, with their options of today."""
    field = old.get("fieldConfig") or {}
    defaults = dict(field.get("defaults") or {})
    style = dict(defaults.get("custom") or {})
    if "displayMode" in style:
        style["cellOptions"] = cell(style.pop("displayMode"))
    overrides = [
        {**one, "properties": [renamed(change) for change in one.get("properties") or []]}
        for one in field.get("overrides") or []
    ]
    return {**old, "fieldConfig": {"defaults": {**defaults, "custom": style}, "overrides": overrides}}


def renamed(change):
    if change.get("id") != "custom.displayMode":
        return change
    return {"id": "custom.cellOptions", "value": cell(change.get("value"))}


def cell(mode):
    return CELLS.get(mode, {"type": mode if isinstance(mode, str) else "auto"})
