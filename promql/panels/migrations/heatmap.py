"""The heatmap until Grafana 8, whose buckets were counted from the values unless the data had them."""

from promql.panels.migrations.shape import number


def heatmap(old):
    """The model of a heatmap of today that shows what one of the old kind showed."""
    axis, counted = old.get("yAxis") or {}, old.get("dataFormat") != "tsbuckets"
    axis = axis if isinstance(axis, dict) else {}
    calculation = {}
    if counted:
        calculation = {f"{side}Buckets": buckets(old, side) for side in "xy"}
        if (number(axis.get("logBase")) or 1) > 1:
            scale = {"type": "log", "log": number(axis["logBase"])}
            calculation["yBuckets"] = {"mode": "count", "value": axis.get("splitFactor"), "scale": scale}
    options = {
        "calculate": counted,
        "calculation": calculation,
        "yAxis": {
            "unit": axis.get("format"),
            "decimals": axis.get("decimals"),
            "reverse": bool(old.get("reverseYBuckets")),
        },
        "rowsFrame": {
            "layout": {"upper": "ge", "lower": "le", "middle": "unknown"}.get(old.get("yBucketBound"), "auto")
        },
        "legend": {"show": bool((old.get("legend") or {}).get("show"))},
    }
    return {**old, "options": options, "fieldConfig": {"defaults": {}, "overrides": []}}


def buckets(old, side):
    """How wide the buckets of an axis are, or how many; empty where Grafana chooses."""
    if old.get(f"{side}BucketSize"):
        return {"mode": "size", "value": str(old[f"{side}BucketSize"])}
    if old.get(f"{side}BucketNumber"):
        return {"mode": "count", "value": str(old[f"{side}BucketNumber"])}
    return {}
