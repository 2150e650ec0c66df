"""What goes wrong is said for people: what happened, where, and what to do next."""

import json
import socket
import threading

import pytest

import promql
from promql import advice, errors
from tests.promql.backfill import answering, closed_port, message, serve


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


@pytest.mark.parametrize(
    "query, advised",
    [
        ("http_requests_total[5m] # all", "rate(http_requests_total[5m])"),
        ("# all\nhttp_requests_total{a='#'}[5m]", "rate(http_requests_total{a='#'}[5m])"),
        ("up[5m]", "avg_over_time(up[5m])"),
        ("rate(http_requests_total[5m])[1h:]", "avg_over_time(rate(http_requests_total[5m])[1h:])"),
    ],
)
def test_what_makes_a_range_vector_one_number(prometheus, query, advised):
    text = message(errors.QueryError, prometheus.query_range, query)
    assert text.startswith(f"{query}\nThis is a range vector") and text.endswith(f"\n    {advised}")
    assert prometheus.formatted(advised)


def test_too_many_points(prometheus, backfilled):
    text = message(
        errors.TooManyPoints, prometheus.query_range, "vector(1)", backfilled.start - 86_400 * 200, step="1s"
    )
    assert "points of each series, and 11,000,000 are the most" in text and text.endswith("s needs one request.")


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


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A Prometheus that gives no query more than a millisecond."""
    with serve(tmp_path_factory.mktemp("impatient"), "# EOF\n", "global: {}", "--query.timeout=1ms") as url:
        yield url


def test_a_query_that_takes_too_long(impatient):
    """2.6 million steps: far more than a millisecond on any machine, however late Prometheus looks at its clock."""
    text = message(errors.QueryError, promql.Prometheus(impatient).query, "max_over_time(vector(1)[30d:1s])")
    assert "status 503: query timed out" in text and "connect(url, timeout=120) waits longer." in text


def test_a_query_whose_time_ran_out_in_the_queue():
    assert "timeout=120) waits longer." in str(advice.refused("up", 422, "context deadline exceeded", "execution"))


def test_unreachable(caplog):
    url = closed_port()
    text = message(errors.Unreachable, promql.Prometheus(url).query, "up")
    assert url in text and "Connection refused" in text
    assert "kubectl -n monitoring port-forward svc/prometheus-operated 9090\n" in text
    assert text.endswith(f"Another server? {advice.ANOTHER}")
    assert len([record for record in caplog.records if "Retrying" in record.message]) == 2


def test_unresolvable():
    text = message(errors.Unreachable, promql.Prometheus("http://prometheus.invalid").query, "up")
    assert "does not answer at http://prometheus.invalid: " in text and "Is the name right?" in text


def test_a_server_that_never_answers():
    stop = threading.Event()
    with answering(delay=stop) as (url, seen):
        text = message(errors.Unreachable, promql.Prometheus(url, timeout=2).query, "up")
        stop.set()
    assert "Read timed out" in text and len(seen) == 1  # not asked again


# Answers that are not Prometheus's


@pytest.mark.parametrize(
    "status, remedy, waiting_helps",
    [
        (400, "Is this the address of a Prometheus", False),
        (401, "It wants a login", False),
        (403, "The login may lack a right, or a firewall", False),
        (404, "Is this the address of a Prometheus", False),
        (405, "It takes neither POST nor GET there", False),
        (407, "The proxy wants a login", False),
        (413, "The query is too long for a gateway", False),
        (418, "Is this the address of a Prometheus", False),
        (429, "It was asked too often", True),
        (500, "its log says why", False),
        (501, "It does not know this kind of request", False),
        (502, "A gateway got no answer from Prometheus in time", True),
        (503, "a Prometheus that starts reads its write-ahead log first", True),
        (504, "A gateway got no answer from Prometheus in time", True),
    ],
)
def test_the_advice_fits_the_status(status, remedy, waiting_helps):
    page = b"<html><head><title>Oh</title><style>p {}</style></head><body><p>Nothing&nbsp;here</p></body></html>"
    with answering(status, page) as (url, _), pytest.raises(errors.PrometheusError) as caught:
        promql.Prometheus(url).query("up")
    first, said = str(caught.value).splitlines()
    assert first.startswith(f"{url} answers with status {status}, not like Prometheus. ") and remedy in first
    assert said == "Oh Nothing here" and (caught.value.status, caught.value.waiting_helps) == (status, waiting_helps)
    assert isinstance(caught.value, errors.LoginRequired) == (status in (401, 407))


@pytest.mark.parametrize(
    "status, headers, body, remedy",
    [
        (302, {"Location": "/login?next=/api&state=hush"}, b"", "It wants a login"),
        (302, {"Location": "https://sso.corp.example/oauth2/start?rd=hush"}, b"", "It wants a login"),
        (200, {}, b'<form><input name="p" type="password"></form>', "It wants a login"),
        (200, {}, b"<html><title>Sign in - Corp</title></html>", "It wants a login"),
        (200, {}, b"<html><title>It works!</title></html>", "Is this the address of a Prometheus"),
        (200, {}, b'{"version": "1.0"}', "Is this the address of a Prometheus"),
        (200, {}, b"", "Is this the address of a Prometheus"),
        (301, {"Location": "https://prom.corp.example/api/v1/query"}, b"", "connect to https://prom.corp.example"),
        (308, {"Location": "/prometheus/api/v1/query?a=hush"}, b"", "/prometheus"),
        (429, {"Retry-After": "17"}, b"", "It asks for 17 s of patience."),
        (401, {}, b"no org id", "connect(url, headers={'X-Scope-OrgID': 'tenant'})"),
        (403, {}, b'{"error": {"code": 403, "message": "lacks monitoring.timeSeries.list"}}', "lacks monitoring.time"),
    ],
)
def test_login_pages_redirects_and_other_programs(status, headers, body, remedy):
    with answering(status, body, list(headers.items())) as (url, seen):
        text = message(errors.PrometheusError, promql.Prometheus(url).query, "up")
    assert remedy in text and "hush" not in text and len(seen) == 1  # a redirect is not followed


@pytest.mark.parametrize(
    "status, kind, waiting_helps",
    [(422, "execution", False), (503, "timeout", False), (503, "unavailable", True), (429, "too_many_requests", True)],
)
def test_prometheus_own_refusals(status, kind, waiting_helps):
    body = json.dumps({"status": "error", "errorType": kind, "error": "because"}).encode()
    with answering(status, body) as (url, _), pytest.raises(errors.QueryError) as caught:
        promql.Prometheus(url).query("up")
    assert str(caught.value) == f"up\nPrometheus answered with status {status}: because"
    assert (caught.value.reason, caught.value.status) == (str(caught.value)[3:], status)
    assert caught.value.waiting_helps == waiting_helps


@pytest.mark.parametrize("data", [{}, {"resultType": "", "result": None}, [], "none"])
def test_a_refusal_may_come_with_any_data(data):
    body = json.dumps({"status": "error", "errorType": "bad_data", "error": "because", "data": data}).encode()
    with answering(400, body) as (url, _):
        for ask in (promql.Prometheus(url).query, promql.Prometheus(url).query_range):
            assert message(errors.QueryError, ask, "up").endswith("because")


@pytest.mark.parametrize("data", [[], "none", {"resultType": 1, "result": 1}])
def test_an_answer_in_no_form_of_prometheus(data):
    with answering(body=json.dumps({"status": "success", "data": data}).encode()) as (url, _):
        for ask in (promql.Prometheus(url).query, promql.Prometheus(url).query_range):
            assert "Is this the address of a Prometheus" in message(errors.PrometheusError, ask, "up")


def test_an_answer_that_breaks_off():
    with answering(body=b'{"status": "success"', headers=[("Content-Length", "1000")]) as (url, _):
        with pytest.raises(errors.PrometheusError, match=f"at {url}") as caught:
            promql.Prometheus(url, timeout=0.1).query("up")
    assert caught.value.__context__ is None  # which would keep a socket open, and the secrets in its frames


def test_a_port_that_hangs_up_may_speak_tls():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert "It may speak TLS at that port" in message(errors.Unreachable, promql.Prometheus(url).query, "up")


def test_no_server_is_known():
    assert message(promql.PrometheusError, promql.Prometheus) == (
        "No Prometheus is connected. Set PROMETHEUS_URL to its address or, while that is not set, "
        "write promql.connect('http://localhost:9090')."
    )
    assert message(promql.PrometheusError, promql.connect, "localhost:9090").startswith(
        "'localhost:9090' is not the address of a Prometheus. Its form is https://host:9090 or http://host/path."
    )


@pytest.mark.parametrize(
    "status, kind, remedy",
    [(401, errors.LoginRequired, "It does not accept the login"), (403, errors.PrometheusError, "may lack a right")],
)
def test_a_login_that_is_refused_in_prometheus_own_form(status, kind, remedy):
    """As Grafana Cloud does."""
    body = json.dumps({"status": "error", "error": "invalid scope requested"}).encode()
    with answering(status, body) as (url, _):
        text = message(kind, promql.Prometheus(url, token="hush").query, "up")
    assert remedy in text and text.endswith("\ninvalid scope requested")


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "streams", "result": [{"stream": {"a": "b"}, "values": [["1", "a line of a log"]]}]},
        {"resultType": "vector", "result": [{"metric": {}, "value": [1, "many"], "values": [[1, "many"]]}]},
        {"resultType": "vector", "result": [{"metric": {"a": None}, "value": [1, "1"], "values": [[1, "1"]]}]},
    ],
)
def test_an_answer_of_other_things_than_samples(data):
    with answering(body=json.dumps({"status": "success", "data": data}).encode()) as (url, _):
        for ask in (promql.Prometheus(url).query, promql.Prometheus(url).query_range):
            text = message(errors.PrometheusError, ask, "up")
            assert text.startswith(url) and "Is this the address of a Prometheus" in text


def test_a_query_of_grafana(prometheus):
    text = message(errors.QueryError, prometheus.query, "rate(up[$__rate_interval])")
    assert text.endswith("write 5m for $__rate_interval, or draw the panel by promql.panels.")


def test_a_question_that_is_stopped(monkeypatch):
    """Its frames hold secrets, which a traceback may print."""

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("requests.Session.request", stop)
    with pytest.raises(KeyboardInterrupt) as caught:
        promql.Prometheus("http://127.0.0.1:9", token="hush").query("up")
    assert caught.value.__context__ is None
    assert caught.value._render_traceback_() == ["Stopped before http://127.0.0.1:9 answered."]
