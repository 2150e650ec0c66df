"""The client against a real Prometheus: types of answers, errors, what a server knows, what goes over the wire."""

import json
import math
import socket
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta, timezone

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from promql import client, errors, figures, frames, hints, syntax, times
from tests.promql.backfill import COUNT, STEP, answering
from workbook import promql
from workbook.cluster import eventually

CELSIUS = "room_temperature_celsius"


@pytest.fixture(autouse=True)
def no_server_of_before(monkeypatch):
    monkeypatch.setattr(client, "_connected", None)
    monkeypatch.delenv("PROMETHEUS_URL", raising=False)


@pytest.fixture
def prometheus(backfilled):
    return promql.connect(backfilled.url)


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def version_3(prometheus):
    if prometheus._get("status/buildinfo")["version"].startswith("2."):
        pytest.skip("Prometheus 2 does not have this")


# Answers


def test_instant_is_tidy(prometheus, backfilled):
    frame = prometheus.query(CELSIUS, backfilled.end)
    assert list(frame.columns) == ["__name__", "floor", "room", "value"]
    assert frame["floor"].tolist() == ["1", "", ""] and frame["value"].dtype == float
    assert frame.set_index("room")["value"]["attic"] == COUNT - 1


def test_range_is_wide_in_utc(prometheus, backfilled):
    frame = prometheus.query_range(CELSIUS, backfilled.start, backfilled.end, "15s")
    assert frame.columns.names == ["__name__", "floor", "room"] and frame.shape == (COUNT, 3)
    assert (
        frame.index[0] == pd.Timestamp("2026-01-01T00:00Z")
        and str(frame.index.tz) == "UTC"
        and frame.index.name == "time"
    )
    assert promql.legend(frame) == ["1, attic", "cellar", "hall"]
    assert promql.legend(frame, "{{room}} {{ floor }}!") == ["attic 1!", "cellar !", "hall !"]
    written = [value for _, value in backfilled.series[CELSIUS, (("room", "hall"),)]]
    assert frame[CELSIUS, "", "hall"].tolist() == written


def test_columns_of_one_label_and_of_none(prometheus, backfilled):
    one = prometheus.query_range("sum by (code) (http_requests_total)", backfilled.start, backfilled.end, "5m")
    assert list(one) == ["200", "400", "500"] and one.columns.name == "code"
    none = prometheus.query_range("sum(http_requests_total)", backfilled.start, backfilled.end, "5m")
    assert list(none) == ["value"] and frames.labels(none) == [{}] and promql.legend(none) == ["value"]


def test_gaps_are_rows_of_nan(prometheus, backfilled):
    frame = prometheus.query_range(CELSIUS + '{room="attic"}', backfilled.start + 1, backfilled.end + 1, STEP)
    column = frame.iloc[:, 0]
    stale = 300 // STEP  # samples later, the last one counts no more
    assert len(frame) == COUNT and column.isna().sum() == 199 - (100 + stale - 1)
    assert column.iloc[99] == 99 and math.isnan(column.iloc[150]) and column.iloc[200] == 200


def test_a_series_that_begins_late_and_one_that_ends_early(prometheus, backfilled):
    start, end = backfilled.start - 599, backfilled.end + 1201
    frame = prometheus.query_range(CELSIUS + '{room="hall"}', start, end, 60)
    known = frame.iloc[:, 0].dropna()
    assert len(frame) == (end - start) // 60 + 1
    assert known.index[0].timestamp() == backfilled.start + 1 and known.index[-1].timestamp() == backfilled.end + 241


def test_the_last_instant_is_the_last_on_the_grid(prometheus, backfilled):
    frame = prometheus.query_range("vector(time())", backfilled.start, backfilled.start + 100, 30)
    assert frame["value"].tolist() == [backfilled.start + n for n in (0, 30, 60, 90)]
    one = prometheus.query_range("vector(time())", backfilled.start, backfilled.start, 30)
    assert one["value"].tolist() == [backfilled.start]


def test_a_start_before_the_end(prometheus):
    frame = prometheus.query_range("vector(time())", "1h", "2026-01-01T12:00Z", "30m")
    assert frame.index.strftime("%H:%M").tolist() == ["11:00", "11:30", "12:00"]
    assert prometheus.query_range("vector(1)", end="2026-01-01T12:00Z").index[0] == pd.Timestamp("2026-01-01T11:45Z")
    now = prometheus.query_range("vector(1)", "now-1m", "now+1m", "1m").index
    assert now[1] == now[0] + timedelta(minutes=1) and abs(now[1] - pd.Timestamp.now("UTC")) < timedelta(seconds=30)


def test_grid_of_milliseconds(prometheus):
    frame = prometheus.query_range("vector(time())", "2026-01-01T00:00:00.123Z", "2026-01-01T00:00:01.123Z", "100ms")
    assert len(frame) == 11 and frame["value"].tolist() == pytest.approx(
        frame.index.as_unit("ms").asi8 / 1000, abs=1e-6
    )


def test_odd_numbers(prometheus, backfilled):
    expected = [math.nan, math.inf, -math.inf, 1e300, 5e-324, -0.0, 0.1, 1e21]
    instant = prometheus.query("odd_values[5m]", backfilled.start + 200)
    wide = prometheus.query_range("odd_values", backfilled.start, backfilled.start + 15 * 7, 15)
    for found in (instant["value"], wide.iloc[:, 0]):
        np.testing.assert_array_equal(found, expected)
        assert math.copysign(1, found.iloc[5]) == -1
    single = prometheus.query("odd_values", backfilled.start + 20)
    assert single["value"].tolist() == [math.inf]


def test_range_vector_as_instant(prometheus, backfilled):
    frame = prometheus.query(CELSIUS + "[1m]", backfilled.end + 1)
    assert list(frame.columns) == ["__name__", "floor", "room", "timestamp", "value"] and len(frame) == 12
    attic = frame[frame["room"] == "attic"]
    assert attic["value"].tolist() == [COUNT - n for n in (4, 3, 2, 1)]
    assert attic["timestamp"].iloc[-1] == pd.Timestamp(backfilled.end, unit="s", tz="UTC")


def test_scalar_and_string(prometheus, backfilled):
    assert prometheus.query("1 / 0")["value"].tolist() == [math.inf]
    assert prometheus.query('"a \\"text\\""')["value"].tolist() == ['a "text"']
    frame = prometheus.query_range("scalar(sum(up)) * 0 + 7", "now-1m", "now", "1m")
    assert list(frame) == ["value"]


def test_labels_keep_their_names(prometheus, backfilled):
    """Labels named like our columns, whose text has quotes, braces and a newline."""
    text = 'a "quoted" \\ {brace}\nµ'
    instant = prometheus.query("odd_labels", backfilled.end)
    assert instant.iloc[0].to_dict() == {
        "__name__": "odd_labels",
        "le": "1",
        "timestamp": "then",
        "value": text,
        "value_": 3,
    }
    raw = prometheus.query("odd_labels[20s]", backfilled.end)
    assert list(raw.columns) == ["__name__", "le", "timestamp", "value", "timestamp_", "value_"]
    wide = prometheus.query_range("odd_labels", backfilled.start, backfilled.end)
    assert frames.labels(wide) == [{"__name__": "odd_labels", "le": "1", "timestamp": "then", "value": text}]


def test_series_with_differing_labels(prometheus, backfilled):
    frame = prometheus.query_range('{__name__=~"odd_labels|odd_values"}', backfilled.start, backfilled.start + 60, 15)
    assert [set(one) for one in frames.labels(frame)] == [
        {"__name__", "le", "timestamp", "value"},
        {"__name__", "kind"},
    ]


def test_empty(prometheus, backfilled):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the names exist: no hint
        instant = prometheus.query(CELSIUS + " > 1e9", backfilled.end)
        wide = prometheus.query_range(CELSIUS + " > 1e9", backfilled.start, backfilled.end, "1m")
        raw = prometheus.query(CELSIUS + "[1m]", backfilled.start - 60)
    assert list(instant.columns) == ["value"] and instant["value"].dtype == float
    assert (
        list(raw.columns) == ["timestamp", "value"]
        and raw["value"].dtype == float
        and str(raw["timestamp"].dt.tz) == "UTC"
    )
    assert wide.shape == (121, 0) and str(wide.index.tz) == "UTC"
    assert instant.empty and wide.empty and raw.empty and promql.legend(wide) == []


def test_native_histograms_are_an_error_of_their_own(prometheus, version_3):
    histogram = "prometheus_http_request_duration_seconds"
    eventually(lambda: histogram in prometheus.values("__name__"), 30, "a native histogram", quiet=True)
    eventually(lambda: prometheus.query(f"count({histogram})"), 30, "a sample of it", quiet=True)
    for ask, times_asked in (prometheus.query, ["now"]), (prometheus.query_range, ["now-1m", "now+5s"]):
        with pytest.raises(errors.NativeHistogramError, match=r"histogram_quantile\(0.95"):
            ask(histogram, *times_asked)


def test_warnings_are_shown(prometheus, backfilled, version_3):
    with pytest.warns(promql.PrometheusWarning, match="between 0 and 1") as caught:
        prometheus.query("quantile(2, http_requests_total)", backfilled.end)
    assert caught[0].filename == __file__  # it points at the caller
    with pytest.warns(promql.PrometheusWarning, match="might not be a counter"):
        prometheus.query_range(f"rate({CELSIUS}[5m])", backfilled.start, backfilled.end)


# Times


@pytest.mark.parametrize(
    "written, ms",
    [
        ("15s", 15e3),
        ("1h30m", 54e5),
        ("1.5h", 54e5),
        ("2d", 1728e5),
        ("250ms", 250),
        ("1w", 6048e5),
        (90, 9e4),
        (0.5, 500),
    ]
    + [("90", 9e4), (timedelta(minutes=2), 12e4), (pd.Timedelta("2min"), 12e4), (np.int64(3), 3e3)],
)
def test_duration(written, ms):
    assert times.duration(written) == ms


NOON = 1_767_268_800_000  # 2026-01-01 12:00 UTC


@pytest.mark.parametrize(
    "written, ms",
    [
        ("now", 7e9),
        ("now-1h", 7e9 - 36e5),
        ("now - 1h30m", 7e9 - 54e5),
        ("now+5m", 7e9 + 3e5),
        ("15m", 7e9 - 9e5),
        ("-15m", 7e9 - 9e5),
    ]
    + [("2026-01-01T12:00Z", NOON), ("2026-01-01 13:00+01:00", NOON), (NOON / 1000, NOON), (str(NOON / 1000), NOON)]
    + [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), NOON),
        (datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=-5))), NOON),
    ]
    + [(pd.Timestamp("2026-01-01 21:00", tz="Asia/Tokyo"), NOON), (np.float64(NOON / 1000), NOON)],
)
def test_instant(written, ms):
    assert times.instant(written, now=7e9) == ms


@pytest.mark.parametrize("wrong", ["yesterday", "now-1", "now-1fortnight", "", None, "nan", "inf", [1]])
def test_not_an_instant(wrong):
    with pytest.raises(errors.InvalidTime, match="is not an instant. Write now, now-1h"):
        times.instant(wrong, now=7e9)


@pytest.mark.parametrize("wrong", [1_767_225_600_000, "1767225600000", -1e14, "now+9000y"])
def test_an_instant_that_no_calendar_has(prometheus, wrong):
    text = message(errors.InvalidTime, prometheus.query_range, "up", start=wrong)
    assert text.endswith("is not in the years 1 to 9999. Milliseconds? Give seconds.") and str(wrong) in text


@pytest.mark.parametrize("wrong", ["", "5 minutes", "m", "1.2.3s", "-5m", "nan", "inf", None])
def test_not_a_duration(wrong):
    with pytest.raises(ValueError, match="is not a duration. Write 15s, 5m"):
        times.duration(wrong)


@pytest.mark.parametrize("naive", [datetime(2026, 1, 1), pd.Timestamp("2026-01-01"), "2026-01-01", "2026-01-01T12:00"])
def test_an_instant_without_a_zone_could_mean_several(prometheus, naive):
    with pytest.raises(errors.InvalidTime, match="has no time zone"):
        prometheus.query("up", naive)


@pytest.mark.parametrize(
    "length, step", [("5m", 2), ("15m", 5), ("1h", 15), ("6h", 120), ("1d", 600), ("30d", 21600), ("1s", 1)]
)
def test_steps_are_round(length, step):
    assert times.nice_step(0, times.duration(length)) == step * 1000


# Errors


def message(kind, ask, *arguments, **options):
    with pytest.raises(kind) as caught:
        ask(*arguments, **options)
    assert issubclass(kind, promql.PrometheusError)
    assert caught.value._render_traceback_() == [str(caught.value)]  # a notebook shows the message alone
    return str(caught.value)


def test_parse_error_has_a_caret(prometheus):
    query = 'sum by (job) (\n  µ{a="é"} rate(up[5m])\n)'
    text = message(errors.QueryError, prometheus.query, query).splitlines()
    assert text[:2] == query.splitlines()[:2] and text[3] == ")" and text[4].startswith("parse error: unexpected")
    assert text[2].strip() == "^" and query.splitlines()[1][text[2].index("^")] == "µ"


def test_caret_counts_characters_not_bytes(prometheus):
    query = 'up{job="ééé"} up'
    lines = message(errors.QueryError, prometheus.query_range, query).splitlines()
    assert lines[0] == query and lines[1].index("^") == len(query) - 2


def test_caret_at_the_end(prometheus):
    assert (
        message(errors.QueryError, prometheus.query, "sum(up")
        == "sum(up\n      ^\nparse error: unclosed left parenthesis"
    )


def test_range_vector_in_a_graph(prometheus):
    text = message(errors.QueryError, prometheus.query_range, " http_requests_total[5m]\n")
    assert text.startswith("http_requests_total[5m]\nThis is a range vector") and text.endswith(
        "\n    rate(http_requests_total[5m])"
    )


def test_too_many_points(prometheus, backfilled):
    start, end = backfilled.start, backfilled.start + 11_001 * 7
    assert len(prometheus.query_range("vector(1)", start, end - 7, 7)) == 11_001
    text = message(errors.TooManyPoints, prometheus.query_range, "vector(1)", start, end, "7s")
    assert "2026-01-01 00:00:00 UTC to 2026-01-01 21:23:27 UTC by 7s makes 11,001 points" in text
    assert text.endswith("Prometheus gives at most 11,000: a step of 8s fits.")
    assert len(prometheus.query_range("vector(1)", start, end, "8s")) == 11_001 * 7 // 8 + 1


def test_a_range_that_ends_before_it_starts(prometheus):
    text = message(errors.InvalidTime, prometheus.query_range, "up", "2026-01-02T00:00Z", "2026-01-01T00:00Z")
    assert text == "The range ends (2026-01-01 00:00:00 UTC) before it starts (2026-01-02 00:00:00 UTC)."


@pytest.mark.parametrize("step", [0, "0s"])
def test_step_of_nothing(prometheus, step):
    assert message(errors.InvalidTime, prometheus.query_range, "up", step=step) == "The step must be longer than zero."


def test_prometheus_says_it_itself(prometheus, backfilled):
    text = message(
        errors.QueryError, prometheus.query, "http_requests_total * on(route) http_requests_total", backfilled.end
    )
    assert text.startswith("http_requests_total * on(route)") and "answered with status 422" in text
    assert "many-to-many matching not allowed" in text
    assert message(errors.QueryError, prometheus.labels, "up{").startswith("up{\n   ^\n")


def test_a_query_that_takes_too_long(prometheus, backfilled, version_3):
    """The server gives up first, so that its own words come through."""
    ask = promql.Prometheus(backfilled.url, timeout=0.05).query_range
    text = message(
        errors.QueryError, ask, f"quantile_over_time(0.5, {CELSIUS}[2h:1s])", backfilled.start, backfilled.end, "1s"
    )
    assert "status 503: query timed out" in text


def test_unreachable(caplog):
    url = closed_port()
    started = time.monotonic()
    text = message(errors.Unreachable, promql.Prometheus(url).query, "up")
    assert url in text and "Connection refused" in text
    assert "kubectl -n monitoring port-forward svc/prometheus-operated 9090\n" in text
    assert text.endswith(f"Another server? {errors.ANOTHER}")
    assert len([record for record in caplog.records if "Retrying" in record.message]) == 2
    assert time.monotonic() - started < 5


def test_unresolvable():
    text = message(errors.Unreachable, promql.Prometheus("http://prometheus.invalid").query, "up")
    assert "does not answer at http://prometheus.invalid: " in text


def test_a_server_that_never_answers():
    stop = threading.Event()
    with answering(delay=stop) as (url, seen):
        text = message(errors.Unreachable, promql.Prometheus(url, timeout=-1.5).query, "up")
        stop.set()
    assert "Read timed out" in text and len(seen) == 1  # not asked again


@pytest.mark.parametrize(
    "status, headers, remedy",
    [
        (404, [], "Is this the address of a Prometheus"),
        (200, [], "Is this the address of a Prometheus"),
        (401, [], "may want a login"),
        (302, [("Location", "/login")], "may want a login"),
    ],
)
def test_another_program_answers(status, headers, remedy):
    with answering(status, b"<html>Hello</html>", headers) as (url, _):
        text = message(promql.PrometheusError, promql.Prometheus(url).query, "up")
    assert f"{url} answers with status {status}" in text and remedy in text and text.endswith("<html>Hello</html>")


def test_no_server_is_known():
    assert message(promql.PrometheusError, promql.Prometheus) == (
        "No Prometheus is connected. Set PROMETHEUS_URL to its address or, while that is not set, "
        "write connect('http://localhost:9090')."
    )
    assert message(promql.PrometheusError, promql.connect, "localhost:9090").startswith(
        "'localhost:9090' is not the address"
    )


def test_a_server_that_rounds_times():
    """VictoriaMetrics does; Prometheus never. Samples are not moved silently."""
    series = {"metric": {}, "values": [[1000.5, "1"], [1010.5, "2"]]}
    body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}).encode()
    with answering(body=body) as (url, _):
        text = message(promql.PrometheusError, promql.Prometheus(url).query_range, "up", 1000, 1010, 10)
    assert "a start that is a multiple of the step" in text


# Hints on empty answers


@pytest.mark.parametrize(
    "query, hint",
    [
        ("http_request_total", "There is no metric http_request_total. The nearest: http_requests_total"),
        (
            "sum(rate(http_requests_totl[5m])) / 2",
            "There is no metric http_requests_totl. The nearest: http_requests_total",
        ),
        (
            'rate(http_requests_total{code="20"}[5m])',
            'http_requests_total has no code="20". The nearest: 200, 400, 500.',
        ),
        ('http_requests_total{code=~"6.."}', 'http_requests_total has no code=~"6..". The nearest: 200, 400, 500.'),
        ('http_requests_total{cod="200"}', "http_requests_total has no label cod. The nearest: code, instance, route."),
        ('http_requests_total{code!~".*"}', 'http_requests_total has no code!~".*"'),
        ('{room="kitchen"}', 'The server has no room="kitchen". The nearest: attic, cellar, hall.'),
        ("qqqqqqqqqqqqq", "None of the"),
    ],
)
def test_empty_because_of_a_name(prometheus, backfilled, query, hint):
    with pytest.warns(promql.PrometheusWarning) as caught:
        assert prometheus.query(query, backfilled.end).empty
    assert hint in str(caught[0].message)


@pytest.mark.parametrize(
    "query",
    ['http_requests_total{code="200", route=""}', 'sum by (nothing) (room_temperature_celsius{floor=""} > 1e9)']
    + ['http_requests_total{code=~"(?i:2..)", route="/x"} or vector(1)', "# up{a='b'}\nvector(1) > 2"],
)
def test_no_hint_where_all_names_exist(prometheus, backfilled, query):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prometheus.query(query, backfilled.end)


# What a server knows


def test_metrics(prometheus):
    eventually(lambda: prometheus.query("up"), 30, "the first scrape", quiet=True)
    frame = prometheus.metrics().set_index("name")
    assert list(frame.columns) == ["type", "unit", "help"] and frame.loc["http_requests_total"].tolist() == ["", "", ""]
    assert frame.loc["prometheus_http_requests_total", "type"] == "counter"
    assert frame.loc["go_goroutines", ["type", "help"]].tolist() == [
        "gauge",
        "Number of goroutines that currently exist.",
    ]


def test_labels(prometheus):
    frame = prometheus.labels("http_requests_total").set_index("label")
    assert frame["count"].to_dict() == {"__name__": 1, "code": 3, "instance": 1, "route": 2}
    assert frame["values"]["code"] == ["200", "400", "500"]
    assert "room" in prometheus.labels()["label"].tolist()


def test_targets(prometheus, backfilled):
    eventually(lambda: (prometheus.targets()["health"] == "up").any(), 30, "a target that is up", quiet=True)
    targets = prometheus.targets().set_index("job")
    target = targets.loc["prometheus"]
    assert targets.loc["one day", "lastScrape"] is pd.NaT and targets.loc["one day", "health"] == "unknown"
    assert target["value"] == "taken" and target["scrapeInterval"] == "1s"
    assert target["scrapeUrl"] == f"{backfilled.url}/metrics" and target["lastError"] == ""
    assert 0 < target["lastScrapeDuration"] < 5
    assert abs(pd.Timestamp.now("UTC") - target["lastScrape"]) < timedelta(seconds=30)


def test_rules_and_alerts(prometheus):
    eventually(prometheus.alerts, 30, "an alert", quiet=True)
    rules = prometheus.rules().set_index("name")
    assert rules.loc["job:up:sum", ["group", "type", "query"]].tolist() == ["tests", "recording", "sum by (job) (up)"]
    assert rules.loc["job:up:sum", "labels"] == {"team": "wine"} and rules.loc["AlwaysFiring", "state"] == "firing"
    alert = prometheus.alerts().iloc[0]
    assert alert[["alertname", "severity", "state", "value"]].tolist() == ["AlwaysFiring", "page", "firing", 7.0]
    assert alert["annotations"] == {"summary": "It is always so"} and str(alert["activeAt"].tz) == "UTC"


@pytest.mark.parametrize("label, path", [("room", "room"), ("my.label", "U__my_2e_label"), ("é_x", "U___e9___x")])
def test_labels_of_any_characters_in_a_path(label, path):
    assert client.escape(label) == path


# What goes over the wire


def test_a_query_is_a_body(prometheus, backfilled):
    """Of more characters than an address may have."""
    query = (
        " or ".join(f'http_requests_total{{code="{code}"}}' for code in range(1000)) + " or sum(http_requests_total)"
    )
    assert len(query) > 30_000 and len(prometheus.query(query, backfilled.end)) >= 4


def test_headers_token_and_no_gzip_on_loopback():
    with answering() as (url, seen):
        promql.connect(url, headers={"X-Scope-OrgID": "wine"}, token="secret")
        promql.Prometheus().query("vector(1) > 1", 5)
    sent = seen[0].headers
    assert sent["X-Scope-OrgID"] == "wine" and sent["Authorization"] == "Bearer secret"
    assert sent["Accept-Encoding"] == "identity" and seen[0].path == "/api/v1/query"
    assert "time=5.000" in seen[0].body and "timeout=30000ms" in seen[0].body


@pytest.mark.parametrize(
    "url, near",
    [
        ("http://localhost:9090", True),
        ("http://127.0.0.2", True),
        ("http://[::1]:9090", True),
        ("https://example.com", False),
    ]
    + [
        ("http://10.0.0.1:9090/prometheus", False),
        ("http://localhost.example.com", False),
        ("http://127.evil.com", False),
    ],
)
def test_loopback(url, near):
    assert client.loopback(url) == near


def test_gzip_is_understood(backfilled):
    zipped = promql.Prometheus(backfilled.url, headers={"Accept-Encoding": "gzip"})
    plain = promql.Prometheus(backfilled.url)
    everything = '{__name__=~".+"}', backfilled.start, backfilled.end
    pd.testing.assert_frame_equal(zipped.query_range(*everything), plain.query_range(*everything))


def test_a_token_stays_with_its_server():
    with answering() as (url, seen), answering() as (other, seen_there):
        promql.connect(url, token="secret")
        promql.Prometheus(other).query("vector(1) > 1")
    assert "Authorization" not in seen_there[0].headers and not seen


def test_what_connect_was_given_lasts():
    promql.connect("http://connected.invalid", headers={"X-Scope-OrgID": "wine"}, timeout=120)
    assert promql.Prometheus().timeout == 120 and promql.Prometheus(timeout=2).timeout == 2
    assert promql.Prometheus(token="secret").options == {
        "headers": {"X-Scope-OrgID": "wine"},
        "timeout": 120,
        "token": "secret",
    }
    promql.connect("http://other.invalid")
    assert promql.Prometheus().timeout == 30 and promql.Prometheus().options == {}


@pytest.mark.parametrize("named, said", [("", False), ("http://here.invalid/", False), ("http://own.invalid/", True)])
def test_connect_says_that_the_variable_goes_first(monkeypatch, capsys, named, said):
    monkeypatch.setenv("PROMETHEUS_URL", named)
    promql.connect("http://here.invalid", timeout=120)
    line = "Queries go to http://own.invalid, not to http://here.invalid: PROMETHEUS_URL is set. "
    assert capsys.readouterr().out == (line + 'Unset it: del os.environ["PROMETHEUS_URL"]\n') * said
    asked = promql.Prometheus()
    assert (asked.url, asked.timeout) == (("http://own.invalid", 30) if said else ("http://here.invalid", 120))


def test_which_server(backfilled, monkeypatch):
    promql.connect("http://connected.invalid")
    assert promql.Prometheus().url == "http://connected.invalid"
    monkeypatch.setenv("PROMETHEUS_URL", backfilled.url + "/")
    assert promql.Prometheus().url == backfilled.url
    assert promql.Prometheus("http://given.invalid").url == "http://given.invalid"
    assert len(promql.Prometheus().query("vector(1)")) == 1


# Syntax and units


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


@pytest.mark.parametrize(
    "query, unit",
    [
        ("histogram_quantile(0.95, sum by (le) (rate(request_duration_seconds_bucket[5m])))", "seconds"),
        ("node_memory_bytes", "bytes"),
        ("sum(rate(network_bytes_total[5m]))", "bytes per second"),
        ("rate(http_requests_total[5m])", "per second"),
        ("rate(request_duration_seconds_count[5m])", "per second"),
        ("rate(request_duration_seconds_bucket[5m])", "per second"),
        ("rate(request_duration_seconds_sum[5m]) / rate(request_duration_seconds_count[5m])", ""),
        ("rate(a_bytes_total[5m]) / rate(b_bytes_total[5m])", ""),
        ('node_memory_bytes{path="a/*b"}', "bytes"),
        ("count(node_memory_bytes)", ""),
        ("up", ""),
        ("increase(network_bytes_total[1h])", "bytes"),
        ("wine:latency_seconds:p99", ""),
    ],
)
def test_unit(query, unit):
    assert hints.unit(query) == unit


@pytest.mark.parametrize(
    "query, doubt",
    [
        ("http_requests_total", "rate(http_requests_total[5m])"),
        ("sum(http_requests_total) by (code)", "rate(http_requests_total[5m])"),
        ("request_seconds_bucket", "histogram_quantile(0.95, sum by (le) (rate(request_seconds_bucket[5m])))"),
        ("rate(http_requests_total[5m])", None),
        ("increase(http_requests_total[5m] offset 1h)", None),
        ("sum(max_over_time(http_requests_total[5m]))", None),
        ("count by (code) (http_requests_total)", None),
        ("wine:http_requests_total", None),
        ("go_goroutines", None),
    ],
)
def test_doubts(query, doubt):
    found = hints.doubts(query, pd.DataFrame([[1.0]]))
    assert (len(found) == 1 and doubt in found[0]) if doubt else found == []


def test_too_many_series_for_a_figure():
    assert hints.doubts("up", pd.DataFrame(np.ones((2, 20)))) == []
    assert "21 series are hard to tell apart" in hints.doubts("up", pd.DataFrame(np.ones((2, 21))))[0]


# Figures


@pytest.fixture
def figure():
    plt.switch_backend("agg")
    yield figures.figure
    plt.close("all")


def test_figure_of_a_range(prometheus, backfilled, figure):
    frame = prometheus.query_range(CELSIUS, backfilled.start, backfilled.end)
    axes = figure(frame, f"{CELSIUS}\n", "celsius")
    np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], frame.to_numpy().T)
    assert [text.get_text() for text in axes.figure.legends[0].get_texts()] == ["1, attic", "cellar", "hall"]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (CELSIUS, "UTC", "celsius")
    assert len({line.get_color() for line in axes.lines}) == 3


def test_figure_of_many_series(figure):
    columns = pd.Index([f"pod-{n}" for n in range(30)], name="pod")
    times_shown = pd.date_range("2026-01-01", periods=2, tz="UTC").rename("time")
    axes = figure(pd.DataFrame(np.ones((2, 30)), times_shown, columns), "up")
    box = axes.figure.legends[0]
    assert len(box.get_texts()) == 20 and box.get_title().get_text() == "20 of 30 series"
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines[:20]}
    assert len(looks) == 20  # no two that the legend names look the same
    axes.figure.canvas.draw()
    assert axes.get_position().height * axes.figure.get_figheight() > 2  # inches: the legend does not squeeze the axes


def test_figure_of_a_sample_between_gaps(figure):
    times_shown = pd.date_range("2026-01-01", periods=5, tz="UTC").rename("time")
    axes = figure(pd.DataFrame({"value": [1, np.nan, 2, np.nan, np.inf]}, times_shown), "up")
    assert axes.collections[0].get_offsets()[:2, 1].tolist() == [1, 2] and axes.figure.legends == []


def test_figure_of_an_instant(prometheus, backfilled, figure):
    axes = figure(prometheus.query("topk(2, http_requests_total)", backfilled.end), "topk(2, http_requests_total)")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["500", "400"]
    assert axes.patches[0].get_width() > axes.patches[1].get_width() and axes.yaxis_inverted()


def test_titles(figure):
    frame = pd.DataFrame({"value": [1.0]}, pd.DatetimeIndex(["2026-01-01"], tz="UTC", name="time"))
    assert figure(frame, "# Errors, in percent\n100 * a / b").get_title() == "Errors, in percent"
    dollars = figure(frame, 'sum(up{a=~"x$", b=~"y$"})')
    assert dollars.get_title() == 'sum(up{a=~"x$", b=~"y$"})' and not dollars.title.get_parse_math()
    assert figure(frame, "up + " * 60 + "up").get_title().count("\n") == 3
