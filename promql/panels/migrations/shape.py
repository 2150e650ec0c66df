"""The shape of a dashboard's JSON: what is of another kind than Grafana writes is left out, as if it were not there."""

import math


def number(value):
    """A number, also one that is written as a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
        value = int(value) if value.is_integer() else value
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def text(value):
    """A text; a number is written as one."""
    return value if isinstance(value, str) else str(value) if number(value) is not None else None


def flag(value):
    """True or False, which some old dashboards write as 1 or as a text."""
    return bool(value) if isinstance(value, bool | int | str) else None


def anything(value):
    return value


def fitting(value, shape):
    """`value` as `shape` wants it: one of the functions above, a dict of shapes, a list of one, {"*": shape} for a dict
    with any keys. None where it is of another kind; members that do not fit are left out."""
    if callable(shape):
        return shape(value)
    if isinstance(shape, list):
        found = [fitting(one, shape[0]) for one in value] if isinstance(value, list) else []
        return [one for one in found if one is not None] if isinstance(value, list) else None
    if not isinstance(value, dict):
        return None
    made = {key: fitting(one, shape.get(key, shape.get("*", anything))) for key, one in value.items()}
    return {key: one for key, one in made.items() if one is not None or value[key] is None}


STEPS = {"mode": text, "steps": [{"color": text, "value": number}]}
RESULT = {"text": text, "color": text}
FIELD = {
    "unit": text,
    "decimals": number,
    "min": number,
    "max": number,
    "displayName": text,
    "noValue": text,
    "nullValueMode": text,
    "fieldMinMax": flag,
    "color": {"mode": text, "fixedColor": text, "seriesBy": text},
    "thresholds": STEPS,
    "mappings": [{"options": {"result": RESULT, "match": text, "pattern": text}}],
    "custom": {
        "fillOpacity": number,
        "lineWidth": number,
        "drawStyle": text,
        "transform": text,
        "axisPlacement": text,
        "axisLabel": text,
        "axisSoftMin": number,
        "axisSoftMax": number,
        "axisCenteredZero": flag,
        "fillBelowTo": text,
        "hidden": flag,
        "stacking": {"mode": text, "group": text},
        "hideFrom": {"legend": flag, "viz": flag, "tooltip": flag},
        "scaleDistribution": {"type": text, "log": number, "linearThreshold": number},
        "lineStyle": {"fill": text},
        "thresholdsStyle": {"mode": text},
        "cellOptions": {"type": text, "mode": text, "applyToRow": flag},
    },
}
TARGET = {
    "expr": text,
    "refId": text,
    "legendFormat": text,
    "interval": text,
    "intervalFactor": number,
    "format": text,
    "instant": flag,
    "range": flag,
    "hide": flag,
    "panelId": number,
}
PANEL = {
    "id": number,
    "type": text,
    "title": text,
    "interval": text,
    "maxDataPoints": number,
    "timeFrom": text,
    "timeShift": text,
    "repeat": text,
    "repeatDirection": text,
    "maxPerRow": number,
    "collapsed": flag,
    "pluginVersion": text,
    "gridPos": {"x": number, "y": number, "w": number, "h": number},
    "targets": [TARGET],
    "fieldConfig": {"defaults": FIELD, "overrides": [{"matcher": {"id": text}, "properties": [{"id": text}]}]},
    "transformations": [{"id": text, "options": {}, "disabled": flag}],
    "options": {
        "content": text,
        "reduceOptions": {"calcs": [text], "fields": text, "values": flag, "limit": number},
        "legend": {"calcs": [text], "placement": text, "displayMode": text, "showLegend": flag, "show": flag},
        "textMode": text,
        "colorMode": text,
        "graphMode": text,
        "sortBy": [{"displayName": text, "desc": flag}],
        "yAxis": {"unit": text, "decimals": number, "reverse": flag},
        "cellValues": {"unit": text, "decimals": number},
        "frameIndex": number,
        "calculate": flag,
        "calculation": {"xBuckets": {"mode": text, "value": text}, "yBuckets": {"mode": text, "value": text}},
        "rowsFrame": {"layout": text},
        "color": {"mode": text, "scheme": text},
    },
    # of panels before Grafana 7
    "yaxes": [{"format": text, "label": text, "logBase": number, "show": flag, "decimals": number}],
    "y_formats": [text],
    "grid": {},
    "seriesOverrides": [{"alias": text}],
    "aliasColors": {"*": text},
    "legend": {},
    "xaxis": {"mode": text, "show": flag},
    "thresholds": anything,
    "fill": number,
    "linewidth": number,
    "nullPointMode": text,
    "format": text,
    "valueName": text,
    "colors": [text],
    "decimals": number,
    "gauge": {"minValue": number, "maxValue": number, "show": flag},
    "sparkline": {"show": flag},
    "valueMaps": [{"text": text}],
    "rangeMaps": [{"text": text}],
    "mappingType": number,
    "styles": [{"pattern": text, "alias": text, "unit": text, "type": text, "decimals": number, "colors": [text]}],
    "columns": [{"text": text, "value": text}],
    "transform": text,
    "content": text,
    "dataFormat": text,
    "color": {},
    "cards": {},
    "height": anything,
    "span": number,
}
PANEL["panels"] = [PANEL]
VARIABLE = {
    "name": text,
    "type": text,
    "regex": text,
    "sort": number,
    "multi": flag,
    "includeAll": flag,
    "allValue": text,
    "auto": flag,
    "auto_count": number,
    "auto_min": text,
    "current": {},
    "filters": [{}],
}
DASHBOARD = {
    "title": text,
    "uid": text,
    "schemaVersion": number,
    "time": {},
    "panels": [PANEL],
    "rows": [{"title": text, "panels": [PANEL], "repeat": text, "collapse": flag, "showTitle": flag}],
    "templating": {"list": [VARIABLE]},
    "annotations": {"list": [{"name": text, "enable": flag, "hide": flag, "iconColor": text, "expr": text}]},
}
