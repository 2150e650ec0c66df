"""What can go wrong, said for people: what happened, where, and what to do next."""

import re

ANOTHER = "Set PROMETHEUS_URL to its address or, while that is not set, write connect('http://localhost:9090')."


class PromQLError(RuntimeError):
    """The root of this package's errors. A notebook shows the message alone, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


class UnsupportedPanel(PromQLError):
    """A panel or a dashboard of a kind that promql does not draw, or that says what it cannot mean."""


class PrometheusError(PromQLError):
    """A question that got no answer."""


class Unreachable(PrometheusError):
    """No server answers at the address, or not in time."""


class QueryError(PrometheusError):
    """Prometheus refused the query, or could not finish it: `reason` is why, the text has the query too."""

    def __init__(self, text, reason):
        super().__init__(text)
        self.reason = reason


class TooManyPoints(PrometheusError):
    """A range query for more than 11,000 points of each series, which is Prometheus's limit."""


class InvalidTime(PrometheusError, ValueError):
    """An instant or a duration that cannot be understood, or a range that makes no sense."""


class NativeHistogramError(PrometheusError):
    """The answer holds native histograms, which are not numbers."""


class PrometheusWarning(UserWarning):
    """What Prometheus warned of with its answer, or why the answer is empty."""


def unreachable(url, reason):
    """The error for a server that does not answer at `url`."""
    return Unreachable(
        f"Prometheus does not answer at {url}: {str(reason).rsplit(': ', 1)[-1]}. If it runs in the cluster, forward "
        "its port and leave that running:\n"
        "    kubectl -n monitoring port-forward svc/prometheus-operated 9090\n"
        f"Another server? {ANOTHER}"
    )


def stranger(url, status, text):
    """The error for an answer that is not Prometheus's: another program's, a proxy's, a login page."""
    remedy = "Is this the address of a Prometheus, without /api or /graph at its end?"
    if status in (301, 302, 303, 307, 308, 401, 403):
        remedy = "It may want a login: connect(url, token='...') or connect(url, headers={...}) gives one."
    return PrometheusError(f"{url} answers with status {status}, not like Prometheus. {remedy}\n{text.strip()[:200]}")


def refused(query, status, message):
    """The error for an answer of status 4xx or 5xx, in Prometheus's words, with a caret where these name a place."""
    if 'type "range vector"' in message:
        reason = "This is a range vector: many samples for each point of a graph."
        remedy = f"Wrap it in a function that makes them one number, such as rate:\n    rate({query.strip()})"
        return QueryError(f"{query.strip()}\n{reason} {remedy}", reason)
    if place := re.search(r"(\d+):(\d+): (parse error: .*)", message, re.DOTALL):
        lines = query.split("\n")
        line, column = int(place[1]), int(place[2])  # counted from 1, the column in bytes
        indent = len(lines[line - 1].encode()[: column - 1].decode(errors="ignore"))
        return QueryError("\n".join([*lines[:line], " " * indent + "^", *lines[line:], place[3]]), place[3])
    reason = f"Prometheus answered with status {status}: {message}"
    return QueryError(f"{query.strip()}\n{reason}".lstrip(), reason)
