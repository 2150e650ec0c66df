"""Every panel type over a real Prometheus with known samples: what is asked, what comes back, what is drawn."""

import json
import warnings
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import pytest

from promql import InvalidTime, Prometheus, PrometheusError, times
from promql.errors import Unreachable
from promql.palette import GREEN, PALETTE, VERMILION
from promql.panels import Dashboard, UnsupportedPanel, lint, look, tabular
from promql.panels.variables import Value, interpolate
from tests.promql import panel_data
from tests.promql.backfill import START, answering, message, openmetrics, serve
from tests.promql.panel_data import DASHBOARD, PODS, panel


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve(
        tmp_path_factory.mktemp("panels"), openmetrics(*panel_data.samples()), "global: {scrape_interval: 15s}"
    ) as url:
        yield Prometheus(url)


@pytest.fixture
def board(server):
    return Dashboard.load(DASHBOARD, server)


def of(server, *panels, **fields):
    """A dashboard of these panels over the same hour and variables."""
    return Dashboard.load({**DASHBOARD, "panels": list(panels), **fields}, server)


def one(server, kind, *exprs, **more):
    """The only panel of a dashboard."""
    return of(server, panel(1, kind, "One", (0, 0, 12, 8), *exprs, **more)).panels[0]


# What is asked


def test_queries_have_grafanas_step_and_intervals(board):
    (query,) = board.panel("Requests by pod").queries()
    assert query.expr == 'sum by (pod) (rate(requests_total{namespace="wine", pod=~"(wine-a|wine-b)"}[1m0s]))'
    assert (query.start, query.end, query.step) == ((START + 1800) * 1000, (START + 5400) * 1000, 15_000)


def test_start_and_end_are_floored_to_the_step(board):
    (query,) = board.panel("Latency, all of it").queries("2026-01-01T00:30:42Z", "2026-01-01T01:30:42Z")
    assert query.step == 60_000 and query.start == (START + 1800) * 1000 and query.end == (START + 5400) * 1000


def test_a_min_step_and_a_min_interval_count(server):
    shown = one(server, "timeseries", ("rate(requests_total[$__rate_interval])", {"interval": "2m"}), interval="30s")
    (query,) = shown.queries()
    assert query.step == 120_000 and "[8m0s]" in query.expr
    (query,) = one(server, "timeseries", "rate(requests_total[$__interval])", interval="30s").queries()
    assert query.step == 30_000 and "[30s]" in query.expr


@pytest.mark.parametrize(
    "minimum, min_step, step", [(">20s", "", 20), ("$step", "", 300), ("", "$step", 300), ("", ">${step}", 300)]
)
def test_min_intervals_as_people_write_them(server, capsys, minimum, min_step, step):
    shown = of(
        server,
        panel(1, "timeseries", "One", (0, 0, 12, 8), ("up", {"interval": min_step}), interval=minimum),
        templating={"list": [{"name": "step", "type": "interval", "query": "5m,10m"}]},
    )
    assert shown.panels[0].queries()[0].step == step * 1000 and capsys.readouterr().out == ""


def test_a_dashboard_has_a_time_range_of_its_own(server):
    hour = of(server, time={"from": str(START * 1000), "to": "2026-01-01T01:00:00Z"}).range()
    assert hour == (START * 1000, (START + 3600) * 1000)
    start, end = of(server, time={"from": "now/d", "to": "now/d"}).range()
    assert end - start == 86_399_999 and start % 86_400_000 == 0


@pytest.mark.parametrize(
    "start, end, seconds",
    [
        ("1h", "2026-11-28T13:00Z", (1795867200, 1795870800)),
        ("now/d", "now/d", (1795824000, 1795910399.999)),
        ("now-1d/d", "now", (1795737600, 1795867200)),
        ("1h", "now-1h", (1795860000, 1795863600)),
        (1795860000, "1795863600", (1795860000, 1795863600)),
        ("now-900y", "now", None),
    ],
)
def test_a_range_is_given_in_grafanas_words_and_in_ours(board, monkeypatch, start, end, seconds):
    monkeypatch.setattr(times, "current", lambda: 1795867200000)  # 2026-11-28T12:00Z
    if seconds is None:
        assert "'now-900y' is not in the years" in message(InvalidTime, board.range, start, end)
    else:
        assert board.range(start, end) == tuple(at * 1000 for at in seconds)


def test_an_instant_query_asks_for_the_end(board):
    (query,) = board.panel("Requests, per pod").queries()
    assert query.step == 0 and query.end == (START + 5400) * 1000 and "[3600s]" in query.expr


def test_hidden_queries_are_not_sent(server):
    shown = one(server, "timeseries", ("up", {"hide": True}), "", "temperature_celsius")
    assert [query.ref for query in shown.queries()] == ["C"]


def test_queries_without_a_letter_get_one(server):
    shown = one(server, "timeseries", *["up"] * 3)
    for target in shown.model["targets"]:
        del target["refId"]
    assert [query.ref for query in shown.queries()] == ["A", "B", "C"]


def test_the_scrape_interval_is_the_servers_own(backfilled):
    board = Dashboard(DASHBOARD, Prometheus(backfilled.url))
    assert board.scrape_interval == "1s" and "[4s]" in board.panel("Codes").queries("now-1m", "now")[0].expr
    board.scrape_interval = "30s"
    assert "[2m0s]" in board.panel("Success rate").queries()[0].expr


def test_a_server_that_hides_its_configuration_has_grafanas_default():
    with answering(404, b'{"status": "error", "error": "not found"}') as (url, _):
        assert Dashboard(DASHBOARD, Prometheus(url)).scrape_interval == "15s"


def test_a_server_that_does_not_answer_has_no_scrape_interval():
    with pytest.raises(Unreachable, match="127.0.0.1:9"):
        Dashboard(DASHBOARD, Prometheus("http://127.0.0.1:9")).scrape_interval  # noqa: B018


# Variables


def test_variables_take_what_was_given(server):
    shown = Dashboard.load(DASHBOARD, server, pod="wine-b", namespace="other")
    assert 'namespace="other", pod=~"wine-b"' in shown.panel("Requests by pod").queries()[0].expr
    assert shown.panel("Traffic in $namespace").title == "Traffic in other"
    shown = Dashboard.load(DASHBOARD, server, pod=["wine-a", "a.b"])
    assert r'pod=~"(wine-a|a\\.b)"' in shown.panel("Requests by pod").queries()[0].expr


def test_a_variable_that_there_is_not_is_named(server):
    told = message(UnsupportedPanel, Dashboard.load, DASHBOARD, server, podd="wine-b", prometheus=server)
    assert told == "The dashboard 'A service' has no variable podd, prometheus. It has: namespace, pod."


def test_a_variable_may_have_any_name(server):
    names = ("source", "prometheus", "self", "cls")
    listed = [{"name": name, "type": "textbox", "query": ""} for name in names]
    shown = Dashboard.load(
        {"panels": [], "templating": {"list": listed}}, server, **{name: f"my {name}" for name in names}
    )
    assert [shown.values()[name].query for name in names] == ["my source", "my prometheus", "my self", "my cls"]


@pytest.mark.parametrize(
    "variable, text, wanted",
    [
        ({"type": "textbox", "query": "typed", "current": {"value": ""}}, "'$x'", "''"),
        ({"type": "constant", "query": "3", "current": None}, "$x", "3"),
        ({"type": "custom", "query": "a\\,b, c", "sort": 2}, "$x", "a,b"),
        ({"type": "query", "query": "label_values(pod)", "current": {"value": "gone"}}, "$x", "wine-a"),
        (
            {"type": "query", "query": "label_values(pod)", "current": {"value": ["gone"]}, "includeAll": True},
            "$x",
            "(wine-a|wine-b)",
        ),
        (
            {"type": "query", "query": "label_values(pod)", "current": {"value": ["gone", "wine-b"]}, "multi": True},
            "$x",
            "wine-b",
        ),
        ({"type": "query", "query": "label_values(pod)", "current": {"value": "$__all"}}, "$x", "wine-a"),
        ({"type": "query", "query": "label_values(pod)", "sort": 2}, "$x", "wine-b"),
        ({"type": "query", "query": "label_values(pod)", "regex": "/WINE-B/i"}, "$x", "wine-b"),
        ({"type": "query", "query": "label_values(pod)", "regex": "wine"}, "'$x'", "''"),
        ({"type": "query", "query": "label_values(pod)", "regex": "/(?<text>w).*(?<value>b)/"}, "$x ${x:text}", "b w"),
        ({"type": "query", "query": "metrics(temp.*)"}, "$x", "temperature_celsius"),
        ({"type": "query", "query": "label_names(score_ratio)", "regex": "cultivar"}, "$x", "cultivar"),
        ({"type": "query", "query": "score_ratio", "regex": '/cultivar="(.*)"/'}, "$x", "barolo"),
        ({"type": "query", "query": "query_result(vector(2))", "regex": "/ (.*) .*/"}, "$x", "2"),
        ({"type": "interval", "query": "1m,5m", "current": {"value": "7m"}}, "$x", "1m"),
        ({"type": "switch", "current": {"value": "true"}}, "$x", "true"),
        (
            {"type": "custom", "query": "a.b,c", "multi": True, "current": {"value": ["a.b", "c"]}},
            "${x:regex}",
            r"(a\.b|c)",
        ),
        ({"type": "custom", "query": "a,b", "multi": True, "current": {"value": ["a", "b"]}}, "${x:glob}", "{a,b}"),
        (
            {"type": "custom", "query": "a,b", "multi": True, "current": {"value": ["a", "b"]}},
            "${x:doublequote}",
            '"a","b"',
        ),
        ({"type": "custom", "query": "one, two : 2"}, "$x", "one"),
        (
            {"type": "custom", "valuesFormat": "json", "query": '[{"value": "1", "text": "one"}, "2"]'},
            "${x:text}",
            "one",
        ),
        ({"type": "custom", "valuesFormat": "json", "query": "{"}, "$x", ""),
        (
            {"type": "custom", "query": "one, two : 2", "multi": True, "current": {"value": ["one", "2"]}},
            "${x}",
            "(one|2)",
        ),
        (
            {"type": "custom", "query": "a,b", "multi": True, "current": {"value": ["a", "b"]}},
            "${x:csv} ${x:pipe} [[x:text]]",
            "a,b a|b a + b",
        ),
        (
            {"type": "custom", "query": "a,b", "includeAll": True, "allValue": ".+", "current": {"value": "$__all"}},
            "$x",
            ".+",
        ),
        (
            {"type": "custom", "query": "a", "includeAll": True, "allValue": "$y-.*", "current": {"value": "$__all"}},
            "$x",
            "wine-.*",
        ),
        ({"type": "interval", "query": "1m,5m"}, "$x", "1m"),
        ({"type": "textbox", "query": "typed"}, "$x", "typed"),
        ({"type": "query", "query": {"query": "label_values(pod)"}, "regex": "/wine-(.*)/"}, "$x", "a"),
        (
            {"type": "query", "query": "label_values(latency_seconds_bucket{le='0.1'}, pod)", "includeAll": True},
            "$x",
            "(wine-a|wine-b)",
        ),
        ({"type": "query", "query": "label_values(nothing)"}, "'$x'", "''"),
    ],
)
def test_variables_of_each_type(server, variable, text, wanted):
    listed = [{"name": "x", **variable}, {"name": "y", "type": "constant", "query": "wine"}]
    shown = of(server, panel(1, "text", text, (0, 0, 1, 1)), templating={"list": listed})
    assert interpolate(text, shown.values()) == wanted


ODD = ["a:b", 'ü "1"', "it's (c)"]


@pytest.mark.parametrize(
    "form, alone, several",
    [
        ("json", "a:b", r"""["a:b","ü \"1\"","it's (c)"]"""),
        ("queryparam", "var-x=a:b", "var-x=a:b&var-x=%C3%BC%20%221%22&var-x=it%27s%20%28c%29"),
        ("customqueryparam", "x=a%3Ab", "x=a%3Ab&x=%C3%BC%20%221%22&x=it%27s%20%28c%29"),
        ("customqueryparam:p:v-", "p=v-a%3Ab", "p=v-a%3Ab&p=v-%C3%BC%20%221%22&p=v-it%27s%20%28c%29"),
        ("lucene", r"a\:b", r"""("a\:b" OR "ü\ \"1\"" OR "it's\ \(c\)")"""),
        ("distributed", "a:b", """a:b,x=ü "1",x=it's (c)"""),
        ("join:;", "a:b", """a:b;ü "1";it's (c)"""),
        ("html", "a:b", "a:b, ü &quot;1&quot;, it&#39;s (c)"),
        ("percentencode", "a%3Ab", "%7Ba%3Ab%2C%C3%BC%20%221%22%2Cit%27s%20%28c%29%7D"),
        ("uriencode", "a:b", "%7Ba:b,%C3%BC%20%221%22,it%27s%20%28c%29%7D"),
        ("regex", "a:b", r"""(a:b|ü "1"|it's \(c\))"""),
        ("sqlstring", "'a:b'", r"""'a:b','ü \"1\"','it''s (c)'"""),
        ("unheard", "a:b", """{a:b,ü "1",it's (c)}"""),
    ],
)
def test_variables_are_written_in_each_form(form, alone, several):
    """Right is what the formatRegistry of @grafana/scenes gives."""
    assert interpolate(f"${{x:{form}}}", {"x": Value(["a:b"], "a:b")}) == alone
    assert interpolate(f"${{x:{form}}}", {"x": Value(ODD, "", many=True)}) == several


def test_a_list_of_one_is_a_list():
    for form, text in (("json", '["a"]'), ("lucene", '("a")'), ("percentencode", "%7Ba%7D"), ("csv", "a")):
        assert interpolate(f"${{x:{form}}}", {"x": Value(["a"], "a", many=True)}) == text


def test_a_text_of_its_own_for_all_is_in_no_other_form(server):
    listed = [{"name": "x", "type": "custom", "query": "a,b", "includeAll": True, "allValue": ".+", "multi": True}]
    values = of(server, templating={"list": [{**listed[0], "current": {"value": ["$__all"]}}]}).values()
    assert interpolate("${x:regex} ${x:csv} ${x} ${x:text}", values) == ".+ .+ .+ All"
    assert interpolate("${x:queryparam} ${x:percentencode}", values) == "var-x=$__all .%2B"


def test_ends_of_the_range_are_written_as_dates(server):
    text = "${__from:date:YYYY} ${__to:date:HH:mm} ${__from:date} ${__to:date:seconds} ${__from}"
    shown = of(server, panel(1, "text", text, (0, 0, 1, 1))).panels[0]
    assert shown.title == "2026 01:30 2026-01-01T00:30:00.000Z 1767231000 1767227400000"


def test_variables_that_cannot_be_resolved_are_named(server, capsys):
    odd = [
        {"name": "x", "type": "adhoc", "filters": [{"key": "pod", "operator": "=", "value": "wine-a"}]},
        {"name": "y", "type": "query", "query": "label_values(pod)", "datasource": {"type": "loki"}},
        {"name": "z", "type": "query", "query": "label_values(pod)", "regex": "/(wine/"},
        {"name": "quiet", "type": "adhoc", "filters": []},
    ]
    assert of(server, templating={"list": odd}).values() == {}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "$x: the filters of a variable of type adhoc are not added to the queries."
    assert lines[1] == "$y: variables of the data source loki are not supported."
    assert lines[2].startswith("$z: the regular expression '(wine' is not understood") and len(lines) == 3


def test_an_automatic_interval_follows_from_the_time_range(server):
    auto = {"name": "step", "type": "interval", "query": "1m", "auto_count": 30, "auto_min": "10s"}
    auto |= {"current": {"text": "auto", "value": "$__auto_interval_step"}, "auto": True}
    shown = of(
        server,
        panel(1, "timeseries", "One", (0, 0, 12, 8), "avg_over_time(up[$step])", interval="$step"),
        templating={"list": [auto]},
    )
    for start, width, step in [("now-5m", "10s", 10), ("now-1h", "2m", 120)]:
        (query,) = shown.panels[0].queries(start, "now")
        assert f"[{width}]" in query.expr and query.step == step * 1000


def test_variables_are_asked_for_once(server, monkeypatch):
    shown, asked = of(server, *DASHBOARD["panels"]), []
    monkeypatch.setattr(shown, "prometheus", shown.prometheus.with_timeout(20))
    monkeypatch.setattr(shown.prometheus, "label_values", lambda *_: asked.append(1) or list(PODS))
    for one in shown.panels:
        one.queries()
    assert len(asked) <= 1


def test_a_variable_may_rest_on_another(server):
    chain = [
        {"name": "code", "type": "custom", "query": "500"},
        {"name": "pod", "type": "query", "query": 'label_values(requests_total{code="$code"}, pod)'},
    ]
    for order in (chain, chain[::-1]):
        assert of(server, templating={"list": order}).values()["pod"].query == "wine-a"
    circle = [{"name": name, "type": "query", "query": f"label_values(${other})"} for name, other in ("ab", "ba")]
    assert set(of(server, templating={"list": circle}).values()) == {"a", "b"}


def test_unknown_names_stay_as_they_are(server):
    assert one(server, "timeseries", 'up{a="$nobody"} + 1e3').queries()[0].expr == 'up{a="$nobody"} + 1e3'


# What comes back


def test_frames_hold_the_values_that_were_written(board):
    frames = board.panel("Requests by pod").frames()
    assert [frame.name for frame in frames] == list(PODS)
    for rank, frame in enumerate(frames, start=1):
        assert frame.values.to_numpy() == pytest.approx(rank) and len(frame.values) == 241
        assert frame.labels == {"pod": PODS[rank - 1]}
        assert frame.text(frame.reduce("max")) == {1: "1.000 req/s", 2: "2.00 req/s"}[rank]


def test_a_heatmap_has_the_observations_of_each_bucket_alone(board, server):
    frames = board.panel("Latency, all of it").frames()
    assert [frame.name for frame in frames] == ["0.05", "0.1", "0.25", "1.0", "+Inf"]
    (query,) = board.panel("Latency, all of it").queries()
    total = server.query_range(
        query.expr.replace("sum by (le) (", "sum(").replace("_bucket", '_bucket{le="+Inf"}'),
        query.start / 1000,
        query.end / 1000,
        60,
    )
    assert sum(frame.values for frame in frames).to_numpy() == pytest.approx(total["value"].to_numpy())
    shares = [frame.values.mean() / total["value"].mean() for frame in frames]
    assert shares == pytest.approx([0.5, 0.3, 0.15, 0.04, 0.01], abs=0.01)


def test_buckets_of_several_histograms_are_refused(server):
    shown = one(server, "heatmap", ("increase(latency_seconds_bucket[1m])", {"format": "heatmap"}))
    with pytest.raises(UnsupportedPanel, match="sum by \\(le\\)"):
        shown.frames()


def test_overrides_change_the_fields_that_they_match(board):
    wine_a, wine_b, room = board.panel("Memory").frames()
    assert (wine_a.config["unit"], room.config["unit"]) == ("bytes", "celsius")
    assert room.name == "room" and room.config["custom"]["lineStyle"] == {"fill": "dash"}
    assert wine_b.values.isna().sum() > 30 and wine_a.values.notna().all()


@pytest.mark.parametrize(
    "matcher, changed",
    [
        ({"id": "byName", "options": "wine-a"}, [True, False]),
        ({"id": "byRegexp", "options": "/-b$/"}, [False, True]),
        ({"id": "byType", "options": "number"}, [True, True]),
    ],
)
def test_override_matchers(server, matcher, changed):
    override = {
        "matcher": matcher,
        "properties": [{"id": "displayName", "value": "${__field.labels.pod}!"}, {"id": "decimals", "value": 1}],
    }
    shown = one(server, "timeseries", ("memory_bytes", {"legendFormat": "{{pod}}"}), overrides=[override]).frames()
    assert [frame.config.get("decimals") == 1 and frame.name.endswith("!") for frame in shown] == changed


def test_an_empty_panel_says_what_exists(server):
    shown = one(server, "timeseries", "memory_byte")
    assert shown.frames() == [] and "memory_bytes" in shown.notes[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "No data" in words(shown.plot())


# What is drawn


def words(ax):
    found = [text.get_text() for text in ax.texts] + [
        text.get_text() for inner in ax.child_axes for text in inner.texts
    ]
    return "\n".join(found)


def ticks(axis):
    axis.figure.canvas.draw()
    return [label.get_text() for label in axis.get_ticklabels()]


def test_timeseries_draws_each_series_with_its_name_and_unit(board):
    shown = board.panel("Latency")
    ax = shown.plot()
    lines = [line for line in ax.lines if len(line.get_xdata()) == 241]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["p50", "p95", "p99"]
    for line, frame in zip(lines, shown.frames(), strict=True):
        assert line.get_ydata() == pytest.approx(frame.values.to_numpy())
    assert lines[0].get_ydata() == pytest.approx(
        0.05, rel=0.02
    )  # half of the samples are in the first bucket, up to 50 ms
    assert ticks(ax.yaxis)[:3] == ["0 s", "200 ms", "400 ms"]
    assert ax.get_title(loc="left") == "Latency" and [line.get_color() for line in lines] == PALETTE[:3]
    (threshold,) = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert threshold.get_ydata()[0] == 0.3 and threshold.get_color() == look.color("red")


def test_stacked_series_stand_on_each_other(board):
    ax = board.panel("Requests by pod").plot()
    heights = [line.get_ydata() for line in ax.lines if len(line.get_xdata()) == 241]
    assert heights[0] == pytest.approx(1) and heights[1] == pytest.approx(3)
    assert "mean" in ax.get_legend().get_texts()[0].get_text()


def test_stacked_series_may_have_different_steps(server):
    """The upper one stands on the line of the lower one, wherever its own samples are."""
    stacking = {"custom": {"fillOpacity": 20, "stacking": {"mode": "normal"}}}
    targets = [(f"vector({value})", {"interval": step}) for value, step in [(1, "50s"), (2, "1m"), (4, "40s")]]
    lines = one(server, "timeseries", *targets, field=stacking).plot().lines
    assert [set(line.get_ydata()) for line in lines if len(line.get_xdata())] == [{1}, {3}, {7}]


def test_another_unit_has_an_axis_of_its_own(board):
    ax = board.panel("Memory").plot()
    left, right = ax.figure.axes
    assert ticks(left.yaxis)[1].endswith(" MiB") and ticks(right.yaxis)[1].endswith(" °C")
    assert len(right.lines[-1].get_ydata()) == 241


@pytest.mark.parametrize(
    "custom",
    [
        {"drawStyle": "bars"},
        {"drawStyle": "points"},
        {"lineInterpolation": "stepAfter", "fillOpacity": 10},
        {"scaleDistribution": {"type": "log"}},
    ],
)
def test_styles_draw_the_same_values(server, custom):
    ax = one(server, "timeseries", "1 + temperature_celsius", field={"custom": custom}).plot()
    drawn = [bar.get_height() for bar in ax.patches] if "bars" in custom.values() else ax.lines[-1].get_ydata()
    wanted = server.query_range("1 + temperature_celsius", START + 1800, START + 5400, 15)["value"]
    assert list(drawn) == pytest.approx(wanted.tolist())


def test_a_sample_between_gaps_is_a_point(server):
    ax = one(server, "timeseries", "temperature_celsius and on() (vector(time()) % 300 == 0)").plot()
    points = next(line for line in ax.lines if line.get_marker() == ".")
    assert len(points.get_xdata()) == 13


def test_colours_are_the_palettes(server):
    assert (
        look.color("semi-dark-red") == VERMILION and look.color("green") == GREEN and look.color("#123456") == "#123456"
    )
    field = {"color": {"mode": "fixed", "fixedColor": "dark-blue"}}
    assert one(server, "timeseries", "temperature_celsius", field=field).plot().lines[-1].get_color() == PALETTE[0]


def test_more_series_than_colours_differ_by_their_dashes(server):
    many = " or ".join(f"label_replace(temperature_celsius + {place}, 'n', '{place}', '', '')" for place in range(12))
    lines = [line for line in one(server, "timeseries", many).plot().lines if len(line.get_xdata())]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 12


def test_limits_and_soft_limits(server):
    field = {"custom": {"axisSoftMin": 0, "axisSoftMax": 100}}
    assert one(server, "timeseries", "temperature_celsius", field=field).plot().get_ylim() == (0, 100)
    assert one(server, "timeseries", "temperature_celsius", field={"min": -5, "max": 50}).plot().get_ylim() == (-5, 50)


@pytest.mark.parametrize("field", [{"min": 100}, {"max": 1}, {"min": 5, "max": 5}])
def test_limits_that_leave_no_room_are_grafanas_own(server, field):
    ax = one(server, "timeseries", "temperature_celsius", field={"unit": "bytes", **field}).plot()
    assert ax.get_ylim() == (0, 100) and ticks(ax.yaxis)


INFINITE = "temperature_celsius / (vector(time()) % 60 > bool 30)"  # every other sample


@pytest.mark.parametrize("kind", ["timeseries", "stat", "gauge", "bargauge", "heatmap"])
@pytest.mark.parametrize("exprs", [["vector(1) / 0"], ["vector(-1) / 0"], ["vector(1)", "vector(1) / 0"], [INFINITE]])
def test_infinite_values_are_drawn(server, kind, exprs):
    thresholds = panel_data.thresholds(("green", None), ("red", 50), mode="percentage")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one(server, kind, *exprs, field={"thresholds": thresholds}).plot().figure.canvas.draw()


def test_nothing_stands_on_infinite_values(server):
    bars = {"custom": {"drawStyle": "bars", "stacking": {"mode": "normal"}}}
    ax = one(server, "timeseries", "vector(1) / 0", "vector(1)", field=bars).plot()
    assert {bar.get_y() for bar in ax.patches} == {0}


def test_a_scale_is_that_of_the_finite_values(server):
    shown = one(server, "gauge", "vector(1)", "vector(3)", "vector(1) / 0")
    assert [frame.limits for frame in shown.frames()] == [(1, 3)] * 3
    ax = shown.plot()
    assert "∞" in words(ax) and ax.child_axes[0].patches[-1].theta1 == -30  # full
    ax = one(server, "bargauge", "vector(-2)", "vector(0)", "vector(1) / 0").plot()
    assert [bar.get_width() for bar in ax.patches[3:]] == [0, 2, 2] and ax.get_xlim() == (-2, 0)


def test_stat_shows_the_number_in_its_colour(board):
    ax = board.panel("Success rate").plot()
    assert words(ax) == "93.3%" and ax.texts[0].get_color() == look.color("green")
    ax = board.panel("Codes").plot()
    assert words(ax).split("\n") == ["2.80 req/s", "code 200", "0.200 req/s", "code 500"]
    ax = board.panel("Up").plot()
    assert words(ax) == "up" and ax.texts[0].get_color() == look.color("blue")


def test_stat_without_a_number_says_so(server):
    assert words(one(server, "stat", "temperature_celsius * NaN").plot()) == "No data"
    assert words(one(server, "stat", "temperature_celsius * NaN", field={"noValue": "quiet"}).plot()) == "quiet"


def test_gauge_fills_its_arc_to_the_value(board):
    shown = board.panel("Model score")
    (frame,) = shown.frames()
    ax = shown.plot()
    mean = frame.values.mean()
    arcs = ax.child_axes[0].patches
    assert arcs[-1].theta1 == pytest.approx(210 - 240 * mean) and arcs[-1].theta2 == 210
    assert words(ax).split("\n") == [f"{100 * mean:.1f}%", "0%", "100%"]
    assert [arc.get_facecolor() for arc in arcs[1:4]] == [
        plt.matplotlib.colors.to_rgba(look.color(name)) for name in ("green", "orange", "red")
    ]


def test_bars_are_as_long_as_the_values(board):
    ax = board.panel("Requests, per pod").plot()
    assert [bar.get_width() for bar in ax.patches[2:]] == pytest.approx([3600, 7200])
    assert ticks(ax.yaxis) == list(PODS) and words(ax).split("\n") == ["3.60 K", "7.20 K"]


def test_heatmap_rows_are_buckets_named_by_their_bound(board):
    ax = board.panel("Latency, all of it").plot()
    (mesh,) = ax.collections
    cells = mesh.get_array().reshape(5, -1)
    wanted = np.array([frame.values for frame in board.panel("Latency, all of it").frames()])
    assert cells.filled(0) == pytest.approx(wanted)
    assert ticks(ax.yaxis) == ["50 ms", "100 ms", "250 ms", "1 s", "∞"]


def test_heatmap_rows_may_be_any_series(server):
    query = ("sum by (pod) (rate(requests_total[1m]))", {"legendFormat": "{{pod}}"})
    shown = one(server, "heatmap", query, options={"calculate": False})
    assert ticks(shown.plot().yaxis) == list(PODS)
    for name in ("1.2.3", ".", "1e"):  # no numbers
        shown = one(server, "heatmap", ("sum(requests_total)", {"legendFormat": name}), options={"calculate": False})
        assert ticks(shown.plot().yaxis) == [name]


def test_a_table_is_merged_and_organized(board):
    names, rows = tabular.shown(board.panel("Pods"), board.panel("Pods").tables())
    texts = [[cell[0] for cell in row] for row in rows]
    assert names == ["pod", "memory", "requests"] and [row[0] for row in texts] == list(PODS)
    assert [row[2] for row in texts] == ["1.000 req/s", "2.00 req/s"] and all(row[1].endswith(" MiB") for row in texts)
    ax = board.panel("Pods").plot()
    assert ax.tables[0].get_celld()[1, 0].get_text().get_text() == "wine-a"


def test_text_is_shown_without_markup(board):
    assert words(board.panel("Read me").plot()) == "Service\nThe SLO of wine is in the runbook."


def test_a_panel_draws_into_given_axes(board):
    axes = plt.subplots(1, 2)[1]
    assert board.panel("Latency").plot(ax=axes[1]) is axes[1] and axes[1].lines and not axes[0].lines


def test_a_dashboard_is_laid_out_as_in_grafana(board):
    board.plot()
    figure = plt.gcf()
    figure.canvas.draw()
    width, height = figure.bbox.size / (24, 36)  # pixels of a cell of Grafana's grid
    drawn = [ax for ax in figure.axes if ax.yaxis.get_label_position() == "left"]
    for shown, title, box, ax in zip(board.panels, figure.texts, figure.artists, drawn, strict=True):
        x, y, wide, high = shown.grid
        outside = box.get_window_extent()
        assert outside.bounds == pytest.approx((x * width, (36 - y - high) * height, wide * width, high * height))
        assert title.get_text() == shown.title
        for inside in (title.get_window_extent(), ax.get_tightbbox()):
            assert outside.x0 <= inside.x0 and inside.x1 <= outside.x1 + 1, shown
            assert outside.y0 - 1 <= inside.y0 and inside.y1 <= outside.y1, shown


# What is not drawn


def test_unsupported_panels_are_named(server, capsys):
    odd = [
        panel(1, "candlestick", "Pie", (0, 0, 12, 8), "temperature_celsius"),
        panel(2, "stat", "Ok", (12, 0, 12, 8), "temperature_celsius"),
    ]
    shown = of(server, *odd)
    assert capsys.readouterr().out == "Pie: panels of type candlestick are not drawn.\n"
    with pytest.raises(UnsupportedPanel, match="candlestick"):
        shown.panel("Pie").plot()
    shown.plot()
    pie, ok = plt.gcf().axes
    assert "candlestick" in words(pie) and words(ok)


def test_a_panel_whose_query_is_refused_is_a_box_that_says_why(server):
    odd = [
        panel(1, "stat", "Odd", (0, 0, 8, 8), "sum(up\n"),
        panel(2, "stat", "Range", (8, 0, 8, 8), "up[1m]"),
        panel(3, "stat", "Ok", (16, 0, 8, 8), "vector(1)"),
    ]
    of(server, *odd).plot()
    broken, ranged, ok = plt.gcf().axes
    assert words(broken).replace("\n", " ") == "parse error: unclosed left parenthesis"
    assert words(ranged).replace("\n", " ") == "This is a range vector: many samples for each point of a graph."
    assert words(ok) == "1"


def test_a_dashboard_without_panels_is_an_error_for_people(server):
    with pytest.raises(UnsupportedPanel, match="The dashboard 'A service' has no panels"):
        of(server).plot()


def converted(**conversion):
    return {"transformations": [{"id": "convertFieldType", "options": {"conversions": [conversion]}}]}


@pytest.mark.parametrize(
    "more, line",
    [
        ({"interval": "often"}, "min interval often is not supported."),
        ({"interval": "$nobody"}, "min interval $nobody is not supported."),
        ({"transformations": [{"id": "regression"}]}, "transformation regression is not supported."),
        (
            {"transformations": [{"id": "limit", "topic": "annotations"}]},
            "transformation limit of annotations is not supported.",
        ),
        (
            converted(timezone="Asia/Tokyo"),
            "transformation convertFieldType to the time zone Asia/Tokyo is not supported.",
        ),
        (converted(destinationType="enum"), "transformation convertFieldType to the kind enum is not supported."),
        (
            converted(destinationType="time", dateFormat="DD.MM."),
            "transformation convertFieldType from dates like DD.MM. is not supported.",
        ),
        ({"field": {"color": {"mode": "rainbow"}}}, "colour scheme rainbow is not supported."),
        ({"field": {"thresholds": panel_data.thresholds(("burple", None))}}, "colour burple is not supported."),
        ({"timeShift": "often"}, "timeShift: 'often' is not a length of time. Write 1h, 1d or 1d/d."),
        ({"options": {"showPercentChange": True}}, "the change in percent is not shown."),
        (
            {"overrides": [{"matcher": {"id": "byMood"}, "properties": []}]},
            "override matcher byMood is not supported.",
        ),
        ({"options": {"reduceOptions": {"calcs": ["geomean"]}}}, "calculation geomean is not supported."),
        ({"datasource": {"type": "loki"}}, "data source loki is not supported."),
    ],
)
def test_limits_are_named(server, capsys, more, line):
    one(server, "stat", "temperature_celsius", **more)
    assert capsys.readouterr().out == f"One: {line}\n"


def test_a_time_range_that_is_not_understood_is_named(server, capsys):
    shown = of(server, panel(1, "stat", "One", (0, 0, 12, 8), "up"), time={"from": "now/x", "to": "now"})
    line = capsys.readouterr().out
    assert line.startswith("time range: 'now/x' is not a point in time.")
    assert [f"{found.problem}\n" for found in lint(shown)] == [line]


def test_a_fiscal_year_that_begins_in_another_month_is_named(server, capsys):
    last = {"from": "now-1y/fy", "to": "now-1y/fy"}
    of(server, time=last, fiscalYearStartMonth=6)
    assert capsys.readouterr().out == "time range: its fiscal year begins in January here.\n"
    of(server, time=last, fiscalYearStartMonth=0)
    assert not capsys.readouterr().out


def test_a_dashboard_of_another_schema_is_refused(server):
    with pytest.raises(UnsupportedPanel, match="no dashboard of Grafana's"):
        Dashboard.load({"apiVersion": "v1", "kind": "ConfigMap", "data": {}}, server)


def test_an_exported_dashboard_is_read_from_its_file(server, tmp_path):
    path = tmp_path / "exported.json"
    path.write_text(json.dumps({"dashboard": DASHBOARD, "meta": {}}))
    assert Dashboard.load(path, server).title == "A service"


def test_panels_of_collapsed_rows_are_found_but_not_laid_out(server):
    row = panel(
        1,
        "row",
        "Row",
        (0, 0, 24, 1),
        panels=[panel(2, "stat", "Inside", (0, 1, 4, 4), "temperature_celsius")],
        collapsed=True,
    )
    shown = of(server, row)
    assert words(shown.panel("Inside").plot())
    shown.plot()
    assert len(plt.gcf().axes) == 1


def test_an_unknown_title_lists_those_that_exist(board):
    with pytest.raises(UnsupportedPanel, match="no panel 'Latenzy'.*Latency, all of it"):
        board.panel("Latenzy")


# lint


def test_lint_finds_nothing_in_a_sound_dashboard(board):
    assert lint(board) == []


def test_lint_names_each_query_that_shows_nothing(server):
    model = deepcopy(DASHBOARD)
    model["panels"] = [
        panel(1, "timeseries", "Broken", (0, 0, 12, 8), "sum(rate(requests_total[1m])"),
        panel(
            2,
            "timeseries",
            "Empty",
            (0, 0, 12, 8),
            "temperature_celsius",
            "requests_totals",
            "temperature_celsius * NaN",
        ),
        panel(3, "logs", "Logs", (0, 0, 12, 8)),
    ]
    found = lint(model, server)
    assert [(one.panel, one.query) for one in found] == [
        ("A service", ""),
        ("Broken", "A"),
        ("Empty", "B"),
        ("Empty", "C"),
    ]
    assert "parse error" in found[1].problem and "^" in found[1].problem
    assert str(found[2]).startswith("Empty, query B: no data. There is no metric requests_totals")


def test_an_unreachable_server_is_no_finding():
    with pytest.raises(PrometheusError):
        lint(DASHBOARD, Prometheus("http://127.0.0.1:9"))
