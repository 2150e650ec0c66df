"""How a server is reached: addresses, logins, proxies, certificates, and what goes over the wire."""

from urllib.parse import urlsplit

import pandas as pd
import pytest

import promql
from promql import connection
from tests.promql.backfill import answering


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
