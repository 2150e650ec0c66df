"""`singlestat`, which became stat or gauge, and the options of stat, gauge and bargauge before Grafana 7."""

from promql.panels.migrations import values
from promql.panels.migrations.shape import number
from promql.panels.reducers import ALIASES, is_known

ENDS = {"percent": (0, 100), "percentunit": (0, 1)}  # that these units had of themselves before Grafana 8


def stat(old):
    """The model of the stat, or the gauge, that a singlestat became."""
    gauge, calc = old.get("gauge") or {}, old.get("valueName")
    calc = ALIASES.get(calc, calc)
    reduce = {"calcs": [calc if is_known(calc) else "mean"]}
    if old.get("tableColumn"):
        reduce["fields"] = f"/^{old['tableColumn']}$/"
    defaults = {"unit": old.get("format"), "decimals": old.get("decimals"), "noValue": old.get("nullText")}
    colors, levels = old.get("colors"), old.get("thresholds")
    steps = values.steps(levels.split(","), colors) if colors and isinstance(levels, str) else []
    if steps:
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    kind = number(old.get("mappingType")) or (1 if old.get("valueMaps") else 2)
    maps = [{**one, "type": kind} for one in old.get("valueMaps" if kind == 1 else "rangeMaps") or []]
    defaults["mappings"] = values.mappings(maps, steps)
    if gauge.get("show"):
        defaults |= {"min": gauge.get("minValue"), "max": gauge.get("maxValue")}
    options = {"reduceOptions": reduce, "graphMode": "area" if (old.get("sparkline") or {}).get("show") else "none"}
    options["colorMode"] = "background" if old.get("colorBackground") else "value" if old.get("colorValue") else "none"
    if calc == "name":
        options["textMode"] = "name"
    field = {"defaults": {key: value for key, value in defaults.items() if value is not None}, "overrides": []}
    return {**old, "type": "gauge" if gauge.get("show") else "stat", "fieldConfig": field, "options": options}


def renewed(old):
    """A stat, gauge or bargauge whose options are of Grafana 6: `valueOptions`, then `fieldOptions`."""
    version = number(".".join((old.get("pluginVersion") or "6.1").split(".")[:2])) or 6.1
    options, field = dict(old.get("options") or {}), dict(old.get("fieldConfig") or {})
    defaults, overrides = dict(field.get("defaults") or {}), list(field.get("overrides") or [])
    own = options.pop("fieldOptions", None) or {}
    if first := options.get("valueOptions"):
        own = {"defaults": {name: first.get(name) for name in ("unit", "decimals")}, "calcs": [first.get("stat")]}
        own["defaults"] |= {"min": options.get("minValue"), "max": options.get("maxValue")}
        own |= {"mappings": options.get("valueMappings"), "thresholds": options.get("thresholds")}
    if own and version < 7:
        inner = own.get("defaults") or {}
        steps = inner.get("thresholds") or own.get("thresholds") or options.get("thresholds")
        defaults |= {key: value for key, value in inner.items() if value is not None}
        defaults["mappings"] = inner.get("mappings") or own.get("mappings") or []
        if isinstance(steps, list):
            known = sorted(
                (one for one in steps if isinstance(one, dict)), key=lambda one: number(one.get("value")) or 0
            )
            defaults["thresholds"] = {"mode": "absolute", "steps": known}
        if isinstance(defaults.get("color"), str):
            defaults["color"] = {"mode": "fixed", "fixedColor": defaults["color"]}
        overrides += own.get("overrides") or []
        calcs = [ALIASES.get(calc, calc) for calc in own.get("calcs") or [] if calc]
        options["reduceOptions"] = {"values": own.get("values"), "limit": own.get("limit"), "calcs": calcs}
    if version < 7.1 and defaults.get("title") is not None:
        defaults["displayName"] = defaults.pop("title")
    if version < 8 and defaults.get("unit") in ENDS:
        low, high = ENDS[defaults["unit"]]
        defaults |= {"min": defaults.get("min", low), "max": defaults.get("max", high)}
    field = {**field, "defaults": defaults, "overrides": overrides}
    return {**old, "options": options, "fieldConfig": field}
