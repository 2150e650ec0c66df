"""A recording rule against its definition."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import promql
from promql import errors, recording
from tests.promql.backfill import START, message, serve
from workbook.waiting import eventually

REQUESTS = "".join(
    f'req_total{{job="{job}",pod="{pod}"}} {n * (pod + 1)} {START + 15 * n}\n'
    for job in "ab"
    for pod in (0, 1)
    for n in range(121)
)
RECORDED = "".join(  # once a minute; one of b's is wrong, one of a's is missing, and c is of nothing
    f'job:req:sum{{job="{job}",team="wine"}} {12 * n + 24 * (job == "b" and n == 20)} {START + 60 * n}\n'
    for job in "abc"
    for n in range(31)
    if (job, n) != ("a", 10)
)
ODD = "".join(f"odd_ratio {'+Inf' if n == 1 else 4 if n == 2 else 'NaN'} {START + 60 * n}\n" for n in range(31))
DEFINITION = "sum by (job) (req_total)"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A Prometheus that holds half an hour of a rule's samples, and of those that they were made of."""
    text = f"# TYPE req counter\n{REQUESTS}# TYPE job:req:sum gauge\n{RECORDED}# TYPE odd_ratio gauge\n{ODD}# EOF\n"
    with serve(tmp_path_factory.mktemp("recorded"), text) as url:
        yield promql.Prometheus(url)


def compare(recorded, expr=DEFINITION):
    return recording.compare(recorded, "job:req:sum", expr, START - 5, START + 1805)


def test_each_sample_is_compared_at_its_own_moment(recorded):
    found = compare(recorded)
    assert found.every == 60_000 and len(found.recorded) == 31
    assert found.recorded.columns.tolist() == ["a", "b", "c"]
    assert found.difference["a"].dropna().abs().max() == 0 and found.difference["a"].isna().sum() == 1
    wrong = found.difference["b"]
    assert wrong[wrong != 0].to_dict() == {pd.Timestamp(START + 1200, unit="s", tz="UTC"): pytest.approx(0.1)}


def test_what_it_tells(recorded):
    assert repr(compare(recorded)).splitlines() == [
        "job:req:sum: 3 series, 31 evaluations, one every 1m.",
        "60 of 61 samples are what the definition gives (98.4%).",
        "The largest difference: 264 instead of 240, 10.00%, at 2026-01-01 00:20:00 UTC, b.",
        "31 samples are recorded, but the definition gives nothing there.",
        "1 samples are given by the definition, but not recorded.",
    ]
    assert "0 of 61 samples" in repr(compare(recorded, f"{DEFINITION} + 1"))


@pytest.mark.parametrize(
    "expr, says",
    [
        ("odd_ratio", "31 of 31 samples are what the definition gives (100.0%)."),
        ("odd_ratio + 1", "30 of 31 samples are what the definition gives (96.8%).\nThe largest difference: 4 inst"),
        ("odd_ratio * 0 + 4", "30 of 31 samples are what the definition gives (96.8%).\nThe largest difference: inf"),
    ],
)
def test_nan_and_infinity_are_samples(recorded, expr, says):
    """Equal to themselves, and farthest from any number."""
    told = repr(recording.compare(recorded, "odd_ratio", expr, START - 5, START + 1805))
    assert says in told and "nothing there" not in told and "not recorded" not in told


def test_its_figure_has_the_definition_dotted(recorded):
    plt.switch_backend("agg")
    axes = compare(recorded).plot()
    lines = {text.get_text(): line for text, line in zip(axes.figure.legends[0].get_texts(), axes.lines, strict=True)}
    assert lines["b"].get_color() == lines["definition, b"].get_color() != lines["a"].get_color()
    assert (lines["b"].get_linestyle(), lines["definition, b"].get_linestyle()) == ("-", ":")
    plt.close("all")


def test_the_definition_that_is_loaded(prometheus):
    """Of a rule that is evaluated each second, and adds the label team."""
    eventually(lambda: len(prometheus.query("job:up:sum[1m]")) > 1, what="samples of the rule", quiet=True)
    found = recording.compare(prometheus, "job:up:sum", start="5m")
    assert found.defined.shape == found.recorded.shape and "team" not in found.recorded.columns.names
    assert (found.difference.stack() == 0).all()


def test_nothing_to_compare(prometheus, recorded, version_3):
    text = message(errors.PrometheusError, recording.compare, prometheus, "job:none:sum")
    assert text.startswith("Nothing was recorded as job:none:sum from ") and "The nearest: job:up:sum." in text
    text = message(errors.PrometheusError, compare, recorded, "")
    assert text == "0 recording rules job:req:sum are loaded. Write the definition as the query."
