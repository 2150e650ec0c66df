"""What to do when a server does not answer as Prometheus does, by what happened instead."""

import contextlib
import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from promql import hints, syntax
from promql.errors import LoginRequired, MissingEndpoint, PrometheusError, PromQLError, QueryError, Unreachable

ANOTHER = "Set PROMETHEUS_URL to its address or, while that is not set, write promql.connect('http://localhost:9090')."
ADDRESS = "Is this the address of a Prometheus, without /api or /graph at its end? That of Mimir ends in /prometheus."
LOGIN = "It wants a login: connect(url, auth=('user', 'password')) or connect(url, token=...) gives one."
OTHER_LOGIN = "It does not accept the login that was sent. A token may have run out, or lack a right."
GATEWAY = "A gateway got no answer from Prometheus in time: it may be starting, or the query is too heavy."
FORWARD = (
    "If it runs in a cluster, forward its port and leave that running:\n"
    "    kubectl -n monitoring port-forward svc/prometheus-operated 9090"
)
PROXY = "It is the proxy that does not answer. Is HTTPS_PROXY right? An address inside belongs into NO_PROXY."
BY_STATUS = {  # of answers that are not Prometheus's own
    400: ADDRESS,
    401: LOGIN,
    403: "The login may lack a right, or a firewall or a proxy forbids this address.",
    404: ADDRESS,
    405: "It takes neither POST nor GET there: another program may listen at this address.",
    407: "The proxy wants a login: HTTPS_PROXY=http://user:password@proxy:3128 gives one, HTTP_PROXY for http.",
    408: "It waited too long for the question. Ask again.",
    413: "The query is too long for a gateway on the way. Regular expressions can shorten it.",
    414: "The query is too long for an address, and POST is not taken there.",
    429: "It was asked too often. Ask again later, for a shorter range or with a longer step.",
    500: "It failed inside, and its log says why.",
    501: "It does not know this kind of request: another program may listen at this address.",
    502: GATEWAY,
    503: "It is not ready: a Prometheus that starts reads its write-ahead log first. Ask again later.",
    504: GATEWAY,
}
BY_REASON = {  # of connections that failed
    "failed: 407": BY_STATUS[407],
    "Tunnel connection failed": "The proxy does not lead there. An address inside belongs into NO_PROXY.",
    "SOCKS": "A SOCKS proxy needs one more package: pip install 'requests[socks]'.",
    "certificate.required|handshake.failure|bad.certificate|EOF occurred|^https.*(reset by peer|closed conn)": "It may "
    "want to see a certificate of yours: connect(url, certificate=('client.pem', 'client.key')).",
    "^http .*(closed connection|reset by peer)": "It may speak TLS at that port. Try https:// instead.",
    "expired": "Its certificate has run out, or the clock of this machine is wrong.",
    "doesn't match|not valid for|mismatch": "Its certificate is for another name. Connect to a name that it has.",
    "CERTIFICATE_VERIFY_FAILED": "Nobody trusted here has signed its certificate. Name the authority that did: "
    "connect(url, ca='ca.pem'), or the variable SSL_CERT_FILE; REQUESTS_CA_BUNDLE goes before it.",
    "WRONG_VERSION_NUMBER|RECORD_LAYER": "No TLS is spoken at that port. Try http:// instead.",
    "certificate|TLS key": "A file that a TLS option or variable names is not there, or holds no certificate.",
    "resolve|Name or service|nodename|getaddrinfo": "Is the name right? One of a company's own network is known only "
    "there: a VPN or HTTPS_PROXY leads to it.",
    "timed out": "Something on the way may swallow the question, or the query is too heavy: timeout=120 waits longer.",
    "refused": FORWARD,
}
FINAL = (  # of the errors of requests, those that waiting does not mend
    requests.exceptions.SSLError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
)
NO_ENTRY = (401, 403, 407)  # what to do about these does not depend on who says so
WAITING_HELPS = {408, 425, 429, 502, 503, 504}
ERROR_TYPES_THAT_PASS = {"unavailable", "too_many_requests"}
SINCE = {"parse_query": "3.0", "format_query": "2.38", "query_exemplars": "2.26", "status/tsdb": "2.15"}
QUERIES = ("query", "query_range", "labels")  # what every server has
GRAFANA = (
    "What begins with $ is Grafana's to fill in: write 5m for $__rate_interval, or draw the panel by promql.panels."
)
TENANT = "It wants to know the tenant: connect(url, headers={'X-Scope-OrgID': 'tenant'})."
URL = re.compile(r"https?://([^/?#]*@)?(\[[^]/]+\]|[^\s/?#:@[\]]+)(:\d{1,5})?([/?#].*)?")
LAST_PORT = 65_535
LOGIN_PAGE = re.compile(r"type=.?password|\b(log|sign)[ -]?(in|on)\b|/(login|oauth2?|saml|sso)\b", re.IGNORECASE)


def address(named: object) -> str:
    """The address of a server that somebody named. Raises PrometheusError if it can be none."""
    found = str(named).strip()
    parts = URL.fullmatch(found)
    shown = found.partition("?")[0].rpartition("@")[2]  # without a login
    if parts and int((parts[3] or ":0")[1:]) > LAST_PORT:
        raise PrometheusError(f"{shown!r} is not the address of a Prometheus: no port is above {LAST_PORT}. {ANOTHER}")
    if not parts:
        what = f"{shown!r} is not the address of a Prometheus" if found else "No Prometheus is connected"
        form = " Its form is https://host:9090 or http://host/path." if found else ""
        raise PrometheusError(f"{what}.{form} {ANOTHER}")
    return found


def unreachable(url: str, error: OSError, proxy: str, masked: Callable[[str], str]) -> Unreachable:
    """The error for a server that could not be asked at `url`, from what requests raised; `proxy` led there, or ""."""
    reason = innermost(error)
    said = f"{urlsplit(url).scheme} {reason}"
    found = (text for pattern, text in BY_REASON.items() if re.search(pattern, said, re.IGNORECASE))
    to_the_proxy = proxy and isinstance(reason, NewConnectionError | ConnectTimeoutError)
    advice = PROXY if to_the_proxy else next(found, "")
    through = f" through the proxy {proxy}" if proxy else ""
    text = masked(f"Prometheus does not answer at {url}{through}: {words(reason)}. {advice}".rstrip())
    passes = (
        isinstance(error, requests.RequestException) and not isinstance(error, FINAL) and "Tunnel" not in str(reason)
    )
    return Unreachable(f"{text}\nAnother server? {ANOTHER}", waiting_helps=passes)


def innermost(error: BaseException) -> BaseException:
    """The exception at the bottom of those that requests and urllib3 wrap around each other."""
    inner = [getattr(error, "reason", None), *getattr(error, "args", ())]
    found = next((one for one in inner if isinstance(one, BaseException)), None)
    return innermost(found) if found else error


def words(reason: BaseException) -> str:
    """The last words of an error, which say what happened."""
    noise = r"^[A-Z_]+\]\s*|\[Errno -?\d+\] |\s*\(_ssl\.c:\d+\)|\.$"
    return re.sub(noise, "", str(reason).rsplit(": ", 1)[-1]) or type(reason).__name__


def stranger(
    url: str, path: str, response: requests.Response, sent_login: bool, masked: Callable[[str], str]
) -> PrometheusError:
    """The error for an answer that is not Prometheus's: of another program, a gateway, a proxy, a login page."""
    status, text = response.status_code, masked(response.text)
    if (status in (404, 405, 501) or "unsupported path" in text) and path not in QUERIES:  # as VictoriaMetrics says it
        since = (
            f"Prometheus has it since {SINCE[path]}" if path in SINCE else "Not every server that resembles it has it"
        )
        return MissingEndpoint(f"{url} has no /api/v1/{path} (status {status}). {since}.", status)
    kind, what = remedy(url, path, response, text, sent_login)
    if (wait := response.headers.get("Retry-After", "")).isdigit():
        what += f" It asks for {wait} s of patience."
    told = f"{url} answers with status {status}, not like Prometheus. {what}\n{excerpt(text)}"
    return kind(told.rstrip(), status, waiting_helps=status in WAITING_HELPS)


@contextlib.contextmanager
def reading(url: str) -> Iterator[None]:
    """While what was answered becomes a frame: its content may be another server's, though its form was right."""
    try:
        yield
    except ValueError as error:
        if isinstance(error, PromQLError):
            raise
        raise PrometheusError(f"{url} answers with other things than samples. {ADDRESS}") from error


def remedy(url, path, response, text, sent_login) -> tuple[type[PrometheusError], str]:
    """The kind of error, and what to do next."""
    status = response.status_code
    if "org id" in text:
        return LoginRequired, TENANT
    if status == 401 and sent_login:
        return LoginRequired, OTHER_LOGIN
    if status == 400 and "HTTPS" in text:
        return PrometheusError, f"It speaks TLS at this port: {url.replace('http://', 'https://', 1)}"
    if status < 400 and LOGIN_PAGE.search(text + response.headers.get("Location", "")):
        return LoginRequired, LOGIN
    if 300 <= status < 400:
        return PrometheusError, f"It has moved: connect to {elsewhere(response).removesuffix(f'/api/v1/{path}')}"
    return LoginRequired if status in (401, 407) else PrometheusError, BY_STATUS.get(status, ADDRESS)


def elsewhere(response: requests.Response) -> str:
    """Where a redirect leads, without the query, which may hold secrets."""
    parts = urlsplit(requests.compat.urljoin(response.url, response.headers.get("Location", "")))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def excerpt(text: str) -> str:
    """What an answer says in its first 200 characters, without markup; the message alone of a JSON object."""
    try:
        found = json.loads(text)
        found = found.get("error", found)
        return str(found.get("message", found) if isinstance(found, dict) else found)[:200]
    except (ValueError, AttributeError):
        bare = re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>", " ", text)
        return " ".join(html.unescape(bare).split())[:200]


def refused(query: str, status: int, message: str, error_type: str = "") -> QueryError:
    """The error for an answer of status 4xx or 5xx, in Prometheus's words, with a caret where these name a place."""
    if 'type "range vector"' in message:
        reason = "This is a range vector: many samples for each point of a graph."
        bare = syntax.uncommented(query).strip()
        name = "rate" if hints.is_counter(bare) else "avg_over_time"
        remedy = f"Wrap it in a function that makes them one number, such as {name}:\n    {name}({bare})"
        return QueryError(f"{query.strip()}\n{reason} {remedy}", reason, status)
    if place := re.search(r"(\d+):(\d+): (parse error: .*)", message, re.DOTALL):
        lines = query.split("\n")
        line, column = int(place[1]), int(place[2])  # counted from 1, the column in bytes
        indent = len(lines[line - 1].encode()[: column - 1].decode(errors="ignore"))
        grafana = [GRAFANA] if "'$'" in place[3] else []
        text = "\n".join([*lines[:line], " " * indent + "^", *lines[line:], place[3], *grafana])
        return QueryError(text, place[3], status)
    reason = f"Prometheus answered with status {status}: {message}"
    if "query timed out" in message or "context deadline exceeded" in message:  # the second is what its queue says
        reason += ". A shorter range or a longer step is cheaper, and connect(url, timeout=120) waits longer."
    passes = error_type in ERROR_TYPES_THAT_PASS or (not error_type and status in WAITING_HELPS)
    return QueryError(f"{query.strip()}\n{reason}".lstrip(), reason, status, waiting_helps=passes)
