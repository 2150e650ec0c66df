"""Dashboards as Kubernetes resources: those of v1 hold the classic model, those of v2 become it.

https://grafana.com/docs/grafana/latest/observability-as-code/schema-v2/
"""

from promql.errors import UnsupportedPanel
from promql.panels.migrations.shape import number

VARIABLES = {
    "QueryVariable": "query",
    "CustomVariable": "custom",
    "ConstantVariable": "constant",
    "IntervalVariable": "interval",
    "TextVariable": "textbox",
    "DatasourceVariable": "datasource",
    "AdhocVariable": "adhoc",
    "GroupByVariable": "groupby",
    "SwitchVariable": "switch",
}
ORDERS = ("disabled", "alphabetical", "numerical", "alphabeticalCaseInsensitive", "natural")
SORTS = {f"{name}{end}": 2 * place - (end == "Asc") for place, name in enumerate(ORDERS) for end in ("Asc", "Desc")}
WIDTHS = {"narrow": 192, "standard": 448, "wide": 768}  # of a column of an automatic grid, at least, in pixels
HEIGHTS = {"short": 5, "standard": 9, "tall": 14}  # in cells
SCREEN = 1440  # pixels


def classic(given):
    """The classic model of what was exported: the model itself, in an API's answer, or in a resource."""
    if isinstance(given.get("dashboard"), dict):
        return classic(given["dashboard"])
    spec = given.get("spec")
    if not isinstance(spec, dict):
        return given
    name = part(given, "metadata").get("name") or ""
    if "elements" not in spec:
        return {**spec, "uid": spec.get("uid") or name}
    times = part(spec, "timeSettings")
    return {
        "title": spec.get("title"),
        "uid": name,
        "schemaVersion": 42,
        "time": {end: times[end] for end in ("from", "to") if times.get(end)},
        "fiscalYearStartMonth": times.get("fiscalYearStartMonth"),
        "panels": laid_out(part(spec, "layout"), part(spec, "elements")),
        "templating": {"list": [variable(one) for one in members(spec, "variables")]},
        "annotations": {"list": [annotation(part(one, "spec")) for one in members(spec, "annotations")]},
    }


def part(holder, key):
    """A member that is an object, else an empty one."""
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def members(holder, key):
    """The objects of a member that is a list."""
    found = holder.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def source(query):
    """The data source that a query names, in either version of the schema."""
    kind = query.get("group") or query.get("kind")
    return {"type": kind if kind != "DataQuery" else None, "uid": part(query, "datasource").get("name")}


def variable(one):
    spec = part(one, "spec")
    query = spec.get("query")
    made = {
        **spec,
        "type": VARIABLES.get(one.get("kind"), one.get("kind")),
        "sort": SORTS.get(str(spec.get("sort")), 0),
    }
    if isinstance(query, dict):
        made |= {"query": part(query, "spec").get("__legacyStringValue") or part(query, "spec")}
        made |= {"datasource": spec.get("datasource") or source(query)}
    return made


def annotation(spec):
    query = part(spec, "query")
    inner = part(query, "spec")
    return {
        **spec,
        **inner,
        **part(spec, "legacyOptions"),
        "datasource": spec.get("datasource") or source(query),
    }


def panel(element, place):
    """The model of an element: a panel, or one of a library."""
    spec, name = part(element, "spec"), element.get("kind")
    shared = {"id": spec.get("id"), "title": spec.get("title"), "gridPos": place}
    if name == "LibraryPanel":
        return {**shared, "libraryPanel": part(spec, "libraryPanel")}
    drawn, data = part(spec, "vizConfig"), part(part(spec, "data"), "spec")
    options = part(data, "queryOptions")
    return {
        **shared,
        "type": drawn.get("group") or drawn.get("kind"),
        "options": part(drawn, "spec").get("options"),
        "fieldConfig": part(drawn, "spec").get("fieldConfig"),
        "pluginVersion": drawn.get("version") or part(drawn, "spec").get("pluginVersion"),
        "targets": [target(part(one, "spec")) for one in members(data, "queries")],
        "transformations": [transformation(one) for one in members(data, "transformations")],
        **{key: options[key] for key in ("interval", "maxDataPoints", "timeFrom", "timeShift") if options.get(key)},
    }


def target(spec):
    query = part(spec, "query")
    asked = {
        "refId": spec.get("refId"),
        "hide": spec.get("hidden"),
        "datasource": spec.get("datasource") or source(query),
    }
    return {**part(query, "spec"), **asked}


def transformation(one):
    spec = part(one, "spec")
    return {**spec, "id": one.get("group") or spec.get("id") or one.get("kind"), "options": spec.get("options") or {}}


def laid_out(layout, elements, y=0):
    """The panels of a layout from line `y` on: a grid, an automatic grid, rows, or tabs, which are drawn as rows."""
    kind, spec = layout.get("kind"), part(layout, "spec")
    if kind == "GridLayout":
        return in_grid(members(spec, "items"), elements, y)
    if kind == "AutoGridLayout":
        return in_columns(spec, elements, y)
    if kind not in ("RowsLayout", "TabsLayout"):
        raise UnsupportedPanel(
            f"This dashboard is laid out as {kind}, which is not known here: nothing of it is drawn."
        )
    found = []
    for one in members(spec, "rows") + members(spec, "tabs"):
        inner, hidden = part(one, "spec"), bool(part(one, "spec").get("collapse"))
        heading = {"type": "row", "title": inner.get("title") or "", "collapsed": hidden, "panels": []}
        heading |= {"gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "repeat": part(inner, "repeat").get("value")}
        inside = laid_out(part(inner, "layout"), elements, y + 1)
        heading |= {"panels": inside if hidden else [], "conditional": bool(inner.get("conditionalRendering"))}
        found += [heading] if hidden else [heading, *inside]
        y = y + 1 if hidden else max([y + 1, *(lower(one) for one in inside)])
    return found


def lower(model):
    """The lower end of a panel, in cells of the grid."""
    place = model["gridPos"]
    return sum(place[side] for side in "yh" if isinstance(place.get(side), int | float))


def in_grid(items, elements, y):
    found = []
    for item in items:
        spec = part(item, "spec")
        top = y + spec["y"] if isinstance(spec.get("y"), int | float) else y
        if item.get("kind") == "GridLayoutRow":
            hidden = bool(spec.get("collapsed"))
            inside = in_grid(members(spec, "elements"), elements, top + 1)
            heading = {"type": "row", "title": spec.get("title") or "", "collapsed": hidden}
            heading |= {"gridPos": {"x": 0, "y": top, "w": 24, "h": 1}, "panels": inside if hidden else []}
            found += [heading] if hidden else [heading, *inside]
            continue
        place = {"x": spec.get("x"), "y": top, "w": spec.get("width"), "h": spec.get("height")}
        found.append(placed(spec, elements, place))
    return found


def in_columns(spec, elements, y):
    items, mode = members(spec, "items"), str(spec.get("columnWidthMode"))
    least = WIDTHS.get(mode) or number(spec.get("columnWidth")) or WIDTHS["standard"]
    columns = max(1, int(min(number(spec.get("maxColumnCount")) or 3, SCREEN / least, len(items))))
    width, height = max(1, 24 // columns), HEIGHTS.get(str(spec.get("rowHeightMode")), HEIGHTS["standard"])
    places = [
        {"x": rank % columns * width, "y": y + rank // columns * height, "w": width, "h": height}
        for rank in range(len(items))
    ]
    return [placed(part(item, "spec"), elements, place) for item, place in zip(items, places, strict=True)]


def placed(spec, elements, place):
    name, repeat = part(spec, "element").get("name"), part(spec, "repeat")
    model = panel(part(elements, str(name)), place)
    return {
        **model,
        "repeat": repeat.get("value"),
        "repeatDirection": repeat.get("direction"),
        "maxPerRow": repeat.get("maxPerRow"),
        "conditional": bool(spec.get("conditionalRendering")),
    }
