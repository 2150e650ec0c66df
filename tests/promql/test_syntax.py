"""As much of PromQL as hints, costs and completion read, and the functions that it has."""

import pytest

from promql import functions, syntax


def test_selectors():
    query = """
    sum by (a) (rate(x:foo_total{a="1\\"2}", b=~'x|y', `q`!="z"}[5m:1m] offset 1h)) / {c="#"} # d{e="f"}
      > bool 5e3 and nope{a="un"} * on(x) group_left(y) 0x1F + topk(5, up) + vector(time()) + fine @ end() + b[1h30m]
      + rate({"http.requests", code="1"}[5m] anchored) + step
    """
    assert [one[:3] for one in syntax.selectors(query)] == [
        ("x:foo_total", [("a", "=", '1"2}'), ("b", "=~", "x|y"), ("q", "!=", "z")], "5m:1m"),
        ("", [("c", "=", "#")], ""),
        ("nope", [("a", "=", "un")], ""),
        ("up", [], ""),
        ("fine", [], ""),
        ("b", [], "1h30m"),
        ("http.requests", [("code", "=", "1")], "5m"),
        ("step", [], ""),
    ]
    assert [query[one.start :].startswith((one.name, "{")) for one in syntax.selectors(query)] == [True] * 8


@pytest.mark.parametrize(
    "text, queries",
    [
        ("up", ["up"]),
        ('a{b=";"}; # p99; of all\nc ;\n# nothing\n', ['a{b=";"}', "# p99; of all\nc"]),
        (" ; # x", []),
    ],
)
def test_queries_of_one_cell(text, queries):
    assert syntax.parts(text) == queries


def test_subqueries():
    query = 'max_over_time(sum(rate(x[5m]))[1h:1m]) + (a + b)[5m:] + "(c)[1h:1m]"'
    found = [(query[begin:end], *rest) for begin, end, *rest in syntax.subqueries(query)]
    assert found == [("(rate(x[5m])", "1h", "1m"), ("(a + b", "5m", "")]


@pytest.mark.parametrize(
    "matchers, text",
    [
        ([("a", "=", "b")], '{a="b"}'),
        ([("é", "=~", 'x"\\')], '{"é"=~"x\\"\\\\"}'),
        ([("a.b", "!=", "µ\n")], '{"a.b"!="µ\\n"}'),
        ([], ""),
    ],
)
def test_selectors_as_text(matchers, text):
    assert syntax.selector(matchers=matchers) == text


def test_functions_are_those_of_the_server(prometheus, version_3):
    features = prometheus.get("features")
    assert set(features["promql_functions"]) == set(functions.FUNCTIONS)
    assert {name for name in features["promql_operators"] if name.isidentifier()} >= set(functions.AGGREGATIONS)
