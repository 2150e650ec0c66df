"""Native histograms: their estimates are those of Prometheus, and their buckets add up."""

import itertools
import math
import subprocess

import numpy as np
import pandas as pd
import pytest
import yaml

import promql
from promql import histograms
from promql.histograms import Bucket, Histogram
from workbook import programs
from workbook.waiting import eventually

ASKED = 'prometheus_http_request_duration_seconds{handler="/api/v1/label/:name/values"}'
LATENCY = "prometheus_http_request_duration_seconds"
SHARES = (0, 0.01, 0.25, 0.4999, 0.5, 0.75, 0.9, 0.99, 1)


def exponential(schema, first, counts):
    """Buckets of an exponential schema from that index on, those without observations left out."""
    base = 2**2**-schema
    return [Bucket(base ** (first + n - 1), base ** (first + n), c) for n, c in enumerate(counts) if c]


def negative(buckets):
    return [Bucket(-high, -low, count) for low, high, count in reversed(buckets)]


def custom(ends, counts):
    return [
        Bucket(*pair, count) for pair, count in zip(itertools.pairwise((-math.inf, *ends, math.inf)), counts) if count
    ]


HISTOGRAMS = {  # as promtool writes them, and as they come in an answer
    "{{schema:0 sum:30 count:10 buckets:[1 4 5]}}": exponential(0, 0, [1, 4, 5]),
    "{{schema:3 sum:30 count:12 offset:-20 buckets:[1 0 0 4 0 5 2]}}": exponential(3, -20, [1, 0, 0, 4, 0, 5, 2]),
    "{{schema:1 sum:3 count:20 z_bucket:5 z_bucket_w:0.001 buckets:[5 10]}}": [
        Bucket(-0.001, 0.001, 5),
        *exponential(1, 0, [5, 10]),
    ],
    "{{schema:1 sum:-3 count:20 z_bucket:5 z_bucket_w:0.01 n_buckets:[5 10]}}": [
        *negative(exponential(1, 0, [5, 10])),
        Bucket(-0.01, 0.01, 5),
    ],
    "{{schema:-1 sum:3 count:26 z_bucket:6 z_bucket_w:0.25 buckets:[5 5] n_buckets:[4 6]}}": [
        *negative(exponential(-1, 0, [4, 6])),
        Bucket(-0.25, 0.25, 6),
        *exponential(-1, 0, [5, 5]),
    ],
    "{{schema:0 sum:0 count:5 z_bucket:5 z_bucket_w:0.001}}": [Bucket(-0.001, 0.001, 5)],
    "{{schema:-53 sum:9 count:16 custom_values:[0.1 0.25 1] buckets:[3 8 1 4]}}": custom((0.1, 0.25, 1), [3, 8, 1, 4]),
    "{{schema:-53 sum:9 count:9 custom_values:[-5 -1 2] buckets:[3 1 5]}}": custom((-5, -1, 2), [3, 1, 5, 0]),
}


@pytest.fixture(scope="module")
def promtool():
    found = str(programs.find("promtool"))
    if "version 2." in subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("promtool 2 knows no native histograms")
    return found


def refuted(promtool, folder, held, expr, **literals):
    """What promtool says if the estimates from `held` are not those that PromQL makes of `expr`, else ""."""
    ours = {f"histogram_quantile({q}, {expr})": held.quantile(q) for q in SHARES}
    pairs = itertools.combinations((-7, -1.5, -0.005, 0, 0.0002, 0.12, 0.2, 0.9, 1.3, 3), 2)
    ours |= {f"histogram_fraction({low}, {high}, {expr})": held.fraction(low, high) for low, high in pairs}
    same = [f"abs({expr} - ({value!r})) <= bool 1e-12" for expr, value in ours.items()]
    tests = [{"expr": expr, "eval_time": "0", "exp_samples": [{"labels": "{}", "value": 1}]} for expr in same]
    series = [{"series": name, "values": literal} for name, literal in literals.items()]
    (folder / "test.yml").write_text(yaml.safe_dump({"tests": [{"input_series": series, "promql_expr_test": tests}]}))
    done = subprocess.run([promtool, "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True)
    return done.returncode and done.stdout + done.stderr


def totals(literal):
    return (float(literal.partition(f"{key}:")[2].split()[0].rstrip("}")) for key in ("count", "sum"))


@pytest.mark.parametrize("literal", HISTOGRAMS)
def test_quantiles_and_fractions_are_those_of_prometheus(promtool, literal, tmp_path):
    held = Histogram(*totals(literal), tuple(HISTOGRAMS[literal]))
    assert not refuted(promtool, tmp_path, held, "x", x=literal)


@pytest.mark.parametrize("literal", [one for one in HISTOGRAMS if "z_bucket" not in one])
def test_estimates_of_counts_below_zero(promtool, literal, tmp_path):
    held = Histogram(
        *(-total for total in totals(literal)), tuple(b._replace(count=-b.count) for b in HISTOGRAMS[literal])
    )
    assert not refuted(promtool, tmp_path, held, "-x", x=literal)


@pytest.mark.parametrize("less", [[9, 1, 1], [1, 1, 9], [0, 1, 2], [2, 9, 1], [9, 9, 9, 9]])
def test_estimates_of_a_difference(promtool, less, tmp_path):
    literal = "{{{{schema:0 sum:{0} count:{0} buckets:[{1}]}}}}"
    x, y = (literal.format(sum(counts), " ".join(map(str, counts))) for counts in ([1, 4, 5], less))
    left = [one - other for one, other in itertools.zip_longest([1, 4, 5], less, fillvalue=0)]
    held = Histogram(sum(left), sum(left), tuple(exponential(0, 0, left)))
    assert not refuted(promtool, tmp_path, held, "x - y", x=x, y=y)


def test_estimates_that_make_no_sense():
    held = Histogram(3, 6, (Bucket(1, 2, 3),))
    assert (held.quantile(-0.1), held.quantile(1.1)) == (-math.inf, math.inf) and held.mean == 2
    assert math.isnan(held.quantile(math.nan)) and math.isnan(held.fraction(0, math.nan)) and held.fraction(2, 1) == 0
    empty = Histogram(0, 0, ())
    assert math.isnan(empty.quantile(0.5)) and math.isnan(empty.fraction(0, 1)) and math.isnan(empty.mean)
    assert (repr(held), repr(empty)) == ("<3 observations, sum 6, 1 to 2>", "<0 observations, sum 0>")


@pytest.fixture
def latencies(prometheus, version_3):
    """A Prometheus that has scraped native histograms of its own, and the last moment of which they are known."""
    prometheus.label_values("job")
    newest = eventually(lambda: prometheus.query(f"max(timestamp({ASKED}))"), what="a native histogram", quiet=True)
    return prometheus, newest["value"].item()


def test_an_instant_of_histograms(latencies):
    prometheus, moment = latencies

    def by_handler(query):
        return prometheus.query(query, moment).set_index("handler").iloc[:, -1]  # the target has a label `value`

    held, counts = by_handler(LATENCY), by_handler(f"histogram_count({LATENCY})")
    for handler, histogram in held.items():
        assert isinstance(histogram, promql.Histogram) and histogram.count == counts[handler]
        assert sum(bucket.count for bucket in histogram.buckets) == histogram.count
    for q in SHARES:
        theirs = by_handler(f"histogram_quantile({q}, {LATENCY})")
        assert held.map(lambda histogram, q=q: histogram.quantile(q)).to_dict() == pytest.approx(theirs.to_dict())


def test_a_range_of_histograms(latencies):
    prometheus, moment = latencies
    frame = prometheus.query_range(f"sum({ASKED})", moment - 5, moment, 1)
    assert frame.dtypes.tolist() == [object] and histograms.has_histograms(frame)
    theirs = prometheus.query_range(f"histogram_quantile(0.9, sum({ASKED}))", moment - 5, moment, 1)
    shares = prometheus.query_range(f"histogram_fraction(0, 0.001, sum({ASKED}))", moment - 5, moment, 1)
    np.testing.assert_allclose(histograms.fraction(frame, 0, 0.001).astype(float), shares.reindex(frame.index))
    ours = histograms.quantile(frame, 0.9)
    np.testing.assert_allclose(ours.astype(float), theirs.reindex(ours.index))
    cells = histograms.buckets(frame)
    assert cells.columns.names == ["low", "high"] and cells.columns.is_monotonic_increasing
    assert cells.iloc[-1].sum() == frame["value"].iloc[-1].count


def test_raw_histograms(latencies):
    prometheus, moment = latencies
    frame = prometheus.query(f"{ASKED}[10s]", moment)
    assert isinstance(frame["value_"].iloc[-1], Histogram) and frame["timestamp"].iloc[-1].timestamp() == moment


def test_numbers_and_histograms_in_one_answer(latencies):
    prometheus, moment = latencies
    frame = prometheus.query(f'sum({LATENCY}) or label_replace(vector(7), "a", "b", "", "")', moment)
    assert [type(one) for one in frame["value"]] == [Histogram, float]


def test_buckets_of_several_series_add_up():
    times = pd.date_range("2026-01-01", periods=3, freq="1min", tz="UTC")
    one, other = Histogram(3, 1, (Bucket(1, 2, 3),)), Histogram(5, 1, (Bucket(0.5, 1, 4), Bucket(1, 2, 1)))
    frame = pd.DataFrame({"a": [one, math.nan, one], "b": [other, math.nan, math.nan]}, times)
    cells = histograms.buckets(frame)
    assert cells.columns.tolist() == [(0.5, 1), (1, 2)]
    np.testing.assert_array_equal(cells, [[4, 4], [math.nan, math.nan], [0, 3]])
    assert not histograms.has_histograms(cells)
