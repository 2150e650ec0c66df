"""Dashboards of every age and form, read as Grafana reads them: each becomes the classic model of today.

What a module turns into what is in its tables; the source is Grafana's DashboardMigrator and its panels' migrations.
"""

from promql.errors import UnsupportedPanel
from promql.panels.guard import SLIPS
from promql.panels.migrations import graph, heatmap, resources, rows, single, table, values
from promql.panels.migrations.shape import DASHBOARD, PANEL, VARIABLE, fitting, text

TODAY = 42
RENAMED = {"heatmap-new": "heatmap", "text2": "text", "table2": "table", "grafana-singlestat-panel": "singlestat"}
RENAMED["grafana-piechart-panel"] = "piechart"


def migrated(given):
    """The classic model of a dashboard in any form, as a new dict. Raises UnsupportedPanel where it is none."""
    model = fitting(imported(resources.classic(given)), DASHBOARD) if isinstance(given, dict) else None
    if model is None or not ("panels" in model or "rows" in model):
        what = "This JSON is no dashboard of Grafana's: it has neither `panels` nor `rows` nor `spec`."
        raise UnsupportedPanel(f"{what} In Grafana, choose Export and Export as JSON.")
    version = model.get("schemaVersion") or (TODAY if model.get("panels") else 1)
    held = model.get("panels") or rows.panels(model.get("rows") or [])
    model["panels"] = [panel(one, version) for one in held if not copied(one, version)]
    share(model["panels"])
    listed = model.get("templating") or {}
    model["templating"] = {"list": [variable(one, version) for one in listed.get("list") or [] if one.get("name")]}
    return model


def imported(given):
    """A dashboard that was exported to share it, with the constants that Grafana puts in when it imports it."""
    listed = given.get("__inputs") if isinstance(given.get("__inputs"), list) else []
    inputs = [one for one in listed if isinstance(one, dict) and one.get("type") == "constant"]
    values = {f"${{{one.get('name')}}}": str(one.get("value") or "") for one in inputs}
    return filled({key: one for key, one in given.items() if key != "__inputs"}, values) if values else given


def filled(value, texts):
    """A JSON value with these texts in the place of their names."""
    if isinstance(value, dict):
        return {key: filled(one, texts) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, texts) for one in value]
    if isinstance(value, str):
        for name, text in texts.items():
            value = value.replace(name, text)
    return value


def share(panels):
    """Give the panels that show the data of another one what that one asks, and its transformations where they want
    them."""
    every = [one for each in panels for one in (each, *(each.get("panels") or []))]
    by_id = {one["id"]: one for one in every if one.get("id") is not None}
    for one in every:
        wanted = next((target for target in one.get("targets") or [] if "panelId" in target), {})
        other = by_id.get(wanted.get("panelId"))
        if other is None or other is one:
            continue
        source = {"datasource": other.get("datasource")}
        one["targets"] = [source | target for target in other.get("targets") or [] if "panelId" not in target]
        if wanted.get("withTransforms"):
            one["transformations"] = [*(other.get("transformations") or []), *(one.get("transformations") or [])]
        one |= {key: other[key] for key in ("maxDataPoints", "interval", "timeFrom", "timeShift") if key in other}


def copied(model, version):
    """Whether an old Grafana saved a panel as the copy of a repeated one."""
    return version < 27 and (model.get("repeatPanelId") or model.get("repeatByRow"))


def variable(old, version):
    if version < 6 and old.get("type") in (None, "filter"):
        old = {**old, "type": "query"}
    if version < 27 and old.get("type") == "constant":
        old = {**old, "current": {"value": old.get("query")}}
    return fitting(old, VARIABLE)


def panel(old, version):
    """A panel's model as it is today; one that cannot be read says why under `broken`."""
    kind = RENAMED.get(old.get("type"), old.get("type"))
    model = {**old, "type": kind, "targets": old.get("targets") or []}
    if kind == "row" or old.get("panels"):
        model["panels"] = [panel(one, version) for one in old.get("panels") or [] if not copied(one, version)]
    if kind == "table" and version < 24 and model.get("styles"):
        kind = "table-old"
    try:
        model = KINDS.get(kind, lambda same: same)(with_mappings(model, version))
        return fitting(merged(with_mappings(model, version), version), PANEL)
    except SLIPS as error:
        place = fitting(old, {"gridPos": PANEL["gridPos"], "title": text, "type": text})
        return {"targets": [], **{key: place.get(key) for key in ("gridPos", "title", "type")}, "broken": str(error)}


def plain_text(old):
    """A text panel, whose content once stood beside its options."""
    given = old.get("options") or ({"content": old["content"]} if "content" in old else {})
    return {**old, "options": given}


def counted(old):
    """A heatmap, which is of the old kind if it has no options."""
    return old if old.get("options") else heatmap.heatmap(old)


KINDS = {
    "graph": lambda old: graph.migrated(with_axes(old)),
    "singlestat": single.stat,
    "stat": single.renewed,
    "gauge": single.renewed,
    "bargauge": single.renewed,
    "table-old": lambda old: table.cells(table.table(old)),
    "table": table.cells,
    "heatmap": counted,
    "text": plain_text,
}


def with_axes(old):
    """A graph before schema 12, whose axes stood apart."""
    grid, formats = old.get("grid") or {}, [*(old.get("y_formats") or []), "short", "short"]
    if old.get("yaxes") or not (grid or old.get("y_formats")):
        return old
    sides = zip(("left", "right"), formats, strict=False)
    axes = [
        {"show": old.get("y-axis", True), "format": unit, "label": old.get(f"{side}YAxisLabel")}
        | {"min": grid.get(f"{side}Min"), "max": grid.get(f"{side}Max"), "logBase": grid.get(f"{side}LogBase")}
        for side, unit in sides
    ]
    return {**old, "yaxes": axes}


def with_mappings(model, version):
    """A panel with the value mappings of today, which changed with schema 30."""
    field = model.get("fieldConfig")
    if version >= 30 or not field:
        return model
    defaults = field.get("defaults") or {}
    steps = (defaults.get("thresholds") or {}).get("steps") or []
    if defaults.get("mappings"):
        defaults = {**defaults, "mappings": values.mappings(defaults["mappings"], steps)}
    overrides = [
        {**one, "properties": [remapped(change) for change in one.get("properties") or []]}
        for one in field.get("overrides") or []
    ]
    return {**model, "fieldConfig": {**field, "defaults": defaults, "overrides": overrides}}


def remapped(change):
    if change.get("id") != "mappings" or not isinstance(change.get("value"), list):
        return change
    return {**change, "value": values.mappings([one for one in change["value"] if isinstance(one, dict)])}


def merged(model, version):
    """A panel whose `labelsToFields` merges its frames, as it did by itself before schema 31."""
    if version >= 31 or not model.get("transformations"):
        return model
    made = [
        one
        for each in model["transformations"]
        for one in ([each, {"id": "merge", "options": {}}] if each.get("id") == "labelsToFields" else [each])
    ]
    return {**model, "transformations": made}
