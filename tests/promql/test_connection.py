"""How a server is reached: addresses, logins, proxies, certificates, and what goes over the wire."""

import base64
import hmac
import json
import threading
import time
from urllib.parse import urlsplit

import pandas as pd
import pytest
import requests

import promql
from promql import connection, errors, stats
from tests.promql.backfill import NOTHING, answering, message


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
    assert connection.loopback(urlsplit(url).hostname) == near


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
    promql.connect("http://other.invalid")
    assert promql.Prometheus().timeout == 30


@pytest.mark.parametrize("timeout", ["1m30s", 90, pd.Timedelta("90s")])
def test_a_timeout_is_a_duration(timeout):
    with answering() as (url, seen):
        patient = promql.connect(url, timeout=timeout)
        patient.query("vector(1) > 1")
        patient.with_timeout("90s").query("vector(1) > 1")
    assert [one.body.count("timeout=90000ms") for one in seen] == [1, 1]


@pytest.mark.parametrize(
    "timeout, says", [(0, "must be longer than zero"), ("0s", "must be"), ("soon", "is not a duration")]
)
def test_a_timeout_that_is_none(timeout, says):
    for wrong in (promql.connect, promql.Prometheus("http://a.invalid").with_timeout):
        given = ("http://a.invalid",) if wrong is promql.connect else ()
        with pytest.raises(errors.InvalidTime, match=says):
            wrong(*given, timeout=timeout)


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


# Logins


@pytest.fixture
def hidden(capsys):
    """Nothing secret is printed."""
    yield
    said = capsys.readouterr()
    assert "hush" not in said.out + said.err


def test_a_token_that_changes_is_read_anew(tmp_path, hidden):
    tokens, file = iter(["hush 1", "hush 2"]), tmp_path / "token"
    with answering() as (url, seen):
        called, read = promql.Prometheus(url, token=lambda: next(tokens)), promql.Prometheus(url, token=file)
        for number in "12":
            file.write_text(f"file {number}\n")
            called.label_names(), read.label_names()
    assert [one.headers["Authorization"] for one in seen] == [
        *("Bearer hush 1", "Bearer file 1"),
        *("Bearer hush 2", "Bearer file 2"),
    ]


def test_a_token_that_cannot_be_had(tmp_path):
    def token():
        raise PermissionError("the metadata server refuses")

    text = message(errors.PrometheusError, promql.Prometheus("http://a.invalid", token=token).query, "up")
    assert text == "The token could not be read: PermissionError: the metadata server refuses"
    missing = promql.Prometheus("http://a.invalid", token=tmp_path / "token")
    assert "FileNotFoundError" in message(errors.PrometheusError, missing.query, "up")


@pytest.mark.parametrize("secret", ["hush\nhush", "hüsh-ключ"])
def test_a_secret_that_no_header_can_hold(secret, hidden):
    for options in ({"token": secret}, {"headers": {"X-Api-Key": secret}}):
        text = message(
            errors.PrometheusError,
            lambda options=options: promql.Prometheus("http://127.0.0.1:9", **options).query("up"),
        )
        assert text.startswith("A header cannot be sent") and "hush" not in text and "ключ" not in text


def test_a_token_of_the_environment_goes_with_its_address(monkeypatch):
    with answering() as (url, seen), answering() as (other, seen_there):
        monkeypatch.setenv("PROMETHEUS_TOKEN", "hush")
        monkeypatch.setenv("PROMETHEUS_URL", url)
        promql.Prometheus().label_names()
        promql.Prometheus(other).label_names()
    assert seen[0].headers["Authorization"] == "Bearer hush" and "Authorization" not in seen_there[0].headers


def test_a_token_of_the_environment_where_its_address_is_given(monkeypatch, hidden):
    """It is the login there as well, unless another is given."""
    with answering() as (url, seen):
        monkeypatch.setenv("PROMETHEUS_TOKEN", "hush")
        monkeypatch.setenv("PROMETHEUS_URL", f"{url}/")
        promql.connect(url, timeout=60)
        promql.Prometheus().label_names()
        for login in ({"token": "own"}, {"auth": ("a", "b")}, {"headers": {"authorization": "Own c"}}):
            promql.connect(url, **login).label_names()
            promql.Prometheus(**login).label_names()
    sent = [one.headers["Authorization"] for one in seen]
    assert sent == ["Bearer hush", *["Bearer own"] * 2, *["Basic YTpi"] * 2, *["Own c"] * 2]


def test_one_login_is_enough():
    text = message(errors.PrometheusError, promql.Prometheus, "http://a.invalid", token="hush", auth=("a", "hush"))
    assert text == "A token and an auth were given. A server takes one login: leave one of them out."


class Signature(requests.auth.AuthBase):
    """Signs what is sent, as Amazon's SigV4 does: the method, the address and the body."""

    def __call__(self, request):
        body = request.body or ""
        signed = f"{request.method} {request.path_url} {body if isinstance(body, str) else body.decode()}"
        request.headers["Authorization"] = "Test " + hmac.digest(b"hush", signed.encode(), "sha256").hex()
        return request


def test_an_auth_object_signs_each_request():
    with answering() as (url, seen):
        signed = promql.Prometheus(url, auth=Signature())
        signed.query("vector(1) > 1")
        signed.label_values("job", 'up{job="a"}')
    assert seen[0].body and not seen[-1].body
    for one, method in (seen[0], "POST"), (seen[-1], "GET"):
        expected = hmac.digest(b"hush", f"{method} {one.path} {one.body}".encode(), "sha256").hex()
        assert one.headers["Authorization"] == f"Test {expected}"


@pytest.mark.parametrize(
    "options",
    [{"token": "hush"}, {"auth": ("reader", "hush")}, {"headers": {"Authorization": "Bearer hush"}}]
    + [{"headers": {"X-Api-Key": "hush"}}, {"headers": {"Cookie": "session=1; hush"}}, {"token": lambda: "hush"}],
)
def test_what_a_server_echoes_is_masked(options, hidden):
    body = b"<html>Your token 'hush' is not known, Bearer hush"
    for status, kind in ((401, errors.LoginRequired), (500, errors.PrometheusError)):
        with answering(status, body) as (url, _):
            text = message(kind, promql.Prometheus(url, **options).query, "up")
        assert "hush" not in text and "***" in text
    refusal = json.dumps({"status": "error", "errorType": "bad_data", "error": "token hush"}).encode()
    with answering(400, refusal) as (url, _):
        assert "hush" not in message(errors.QueryError, promql.Prometheus(url, **options).query, "up")


def test_an_address_never_shows_its_login(monkeypatch, hidden, capsys):
    with answering() as (url, seen):
        secret = url.replace("://", "://reader:hush@")
        assert repr(promql.connect(secret)) == f"Prometheus({url!r})"
        monkeypatch.setenv("PROMETHEUS_URL", secret.replace("127.0.0.1", "localhost"))
        assert "Queries go to http://localhost:" in (promql.connect(url), capsys.readouterr().out)[1]
        promql.Prometheus().label_names()
    assert seen[0].headers["Authorization"] == "Basic " + base64.b64encode(b"reader:hush").decode()
    for wrong in ("reader:hush@prometheus:9090", "ftp://reader:hush@prometheus"):
        assert "hush" not in message(errors.PrometheusError, promql.Prometheus, wrong)


def test_parameters_of_the_address_go_along(hidden):
    with answering() as (url, seen):
        asked = promql.Prometheus(f"{url}/thanos/?dedup=true&token=hush")
        asked.query("vector(1) > 1")
        asked.label_values("job", limit=5)
    assert asked.url == f"{url}/thanos" and "hush" not in repr(asked)
    assert seen[0].path == "/thanos/api/v1/query?dedup=true&token=hush"
    assert seen[-1].path == "/thanos/api/v1/label/job/values?dedup=true&token=hush&limit=5"


# Named connections


def test_several_servers_at_once(backfilled):
    with answering() as (url, seen):
        first = promql.connect(backfilled.url, "lab")
        promql.connect(url, name="prod", token="hush")
        assert promql.connected("lab") is first and promql.connected().url == url
        assert len(promql.connected("lab").query("vector(1)")) == 1 and not seen
    text = message(errors.PrometheusError, promql.connected, "qa")
    assert text == "No server is connected as 'qa' (there are: lab, prod). Write connect(url, 'qa')."
    promql.disconnect()
    assert "there are: none" in message(errors.PrometheusError, promql.connected, "lab")


# Servers that only resemble Prometheus


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_that_takes_no_post_is_asked_by_get(status):
    with answering(by_request=lambda method, _: (200, NOTHING) if method == "GET" else (status, b"")) as (url, seen):
        asked = promql.Prometheus(url)
        assert asked.query("vector(1) > 1").empty and asked.query("vector(1) > 2").empty
    assert [one.method for one in seen if "query" in one.path][:3] == ["POST", "GET", "GET"]


@pytest.mark.parametrize(
    "told, text",
    [({"warnings": ["2 stores failed"]}, "2 stores failed"), ({"isPartial": True}, "The answer is partial")]
    + [({"infos": ["metric might not be a counter"]}, "might not be a counter")],
)
def test_partial_answers_are_told(told, text):
    result = [{"metric": {}, "value": [1, "1"]}]
    body = {"status": "success", "data": {"resultType": "vector", "result": result}, **told}
    with answering(body=json.dumps(body).encode()) as (url, _), pytest.warns(promql.PrometheusWarning, match=text):
        assert len(promql.Prometheus(url).query("up")) == 1


@pytest.mark.parametrize("kind", ["vector", "matrix"])
def test_a_server_that_writes_nothing_as_null(kind):
    body = json.dumps({"status": "success", "data": {"resultType": kind, "result": None}}).encode()
    with answering(by_request=lambda _, path: (200, body if "query" in path else NOTHING)) as (url, _):
        asked = promql.Prometheus(url)
        assert asked.query("vector(1) > 1").empty and asked.query_range("vector(1) > 1").empty


def test_a_server_without_an_endpoint(backfilled):
    with answering(404, b"404 page not found") as (url, _):
        lacking = promql.Prometheus(url)
        for ask, path in ((lacking.rules, "rules"), (lacking.targets, "targets"), (lacking.alerts, "alerts")):
            text = message(errors.MissingEndpoint, ask)
            assert text == f"{url} has no /api/v1/{path} (status 404). Not every server that resembles it has it."
        text = message(errors.MissingEndpoint, lacking.parsed, "up")
        assert text.endswith("has no /api/v1/parse_query (status 404). Prometheus has it since 3.0.")


def test_metrics_without_metadata():
    def answer(_, path):
        return (404, b"") if "metadata" in path else (200, b'{"status": "success", "data": ["up"]}')

    with answering(by_request=answer) as (url, _), pytest.warns(promql.PrometheusWarning, match="help are left empty"):
        assert promql.Prometheus(url).metrics().values.tolist() == [["up", "", "", ""]]


def rounding(start, step, count):
    values = [[start + step * place, str(place)] for place in range(count)]
    series = [{"metric": {"job": "a"}, "values": values}, {"metric": {"job": "b"}, "values": values[1:]}]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}}).encode()


def test_a_server_that_rounds_times_to_the_step():
    """As VictoriaMetrics, Thanos and Mimir may do; the samples keep the times that they have."""
    told = "rounded all times down to multiples of the step, by 3s"
    with answering(body=rounding(1000, 10, 3)) as (url, _), pytest.warns(promql.PrometheusWarning, match=told):
        frame = promql.Prometheus(url).query_range("up", 1003, 1029, 10)
    assert [stamp.timestamp() for stamp in frame.index] == [1000, 1010, 1020]
    assert frame["a"].tolist() == [0, 1, 2] and frame["b"].tolist()[1:] == [1, 2]


def test_a_server_that_answers_for_other_times():
    with answering(body=rounding(1001, 10, 3)) as (url, _):
        text = message(promql.PrometheusError, promql.Prometheus(url).query_range, "up", 1003, 1029, 10)
    assert text == "The server answered for other points in time than those asked for."


def test_headers_are_a_dict_of_texts():
    says = message(promql.PrometheusError, promql.connect, "http://a.invalid", headers="X-Scope-OrgID: 1")
    assert says.startswith("`headers` is a dict")
    with answering() as (url, seen):
        promql.Prometheus(url, headers={"X-Scope-OrgID": 1}).label_names()
    assert seen[0].headers["X-Scope-OrgID"] == "1"


def test_a_server_that_answers_nothing_at_all():
    """As one that lets a tenant see nothing: what a query would cost is then not known."""
    with answering() as (url, _):
        assert stats.estimate(promql.Prometheus(url), "up", 0, 60, 15) == 0


@pytest.mark.parametrize("auth", ["reader:hush", ("hush",), ["reader", "hush", "more"]])
def test_an_auth_of_another_form(auth):
    text = message(errors.PrometheusError, promql.Prometheus, "http://a.invalid", auth=auth)
    assert text.startswith("`auth` is a pair") and "hush" not in text


def test_an_auth_may_be_a_list():
    with answering() as (url, seen):
        promql.Prometheus(url, auth=["reader", "hush"]).label_names()
    assert seen[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("failure", [KeyError("aws"), FileNotFoundError("~/.aws/credentials")])
def test_an_auth_object_without_credentials(failure):
    class Unsigned(requests.auth.AuthBase):
        def __call__(self, request):
            raise failure

    with answering() as (url, seen):
        text = message(errors.PrometheusError, promql.Prometheus(url, auth=Unsigned()).query, "up")
    assert text.startswith(f"`auth` could not sign the question: {type(failure).__name__}: ") and not seen


def test_what_an_auth_object_sent_is_masked(hidden):
    class Signed(requests.auth.AuthBase):
        def __call__(self, request):
            request.headers["Authorization"] = "Own hush"
            return request

    refusal = json.dumps({"status": "error", "errorType": "bad_data", "error": "Own hush is unknown"}).encode()
    with answering(400, refusal) as (url, _):
        text = message(errors.QueryError, promql.Prometheus(url, auth=Signed()).query, "up")
    assert text.endswith("*** is unknown")


@pytest.mark.parametrize(
    "address", ["http://a b:9090", "http://prometheus:port", "http://[::1", "http://", "//prometheus", 9090]
)
def test_what_is_no_address(address):
    assert "is not the address of a Prometheus" in message(errors.PrometheusError, promql.connect, address)


def test_no_port_is_above_65535():
    text = message(errors.PrometheusError, promql.connect, "http://me:hush@127.0.0.1:65536/path?token=hush")
    assert "'127.0.0.1:65536/path' is not the address of a Prometheus: no port is above 65535." in text
    assert "hush" not in text and promql.Prometheus("http://127.0.0.1:65535").url


def test_blanks_around_an_address():
    assert promql.Prometheus(" http://[::1]:9090/path?dedup=true ").url == "http://[::1]:9090/path"


@pytest.mark.parametrize("told", [{"warnings": None, "infos": None}, {"data": {"stats": None}}])
def test_null_is_nothing(told):
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]} | told.pop("data", {})
    with answering(body=json.dumps({"status": "success", "data": data, **told}).encode()) as (url, _):
        assert promql.Prometheus(url).query("up", stats=True)["value"].tolist() == [1]


def test_an_account_of_another_form():
    """VictoriaMetrics's."""
    data = {"resultType": "matrix", "result": [], "stats": {"seriesFetched": "2", "executionTimeMsec": 3}}
    with answering(body=json.dumps({"status": "success", "data": data}).encode()) as (url, _):
        frame = promql.Prometheus(url).query_range("vector(1) > 1", stats=True)
    assert stats.told(frame.attrs.get("stats"), 1) == ["The server gives no account of what a query reads."]


def test_an_endpoint_that_victoriametrics_lacks():
    with answering(400, b'unsupported path requested: "/api/v1/parse_query"') as (url, _):
        assert "has no /api/v1/parse_query" in message(errors.MissingEndpoint, promql.Prometheus(url).parsed, "up")


def test_an_estimate_waits_no_longer_than_the_query():
    with answering(delay=threading.Event()) as (url, _):
        began = time.monotonic()
        assert stats.estimate(promql.Prometheus(url, timeout=0.1), "up", 0, 60, 15) == 0
    assert time.monotonic() - began < 4
