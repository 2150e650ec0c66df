"""Dashboards of every age and form: what Grafana's own migrations make of them."""

import contextlib
import copy
import json
import random

import matplotlib.pyplot as plt
import pytest

from promql import Prometheus
from promql.errors import PromQLError
from promql.panels import Dashboard, UnsupportedPanel
from promql.panels.migrations import migrated, rows
from promql.panels.variables import Value
from tests.promql.panel_data import DASHBOARD

NOBODY = Prometheus("http://127.0.0.1:9")


def one(version, **old):
    """The model that a dashboard's only panel becomes."""
    return migrated({"schemaVersion": version, "panels": [{"id": 1, "targets": [], **old}]})["panels"][0]


def defaults(version, **old):
    return one(version, **old)["fieldConfig"]["defaults"]


def changes(version, **old):
    """The matcher and the properties of each override."""
    return [
        (made["matcher"]["options"], {change["id"]: change["value"] for change in made["properties"]})
        for made in one(version, **old)["fieldConfig"]["overrides"]
    ]


@pytest.mark.parametrize(
    "old, kind, calc",
    [
        ({"type": "graph"}, "timeseries", None),
        ({"type": "singlestat", "valueName": "current"}, "stat", "lastNotNull"),
        ({"type": "singlestat", "valueName": "avg"}, "stat", "mean"),
        ({"type": "singlestat", "valueName": "total", "gauge": {"show": True}}, "gauge", "sum"),
        ({"type": "singlestat"}, "stat", "mean"),
        ({"type": "table", "styles": []}, "table", None),
        ({"type": "table-old", "styles": [{"pattern": "x"}]}, "table", None),
        ({"type": "graph", "xaxis": {"mode": "series"}}, "barchart", None),
        (
            {"type": "graph", "xaxis": {"mode": "series", "values": ["avg"]}, "legend": {"values": True}},
            "bargauge",
            "mean",
        ),
        ({"type": "graph", "xaxis": {"mode": "histogram"}}, "histogram", None),
    ],
)
def test_a_panel_of_an_old_kind_becomes_one_of_today(old, kind, calc):
    made = one(16, **old)
    assert made["type"] == kind
    assert calc is None or made["options"]["reduceOptions"]["calcs"] == [calc]


@pytest.mark.parametrize(
    "old, custom",
    [
        ({}, {"drawStyle": "points", "spanNulls": False}),
        ({"lines": True, "fill": 2, "linewidth": 3}, {"drawStyle": "line", "fillOpacity": 20, "lineWidth": 3}),
        ({"bars": True, "fill": 2}, {"drawStyle": "bars", "fillOpacity": 100}),
        ({"lines": True, "points": True}, {"showPoints": "always"}),
        (
            {"lines": True, "nullPointMode": "connected", "steppedLine": True},
            {"spanNulls": True, "lineInterpolation": "stepAfter"},
        ),
        (
            {"lines": True, "stack": True, "dashes": True},
            {"stacking": {"mode": "normal", "group": "A"}, "lineStyle": {"fill": "dash"}},
        ),
        (
            {"yaxes": [{"show": True, "label": "speed", "logBase": 2}]},
            {"axisLabel": "speed", "axisPlacement": "auto", "scaleDistribution": {"type": "log", "log": 2}},
        ),
        ({"yaxes": [{"show": False, "logBase": 1}]}, {"axisPlacement": "hidden"}),
    ],
)
def test_how_a_graph_was_drawn(old, custom):
    assert defaults(16, type="graph", **old)["custom"].items() >= custom.items()


def test_the_axes_of_a_graph():
    axes = [{"format": "s", "min": "0", "max": 10, "decimals": 1, "show": True}, {"format": "short", "show": True}]
    assert defaults(16, type="graph", yaxes=axes).items() >= {"unit": "s", "min": 0, "max": 10, "decimals": 1}.items()
    override = {"alias": "/errors/", "yaxis": 2, "transform": "negative-Y", "stack": False, "lines": False, "fill": 3}
    ((pattern, properties),) = changes(16, type="graph", yaxes=axes, seriesOverrides=[override, {"alias": ""}])
    assert pattern == "/errors/" and properties == {
        "unit": "short",
        "custom.transform": "negative-Y",
        "custom.stacking": {"mode": "none", "group": "A"},
        "custom.lineWidth": 0,
        "custom.fillOpacity": 30,
    }
    grid = {"leftMax": 5, "leftLogBase": 10}
    assert defaults(8, type="graph", grid=grid, y_formats=["bytes", "short"])["unit"] == "bytes"


def test_colours_and_legend_of_a_graph():
    legend = {
        "show": True,
        "values": True,
        "avg": True,
        "current": True,
        "min": False,
        "hideZero": True,
        "rightSide": True,
    }
    old = {"type": "graph", "aliasColors": {"a": "#123456"}, "legend": legend}
    assert changes(16, **old)[0] == ("a", {"color": {"mode": "fixed", "fixedColor": "#123456"}})
    assert changes(16, **old)[1][0] == {"reducer": "allIsZero", "op": "gte", "value": 0}
    shown = one(16, **old)["options"]["legend"]
    assert shown == {"showLegend": True, "placement": "right", "calcs": ["mean", "lastNotNull"]}
    assert one(16, type="graph", legend={"show": False})["options"]["legend"]["showLegend"] is False


@pytest.mark.parametrize(
    "old, steps, style",
    [
        ([("gt", 5, "critical")], [(None, "transparent"), (5, "red")], "line"),
        ([("lt", 5, "warning")], [(None, "orange"), (5, "transparent")], "line"),
        ([("lt", 5, "warning"), ("gt", 9, "critical")], [(None, "orange"), (5, "transparent"), (9, "red")], "line"),
        ([("lt", 9, "warning"), ("lt", 5, "critical")], [(None, "red"), (5, "orange"), (9, "transparent")], "line"),
        ([("gt", 5, "custom")], [(None, "transparent"), (5, "#abcdef")], "area"),
    ],
)
def test_thresholds_of_a_graph(old, steps, style):
    levels = [{"op": op, "value": value, "colorMode": mode} for op, value, mode in old]
    levels[0] |= {"fill": True, "fillColor": "#abcdef"} if style == "area" else {"line": True}
    made = defaults(16, type="graph", thresholds=levels)
    assert [(one["value"], one["color"]) for one in made["thresholds"]["steps"]] == steps
    assert made["custom"]["thresholdsStyle"]["mode"] == style


def test_a_singlestat_keeps_its_unit_colours_and_texts():
    old = {"type": "singlestat", "format": "percentunit", "decimals": 1, "nullText": "quiet", "colorValue": True}
    old |= {"thresholds": "0.5,0.9", "colors": ["red", "orange", "green"], "sparkline": {"show": True}}
    old |= {"valueMaps": [{"value": "1", "text": "up", "op": "="}, {"value": "null", "text": "N/A"}], "mappingType": 1}
    made = defaults(16, **old)
    assert made.items() >= {"unit": "percentunit", "decimals": 1, "noValue": "quiet"}.items()
    assert made["thresholds"]["steps"][1:] == [{"value": 0.5, "color": "orange"}, {"value": 0.9, "color": "green"}]
    assert [mapping["type"] for mapping in made["mappings"]] == ["value", "special"]
    options = one(16, **old, colorBackground=False)["options"]
    assert (options["colorMode"], options["graphMode"]) == ("value", "area")
    ranged = defaults(16, type="singlestat", rangeMaps=[{"from": "2", "to": "5", "text": "few"}], mappingType=2)
    assert ranged["mappings"][0]["options"] == {"from": "2", "to": "5", "result": {"text": "few", "color": None}}


@pytest.mark.parametrize(
    "version, options, wanted",
    [
        (
            "6.6.0",
            {"fieldOptions": {"defaults": {"unit": "s", "title": "T"}, "calcs": ["last"]}},
            {"unit": "s", "displayName": "T"},
        ),
        ("6.1.0", {"valueOptions": {"unit": "bytes", "stat": "avg", "decimals": 2}}, {"unit": "bytes", "decimals": 2}),
        (
            "6.3.0",
            {"fieldOptions": {"defaults": {}, "thresholds": [{"color": "red", "value": None}], "calcs": []}},
            {"thresholds": {"mode": "absolute", "steps": [{"color": "red", "value": None}]}},
        ),
        ("7.5.0", {"fieldOptions": {"defaults": {"unit": "s"}}}, {}),
    ],
)
def test_options_of_grafana_6(version, options, wanted):
    made = defaults(18, type="gauge", pluginVersion=version, options=options)
    assert made.items() >= wanted.items() and "title" not in made


def test_percent_had_ends_before_grafana_8():
    field = {"defaults": {"unit": "percentunit"}, "overrides": []}
    assert defaults(26, type="gauge", pluginVersion="7.5.1", fieldConfig=field, options={"a": 1})["max"] == 1
    assert "max" not in defaults(36, type="gauge", pluginVersion="8.0.0", fieldConfig=field, options={"a": 1})


@pytest.mark.parametrize(
    "version, wanted",
    [
        (26, [{"type": "value", "options": {"1": {"text": "up"}}}]),
        (39, [{"id": 0, "type": 1, "value": "1", "text": "up"}]),
    ],
)
def test_value_mappings_are_migrated_before_schema_30(version, wanted):
    old = {"mappings": [{"id": 0, "type": 1, "value": "1", "text": "up"}]}
    made = defaults(version, type="stat", fieldConfig={"defaults": old, "overrides": []})["mappings"]
    assert json.loads(json.dumps(made).replace(', "color": null', "")) == wanted


def test_a_number_in_a_mapping_had_the_colour_of_its_threshold():
    steps = {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 5}]}
    old = {"mappings": [{"type": 2, "from": "1", "to": "3", "text": "7 of 9"}], "thresholds": steps}
    (made,) = defaults(26, type="stat", fieldConfig={"defaults": old, "overrides": []})["mappings"]
    assert made["options"]["result"] == {"text": "7 of 9", "color": "red"}


def test_a_table_of_the_old_kind():
    styles = [
        {"pattern": "/.*/", "unit": "short", "decimals": 2, "thresholds": []},
        {
            "pattern": "Value",
            "alias": "Share",
            "unit": "percentunit",
            "decimals": 1,
            "colorMode": "cell",
            "thresholds": ["1", "2"],
            "colors": ["green", "orange", "red"],
        },
        {"pattern": "Time", "type": "hidden"},
        {"pattern": "/Count.*/", "unit": "", "decimals": 0},
    ]
    made = one(22, type="table", styles=styles, transform="timeseries_aggregations", columns=[{"value": "avg"}])
    assert made["transformations"] == [{"id": "reduce", "options": {"reducers": ["mean"], "includeTimeField": False}}]
    assert made["fieldConfig"]["defaults"].items() >= {"unit": "short", "decimals": 2}.items()
    (share, properties), time, count = changes(22, type="table", styles=styles)
    assert share == "Value" and properties["displayName"] == "Share" and properties["decimals"] == 1
    assert properties["custom.cellOptions"] == {"type": "color-background"}
    assert [step["value"] for step in properties["thresholds"]["steps"]] == [None, 1, 2]
    assert time == ("Time", {"custom.hideFrom.viz": True}) and count == ("/Count.*/", {"decimals": 0})


@pytest.mark.parametrize(
    "mode, cell",
    [
        ("color-background", {"type": "color-background", "mode": "gradient"}),
        ("lcd-gauge", {"type": "gauge", "mode": "lcd"}),
        ("color-text", {"type": "color-text"}),
    ],
)
def test_the_display_mode_of_cells(mode, cell):
    field = {"defaults": {"custom": {"displayMode": mode}}, "overrides": []}
    assert defaults(36, type="table", fieldConfig=field)["custom"]["cellOptions"] == cell


def test_a_heatmap_of_the_old_kind_counts_its_buckets():
    counted = one(26, type="heatmap", options={}, dataFormat="timeseries", yAxis={"format": "s"}, yBucketSize=2)
    assert counted["options"]["calculate"] is True and counted["options"]["yAxis"]["unit"] == "s"
    assert counted["options"]["calculation"]["yBuckets"] == {"mode": "size", "value": "2"}
    assert one(26, type="heatmap", options={}, dataFormat="tsbuckets")["options"]["calculate"] is False


def test_a_text_of_the_old_kind():
    assert one(18, type="text", content="# Hello", mode="markdown")["options"]["content"] == "# Hello"


# Layouts


def test_rows_become_panels_side_by_side():
    first = {
        "height": "250px",
        "panels": [{"type": "text", "span": 8}, {"type": "text", "span": 4}, {"type": "text", "span": 6}],
    }
    made = migrated({"schemaVersion": 14, "rows": [first, {"panels": [{"type": "text"}]}]})["panels"]
    assert [tuple(one["gridPos"].values()) for one in made] == [
        (0, 0, 16, 7),
        (16, 0, 8, 7),
        (0, 7, 12, 7),
        (0, 14, 8, 7),
    ]
    titled = [
        {"title": "Shut", "collapse": True, "panels": [{"type": "text"}]},
        {"title": "Open", "showTitle": True, "panels": []},
    ]
    shut, opened = rows.panels(titled)
    assert shut["panels"] and not opened["panels"] and opened["gridPos"]["y"] == 1


V2_PANEL = {
    "kind": "Panel",
    "spec": {
        "id": 3,
        "title": "Up",
        "data": {
            "kind": "QueryGroup",
            "spec": {
                "queries": [
                    {
                        "kind": "PanelQuery",
                        "spec": {
                            "refId": "A",
                            "hidden": False,
                            "query": {
                                "kind": "DataQuery",
                                "group": "prometheus",
                                "version": "v0",
                                "spec": {"expr": "up"},
                            },
                        },
                    }
                ],
                "queryOptions": {"interval": "10s"},
                "transformations": [{"kind": "Transformation", "group": "organize", "spec": {"options": {"a": 1}}}],
            },
        },
        "vizConfig": {
            "kind": "VizConfig",
            "group": "stat",
            "version": "13.0.0",
            "spec": {"options": {"colorMode": "none"}, "fieldConfig": {"defaults": {"unit": "s"}, "overrides": []}},
        },
    },
}
ITEM = {"element": {"kind": "ElementReference", "name": "panel-3"}}
GRID = {
    "kind": "GridLayout",
    "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"x": 6, "y": 2, "width": 8, "height": 4, **ITEM}}]},
}
AUTO = {"kind": "AutoGridLayout", "spec": {"items": [{"kind": "AutoGridLayoutItem", "spec": ITEM}]}}


def v2(layout, **spec):
    spec = {"title": "V2", "elements": {"panel-3": V2_PANEL}, "layout": layout, **spec}
    return {"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "metadata": {"name": "uid"}, "spec": spec}


@pytest.mark.parametrize(
    "layout, places",
    [
        (GRID, [(6, 2, 8, 4)]),
        (AUTO, [(0, 0, 24, 9)]),
        (
            {"kind": "RowsLayout", "spec": {"rows": [{"spec": {"title": "R", "layout": GRID}}]}},
            [(0, 0, 24, 1), (6, 3, 8, 4)],
        ),
        (
            {"kind": "TabsLayout", "spec": {"tabs": [{"spec": {"title": "T", "layout": AUTO}}]}},
            [(0, 0, 24, 1), (0, 1, 24, 9)],
        ),
    ],
)
def test_the_second_schema_is_read(layout, places):
    variable = {
        "kind": "QueryVariable",
        "spec": {
            "name": "pod",
            "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"query": "label_values(pod)"}},
        },
    }
    shown = Dashboard(v2(layout, variables=[variable], timeSettings={"from": "now-1h", "to": "now"}), NOBODY)
    assert (shown.title, shown.uid, shown.model["time"]["from"]) == ("V2", "uid", "now-1h")
    assert [one.grid for one in shown.panels] == places
    last = shown.panels[-1]
    assert (last.id, last.type, last.model["targets"][0]["expr"], last.model["interval"]) == (3, "stat", "up", "10s")
    assert last.model["transformations"] == [{"options": {"a": 1}, "id": "organize"}]
    assert shown.model["templating"]["list"][0]["query"] == {"query": "label_values(pod)"}


@pytest.mark.parametrize(
    "written, sort", [("disabled", 0), ("alphabeticalAsc", 1), ("numericalDesc", 4), ("naturalAsc", 7), (["x"], 0)]
)
def test_the_order_of_a_variable_has_a_name_in_the_second_schema(written, sort):
    spec = {"name": "pod", "sort": written, "query": "a,b"}
    made = migrated(v2(GRID, variables=[{"kind": "CustomVariable", "spec": spec}]))
    assert made["templating"]["list"][0]["sort"] == sort


@pytest.mark.parametrize(
    "options, places",
    [
        ({}, [(0, 0, 8, 9), (8, 0, 8, 9), (16, 0, 8, 9), (0, 9, 8, 9)]),
        (
            {"columnWidthMode": "narrow", "rowHeightMode": "short"},
            [(0, 0, 8, 5), (8, 0, 8, 5), (16, 0, 8, 5), (0, 5, 8, 5)],
        ),
        (
            {"columnWidthMode": "narrow", "maxColumnCount": 4},
            [(0, 0, 6, 9), (6, 0, 6, 9), (12, 0, 6, 9), (18, 0, 6, 9)],
        ),
        ({"columnWidthMode": "wide"}, [(0, 0, 24, 9), (0, 9, 24, 9), (0, 18, 24, 9), (0, 27, 24, 9)]),
        (
            {"columnWidthMode": "custom", "columnWidth": 700},
            [(0, 0, 12, 9), (12, 0, 12, 9), (0, 9, 12, 9), (12, 9, 12, 9)],
        ),
        ({"columnWidth": {}, "maxColumnCount": "x"}, [(0, 0, 8, 9), (8, 0, 8, 9), (16, 0, 8, 9), (0, 9, 8, 9)]),
    ],
)
def test_an_automatic_grid_has_as_many_columns_as_find_room(options, places):
    items = [{"kind": "AutoGridLayoutItem", "spec": ITEM}] * 4
    shown = Dashboard(v2({"kind": "AutoGridLayout", "spec": {"items": items, **options}}), NOBODY)
    assert [one.grid for one in shown.panels] == places


def test_what_depends_on_conditions_is_named():
    item = {
        "kind": "AutoGridLayoutItem",
        "spec": ITEM | {"conditionalRendering": {"kind": "ConditionalRenderingGroup"}},
    }
    shown = Dashboard(v2({"kind": "AutoGridLayout", "spec": {"items": [item]}}), NOBODY)
    assert shown.panels[0].limits() == ["it is shown always, not only under its conditions."]


def test_an_annotation_keeps_its_older_options():
    query = {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up == 0"}}
    spec = {"name": "Down", "enable": True, "query": query, "legacyOptions": {"titleFormat": "{{job}}", "step": "30s"}}
    made = migrated(v2(GRID, annotations=[{"kind": "AnnotationQuery", "spec": spec}]))
    (one,) = made["annotations"]["list"]
    assert (one["expr"], one["titleFormat"], one["step"], one["name"]) == ("up == 0", "{{job}}", "30s", "Down")


@pytest.mark.parametrize("with_transforms, names", [(False, ["limit"]), (True, ["merge", "limit"])])
def test_a_panel_may_show_the_data_of_another(with_transforms, names):
    first = {"id": 3, "type": "table", "targets": [{"refId": "A", "expr": "up"}], "transformations": [{"id": "merge"}]}
    asked = {"refId": "B", "panelId": 3, "withTransforms": with_transforms, "datasource": {"uid": "-- Dashboard --"}}
    other = {"id": 4, "type": "stat", "targets": [asked], "transformations": [{"id": "limit"}], "interval": "5s"}
    first |= {"datasource": {"type": "loki"}, "interval": "30s"}
    _, made = migrated({"panels": [first, other]})["panels"]
    assert [(one["refId"], one["expr"], one["datasource"]) for one in made["targets"]] == [
        ("A", "up", {"type": "loki"})
    ]
    assert [one["id"] for one in made["transformations"]] == names and made["interval"] == "30s"
    (alone,) = migrated({"panels": [other]})["panels"]
    assert alone["targets"][0]["refId"] == "B"


@pytest.mark.parametrize(
    "text, says",
    [
        (None, "cannot be read: No such file"),
        ("{", "holds no JSON: Expecting"),
        ("\ufeff[]", "no dashboard of Grafana's"),
    ],
)
def test_a_file_that_is_no_dashboard_is_named(tmp_path, text, says):
    if text:
        (tmp_path / "board.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnsupportedPanel, match=says):
        Dashboard(tmp_path / "board.json", NOBODY)


@pytest.mark.parametrize("place", [{"h": 1e308}, {"y": 1e308}, {"y": 3000, "x": 50, "w": -1}])
def test_a_place_beyond_the_grid_is_moved_into_it(place):
    made = Dashboard({"panels": [{"type": "text", "options": {"content": "x"}, "gridPos": place}]}, NOBODY)
    assert made.panels[0].plot().figure
    made.plot()
    plt.gcf().canvas.draw()
    plt.close("all")


def test_constants_of_an_export_are_put_in():
    inputs = [{"name": "VAR_JOB", "type": "constant", "value": "wine"}, {"name": "DS_P", "type": "datasource"}, 3]
    panel = {"type": "stat", "targets": [{"expr": 'up{job="${VAR_JOB}"}', "datasource": {"uid": "${DS_P}"}}]}
    variable = {"name": "job", "type": "constant", "query": "${VAR_JOB}"}
    made = migrated({"__inputs": inputs, "panels": [panel], "templating": {"list": [variable]}})
    assert made["panels"][0]["targets"] == [{"expr": 'up{job="wine"}', "datasource": {"uid": "${DS_P}"}}]
    assert made["templating"]["list"][0]["query"] == "wine"
    assert migrated({"__inputs": "x", "panels": [panel]})["panels"][0]["targets"][0]["expr"] == 'up{job="${VAR_JOB}"}'


def test_an_unknown_layout_is_refused():
    with pytest.raises(UnsupportedPanel, match="laid out as Spiral"):
        Dashboard(v2({"kind": "Spiral"}), NOBODY)


@pytest.mark.parametrize(
    "wrap",
    [lambda model: {"dashboard": model}, lambda model: {"kind": "Dashboard", "metadata": {"name": "r"}, "spec": model}],
)
def test_a_classic_model_is_found_in_what_holds_it(wrap):
    assert Dashboard(wrap(DASHBOARD), NOBODY).title == "A service"


# What is not a dashboard, or a broken one


def test_a_library_panel_is_refused_alone():
    held = {"id": 1, "title": "L", "libraryPanel": {"uid": "abc", "name": "Shared"}}
    shown = Dashboard({"panels": [held, {"type": "text", "title": "T", "options": {"content": "Hi"}}]}, NOBODY)
    assert shown.limits() == [
        "L: it is the library panel Shared, which only its Grafana has. Unlink it there, and export again."
    ]
    assert shown.panels[1].plot()


def test_panels_and_rows_are_repeated():
    pods = {"name": "pod", "type": "custom", "query": "a,b,c", "multi": True, "current": {"value": ["a", "c"]}}
    row = {"type": "row", "title": "Row $pod", "repeat": "pod", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    inside = {"type": "text", "title": "In $pod", "gridPos": {"x": 0, "y": 1, "w": 6, "h": 3}}
    shown = Dashboard({"panels": [row, inside], "templating": {"list": [pods]}}, NOBODY)
    assert [(one.title, one.grid[1]) for one in shown.panels] == [("Row a", 0), ("In a", 1), ("Row c", 4), ("In c", 5)]
    wide = {
        "type": "text",
        "title": "$pod",
        "repeat": "pod",
        "maxPerRow": 2,
        "gridPos": {"x": 0, "y": 0, "w": 24, "h": 3},
    }
    below = {"type": "text", "title": "below", "gridPos": {"x": 0, "y": 3, "w": 24, "h": 3}}
    pods["current"] = {"value": ["a", "b", "c"]}
    shown = Dashboard({"panels": [wide, below], "templating": {"list": [pods]}}, NOBODY)
    assert [one.grid for one in shown.panels] == [(0, 0, 12, 3), (12, 0, 12, 3), (0, 3, 12, 3), (0, 6, 24, 3)]
    assert shown.panels[2].scoped["pod"] == Value(["c"], "c", "c", True)


ODD = [None, 0, -1, 1e400, "", "x", "$x", [], [None], {}, {"a": 1}, True, [[]], {"id": {}}]


def mutated(model, chance):
    """The model with a member somewhere in it replaced by something odd, or left out."""
    model = copy.deepcopy(model)
    places = [(model, key) for key in model]
    found = []
    while places:
        holder, key = places.pop()
        found.append((holder, key))
        inner = holder[key]
        members = inner if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        places += [(inner, one) for one in members]
    for holder, key in chance.sample(found, 3):
        holder[key] = copy.deepcopy(chance.choice(ODD))
    return model


@pytest.mark.parametrize("seed", range(4))
def test_no_json_ends_in_a_traceback(backfilled, seed):
    """What a reader sees is a picture or a sentence, whatever is odd in a dashboard."""
    chance, server = random.Random(seed), Prometheus(backfilled.url)
    for _ in range(6):
        with contextlib.suppress(PromQLError):
            shown = Dashboard.load(mutated(DASHBOARD, chance), server)
            for one in shown.panels:
                one.queries()
            chance.choice(shown.panels).plot()
        plt.close("all")
