"""A company's Prometheus: behind a proxy, with TLS of an authority of the company's own, and logins. All are real."""

import base64

import pytest
import trustme

import promql
from promql import errors
from tests.promql import network
from tests.promql.backfill import closed_port
from tests.promql.network import HOST, PROXY_LOGIN, READER, proxy

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")
SECRETS = (*READER[1:], *PROXY_LOGIN[1:], "h%C3%BCsh", "h%c3%bcsh")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in (*VARIABLES, "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def secured(tmp_path_factory, authority):
    """A Prometheus with TLS and a login: `port`, `url`, `folder` of its files, `ca`."""
    with network.secured(tmp_path_factory.mktemp("secured"), authority, "VerifyClientCertIfGiven") as server:
        yield server


@pytest.fixture(scope="module")
def mutual(tmp_path_factory, authority):
    """The same, which also wants a certificate of its clients."""
    with network.secured(tmp_path_factory.mktemp("mutual"), authority, "RequireAndVerifyClientCert") as server:
        yield server


def failure(kind, *arguments, **options):
    """The text of what a query raises, and the error: no secret stands in it."""
    with pytest.raises(kind) as caught:
        promql.Prometheus(*arguments, **options).query("vector(1)")
    shown = f"{caught.value!r} {caught.value}"
    assert not [secret for secret in SECRETS if secret in shown]
    return str(caught.value), caught.value


# Proxies


def test_http_through_a_proxy(backfilled, monkeypatch):
    with proxy(backfilled.port) as (address, seen):
        monkeypatch.setenv("HTTP_PROXY", f"http://{address}")
        prometheus = promql.Prometheus(f"http://{HOST}")
        assert len(prometheus.query("http_requests_total", backfilled.end)) == 4
        assert prometheus.label_values("code", "http_requests_total") == ["200", "400", "500"]
    assert {one.method for one in seen} == {"POST", "GET"} and seen[0].target.startswith(f"http://{HOST}/api/v1/query")


def test_https_through_a_proxy_with_logins_for_both(secured, monkeypatch):
    with proxy(secured.port, PROXY_LOGIN) as (address, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{':'.join(PROXY_LOGIN)}@{address}")
        monkeypatch.setenv("SSL_CERT_FILE", secured.ca)
        monkeypatch.setenv("PROMETHEUS_URL", f"https://reader:h%C3%BCsh%20hush@{HOST}/")
        assert promql.Prometheus().query("vector(1)")["value"].tolist() == [1]
        assert repr(promql.Prometheus()) == f"Prometheus('https://{HOST}')"
    assert [(one.method, one.target) for one in seen] == [("CONNECT", f"{HOST}:443")]


def test_a_proxy_that_wants_a_login(secured, backfilled, monkeypatch):
    with proxy(secured.port, PROXY_LOGIN) as (address, seen):
        for scheme, kind in (("http", errors.LoginRequired), ("https", errors.Unreachable)):
            monkeypatch.setenv(f"{scheme}_proxy", f"http://worker:wrong@{address}")
            text, error = failure(kind, f"{scheme}://{HOST}")
            assert "The proxy wants a login" in text and not error.waiting_helps and "wrong" not in text
        assert f"through the proxy http://{address}" in text and len(seen) == 2  # asked once each


def test_a_proxy_that_forbids_the_address(secured, monkeypatch):
    with proxy(secured.port, refuse=403) as (address, _):
        monkeypatch.setenv("HTTP_PROXY", f"http://{address}")
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        assert "a firewall or a proxy forbids this address" in failure(errors.PrometheusError, f"http://{HOST}")[0]
        assert "An address inside belongs into NO_PROXY" in failure(errors.Unreachable, f"https://{HOST}")[0]


def test_a_proxy_that_is_not_there(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{':'.join(PROXY_LOGIN)}@{closed_port()[7:]}")
    text, error = failure(errors.Unreachable, f"https://{HOST}")
    assert "through the proxy http://127.0.0.1:" in text and "Is HTTPS_PROXY right?" in text and error.waiting_helps


def test_no_proxy_is_heeded(backfilled, monkeypatch):
    with proxy(backfilled.port) as (address, seen):
        monkeypatch.setenv("HTTP_PROXY", f"http://{address}")
        monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,.corp.example")
        text, _ = failure(errors.Unreachable, f"http://{HOST}")
    assert "Is the name right?" in text and "through the proxy" not in text and not seen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_asked_through_a_proxy(backfilled, monkeypatch, host):
    with proxy(backfilled.port) as (address, seen):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{address}")
        assert len(promql.Prometheus(f"http://{host}:{backfilled.port}").query("vector(1)")) == 1
    assert not seen


# Certificates


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_the_environment(secured, monkeypatch, variable):
    monkeypatch.setenv(variable, secured.ca)
    assert len(promql.Prometheus(secured.url, auth=READER).query("vector(1)")) == 1


def test_an_authority_as_an_option_goes_first(secured, monkeypatch):
    other = secured.folder / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert len(promql.Prometheus(secured.url, auth=READER, ca=secured.folder / "ca.pem").query("vector(1)")) == 1


def test_an_unknown_authority(secured):
    text, error = failure(errors.Unreachable, secured.url, auth=READER)
    assert "connect(url, ca='ca.pem'), or the variable SSL_CERT_FILE" in text and "port-forward" not in text
    assert not error.waiting_helps


def test_an_authority_that_is_no_file(secured, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    text, error = failure(errors.Unreachable, secured.url, auth=READER)
    assert "A file that a TLS option or variable names is not there" in text and "/nowhere/ca.pem" in text
    assert not error.waiting_helps


def test_a_certificate_for_another_name(secured):
    text, _ = failure(errors.Unreachable, f"https://localhost:{secured.port}", auth=READER, ca=secured.ca)
    assert "Its certificate is for another name" in text


def test_tls_where_none_is_spoken_and_the_other_way_round(secured, backfilled):
    text, _ = failure(errors.Unreachable, f"https://127.0.0.1:{backfilled.port}")
    assert "Try http:// instead" in text
    text, _ = failure(errors.PrometheusError, f"http://127.0.0.1:{secured.port}", auth=READER)
    assert f"It speaks TLS at this port: {secured.url}" in text


def test_a_client_certificate(mutual):
    text, _ = failure(errors.Unreachable, mutual.url, auth=READER, ca=mutual.ca)
    assert "connect(url, certificate=('client.pem', 'client.key'))" in text
    pair = (str(mutual.folder / "client.pem"), str(mutual.folder / "client.pem"))
    for certificate in (pair, mutual.folder / "client.pem"):
        asked = promql.Prometheus(mutual.url, auth=READER, ca=mutual.ca, certificate=certificate)
        assert len(asked.query("vector(1)")) == 1


# Logins


def test_no_login_and_a_wrong_one(secured):
    text, error = failure(errors.LoginRequired, secured.url, ca=secured.ca)
    assert "It wants a login: connect(url, auth=('user', 'password'))" in text and error.status == 401
    text, error = failure(errors.LoginRequired, secured.url, ca=secured.ca, auth=("reader", "guess"))
    assert "does not accept the login that was sent" in text and not error.waiting_helps


def test_a_login_of_netrc(secured, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f'machine 127.0.0.1 login {READER[0]} password "{READER[1]}"\n', encoding="utf-8")
    netrc.chmod(0o600)
    assert len(promql.Prometheus(secured.url, ca=secured.ca).query("vector(1)")) == 1


def test_a_login_in_a_header_is_not_replaced_by_netrc(secured, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    basic = "Basic " + base64.b64encode(":".join(READER).encode()).decode()
    asked = promql.Prometheus(secured.url, ca=secured.ca, headers={"authorization": basic})
    assert len(asked.query("vector(1)")) == 1
