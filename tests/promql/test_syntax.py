"""As much of PromQL as hints and completion read."""

import pytest

from promql import errors, syntax


def test_selectors():
    query = """
    sum by (a) (rate(x:foo_total{a="1\\"2}", b=~'x|y', `q`!="z"}[5m:1m] offset 1h)) / {c="#"} # d{e="f"}
      > bool 5e3 and nope{a="un"} * on(x) group_left(y) 0x1F + topk(5, up) + vector(time()) + fine @ end() + b[1h30m]
    """
    assert list(syntax.selectors(query)) == [
        ("x:foo_total", [("a", "=", '1"2}'), ("b", "=~", "x|y"), ("q", "!=", "z")], True),
        ("", [("c", "=", "#")], False),
        ("nope", [("a", "=", "un")], False),
        ("up", [], False),
        ("fine", [], False),
        ("b", [], True),
    ]


@pytest.mark.parametrize("name", sorted(syntax.FUNCTIONS))
def test_functions_are_those_of_the_server(prometheus, version_3, name):
    """A name that Prometheus does not know is no function, so `name + 1` or `name()` complains of that."""
    with pytest.raises(errors.QueryError) as caught:
        prometheus.query(f"{name}(1, 2, 3, 4, 5, 6)")
    assert "unknown function" not in str(caught.value)
