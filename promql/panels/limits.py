"""What of a panel is not drawn as Grafana draws it, in words."""

from promql.panels import intervals, options
from promql.panels.frames import MATCHERS
from promql.panels.reducers import is_known
from promql.panels.units import known
from promql.panels.variables import interpolate

KINDS = ("timeseries", "stat", "gauge", "bargauge", "heatmap", "table", "text", "row")


def unfit(model):
    """Why a panel is not drawn at all; None if it is."""
    kind = model.get("type")
    if model.get("broken"):
        return f"its JSON is not understood: {model['broken']}."
    if model.get("libraryPanel") and not kind:
        name = model["libraryPanel"].get("name") if isinstance(model["libraryPanel"], dict) else None
        what = f"it is the library panel {name or 'without a name'}, which only its Grafana has."
        return f"{what} Unlink it there, and export again."
    if not kind:
        return "it has no type."
    return None if kind in KINDS else f"panels of type {kind} are not drawn."


def limits(panel):
    """A line for each thing that is not as in Grafana."""
    model = panel.model
    if why := unfit(model):
        return [why]
    field = model.get("fieldConfig") or {}
    overrides = field.get("overrides") or []
    changes = [{change.get("id"): change.get("value") for change in one.get("properties") or []} for one in overrides]
    fields = [field.get("defaults") or {}, *changes]
    sources = [one.get("datasource") for one in [model, *(model.get("targets") or [])]]
    applied = ("organize", "merge", "joinByField") if panel.type == "table" else ()
    made = [one for one in model.get("transformations") or [] if not one.get("disabled")]
    wrong = {
        "transformation": [one.get("id") for one in made if one.get("id") not in applied],
        "override matcher": [(one.get("matcher") or {}).get("id") for one in overrides],
        "calculation": [calc for calc in panel.calcs if not is_known(calc)],
        "unit": [one["unit"] for one in fields if isinstance(one.get("unit"), str) and not known(one["unit"])],
        "min interval": odd_intervals(panel),
        "data source": [one.get("type") for one in sources if isinstance(one, dict)],
        "option": [
            name
            for name in ("values", "calculate")
            if (panel.options.get("reduceOptions") or {} | panel.options).get(name)
        ],
    }
    wrong["override matcher"] = [one for one in wrong["override matcher"] if one not in MATCHERS]
    wrong["data source"] = [one for one in wrong["data source"] if one not in options.SOURCES]
    return [
        f"{what} {one} is not supported." for what, names in wrong.items() for one in dict.fromkeys(map(str, names))
    ]


def odd_intervals(panel):
    """Min intervals that are none, also with the variables written out."""
    written = [one.get("interval") or "" for one in [panel.model, *(panel.model.get("targets") or [])]]
    odd = [text for text in written if not intervals.known(text)]
    values = panel.values(*panel.dashboard.range()) if odd else {}
    return [text for text in odd if not intervals.known(interpolate(text, values))]
