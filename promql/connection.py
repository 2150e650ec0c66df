"""The way to a server: its address, proxies, certificates and logins. What is secret never shows in a text."""

import functools
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import requests
import urllib3

from promql import advice
from promql.errors import PrometheusError, Stopped

Token = str | os.PathLike[str] | Callable[[], str]
Auth = tuple[str, str] | requests.auth.AuthBase
Certificate = str | os.PathLike[str] | tuple[str, str]

CONNECT_TIMEOUT = 5  # seconds
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
SECRET = ("auth", "cookie", "key", "password", "secret", "token")  # in the names of headers and parameters
NO_POST = (405, 501)
AUTH = "`auth` is a pair, connect(url, auth=('user', 'password')), or an object of `requests` that signs."
UNSENT = (
    "A header cannot be sent, for it has a line break or a letter that HTTP does not take. Is the token or key right?"
)


class Connection:
    """How one server is reached. `url` is its address, without the login that may have stood in it.

    The login is that of the address, `auth` (a pair of user and password, or any auth object of requests, such as one
    that signs for Amazon), `token` (a bearer token, or, because such tokens are short-lived, a Path of the file or a
    callable that gives the present one), or what ~/.netrc has. `ca` is the file of the authority that signed the
    server's certificate, `certificate` a client's own: one file, or a pair of certificate and key.

    Proxies and authorities come from the usual variables: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE,
    SSL_CERT_FILE. What runs on this machine is never asked through a proxy.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        token: Token | None = None,
        auth: Auth | None = None,
        ca: str | os.PathLike[str] | None = None,
        certificate: Certificate | None = None,
    ):
        self._given = {
            "url": url,
            "headers": headers,
            "token": token,
            "auth": auth,
            "ca": ca,
            "certificate": certificate,
        }
        if token is not None and auth is not None:
            raise PrometheusError("A token and an auth were given. A server takes one login: leave one of them out.")
        if not isinstance(headers or {}, Mapping):
            raise PrometheusError("`headers` is a dict of texts: connect(url, headers={'X-Scope-OrgID': 'tenant'}).")
        parts, headers = urlsplit(url), {name: str(value) for name, value in (headers or {}).items()}
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
        self.loopback = loopback(parts.hostname or "")
        self._parameters, self._ca, self._posts = dict(parse_qsl(parts.query)), ca, True
        self._secrets = {*secrets(headers), *secrets(self._parameters)}
        if token is None and auth is None and parts.username is not None:
            auth = unquote(parts.username), unquote(parts.password or "")
        self._auth = self._login(token, auth, headers)
        self._session = session(headers, certificate, self.loopback)

    def request(self, method: str, path: str, fields: Mapping[str, Any], timeout: float) -> requests.Response:
        """Ask `/api/v1/PATH`, with the fields in the body of a POST or in the address of a GET; redirects come back.

        They only read, so a question that did not reach the server is sent again, up to twice. One that may have begun
        is not, because that would double the load of a query that is too heavy. A server that takes no POST is asked
        by GET. `timeout` is in seconds. Raises Unreachable.
        """
        if method == "POST" and self._posts:
            answer = self._send(path, timeout, method="POST", params=self._parameters, data=fields)
            if answer.status_code not in NO_POST:
                return answer
        answer = self._send(path, timeout, method="GET", params=self._parameters | dict(fields))
        self._posts = self._posts and not (method == "POST" and answer.ok)
        return answer

    def changed(self, **options: Any) -> "Connection":
        """A connection to the same server with some options changed; itself if none is given. A login replaces another,
        whatever their kinds."""
        given = {name: option for name, option in options.items() if option is not None}
        without = {"token": None, "auth": None} if holds_login(given) else {}
        return Connection(**(self._given | without | given)) if given else self

    @property
    def sends_login(self) -> bool:
        """Whether requests carry a login."""
        return self._auth is not None

    def masked(self, text: str, sent: Mapping[str, str] | None = None) -> str:
        """The text with *** for each secret of this connection, and of the headers that were `sent`: servers may echo
        them, and an object that signs tells its secrets to nobody else."""
        for secret in sorted(filter(None, self._secrets | secrets(sent or {})), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _send(self, path, timeout, **what):
        patience = (CONNECT_TIMEOUT, timeout)
        try:
            return self._session.request(
                url=f"{self.url}/api/v1/{path}",
                auth=self._auth,
                verify=self._ca or authorities(),
                timeout=patience,
                allow_redirects=False,
                **what,
            )
        except OSError as error:
            refused: BaseException = advice.unreachable(self.url, error, self._proxy(), self.masked)
        except KeyboardInterrupt:
            refused = Stopped(f"Stopped before {self.url} answered.")
        raise refused  # out here, so that it does not keep `error`, whose frames hold the socket, and secrets

    def _proxy(self):
        """The proxy that leads to the server, without its login; "" if none does."""
        proxies = {} if self.loopback else requests.utils.get_environ_proxies(self.url)
        found = urlsplit(requests.utils.select_proxy(self.url, proxies) or "")
        return f"{found.scheme}://{found.netloc.rpartition('@')[2]}" if found.netloc else ""

    def _login(self, token, auth, headers):
        if token is not None:
            return Login(functools.partial(bearer, token, self._secrets), "The token could not be read")
        if auth is None and authorizes(headers):
            return Unchanged()
        auth = auth or requests.utils.get_netrc_auth(self.url)
        if auth is None or callable(auth):
            return auth and Login(auth, "`auth` could not sign the question")
        if isinstance(auth, str) or len(auth) != 2:
            raise PrometheusError(AUTH)
        self._secrets.add(auth[1])
        return requests.auth.HTTPBasicAuth(*(part.encode() for part in auth))  # text would go as Latin-1


def holds_login(options: Mapping[str, Any]) -> bool:
    """Whether one of these options of a Connection is a login."""
    headers = options.get("headers")
    return bool({"token", "auth"} & options.keys()) or (isinstance(headers, Mapping) and authorizes(headers))


def authorizes(headers: Mapping[str, Any]) -> bool:
    """Whether a login stands in these headers."""
    return "authorization" in map(str.lower, headers)


class Login(requests.auth.AuthBase):
    """What `sign` makes of each request; what the user's own code raises there follows `failed` in a sentence."""

    def __init__(self, sign: Callable[[requests.PreparedRequest], requests.PreparedRequest], failed: str):
        self._sign, self._failed = sign, failed

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        try:
            return self._sign(request)
        except PrometheusError:
            raise
        except Exception as error:
            raise PrometheusError(f"{self._failed}: {type(error).__name__}: {error}") from error


def bearer(token: Token, secrets: set[str], request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The request with a bearer token, read anew where a file or a callable gives it."""
    token = token() if callable(token) else token
    token = (token if isinstance(token, str) else Path(token).read_text()).strip()
    secrets.add(token)
    request.headers["Authorization"] = f"Bearer {sendable(token)}"
    return request


class Unchanged(requests.auth.AuthBase):
    """The login that stands in the headers: without this, requests would put one of ~/.netrc in its place."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def secrets(fields: Mapping[str, str]) -> set[str]:
    """The values of those headers or parameters that hold secrets, and their last words: the token after "Bearer"."""
    found = [value for name, value in fields.items() if any(word in name.lower() for word in SECRET)]
    return {part for value in found for part in (value, value.rpartition(" ")[2])}


def sendable(value: str) -> str:
    """A header's value, if HTTP takes it: those who find out later put it into their message, secrets included.
    Raises PrometheusError."""
    if re.search(r"[\r\n]|[^\x00-\xff]", value):
        raise PrometheusError(UNSENT)
    return value


def session(headers: Mapping[str, str], certificate: Certificate | None, near: bool) -> requests.Session:
    """A session that sends a question again only if it did not reach the server."""
    made = requests.Session()
    made.trust_env = not near
    made.cert = os.fspath(certificate) if isinstance(certificate, os.PathLike) else certificate
    given = {name: sendable(value) for name, value in headers.items()}
    made.headers.update({"Accept-Encoding": "identity" if near else "gzip", **given})
    retries = urllib3.Retry(connect=2, read=0, status=0, other=0, redirect=False, backoff_factor=0.1)
    for scheme in ("http://", "https://"):
        made.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retries))
    return made


def authorities() -> str | bool:
    """The file or folder of authorities that a variable names, else True: those that requests brings along."""
    return next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), True)


def loopback(host: str) -> bool:
    """Whether that host is this machine: no proxy leads to it, and gzip costs seven times what it saves."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
