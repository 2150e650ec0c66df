"""What panels draw of the options that people use: signs, piles, axes, gaps, colours, tables, ranges, annotations."""

import itertools
import json

import matplotlib.style
import matplotlib.text
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from promql import palette
from promql.errors import QueryError
from promql.palette import BLUE, GREEN, PALETTE, VERMILION, YELLOW
from promql.panels import Dashboard, UnsupportedPanel, colors, draw, limits, look, single, tabular
from promql.panels.columns import Column
from tests.promql.backfill import START
from tests.promql.panel_data import panel, thresholds

HOUR = {"from": "2026-01-01T00:30:00Z", "to": "2026-01-01T01:30:00Z"}
TWO = 'label_replace(vector(3), "n", "a", "", "") or label_replace(vector(1), "n", "b", "", "")'
AS_TABLE = {"format": "table", "instant": True}


def one(server, kind, *exprs, **more):
    """The only panel of a dashboard over one hour."""
    fields = {key: more.pop(key) for key in ("annotations", "templating") if key in more}
    model = {"panels": [panel(1, kind, "One", (0, 0, 12, 8), *exprs, **more)], "time": HOUR, **fields}
    return Dashboard(model, server).panels[0]


def values(server, *exprs, **more):
    """The last value of each line, area or bar of a panel over time."""
    drawn = one(server, "timeseries", *exprs, **more).plot().figure.axes
    return [line.get_ydata()[-1] for ax in drawn for line in ax.lines if len(line.get_ydata()) > 2]


def override(letter, **properties):
    changes = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": "byFrameRefID", "options": letter}, "properties": changes}


STACK = {"fillOpacity": 20, "stacking": {"mode": "normal", "group": "A"}}
PERCENT = {"fillOpacity": 20, "stacking": {"mode": "percent", "group": "A"}}


def test_what_is_drawn_is_not_refused():
    assert set(limits.KINDS) == set(draw.DRAW)


@pytest.mark.parametrize(
    "exprs, custom, overrides, wanted",
    [
        (["3", "2"], {}, [override("B", custom__transform="negative-Y")], [3, -2]),
        (["time()"], {"transform": "constant"}, [], [START + 1800]),
        (["3", "1"], PERCENT, [], [0.75, 1]),
        (["3", "2"], STACK, [], [3, 5]),
        (["3", "2", "-4", "-1"], STACK, [], [3, 5, -4, -5]),
        (["3", "2", "1"], STACK, [override("C", custom__stacking={"mode": "normal", "group": "B"})], [3, 5, 1]),
        (["3", "2", "1"], STACK, [override("B", custom__stacking={"mode": "none"})], [3, 2, 4]),
        (["3", "2", "1"], STACK, [override("B", custom__transform="negative-Y")], [3, -2, 4]),
        (["3", "2"], STACK, [override("B", custom__hideFrom={"viz": True})], [3]),
        (["3", "2"], STACK, [override("B", unit="s")], [3, 2]),
    ],
)
def test_signs_and_piles(server, exprs, custom, overrides, wanted):
    exprs = [f"vector({expr})" for expr in exprs]
    assert values(server, *exprs, field={"custom": custom}, overrides=overrides) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "placements, wanted",
    [
        ([{}, {"unit": "s"}], ["left", "right"]),
        ([{}, {"custom__axisPlacement": "right"}], ["left", "right"]),
        ([{"custom__axisPlacement": "right"}, {}], ["right", "left"]),
        ([{}, {"custom__axisPlacement": "left"}], ["left", "left"]),
        ([{}, {"custom__axisLabel": "other"}], ["left", "right"]),
        ([{}, {"custom__lineWidth": 3}], ["left"]),
        ([{}, {"unit": "s"}, {"unit": "bytes"}], ["left", "right", "right"]),
    ],
)
def test_each_scale_has_an_axis_on_its_side(server, placements, wanted):
    overrides = [override(chr(65 + place), **one) for place, one in enumerate(placements) if one]
    ax = one(server, "timeseries", *["vector(1)"] * len(placements), overrides=overrides).plot()
    assert [side.yaxis.get_label_position() for side in ax.figure.axes] == wanted
    outward = [side.spines["right"].get_position() for side in ax.figure.axes]
    assert len(outward) < 3 or outward[1] != outward[2]


def test_an_axis_may_be_hidden(server):
    ax = one(server, "timeseries", "vector(1)", field={"custom": {"axisPlacement": "hidden"}}).plot()
    assert not any(label.get_visible() and label.get_text() for label in ax.get_yticklabels())


@pytest.mark.parametrize("spans, count", [(False, 12), (True, 0), (3600_000, 0), (1000, 12)])
def test_gaps_are_connected_as_the_panel_wants(server, spans, count):
    query = "vector(1) and on() (vector(time()) % 300 < 120)"
    ax = one(server, "timeseries", query, field={"custom": {"spanNulls": spans}}).plot()
    drawn = ax.lines[-1].get_ydata()
    gaps = sum(drawn[at] != drawn[at] and drawn[at - 1] == drawn[at - 1] for at in range(1, len(drawn)))
    assert gaps == count


@pytest.mark.parametrize("style", ["line", "bars", "points"])
def test_a_series_without_any_number_leaves_the_others_their_picture(server, style):
    custom = {**STACK, "spanNulls": True, "drawStyle": style}
    ax = one(server, "timeseries", "vector(0) / 0", "vector(2)", field={"custom": custom}).plot()
    tops = [bar.get_height() for bar in ax.patches] if style == "bars" else ax.lines[-1].get_ydata()
    assert set(tops) == {2} and len(ax.get_legend().get_texts()) == 2


def test_a_number_for_no_value_fills_the_gaps(server):
    query = "vector(1) and on() (vector(time()) % 300 < 120)"
    ax = one(server, "timeseries", query, field={"noValue": "7"}).plot()
    assert set(ax.lines[-1].get_ydata()) == {1, 7}


def test_an_area_between_two_series(server):
    fill = override("A", custom__fillBelowTo="low", custom__fillOpacity=30)
    ax = one(
        server,
        "timeseries",
        ("vector(3)", {"legendFormat": "high"}),
        ("vector(1)", {"legendFormat": "low"}),
        overrides=[fill],
    ).plot()
    (area,) = ax.collections
    assert {y for _, y in area.get_paths()[0].vertices} == {1, 3}


def test_a_legend_may_leave_out_and_sort(server):
    hidden = override("B", custom__hideFrom={"legend": True, "viz": False})
    exprs = [(f"vector({at})", {"legendFormat": name}) for at, name in ((1, "low"), (2, "quiet"), (3, "high"))]
    legend = {"legend": {"calcs": ["max"], "sortBy": "Max", "sortDesc": True}}
    ax = one(server, "timeseries", *exprs, overrides=[hidden], options=legend).plot()
    assert [text.get_text().split()[0] for text in ax.get_legend().get_texts()] == ["high", "low"]


# Colours


@pytest.mark.parametrize(
    "name, paint",
    [
        ("rgba(245, 54, 54, 0.9)", "#f53636e6"),
        ("rgb(50,172,45)", "#32ac2d"),
        ("hsl(120, 100%, 25%)", "#008000"),
        ("super-light-blue", BLUE),
        ("#AbC", "#AbC"),
        ("white", "white"),
        ("burple", "#888888"),
    ],
)
def test_colours_as_people_write_them(name, paint):
    assert look.color(name) == paint and matplotlib.colors.is_color_like(look.color(name))


@pytest.mark.parametrize(
    "field, exprs, wanted",
    [
        ({"color": {"mode": "fixed", "fixedColor": "blue"}}, ["vector(1)"], [BLUE]),
        ({"color": {"mode": "palette-classic"}}, [TWO], PALETTE[:2]),
        ({"color": {"mode": "continuous-GrYlRd"}, "min": 0, "max": 100}, ["vector(50)"], None),
        ({}, ["vector(95)"], [VERMILION]),
        ({}, ["vector(79)"], [GREEN]),
        ({"thresholds": {"steps": []}}, ["vector(95)"], ["#808080"]),
        ({"mappings": [{"type": "value", "options": {"1": {"color": "yellow"}}}]}, ["vector(1)"], [YELLOW]),
    ],
)
def test_the_colour_of_a_stat(server, field, exprs, wanted):
    shown = one(server, "stat", *exprs, field=field)
    found = [result.color for result in single.results(shown, shown.tables())]
    if wanted is None:  # half way along the scheme there is more yellow than green or red
        red, green, blue = matplotlib.colors.to_rgb(found[0])
        assert red > 0.6 and green > 0.6 and blue < 0.4
    else:
        assert found == wanted


def test_a_continuous_scheme_begins_and_ends_at_its_colours():
    for mode, (first, *_, last) in colors.SCHEMES.items():
        ends = [matplotlib.colors.to_rgb(look.color(name)) for name in (first, last)]
        for at, end in enumerate(ends):
            assert matplotlib.colors.to_rgb(colors.scheme(mode, at)) == pytest.approx(end, abs=0.01)
    assert colors.scheme("continuous-viridis", 0) == "#440154"


# Single values


@pytest.mark.parametrize(
    "field, text",
    [
        ({"mappings": [{"type": "special", "options": {"match": "null", "result": {"text": "N/A"}}}]}, "N/A"),
        ({"noValue": "0"}, "0"),
        ({}, "No data"),
    ],
)
def test_a_stat_without_series_says_what_the_panel_wants(server, field, text):
    ax = one(server, "stat", "vector(1) < 0", field=field).plot()
    assert text in "\n".join(words.get_text() for words in ax.texts)


def test_a_value_may_be_shown_as_nothing(server):
    nothing = {"mappings": [{"type": "value", "options": {"1": {"text": ""}}}], "noValue": "none"}
    for kind in ("stat", "gauge", "bargauge"):
        shown = one(server, kind, "vector(1)", "vector(2)", field=nothing)
        assert [result.text for result in single.results(shown, shown.tables())] == ["", "2"]
        assert shown.plot()


@pytest.mark.parametrize(
    "exprs, options, wanted",
    [
        ([(TWO, AS_TABLE)], {}, ["1"]),
        ([TWO], {}, ["3", "1"]),
        ([TWO], {"calcs": ["variance"]}, ["0", "0"]),
        ([(TWO, AS_TABLE)], {"values": True}, ["3", "1"]),
        ([(TWO, AS_TABLE)], {"values": True, "limit": 1}, ["3"]),
        ([(TWO, AS_TABLE)], {"fields": "/^n$/"}, ["b"]),
        ([TWO], {"calcs": ["min", "count"]}, ["3", "721", "1", "721"]),
    ],
)
def test_the_values_of_a_stat(server, exprs, options, wanted):
    shown = one(server, "stat", *exprs, options={"reduceOptions": options})
    assert [result.text for result in single.results(shown, shown.tables())] == wanted


@pytest.mark.parametrize(
    "pattern, name, wanted",
    [
        (".*%", "memory %", True),
        ("memory", "memory %", False),
        ("/memory/", "memory %", True),
        ("/MEM/i", "memory", True),
    ],
)
def test_a_pattern_without_slashes_is_anchored(server, pattern, name, wanted):
    change = {"matcher": {"id": "byRegexp", "options": pattern}, "properties": [{"id": "unit", "value": "percentunit"}]}
    (frame,) = one(server, "stat", ("vector(1)", {"legendFormat": name}), overrides=[change]).frames()
    assert (frame.config.get("unit") == "percentunit") == wanted


@pytest.mark.parametrize(
    "op, value, wanted", [("gte", 2, [True, False]), ("lt", 2, [False, True]), ("eq", 3, [True, False])]
)
def test_an_override_by_value(server, op, value, wanted):
    options = {"reducer": "max", "op": op, "value": value}
    change = {"matcher": {"id": "byValue", "options": options}, "properties": [{"id": "unit", "value": "s"}]}
    frames = one(server, "timeseries", TWO, overrides=[change]).frames()
    assert [frame.config.get("unit") == "s" for frame in frames] == wanted


def test_a_name_from_an_override_is_one_for_the_next(server):
    named = {"matcher": {"id": "byRegexp", "options": ".*b.*"}, "properties": [{"id": "displayName", "value": "B"}]}
    changed = {"matcher": {"id": "byName", "options": "B"}, "properties": [{"id": "unit", "value": "s"}]}
    frames = one(server, "timeseries", TWO, overrides=[named, changed]).frames()
    assert [(frame.name, frame.config.get("unit")) for frame in frames] == [('{n="a"}', None), ("B", "s")]


@pytest.mark.parametrize(
    "expr, field, colors",
    [
        (TWO, {}, ["red", "green"]),
        (TWO, {"max": 0.5}, ["green", "green"]),
        ("vector(3)", {}, ["green"]),
    ],
)
def test_percentages_of_a_scale(server, expr, field, colors):
    """On a scale without any width, or one that ends below its beginning, a value is at or before the beginning."""
    steps = thresholds(("green", None), ("red", 80), mode="percentage")
    frames = one(server, "stat", expr, field=field | {"thresholds": steps}).frames()
    assert [frame.color(frame.reduce()) for frame in frames] == colors


@pytest.mark.parametrize(
    "steps, colors",
    [
        ([{"color": "green"}, {"color": "red", "value": 2}], ["red", "green"]),
        ([{"color": "green", "value": 2}, {"color": "red", "value": 3}], ["red", "green"]),
        ([{"color": "green"}, {"color": "red"}, {"color": "blue", "value": 1}], ["green", "green"]),
        ([{"color": "green"}, {"color": "red", "value": None}], ["red", "red"]),
    ],
)
def test_thresholds_without_a_value(server, steps, colors):
    """The first begins at the bottom whatever it says; a later one without a value is never reached, null is 0."""
    style = {"thresholdsStyle": {"mode": "line+area"}}
    shown = one(
        server,
        "timeseries",
        TWO,
        field={"thresholds": {"steps": steps}, "color": {"mode": "thresholds"}, "custom": style},
    )
    assert [frame.color(frame.reduce()) for frame in shown.frames()] == colors
    shown.plot()


@pytest.mark.parametrize("interpolation", ["linear", "stepAfter", "stepBefore"])
def test_a_line_has_the_colours_of_its_values(server, interpolation):
    field = {"color": {"mode": "thresholds"}, "thresholds": thresholds(("green", None), ("red", START + 3600))}
    field["custom"] = {"gradientMode": "scheme", "lineInterpolation": interpolation}
    shown = one(server, "timeseries", "vector(time())", field=field, maxDataPoints=60)
    ax = shown.plot()
    (pieces,) = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
    paints = [matplotlib.colors.to_hex(paint).upper() for paint in pieces.get_colors()]
    assert {*paints} == {GREEN, VERMILION} and paints == sorted(paints, key=[GREEN, VERMILION].index)
    assert shown.limits() == [] and ax.get_ylim()[0] < START + 3600 < ax.get_ylim()[1]
    assert ax.get_legend().get_lines()[0].get_color() == VERMILION
    field["color"] = {"mode": "palette-classic"}
    assert len(one(server, "timeseries", "vector(time())", field=field).plot().lines[-1].get_ydata()) > 2


def test_a_scale_of_its_own_is_that_of_the_columns_after_it(server):
    """So it is in Grafana, where the first column with both ends sets those of all that have none."""
    ends = [{"id": "min", "value": 0}, {"id": "max", "value": 100}]
    change = {"matcher": {"id": "byRegexp", "options": ".*a.*"}, "properties": ends}
    frames = one(server, "timeseries", TWO, overrides=[change]).frames()
    assert [frame.limits for frame in frames] == [(0, 100), (0, 100)]


@pytest.mark.parametrize("value, color", [(True, "green"), (False, "red")])
def test_a_truth_is_green(value, color):
    config = {"thresholds": thresholds(("blue", None)), "color": {"mode": "thresholds"}}
    assert Column({}, pd.Series([value], dtype=object), (), config=config, kind="boolean").color(value) == color


def test_victoria_metrics_is_asked_like_prometheus(server):
    source = {"type": "victoriametrics-metrics-datasource", "uid": "$ds"}
    (frame,) = one(server, "stat", ("vector(3)", {"datasource": source}), datasource=source).frames()
    assert frame.reduce() == 3


def test_a_bar_has_the_scale_of_its_values(server):
    ax = one(server, "bargauge", "vector(2)", "vector(6)", "vector(4)").plot()
    assert [bar.get_width() for bar in ax.patches[3:]] == [0, 4, 2] and ax.get_xlim() == (2, 6)


# Tables


def texts(server, *exprs, **more):
    shown = one(server, "table", *exprs, **more)
    names, rows = tabular.shown(shown, shown.tables())
    return names, [[cell[0] for cell in row] for row in rows]


def test_what_is_missing_is_no_nan(server):
    part = ("label_replace(vector(0) / 0, 'n', 'a', '', '') or label_replace(vector(1), 'n', 'b', '', '')", AS_TABLE)
    other = ("label_replace(vector(2), 'n', 'b', '', '')", AS_TABLE)
    changes = [{"id": "merge", "options": {}}, {"id": "organize", "options": {"excludeByName": {"Time": True}}}]
    assert texts(server, part, other, transformations=changes)[1] == [["a", "NaN", ""], ["b", "1", "2"]]


def test_a_cell_may_be_a_gauge(server):
    cell = {"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basic"}}
    change = {"matcher": {"id": "byName", "options": "Value"}, "properties": [cell, {"id": "min", "value": 0}]}
    found = texts(server, (TWO, AS_TABLE), overrides=[change])[1]
    assert [row[2] for row in found] == ["██████████ 3", "███░░░░░░░ 1"]


def test_a_footer_is_named(server):
    for more in ({"options": {"footer": {"show": True}}}, {"field": {"custom": {"footer": {"reducers": ["sum"]}}}}):
        assert one(server, "table", TWO, **more).limits() == ["the footer of a table is not shown."]


def test_a_group_lists_its_values(server):
    fields = {"job": {"operation": "groupby"}, "n": {"operation": "aggregate", "aggregations": ["uniqueValues"]}}
    exprs = f"label_replace({TWO}, 'job', 'x', '', '')"
    found = texts(server, (exprs, AS_TABLE), transformations=[{"id": "groupBy", "options": {"fields": fields}}])
    assert found == (["job", "n (uniqueValues)"], [["x", "a, b"]])


FOUND = [  # the format that a transformation reads, a text, and the columns that it finds in it
    ({}, '{"a": 1, "b": "x"}', [("a", "1"), ("b", "x")]),
    ({}, 'up{job="a b", le="\\"1\\""} c: d e', [("up", ""), ("job", "a b"), ("le", '"1"'), ("c", "d"), ("e", "")]),
    ({"format": "kvp"}, "at=10.0.0.1:9100 b=''", [("at", ""), ("10.0.0.1", "9100"), ("b", "")]),
    ({"format": "json"}, "[true, {}]", [("0", "True"), ("1", "{}")]),
    ({"format": "json"}, "no json", []),
    (
        {"format": "json", "jsonPaths": [{"path": "a.b[1]", "alias": "B"}, {"path": "c"}]},
        '{"a": {"b": [1, 2]}}',
        [("B", "2"), ("c", "Not Found")],
    ),
    ({"format": "delimiter", "delimiter": "|"}, "x | y", [("x", "1"), ("y", "1")]),
    ({"format": "regexp", "regExp": "/(?<word>[a-z]+)-(?<digit>.)/"}, "pod-7", [("word", "pod"), ("digit", "7")]),
]


@pytest.mark.parametrize("options, text, wanted", FOUND)
def test_columns_are_found_in_a_text(server, options, text, wanted):
    expr = f"label_replace(vector(1), 'n', {json.dumps(text)}, '', '')"
    only = {"id": "extractFields", "options": {"source": "n", "replace": True, **options}}
    shown = one(server, "table", (expr, AS_TABLE), transformations=[only])
    (table,) = shown.tables()
    assert [(column.name, column.text(column.values.iloc[0])) for column in table.columns] == wanted


def test_found_columns_stand_after_the_others(server):
    only = {"id": "extractFields", "options": {"source": "n", "format": "delimiter"}}
    names, rows = texts(server, (TWO, AS_TABLE), transformations=[only])
    assert names == ["Time", "n", "Value", "a", "b"]
    assert [row[1:] for row in rows] == [["a", "3", "1", ""], ["b", "1", "", "1"]]
    only["options"] |= {"keepTime": True, "replace": True}
    assert texts(server, (TWO, AS_TABLE), transformations=[only])[0] == ["Time", "a", "b"]
    only["options"]["source"] = "nobody"
    assert texts(server, (TWO, AS_TABLE), transformations=[only])[0] == ["Time", "n", "Value"]


def test_series_are_joined_by_their_labels(server):
    """A row for each job, a column for each n; a cell is empty where a job has no such n."""
    expr = f"label_replace({TWO}, 'job', 'x', '', '') or label_replace({TWO} > 1, 'job', 'y', '', '')"
    only = {"id": "joinByLabels", "options": {"value": "n", "join": ["job"]}}
    shown = one(server, "table", (expr, {"instant": True}), transformations=[only])
    names, rows = tabular.shown(shown, shown.tables())
    assert names == ["job", "a", "b"]
    assert sorted([cell[0] for cell in row] for row in rows) == [["x", "3", "1"], ["y", "3", ""]]
    assert texts(server, (expr, {"instant": True}), transformations=[{**only, "options": {"value": "nobody"}}])[1] == []


def test_a_calculation_over_a_row_may_be_one_of_its_texts(server):
    expr = f"label_replace({TWO}, 'job', 'x', '', '')"
    for calc, wanted in (("lastNotNull", ["a", "b"]), ("allValues", ["x, a", "x, b"]), ("distinctCount", ["2", "2"])):
        reduce = {"reducer": calc, "include": ["n", "job"]}
        only = {"id": "calculateField", "options": {"alias": "of", "reduce": reduce, "replaceFields": True}}
        names, rows = texts(server, (expr, AS_TABLE), transformations=[only])
        assert names == ["Time", "of"] and [row[1] for row in rows] == wanted


@pytest.mark.parametrize("unit, wanted", [("dateTimeAsSystem", "gone"), ("dateTimeAsIso", "NaN")])
def test_a_text_is_read_as_a_date_in_some_units(unit, wanted):
    assert Column({}, pd.Series(["gone"]), (), config={"unit": unit}, kind="string").text("gone") == wanted


def test_series_stay_as_they_are_in_any_name_of_many(server):
    for name in ("many", "multi"):
        only = {"id": "prepareTimeSeries", "options": {"format": name}}
        assert len(one(server, "bargauge", TWO, transformations=[only]).frames()) == 2


def test_an_area_without_a_line_has_its_colour_in_the_legend(server):
    field = {"custom": {"lineWidth": 0, "fillOpacity": 50}, "color": {"mode": "fixed", "fixedColor": "red"}}
    (handle,) = one(server, "timeseries", "vector(1)", field=field).plot().get_legend().legend_handles
    assert matplotlib.colors.to_hex(handle.get_facecolor()) == VERMILION.lower()


def test_names_below_gauges_leave_each_other_room(server):
    expr = " or ".join(f"label_replace(vector({n}), 'name', '{'long' * 9}{n}', '', '')" for n in range(4))
    figure = one(server, "gauge", (expr, {"legendFormat": "{{name}}"})).plot().figure
    figure.canvas.draw()
    names = [words.get_window_extent() for words in figure.findobj(matplotlib.text.Text) if "…" in words.get_text()]
    assert len(names) == 4 and all(left.x1 < right.x0 for left, right in itertools.pairwise(names))


def test_a_table_is_sorted(server):
    for descending, order in ((False, ["b", "a"]), (True, ["a", "b"])):
        sort = {"sortBy": [{"displayName": "Value", "desc": descending}]}
        names, rows = texts(server, (TWO, AS_TABLE), options=sort)
        assert names == ["Time", "n", "Value"] and [row[1] for row in rows] == order


def test_a_table_of_a_range_has_a_row_for_each_sample(server):
    names, rows = texts(server, (TWO, {"format": "table"}), maxDataPoints=60)
    assert len(rows) == 122 and names == ["Time", "n", "Value"]
    assert [row[0] for row in rows[:3]] == ["2026-01-01 00:30:00", "2026-01-01 00:30:00", "2026-01-01 00:31:00"]
    ax = one(server, "table", (TWO, {"format": "table"}), maxDataPoints=60).plot()
    assert ax.get_title(loc="right") == "20 of 122 rows"


SOME_NAN = f"vector(0) / (vector(time()) > bool {START + 4200}) and on() vector(time()) % 1200 < 600"


def test_a_sample_that_is_nan_is_no_gap(server):
    """Ten minutes of samples, ten without: NaN at first, then 0. Grafana's tables have a row for each of them."""
    _, rows = texts(server, (SOME_NAN, {"format": "table"}), maxDataPoints=12, interval="5m")
    assert [row[-1] for row in rows] == ["NaN"] * 4 + ["0"] * 2
    only = {"id": "filterByValue", "options": {"type": "include", "filters": [{"fieldName": "Value", "config": {}}]}}
    for kind, count in (("isNull", 0), ("isNotNull", 6)):
        only["options"]["filters"][0]["config"] = {"id": kind}
        _, rows = texts(
            server, (SOME_NAN, {"format": "table"}), maxDataPoints=12, interval="5m", transformations=[only]
        )
        assert len(rows) == count


SEVEN = "vector(7) and on() vector(time()) % 1200 < 600"  # ten minutes of samples, ten without
SPARSE = {"maxDataPoints": 12, "interval": "5m"}


@pytest.mark.parametrize(
    "change, rows",
    [
        ([], [["7"]] * 6),
        ([{"id": "limit", "options": {"limitField": 2}}], [["7"]] * 2),
        ([{"id": "joinByField", "options": {"byField": "Time"}}], [["", "1"]] * 7 + [["7", "1"]] * 6),
        ([{"id": "seriesToRows"}], [["one", "1"]] * 13 + [["seven", "7"]] * 6),
    ],
)
def test_what_is_no_sample_is_no_row(server, change, rows):
    """Grafana's tables have a row for each sample, and a join leaves cells empty."""
    exprs = [(SEVEN, {"legendFormat": "seven"}), ("vector(1)", {"legendFormat": "one"})]
    shown = texts(server, *exprs, transformations=change, **SPARSE)[1]
    assert sorted(row[1:] for row in shown) == rows


def test_a_value_for_each_row_is_one_for_each_sample(server):
    options = {"reduceOptions": {"values": True}}
    for kind in ("stat", "bargauge"):
        shown = one(server, kind, SEVEN, options=options, **SPARSE)
        assert [result.text for result in single.results(shown, shown.tables())] == ["7"] * 6
    assert len(one(server, "barchart", SEVEN, **SPARSE).plot().patches) == 6


def test_a_gap_breaks_the_line_of_a_changed_series(server):
    change = [{"id": "organize", "options": {"renameByName": {SEVEN: "seven"}}}]
    (frame,) = one(server, "timeseries", SEVEN, transformations=change, **SPARSE).frames()
    assert frame.name == "seven" and frame.values.fillna(0).tolist() == [7, 7, 0, 7, 7, 0, 7, 7]


@pytest.mark.parametrize(
    "calc, number",
    [("first", "NaN"), ("last", "0"), ("firstNotNull", "0"), ("count", "6"), ("countAll", "6"), ("max", "0")],
)
def test_calculations_leave_nan_out_as_grafanas_do(server, calc, number):
    (frame,) = one(server, "stat", SOME_NAN, maxDataPoints=12, interval="5m").frames()
    assert frame.text(frame.reduce(calc)) == number


def test_a_change_of_the_annotations_leaves_the_series(server):
    changes = [{"id": "limit", "topic": topic, "options": {"limitField": 1}} for topic in ("annotations", "series")]
    assert len(texts(server, (TWO, AS_TABLE), transformations=changes[:1])[1]) == 2
    assert len(texts(server, (TWO, AS_TABLE), transformations=changes)[1]) == 1


def test_times_are_filtered_and_written(server):
    """Between is without both ends."""
    ends = {"from": "$__from", "to": "$__to"}
    between = {"fieldName": "Time", "config": {"id": "between", "options": ends}}
    hour = {"targetField": "Time", "destinationType": "string", "dateFormat": "HH:mm"}
    changes = [
        {"id": "filterByValue", "options": {"filters": [between], "type": "include"}},
        {"id": "convertFieldType", "options": {"conversions": [hour]}},
    ]
    _, rows = texts(server, "vector(1)", transformations=changes, maxDataPoints=4, interval="15m")
    assert [row[0] for row in rows] == ["00:45", "01:00", "01:15"]


def test_series_are_cells_of_a_table(server):
    """A row for each series and a column for each query, as Grafana's timeSeriesTable and its sparklines show them."""
    rising = f'label_replace(vector(time() - {START + 1800}), "n", "a", "", "")'
    rising += ' or label_replace(vector(7), "n", "b", "", "")'
    falling = f'label_replace(vector({START + 5400} - time()), "n", "a", "", "")'
    changes = [
        {"id": "timeSeriesTable", "options": {"B": {"stat": "max"}}},
        {"id": "joinByField", "options": {"byField": "n"}},
    ]
    field = {"unit": "s", "noValue": "-"}
    shown = texts(server, rising, falling, field=field, transformations=changes, maxDataPoints=60)
    assert shown == (
        ["n", "Trend #A", "Trend #B"],
        [["a", "▁▂▃▄▄▅▆▆▇█ 1 hour", "█▇▆▅▅▄▃▃▂▁ 1 hour"], ["b", "▁▁▁▁▁▁▁▁▁▁ 7 s", "-"]],
    )
    sort = {"sortBy": [{"displayName": "Trend #A", "desc": False}]}
    hidden = {"custom": {"cellOptions": {"type": "sparkline", "hideValue": True}}}
    shown = one(server, "table", rising, field=hidden, transformations=changes[:1], options=sort, maxDataPoints=60)
    assert [row[1][0] for row in tabular.shown(shown, shown.tables()).rows] == ["▁" * 10, "▁▂▃▄▄▅▆▆▇█"]
    assert shown.limits() == [] and shown.plot().tables


def test_rows_of_one_instant_are_no_series(server):
    assert texts(server, (TWO, AS_TABLE), transformations=[{"id": "timeSeriesTable"}])[0] == ["Time", "n", "Value"]


def test_a_table_of_series_shows_the_first_of_them(server):
    names, rows = texts(server, TWO, maxDataPoints=60)
    assert names == ["Time", '{n="a"}'] and len(rows) == 61
    assert texts(server, TWO, maxDataPoints=60, options={"frameIndex": 1})[0] == ["Time", '{n="b"}']


@pytest.mark.parametrize(
    "cell, ground, letters",
    [
        ({"type": "color-background"}, [VERMILION, GREEN], "white"),
        ({"type": "color-text"}, [None, None], None),
        ({}, [None, None], None),
    ],
)
def test_cells_are_coloured(server, cell, ground, letters):
    change = {
        "matcher": {"id": "byName", "options": "Value"},
        "properties": [{"id": "custom.cellOptions", "value": cell}],
    }
    field = {"thresholds": thresholds(("green", None), ("red", 2))}
    shown = one(server, "table", (TWO, AS_TABLE), field=field, overrides=[change])
    cells = [row[2] for row in tabular.shown(shown, shown.tables()).rows]
    assert [one[2] for one in cells] == ground and (letters is None or {one[1] for one in cells} == {letters})
    if cell.get("type") == "color-text":
        assert [one[1] for one in cells] == [VERMILION, GREEN]
    assert shown.plot().tables[0].get_celld()[1, 2].get_facecolor() == matplotlib.colors.to_rgba(ground[0] or "none")


def test_a_whole_row_may_have_a_cells_colour(server):
    cell = {"type": "color-background", "applyToRow": True}
    change = {
        "matcher": {"id": "byName", "options": "Value"},
        "properties": [{"id": "custom.cellOptions", "value": cell}],
    }
    shown = one(server, "table", (TWO, AS_TABLE), overrides=[change])
    assert all(len({one[2] for one in row}) == 1 for row in tabular.shown(shown, shown.tables()).rows)


def test_columns_that_are_joined_are_told_apart(server):
    expr = 'label_replace(label_replace(vector(%d), "pod", "a", "", ""), "kind", "Deployment", "", "")'
    organize = {
        "excludeByName": {"Time 1": True, "Time 2": True, "kind 2": True},
        "indexByName": {"pod": 0, "kind 1": 1, "Value #A": 2, "Value #B": 3},
        "renameByName": {"kind 1": "Kind", "Value #A": "Used", "Value #B": "Asked"},
    }
    changes = [
        {"id": "joinByField", "options": {"byField": "pod", "mode": "outer"}},
        {"id": "organize", "options": organize},
    ]
    found = texts(server, (expr % 1, AS_TABLE), (expr % 2, AS_TABLE), transformations=changes)
    assert found == (["pod", "Kind", "Used", "Asked"], [["a", "Deployment", "1", "2"]])


def test_a_table_of_the_old_kind_keeps_its_styles(server):
    styles = [
        {"pattern": "Value", "alias": "Share", "unit": "percentunit", "decimals": 1},
        {"pattern": "Time", "type": "hidden"},
    ]
    model = {
        "schemaVersion": 22,
        "time": HOUR,
        "panels": [{**panel(1, "table", "One", (0, 0, 12, 8), (TWO, AS_TABLE)), "styles": styles}],
    }
    shown = Dashboard(model, server).panels[0]
    names, rows = tabular.shown(shown, shown.tables())
    assert names == ["n", "Share"] and [row[-1][0] for row in rows] == ["300.0%", "100.0%"]


# Ranges, queries, annotations


def test_a_panel_may_have_a_range_of_its_own(server):
    shown = one(server, "stat", "count_over_time(vector(1)[$__range:1m])", timeFrom="1h")
    assert "[3600s:" in shown.queries("now-5m", "now")[0].expr and "[300s:" in shown.queries(START, START + 300)[0].expr
    shifted = one(server, "timeseries", "vector(time())", timeShift="1h")
    assert shifted.range(START + 7200, START + 7500) == ((START + 3600) * 1000, (START + 3900) * 1000)
    day = one(server, "timeseries", "vector(1)", timeShift="1d/d").range(START + 90_000, START + 97_200)
    assert day == (START * 1000, (START + 86_400) * 1000 - 1)


def test_a_query_may_be_a_range_and_an_instant(server):
    queries = one(server, "timeseries", ("vector(1)", {"instant": True, "range": True})).queries()
    assert [(query.ref, bool(query.step)) for query in queries] == [("A", True), ("A-Instant", False)]


def test_other_data_sources_are_not_asked_and_named(server):
    shown = one(server, "timeseries", "vector(1)", ('{app="x"}', {"datasource": {"type": "loki", "uid": "l"}}))
    assert [query.ref for query in shown.queries()] == ["A"]
    assert shown.limits() == ["data source loki is not supported."]


def test_a_refused_query_leaves_the_others_their_picture(server):
    shown = one(server, "timeseries", "vector(1)", "sum(")
    ax = shown.plot()
    assert ax.lines and "Query B: parse error" in "\n".join(text.get_text() for text in ax.texts)
    with pytest.raises(QueryError):
        one(server, "timeseries", "sum(").plot()


def marks(server, **annotation):
    model = {"name": "deploys", "enable": True, "iconColor": "red", **annotation}
    shown = one(server, "timeseries", "vector(1)", annotations={"list": [model]})
    return [line for line in shown.plot().lines if line.get_gid() == "annotation"], shown


@pytest.mark.parametrize(
    "annotation, lines",
    [
        ({"expr": "vector(1)"}, 2),
        ({"expr": "vector(time()) % 1200 == bool 0"}, 3),
        ({"target": {"expr": "vector(time()) % 1200 == bool 0"}}, 3),
        ({"expr": "vector(0)"}, 0),
        ({"expr": "vector(1)", "enable": False}, 0),
        ({"expr": "vector(1)", "filter": {"ids": [7]}}, 0),
        ({"expr": "vector(1)", "filter": {"ids": [7], "exclude": True}}, 2),
        ({"expr": f"vector({(START + 2000) * 1000})", "useValueForTime": True}, 1),
    ],
)
def test_annotations_are_lines(server, annotation, lines):
    drawn, shown = marks(server, **annotation)
    assert len(drawn) == lines and {line.get_color() for line in drawn} <= {VERMILION}
    assert shown.dashboard.limits() == []


def test_annotations_that_are_not_drawn_are_named(server):
    _, shown = marks(server, datasource={"type": "loki"}, expr="{}")
    assert shown.dashboard.limits() == ["deploys: annotations of the data source loki are not drawn."]
    drawn, shown = marks(server, builtIn=1, datasource={"type": "grafana", "uid": "-- Grafana --"})
    assert not drawn and shown.dashboard.limits() == []


def test_a_refused_annotation_leaves_the_picture(server):
    drawn, shown = marks(server, expr="sum(")
    assert not drawn and shown.notes[0].startswith("Annotation: parse error")


# Heatmaps and letters


def test_buckets_are_counted_from_the_values(server):
    calculation = {"xBuckets": {"mode": "size", "value": "600000"}, "yBuckets": {"mode": "size", "value": "2"}}
    ax = one(server, "heatmap", TWO, options={"calculate": True, "calculation": calculation}).plot()
    cells = ax.collections[0].get_array()
    assert cells.sum() == 2 * 721 and cells.shape[0] == 2


@pytest.mark.parametrize(
    "label, layout, place",
    [("le", None, 1), ("n", "auto", 0.5), ("le", "ge", 0), ("n", "le", 1), ("le", "unknown", 0.5)],
)
def test_a_row_is_named_where_its_bound_is(server, label, layout, place):
    expr = " or ".join(f'label_replace(vector({at}), "{label}", "0.{at}", "", "")' for at in (2, 1))
    options = {"calculate": False, "rowsFrame": {"layout": layout}, "yAxis": {"unit": "s"}}
    ax = one(server, "heatmap", (expr, {"legendFormat": f"{{{{{label}}}}}"}), options=options).plot()
    ticks = [(text.get_text(), at) for text, at in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)]
    assert ticks == [("100 ms", place), ("200 ms", 1 + place)]


@pytest.mark.parametrize(
    "expr, calculation, rows, columns",
    [
        (TWO, {}, 11, 31),  # by 0.2, and two minutes
        (TWO, {"yBuckets": {"mode": "count", "value": "3"}, "xBuckets": {"mode": "count", "value": "5"}}, 3, 5),
        (TWO, {"yBuckets": {"mode": "size", "value": "1"}, "xBuckets": {"mode": "size", "value": "10m"}}, 3, 7),
        (TWO, {"yBuckets": {"mode": "count", "value": "2", "scale": {"type": "log", "log": 2}}}, 4, 31),
        (TWO, {"yBuckets": {"scale": {"type": "log", "log": 10}}}, 1, 31),
        ("vector(1e10)", {"xBuckets": {"mode": "size", "value": "soon"}}, 1, 31),
    ],
)
def test_buckets_are_as_wide_as_grafana_makes_them(server, expr, calculation, rows, columns):
    """Of 1 and 3 over an hour: the greatest of the round widths that makes about ten rows and twenty columns."""
    shown = one(server, "heatmap", expr, options={"calculate": True, "calculation": calculation})
    assert shown.plot().collections[0].get_array().shape == (rows, columns) and shown.limits() == []


def test_native_histograms_are_heatmaps(server, version_3):
    query = "sum(rate(prometheus_http_request_duration_seconds[30s]))"
    model = {"panels": [panel(1, "heatmap", "One", (0, 0, 12, 8), query, options={"calculate": False})]}
    model["panels"].append(panel(2, "timeseries", "Two", (0, 0, 12, 8), query))
    shown = Dashboard(model, server)
    server.query("up")
    frames = shown.panels[0].frames("now-1m")
    assert not frames or (shown.panels[0].plot("now-1m").collections and frames[0].query.format == "buckets")
    if frames:
        with pytest.raises(UnsupportedPanel, match="histogram_quantile"):
            shown.panels[1].plot("now-1m")


@pytest.mark.parametrize("text, wanted", [("cost $5 to $6", None), ("a $x^{ b$ c", None), ("内存", "□□")])
def test_a_cell_of_a_table_is_no_formula(server, monkeypatch, text, wanted):
    monkeypatch.setattr(look, "fallback", lambda: None)
    query = f'label_replace(vector(1), "n", "{text.replace("$", "$$")}", "", "")'
    ax = one(server, "table", (query, AS_TABLE)).plot()
    ax.figure.canvas.draw()  # warns of each letter that it lacks, which is an error here
    cells = [cell.get_text() for cell in ax.tables[0].get_celld().values()]
    assert (wanted or text) in [cell.get_text() for cell in cells] and not any(cell.get_parse_math() for cell in cells)


def test_letters_that_no_font_has_are_named(server, monkeypatch, recwarn):
    monkeypatch.setattr(look, "FONTS", ())
    look.fallback.cache_clear()
    shown = one(server, "text", options={"content": "x"})
    shown.model["title"] = "内存 in use"
    assert "no font here has the letters 内存" in shown.limits()[0]
    ax = shown.plot()
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == "□□ in use" and not [one for one in recwarn if "Glyph" in str(one.message)]
    look.fallback.cache_clear()


def test_the_time_is_utc_wherever_matplotlib_is(server):
    with matplotlib.rc_context({"timezone": "Asia/Tokyo"}):
        ax = one(server, "timeseries", "vector(1)").plot()
        ax.figure.canvas.draw()
        names = [text.get_text() for text in ax.get_xticklabels()]
    assert "01:00" in names and "10:00" not in names and "2026-01-01 UTC" in ax.xaxis.get_offset_text().get_text()


@pytest.mark.parametrize("style", ["default", "dark_background", "Solarize_Light2"])
@pytest.mark.parametrize(
    "kind, options",
    [("stat", {"colorMode": "none"}), ("stat", {"colorMode": "value"}), ("gauge", {}), ("bargauge", {}), ("table", {})],
)
def test_words_are_seen_in_every_style(server, style, kind, options):
    """Also where a panel's colour is that of the figure."""
    query = (TWO, AS_TABLE) if kind == "table" else TWO
    field = {"color": {"mode": "fixed", "fixedColor": "text"}, "custom": {"cellOptions": {"type": "color-text"}}}
    with matplotlib.style.context(style):
        ax = one(server, kind, query, field=field, options=options).plot()
        words = [text for own in (ax, *ax.child_axes) for text in own.findobj(matplotlib.text.Text)]
        words += [cell.get_text() for table in ax.tables for cell in table.get_celld().values()]
        assert words and not [text for text in words if text.get_text() and palette.is_faint(text.get_color())]


# Shares and states


def test_a_pie_shows_shares(server):
    options = {"displayLabels": ["percent"], "legend": {"values": ["value"]}}
    queries = [(f"vector({at})", {"legendFormat": f"n{at}"}) for at in (1, 3, 0)]
    ax = one(server, "piechart", *queries, options=options).plot()
    (inner,) = ax.child_axes
    angles = [wedge.theta2 - wedge.theta1 for wedge in inner.patches]
    assert angles == pytest.approx([270, 90])
    assert [text.get_text() for text in inner.texts if text.get_text()] == ["75%", "25%"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["n3 3", "n1 1"]
    assert [matplotlib.colors.to_hex(wedge.get_facecolor()).upper() for wedge in inner.patches] == PALETTE[1::-1]
    ax = one(server, "piechart", *queries, options=options | {"sort": "asc"}).plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["n1 1", "n3 3"]


@pytest.mark.parametrize("kind, counts", [("state-timeline", {2}), ("status-history", {60, 61})])
def test_states_are_blocks_of_time(server, kind, counts):
    field = {"mappings": [{"type": "value", "options": {"0": {"text": "down", "color": "red"}}}]}
    query = f"vector(time()) >= bool {START + 3600}"
    ax = one(server, kind, query, field=field, maxDataPoints=60).plot()
    blocks = [bar for bar in ax.patches if bar.get_width()]
    assert len(blocks) in counts
    assert matplotlib.colors.to_hex(blocks[0].get_facecolor()).upper() == VERMILION
    assert kind == "status-history" or "down" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("spans, count", [(False, 2), (True, 1), (3_600_000, 1), (60_000, 2)])
def test_a_state_may_hold_over_a_gap(server, spans, count):
    query = f"vector(1) unless on() (vector(time()) > {START + 3000} < {START + 3600})"
    ax = one(server, "state-timeline", query, field={"custom": {"spanNulls": spans}}, maxDataPoints=60).plot()
    assert len([bar for bar in ax.patches if bar.get_width()]) == count
