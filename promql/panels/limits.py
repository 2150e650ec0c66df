"""What of a panel is not drawn as Grafana draws it, in words."""

from promql.panels import colors, intervals, targets, transformations
from promql.panels.look import absent, fallback, pick
from promql.panels.overrides import MATCHERS
from promql.panels.reducers import is_known
from promql.panels.timerange import own, shifted
from promql.panels.variables import interpolate

KINDS = "timeseries stat gauge bargauge barchart heatmap histogram table text row piechart".split()
KINDS += ["state-timeline", "status-history"]
CELLS = ("auto", "color-text", "color-background", "gauge", "sparkline")


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
    if panel.type in ("text", "row"):
        return conditional(panel) + letters(panel)
    overrides = (model.get("fieldConfig") or {}).get("overrides") or []
    changes = [{change.get("id"): change.get("value") for change in one.get("properties") or []} for one in overrides]
    fields = [(model.get("fieldConfig") or {}).get("defaults") or {}, *changes]
    calcs = [*panel.calcs, *(pick(panel.options, "legend.calcs") or [])]
    wrong = {
        "override matcher": [(one.get("matcher") or {}).get("id") for one in overrides],
        "calculation": [calc for calc in calcs if not is_known(calc)],
        "colour": [one for field in fields for one in painted(field) if not colors.known(one)],
        "colour scheme": [
            mode for field in fields if (mode := pick(field, "color.mode")) and not colors.known_scheme(mode)
        ],
        "min interval": odd_intervals(panel),
        "data source": targets.foreign(model),
        "table cell of type": [
            one for field in fields for one in cells(field) if panel.type == "table" and one not in CELLS
        ],
    }
    wrong["override matcher"] = [one for one in wrong["override matcher"] if one not in MATCHERS]
    found = [
        f"{what} {one} is not supported." for what, names in wrong.items() for one in dict.fromkeys(map(str, names))
    ]
    made = [one for one in model.get("transformations") or [] if not one.get("disabled")]
    found += [why for one in made if (why := transformations.unfit(one))]
    found += [text for text, has in MORE.items() if has(panel, fields)]
    return found + conditional(panel) + odd_ranges(panel) + letters(panel)


def conditional(panel):
    return ["it is shown always, not only under its conditions."] if panel.model.get("conditional") else []


def painted(field):
    """The colours that field options name."""
    steps = pick(field, "thresholds.steps") or []
    fixed = pick(field, "color.fixedColor") if pick(field, "color.mode") in ("fixed", "shades", "gradient") else None
    return [one.get("color") for one in steps if isinstance(one, dict) and one.get("color")] + (
        [fixed] if fixed else []
    )


def cells(field):
    """The types of a table's cells that field options name, in either way."""
    style = pick(field, "custom.cellOptions.type") or pick({"style": field.get("custom.cellOptions")}, "style.type")
    return [style] if style else []


def odd_intervals(panel):
    """Min intervals that are none, also with the variables written out."""
    written = [one.get("interval") or "" for one in [panel.model, *(panel.model.get("targets") or [])]]
    odd = [text for text in written if not intervals.known(text)]
    values = panel.values(*panel.dashboard.range()) if odd else {}
    return [text for text in odd if not intervals.known(interpolate(text, values))]


def odd_ranges(panel):
    """A time range or a shift of the panel's own that is none."""
    found = []
    for key, read in (("timeFrom", own), ("timeShift", lambda text, now: shifted(now, text))):
        try:
            if text := panel.written(panel.model.get(key) or ""):
                read(text, 0)
        except ValueError as error:
            found.append(f"{key}: {error}")
    return found


def letters(panel):
    """Letters of a title that no font of this machine has."""
    strange = absent(panel.title)
    if not strange or fallback():
        return []
    return [f"no font here has the letters {strange[:8]}, which are drawn as □. Install one, such as Noto Sans CJK."]


MORE = {  # what is said of a panel where it has it
    "the change in percent is not shown.": lambda panel, _: (
        panel.type == "stat" and bool(panel.options.get("showPercentChange"))
    ),
    "the footer of a table is not shown.": lambda panel, fields: (
        panel.type == "table"
        and bool(pick(panel.options, "footer.show") or any(pick(one, "custom.footer.reducers") for one in fields))
    ),
}
