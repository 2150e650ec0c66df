"""The bar chart and the histogram. Places and widths of bars were worked out by hand from Grafana's published code:
public/app/plugins/panel/barchart/distribute.ts, bars.ts and utils.ts, public/app/plugins/panel/histogram/Histogram.tsx."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

from promql.palette import BLACK, BLUE, GREEN, ORANGE, PALETTE, PINK, VERMILION
from promql.panels import Dashboard
from tests.promql.backfill import START
from tests.promql.panel_data import panel, thresholds

AS_TABLE = {"format": "table", "instant": True}
NAMED = 'label_replace(vector(%s), "%s", "%s", "", "")'
THREE = " or ".join(NAMED % one for one in ((3, "n", "a"), (1, "n", "b"), (-2, "n", "c")))
SEVERAL = [("vector(3)", {"legendFormat": "low"}), ("vector(1)", {"legendFormat": "high"})]
TURN = f"vector(time() - {START})"


def one(server, kind, *exprs, minutes=60, **more):
    """The only panel of a dashboard over some minutes, with a step of ten."""
    times = {"from": str((START + 1800) * 1000), "to": str((START + 1800 + 60 * minutes) * 1000)}
    asked = {"maxDataPoints": max(1, minutes // 10), "interval": "10m"}
    model = {"panels": [panel(1, kind, "One", (0, 0, 12, 8), *exprs, **asked | more)], "time": times}
    return Dashboard(model, server).panels[0]


def bars(ax):
    """What there is of bars in a picture: from where to where they are, across and upward."""
    boxes = [bar.get_bbox() for side in ax.figure.axes for bar in side.patches]
    return [pytest.approx((*sorted(box.intervalx), *sorted(box.intervaly)), abs=1e-6) for box in boxes]


def colors(ax):
    return [matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in ax.patches]


def names(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def values(ax):
    return [text.get_text() for side in ax.figure.axes for text in side.texts if text.get_gid() == "value"]


def test_a_table_is_a_bar_for_each_row(server):
    """Three bars of one column share 0.97 of the width; the rest is between them."""
    shown = one(server, "barchart", (THREE, AS_TABLE), field={"unit": "s"})
    ax = shown.plot()
    assert bars(ax) == [
        (0, 0.323333, 0, 3),
        (0.338333, 0.661667, 0, 1),
        (0.676667, 1, -2, 0),
    ]
    assert names(ax.xaxis) == ["a", "b", "c"] and ax.get_xticks() == pytest.approx([0.161667, 0.5, 0.838333], abs=1e-6)
    assert values(ax) == ["3 s", "1 s", "-2 s"] and "2 s" in names(ax.yaxis)
    assert ax.get_title(loc="left") == "One" and shown.limits() == []
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Value"]
    assert ax.get_legend().get_patches()[0].get_facecolor() == matplotlib.colors.to_rgba(BLUE)


def test_series_stand_side_by_side_at_each_time(server):
    """Groups share 0.7 of the width, the bars of a group 0.97 of it."""
    ax = one(server, "barchart", *SEVERAL, minutes=20).plot()
    first, second = [(0, 0.113167, 0, 3), (0.383333, 0.4965, 0, 3), (0.766667, 0.879833, 0, 3)], []
    for left, right, *_ in first:
        second.append((left + 0.120167, right + 0.120167, 0, 1))
    assert bars(ax) == first + second
    assert names(ax.xaxis) == ["00:30", "00:40", "00:50"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["low", "high"]


def test_bars_have_the_widths_that_are_chosen(server):
    options = {"groupWidth": 0.5, "barWidth": 0.8}
    assert bars(one(server, "barchart", *SEVERAL, minutes=10, options=options).plot()) == [
        (0, 0.1, 0, 3),
        (0.75, 0.85, 0, 3),
        (0.15, 0.25, 0, 1),
        (0.9, 1, 0, 1),
    ]
    assert bars(one(server, "barchart", SEVERAL[0], minutes=10, options=options).plot())[0] == (0, 0.4, 0, 3)


@pytest.mark.parametrize(
    "mode, exprs, wanted, texts",
    [
        ("normal", ("3", "1"), [(0, 3), (3, 4)], ["3", "1"]),
        ("normal", ("3", "-1", "-2"), [(0, 3), (-1, 0), (-3, -1)], ["3", "-1", "-2"]),
        ("percent", ("3", "1"), [(0, 0.75), (0.75, 1)], ["75%", "25%"]),
    ],
)
def test_bars_are_piled(server, mode, exprs, wanted, texts):
    queries = [(f"vector({expr})", {"instant": True}) for expr in exprs]
    options = {"stacking": mode, "showValue": "always"}
    ax = one(server, "barchart", *queries, options=options).plot()
    assert bars(ax) == [(0.015, 0.985, low, high) for low, high in wanted]
    assert values(ax) == texts and (mode != "percent" or "100%" in names(ax.yaxis))


def test_bars_lie_where_it_is_wanted_or_a_panel_is_narrow(server):
    for more in ({"options": {"orientation": "horizontal"}}, {"gridPos": {"x": 0, "y": 0, "w": 4, "h": 12}}):
        ax = one(server, "barchart", (THREE, AS_TABLE), field={"unit": "s"}, **more).plot()
        assert bars(ax)[0] == (0, 3, 0, 0.323333) and bars(ax)[2] == (-2, 0, 0.676667, 1)
        assert names(ax.yaxis) == ["a", "b", "c"] and ax.get_ylim() == (1, 0) and "0 s" in names(ax.xaxis)


def test_long_names_leave_half_of_a_narrow_panel_to_the_bars(server):
    """Within the panel's cell of a dashboard, however long the names are."""
    expr = NAMED % (1e9, "path", "/api/v1/resource/with/a/long/path/and/more/of/it")
    shown = one(
        server, "barchart", (expr, AS_TABLE), field={"unit": "bytes"}, gridPos={"x": 0, "y": 0, "w": 4, "h": 12}
    )
    shown.dashboard.plot()
    (ax,) = plt.gcf().axes
    right = plt.gcf().artists[0].get_window_extent().x1
    assert names(ax.yaxis)[0].startswith("/api/") and ax.get_tightbbox().x1 <= right + 1
    assert ax.get_window_extent().width > 0.25 * right


def test_the_groups_are_named_by_the_column_that_is_chosen(server):
    expr = 'label_replace(label_replace(vector(4), "n", "a", "", ""), "place", "x", "", "")'
    for field, name in ((None, "a"), ("place", "x"), ("Time", "2026-01-01 01:30:00")):
        ax = one(server, "barchart", (expr, AS_TABLE), options={"xField": field} if field else {}).plot()
        assert names(ax.xaxis) == [name]


def test_columns_that_are_hidden_have_no_bar(server):
    hidden = {"matcher": {"id": "byName", "options": "low"}, "properties": [{"id": "custom.hideFrom", "value": {}}]}
    hidden["properties"][0]["value"] = {"viz": True}
    ax = one(server, "barchart", *SEVERAL, minutes=10, overrides=[hidden]).plot()
    assert bars(ax) == [(0, 0.35, 0, 1), (0.65, 1, 0, 1)]
    ax = one(server, "barchart", SEVERAL[0], overrides=[hidden]).plot()
    assert [text.get_text() for text in ax.texts] == ["A bar chart needs a column of numbers that is not hidden."]


def test_units_have_an_axis_each(server):
    seconds = {"matcher": {"id": "byName", "options": "high"}, "properties": [{"id": "unit", "value": "s"}]}
    ax = one(server, "barchart", *SEVERAL, overrides=[seconds]).plot()
    first, second = ax.figure.axes
    assert "3" in names(first.yaxis) and "1 s" in names(second.yaxis)


@pytest.mark.parametrize(
    "show, size, wanted",
    [("auto", None, False), ("always", None, True), ("never", None, False), ("auto", 14, True), ("auto", 7, False)],
)
def test_values_are_shown_where_they_can_be_read(server, show, size, wanted):
    """Sixty-one bars are too narrow for their values, unless the letters have a size."""
    options = {"showValue": show, "text": {"valueSize": size} if size else {}}
    ax = one(server, "barchart", f"{TURN} + 10000", minutes=60, interval="1m", maxDataPoints=60, options=options).plot()
    assert len(ax.patches) == 61 and bool(values(ax)) == wanted


def test_values_in_a_pile_do_not_stand_on_each_other(server):
    exprs = [(f"vector({at})", {"instant": True}) for at in (100, 1, 100)]
    options = {"stacking": "normal"}
    assert values(one(server, "barchart", *exprs, options=options).plot()) == ["100", "100"]
    assert len(values(one(server, "barchart", *exprs, options=options | {"showValue": "always"}).plot())) == 3


def test_a_scale_begins_at_zero_and_has_room_for_the_values(server):
    ax = one(server, "barchart", ("vector(100)", AS_TABLE), ("vector(90)", AS_TABLE)).plot()
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > 105
    ax = one(server, "barchart", ("vector(100)", AS_TABLE), field={"min": 50, "max": 100}).plot()
    assert ax.get_ylim() == (50, 100)


STEPS = thresholds(("green", None), ("red", 2))
RED_A = [{"type": "value", "options": {"a": {"color": "red"}, "b": {"color": "purple"}}}]
TEXTS = {"matcher": {"id": "byName", "options": "n"}, "properties": [{"id": "mappings", "value": RED_A}]}


@pytest.mark.parametrize(
    "field, options, overrides, wanted",
    [
        ({}, {}, [], [BLUE, BLUE, BLUE]),
        ({"color": {"mode": "thresholds"}, "thresholds": STEPS}, {}, [], [VERMILION, GREEN, GREEN]),
        ({"mappings": [{"type": "value", "options": {"1": {"color": "orange"}}}]}, {}, [], [BLUE, ORANGE, BLUE]),
        (
            {"mappings": [{"type": "range", "options": {"to": 0, "result": {"color": "text"}}}]},
            {},
            [],
            [BLUE] * 2 + [BLACK],
        ),
        ({"color": {"mode": "fixed", "fixedColor": "red"}}, {}, [], [VERMILION] * 3),
        ({}, {"colorByField": "n"}, [TEXTS], [VERMILION, PINK, BLUE]),
    ],
)
def test_bars_have_the_colours_of_their_values_where_these_have_some(server, field, options, overrides, wanted):
    ax = one(server, "barchart", (THREE, AS_TABLE), field=field, options=options, overrides=overrides).plot()
    assert colors(ax) == wanted
    if options:
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_series_have_the_colours_of_the_palette(server):
    exprs = [(f"vector({at})", {"instant": True}) for at in range(1, 9)]
    assert colors(one(server, "barchart", *exprs).plot()) == PALETTE


def test_names_are_turned_cut_and_left_out_as_they_fit(server):
    many = " or ".join(NAMED % (at, "n", f"number {at:03}") for at in range(60))
    few = names(one(server, "barchart", (many, AS_TABLE)).plot().xaxis)
    assert 4 <= len(few) < 20 and few[0] == "number 000"
    options = {"xTickLabelRotation": 45, "xTickLabelMaxLength": 6, "xTickLabelSpacing": -100}
    ax = one(server, "barchart", (many, AS_TABLE), options=options).plot()
    last = ax.get_xticklabels()[0]
    assert len(ax.get_xticks()) < len(few) and last.get_text() == "number…"
    assert last.get_rotation() == 315 and last.get_ha() == "left"


def test_a_bar_chart_without_a_name_for_its_rows_says_so(server):
    only = [{"id": "filterFieldsByName", "options": {"include": {"names": ["Value"]}}}]
    ax = one(server, "barchart", ("vector(1)", AS_TABLE), transformations=only).plot()
    assert [text.get_text() for text in ax.texts] == ["A bar chart needs a column of texts or times."]


def test_tables_of_two_queries_are_one_group_for_each_time(server):
    """Grafana joins tables by their times: those of the same instants stand side by side."""
    ax = one(server, "barchart", (THREE, AS_TABLE), (f"2 * ({THREE})", AS_TABLE)).plot()
    assert [bar.get_height() for bar in ax.patches] == [3, 1, -2, 6, 2, -4]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Value #A", "Value #B"]


def test_a_graph_over_series_is_a_group_of_bars(server):
    """What Grafana made of it: each series reduced, the table of them put on its side."""
    old = panel(1, "graph", "One", (0, 0, 12, 8), *SEVERAL, xaxis={"mode": "series", "values": ["total"]})
    times = {"from": str((START + 1800) * 1000), "to": str((START + 1860) * 1000)}
    shown = Dashboard({"schemaVersion": 30, "panels": [old], "time": times}, server).panels[0]
    ax, count = shown.plot(), round(shown.frames()[1].values.iloc[0])
    assert [(bar.get_x(), bar.get_height()) for bar in ax.patches] == [(0, 3 * count), (0.515, count)]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["low", "high"] and not ax.xaxis.get_visible()
    old |= {"xaxis": {"mode": "histogram"}, "stack": True}
    ax = Dashboard({"schemaVersion": 30, "panels": [old], "time": times}, server).panels[0].plot()
    assert bars(ax) == [(2, 4, 0, count), (0, 2, 0, count)]


# Histograms


def test_values_are_counted_in_buckets(server):
    """Seven values, 0 to 3,600 seconds by 600: the least width of Grafana's that parts no two of them."""
    ax = one(server, "histogram", f"{TURN} - 1800", field={"unit": "s"}).plot()
    assert bars(ax) == [(0, 1000, 0, 2), (1000, 2000, 0, 2), (2000, 3000, 0, 1), (3000, 4000, 0, 2)]
    assert ax.get_xlim() == (0, 4000) and names(ax.xaxis)[:2] == ["0 s", "16.7 mins"]
    assert ax.get_title(loc="left") == "One" and ax.get_ylabel() == "Count" and ax.get_legend()


def test_buckets_are_as_wide_as_they_are_wanted(server):
    options = {"bucketSize": 2000, "bucketOffset": 500}
    assert bars(one(server, "histogram", f"{TURN} - 1800", options=options).plot()) == [
        (-1500, 500, 0, 1),
        (500, 2500, 0, 4),
        (2500, 4500, 0, 2),
    ]


@pytest.mark.parametrize(
    "options, custom, wanted, legend",
    [
        ({}, {}, [(0, 4), (0, 2)], ["low", "high"]),
        ({"combine": True}, {}, [(0, 6)], ["Count"]),
        ({}, {"stacking": {"mode": "normal", "group": "A"}}, [(0, 4), (4, 6)], ["low", "high"]),
        ({}, {"stacking": {"mode": "percent", "group": "A"}}, [(0, 2 / 3), (2 / 3, 1)], ["low", "high"]),
    ],
)
def test_histograms_lie_over_each_other_or_are_one(server, options, custom, wanted, legend):
    exprs = [(f"vector(1) and on() vector(time()) > {START + at}", {}) for at in (3000, 4500)]
    exprs = [(expr, {"legendFormat": name}) for (expr, _), name in zip(exprs, ("low", "high"), strict=True)]
    ax = one(server, "histogram", *exprs, options=options, field={"custom": custom}).plot()
    assert bars(ax) == [(1, 2, *ends) for ends in wanted]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == legend


def test_a_histogram_of_the_server_is_summed_over_time(server):
    query = (
        "sum by (le) (increase(request_duration_seconds_bucket[10m]))",
        {"format": "heatmap", "legendFormat": "{{le}}"},
    )
    shown = one(server, "histogram", query)
    ax, sums = shown.plot(), [frame.values.sum() for frame in shown.frames()]
    assert bars(ax) == [(at, at + 1, 0, count) for at, count in enumerate(sums)] and sums[0] > 0
    assert names(ax.xaxis) == ["0", *(frame.name for frame in shown.frames())] and shown.limits() == []


def test_a_histogram_of_no_number_says_so(server):
    ax = one(server, "histogram", "vector(0) / 0").plot()
    assert [text.get_text() for text in ax.texts] == ["None of the series has a number."]
