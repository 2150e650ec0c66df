"""A query as the server's own tree: written back exactly, and each node with what it gives now."""

import itertools

import pytest

import promql
from promql import errors, explain, expressions, stats, times
from tests.promql.backfill import CELSIUS, answering, message
from tests.promql.test_queries import EXPECTED

ODD = [
    "--foo ^ 2",
    '{"a.b", "c.d"="x\\n\\"µ\\t"} @ 17.5 offset -5m',
    "sum without () (up) by_x",
    "a + on () group_left () b",
    "a * ignoring (x, y) group_right (z) b",
    "a and ignoring (x) b",
    "(rate(x[5m:] offset 1w3h @ end()) or a)[1h:1m] @ start()",
    'count_values without (a) ("x", quantile by (b) (0.9, up))',
    "1 > bool +Inf",
    "time() - NaN",
    "foo[5m + 2 * step()] offset (1m + 2m)",
    '{__name__=~"a.*", b!~"c", "d e"!="f"}',
    "round(up) % 2 atan2 vector(1)",
    "a unless on (b) c or d",
    "min_over_time((a > 1)[90m:])",
    "5m > 1",
]  # fmt: skip


@pytest.mark.parametrize("query", [*EXPECTED, *ODD])
def test_a_tree_is_written_back(prometheus, version_3, query):
    try:
        tree = prometheus.parsed(query)
    except errors.QueryError:
        pytest.skip("this Prometheus does not know that syntax")
    written = prometheus.parsed(expressions.text(tree))
    assert unnamed(written) == unnamed(tree)
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        assert expressions.does(node) and expressions.kind(node) in (
            "instant vector",
            "range vector",
            "scalar",
            "string",
        )
        nodes += expressions.children(node)


def unnamed(tree):
    """A tree whose metric names stand in matchers only: whether they stand in front, too, is a matter of spelling."""
    if isinstance(tree, list):
        return [unnamed(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    held = {key: unnamed(value) for key, value in tree.items() if (key, "matchers" in tree) != ("name", True)}
    if "matchers" in held:
        held["matchers"].sort(key=str)
    return held


@pytest.mark.parametrize(
    "query, words",
    [
        ("sum by (a, b) (up)", "sum, for each a, b"),
        ("sum without (a) (up)", "sum, for each combination of the labels other than a"),
        ("sum without () (up)", "sum, for each combination of labels"),
        ("sum(up)", "sum, over all series"),
        ("a / on (x) group_left () b", "divides, by pairs with the same x, several on the left for one on the right"),
        ("a / ignoring (x) b", "divides, by pairs with the same labels but x"),
        ("a * 2", "multiplies"),
        ("a > bool 2", "0 or 1: is above"),
        ("a unless b", "keeps the left series that have no partner on the right, by pairs with the same labels"),
        ("up offset 5m", "the newest sample of each series, 5m earlier"),
        ("up @ end() offset -5m", "the newest sample of each series at its end, 5m later"),
        ("up[5m]", "the samples of 5m"),
        ("sum(up)[1h:]", "asks again for each step of the server's evaluation interval in 1h"),
        ("sum(up)[1h:30s]", "asks again for each 30s of 1h"),
        ("-up", "changes the sign"),
    ],
)
def test_what_a_node_does(prometheus, version_3, query, words):
    assert expressions.does(prometheus.parsed(query)) == words


def test_each_node_has_its_series(prometheus, version_3, backfilled):
    found = explain.explain(prometheus, 'sum by (code) (rate(http_requests_total{code!="x"}[5m])) * 2', backfilled.end)
    frame = found.frame
    assert frame["expression"].tolist() == [
        'sum by (code) (rate(http_requests_total{code!="x"}[5m])) * 2',
        'sum by (code) (rate(http_requests_total{code!="x"}[5m]))',
        'rate(http_requests_total{code!="x"}[5m])',
        'http_requests_total{code!="x"}[5m]',
        "2",
    ]
    assert frame["series"].tolist()[:4] == [3, 3, 4, 4] and frame["series"].isna().tolist()[4]
    assert frame["type"].tolist() == ["instant vector"] * 3 + ["range vector", "scalar"]
    assert (frame["seconds"].iloc[:4] > 0).all() and not frame["note"].any()
    lines = repr(found).splitlines()
    assert lines[1].startswith("├─ sum by (code)") and lines[3].startswith("│     └─ http_requests_total")
    assert "4 series" in lines[2] and lines[2].endswith(
        "instant vector: increase per second, averaged over the window, of counters"
    )


def notes(prometheus, query, moment):
    frame = explain.explain(prometheus, query, moment).frame
    return {row.expression: row.note for row in frame.itertuples() if row.note}


def test_every_node_is_of_one_moment(prometheus, version_3, monkeypatch):
    later = itertools.count(times.current() - 3_600_000, 700)
    monkeypatch.setattr(times, "current", lambda: next(later))
    _, added, _, _, multiplied, one, _ = explain.explain(prometheus, "(time() + 0) - (time() * 1)").frame["value"]
    assert added == multiplied == one


def test_where_it_becomes_empty(prometheus, version_3, backfilled):
    end = backfilled.end
    assert notes(prometheus, f"sum({CELSIUS} > 1e9) / 2", end) == {f"{CELSIUS} > 1000000000": "becomes empty here."}
    query = 'sum(rate(http_requests_total{code="20"}[5m])) / sum(rate(http_requests_total[5m]))'
    ((where, why),) = notes(prometheus, query, end).items()
    assert where == 'http_requests_total{code="20"}[5m]' and 'has no code="20". The nearest: 200, 400, 500.' in why


def test_where_it_fails(prometheus, version_3, backfilled):
    found = notes(prometheus, "sum(http_requests_total * on (route) http_requests_total) + 1", backfilled.end)
    assert [why.partition(":")[0] for why in found.values()] == ["fails, because what is inside does"] * 2 + ["fails"]
    assert "many-to-many matching not allowed" in found["http_requests_total * on (route) http_requests_total"]


def test_where_it_grows(prometheus, version_3, backfilled, monkeypatch):
    monkeypatch.setattr(explain, "MANY", 3)
    found = notes(prometheus, f"sum(http_requests_total or {CELSIUS})", backfilled.end)
    assert found == {
        f"http_requests_total or {CELSIUS}": "makes many series: 7",
        "http_requests_total": "makes many series: 4",
    }


def test_nodes_without_series(prometheus, version_3, backfilled):
    frame = explain.explain(prometheus, 'label_replace(vector(time()), "a", "b", "", "")', backfilled.end).frame
    assert frame["value"].dropna().tolist() == [backfilled.end] and frame["series"].dropna().tolist() == [1, 1]
    assert (frame["type"] == "string").sum() == 4


def test_what_is_asked_twice_is_measured_once(prometheus, version_3, backfilled):
    frame = explain.explain(prometheus, f"sum({CELSIUS}) / count({CELSIUS})", backfilled.end).frame
    once = frame[frame["expression"] == CELSIUS]
    assert len(once) == 2 and once["seconds"].nunique() == 1


def test_a_server_that_shows_no_tree():
    with answering(404, b"404 page not found\\n") as (url, _):
        text = message(errors.MissingEndpoint, explain.explain, promql.Prometheus(url), "up")
    assert text.endswith("has no /api/v1/parse_query (status 404). Prometheus has it since 3.0.")


def test_a_query_that_cannot_be_parsed(prometheus, version_3):
    assert message(errors.QueryError, explain.explain, prometheus, "sum(up").splitlines()[1].strip() == "^"


# What it costs


@pytest.mark.parametrize(
    "query",
    [
        "http_requests_total",
        "sum(rate(http_requests_total[10m]))",
        'http_requests_total{code="200"} / on () group_left () sum(http_requests_total)',
        "rate(http_requests_total[5m]) + rate(http_requests_total[5m])",
    ],
)
def test_an_estimate_is_what_the_server_counts(prometheus, backfilled, query):
    hour = backfilled.end - 3600, backfilled.end, 30
    counted = prometheus.query_range(query, *hour, stats=True).attrs["stats"]["samples"]["totalQueryableSamples"]
    assert stats.estimate(prometheus, query, *hour) == pytest.approx(counted, rel=0.1)


@pytest.mark.parametrize(
    "query, used",
    [
        ("max_over_time(sum(http_requests_total)[10m:1m])", 71 * 4),
        (f"max_over_time({CELSIUS}{{room='hall'}}[10m:30s])", 141),
        ("avg_over_time(max_over_time(sum(http_requests_total)[10m:30s])[30m:5m])", 201 * 4),
        ("sum(avg_over_time(rate(http_requests_total[5m])[30m:5m]))", 19 * 4 * 20),
    ],
)
def test_a_subquery_is_computed_once(prometheus, backfilled, query, used):
    estimate = stats.estimate(prometheus, query, backfilled.end - 3600, backfilled.end, 30)
    assert estimate == pytest.approx(used, rel=0.1)


def test_no_estimate_where_the_query_is_wrong(prometheus, backfilled):
    assert stats.estimate(prometheus, "sum(up[", 0, backfilled.end, 10) == 0
    assert stats.estimate(prometheus, "nothing_there[5m]", 0, backfilled.end, 10) == 0


def test_the_account_of_a_query(prometheus, backfilled):
    frame = prometheus.query_range("http_requests_total", backfilled.end - 60, backfilled.end, 15, stats=True)
    samples, time = stats.told(frame.attrs["stats"], len(frame))
    assert "20 used in all steps" in samples
    assert time.startswith("Time: ") and time.endswith("ms for each of 5 steps.")
    assert stats.told(None, 5) == ["The server gives no account of what a query reads."]


def test_the_node_that_becomes_nan(prometheus, version_3, backfilled):
    frame = explain.explain(prometheus, f"1 + scalar({CELSIUS})", backfilled.end).frame
    assert frame["value"].isna().tolist() == [True, True, True, True] and frame["value"][1] is None
    assert frame["note"].tolist()[0] == "" and frame["note"].tolist().count("becomes NaN here") == 1
    assert "= nan" in repr(explain.explain(prometheus, f"scalar({CELSIUS})", backfilled.end))
