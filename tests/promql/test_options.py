"""The options of a magic's line, and the papers that tell them."""

import pytest
from IPython.core.error import UsageError

import promql
from promql import errors, magics, options
from tests import ROOT

EVERY = {*options.VALUED, *options.FLAGS}


@pytest.mark.parametrize(
    "line, given, query",
    [
        ("up", {}, "up"),
        ("--instant up", {"instant": ""}, "up"),
        ("  --start now-2h   --plot sum(up)", {"start": "now-2h", "plot": ""}, "sum(up)"),
        ("--alert 'for 5m' up", {"alert": "for 5m"}, "up"),
        ('--live="5s for 1m" up == "a"', {"live": "5s for 1m"}, 'up == "a"'),
        ('--unit "" up', {"unit": ""}, "up"),
        ("up --instant", {}, "up --instant"),
        ("- -up", {}, "- -up"),
        ("--table", {"table": ""}, ""),
    ],
)
def test_parsing(line, given, query):
    assert options.parse(line) == (given, query)


@pytest.mark.parametrize("line", ["--frob up", "--start", "--instantly up", "--alert", "--table=yes up", "--up"])
def test_what_is_no_option(line):
    with pytest.raises(UsageError, match=f"does not understand '{line.split()[0]}'"):
        options.parse(line)


@pytest.mark.parametrize(
    "line, says",
    [
        ("--isntant up", "Is --instant meant"),
        ("--start", "needs a value: --start VALUE"),
        ("--frob up", "`%promql\\?`"),
    ],
)
def test_what_may_be_meant(line, says):
    with pytest.raises(UsageError, match=says):
        options.parse(line)


@pytest.mark.parametrize(
    "given, query, says",
    [
        ({"as": "2x"}, "up", "--as takes the name of a variable, and '2x' is none"),
        ({"as": "for"}, "up", "--as takes the name of a variable, and 'for' is none"),
        ({}, "up --instant", "before the query: %promql --instant up"),
        ({}, "up --start=2h --instant", "before the query: %promql --start=2h --instant up"),
        ({}, "up --start 2h", "before the query: %promql --start 2h up"),
    ],
)
def test_what_is_named_or_placed_wrongly(given, query, says):
    with pytest.raises(UsageError, match=says):
        options.check(given, query)
    options.check({"as": "x2"}, "up - -instant")


@pytest.mark.parametrize(
    "pair",
    [("explain", "live"), ("alert", "record"), ("live", "table"), ("panel", "compare"), ("instant", "record")]
    + [("heatmap", "log"), ("heatmap", "stack"), ("history", "table"), ("history", "start"), ("instant", "start")]
    + [("instant", "step"), ("instant", "unit")]
    + [("table", name) for name in ("unit", "log", "stack", "exemplars", "heatmap")],
)
def test_what_does_not_go_together(pair):
    with pytest.raises(UsageError):
        options.check(dict.fromkeys(pair, "x"))
    options.check(dict.fromkeys([pair[0], "as"], "x"))


@pytest.mark.parametrize(
    "given", ["instant plot unit", "table plot log", "table panel stack", "instant panel start unit"]
)
def test_what_a_figure_or_a_panel_has_besides(given):
    options.check(dict.fromkeys(given.split(), "x"))


@pytest.mark.parametrize("paper", [(ROOT / "promql" / "README.md").read_text(), magics.PromQL.promql.__doc__])
def test_every_option_is_told(paper):
    assert not [name for name in EVERY if f"--{name}" not in paper]


def test_what_the_package_offers():
    """Every error of the tree among it, and each with a word on what it is."""
    tree = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert tree <= set(promql.__all__) and all(getattr(promql, name).__doc__ for name in promql.__all__)
    kinds = [getattr(promql, name) for name in tree - {"PrometheusWarning"}]
    assert all(issubclass(kind, promql.PromQLError) for kind in kinds)
