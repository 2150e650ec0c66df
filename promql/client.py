"""A client of Prometheus's HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

import copy
import functools
import os
import warnings
from collections.abc import Mapping
from typing import Any

import pandas as pd

from promql import advice, dataframes, decoding, hints, inventory, ranges, syntax, times
from promql.connection import Auth, Certificate, Connection, Token
from promql.errors import PrometheusError, PrometheusWarning
from promql.times import Duration, Time

_connected: dict[str | None, "Prometheus"] = {}  # by name; under None the one that was connected last


def connect(url: str, name: str | None = None, **options: Any) -> "Prometheus":
    """Make the server at `url` the one that `Prometheus()` and the magics ask, unless the variable PROMETHEUS_URL names
    another, which a line then says where no name was given; return it. Options as for Prometheus; they last as it does.

    With a name, `connected(name)` and `%promql --from NAME` go on to reach it after others were connected.
    """
    made = Prometheus(url, **options)
    _connected[None] = _connected[name] = made
    if name is None and (asked := Prometheus().url) != made.url:
        print(
            f"Queries go to {asked}, not to {made.url}: PROMETHEUS_URL is set. Unset it:",
            'del os.environ["PROMETHEUS_URL"]',
        )
    return made


def connected(name: str | None = None) -> "Prometheus":
    """The server connected under that name, or the one asked where no name is given. Raises PrometheusError."""
    if name is None:
        return Prometheus()
    if name not in _connected:
        names = ", ".join(connections()) or "none"
        raise PrometheusError(f"No server is connected as {name!r} (there are: {names}). Write connect(url, {name!r}).")
    return _connected[name]


def connections() -> list[str]:
    """The names under which servers are connected."""
    return sorted(filter(None, _connected))


def disconnect() -> None:
    """Forget every server that was connected."""
    _connected.clear()


class Prometheus:
    """A Prometheus server, or one that speaks its API: Thanos, Mimir, VictoriaMetrics, Google's, Amazon's.

    url: its address, else the variable PROMETHEUS_URL, else the server connected last.
    headers: sent with each request. timeout: a duration such as '2m', or seconds; 30 s by default. The server is asked to
    give a query up after it, and its answer is waited for 2 s longer; 5 s are the most for a connection.
    token, auth, ca, certificate: logins and certificates, as promql.connection.Connection describes them. Where no login
    is given, PROMETHEUS_TOKEN is that of the address in PROMETHEUS_URL.
    What is not given is as for `connect`, if `url` is not given and the server is the same. Raises InvalidTime.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: Token | None = None,
        auth: Auth | None = None,
        ca: str | os.PathLike[str] | None = None,
        certificate: Certificate | None = None,
        timeout: Duration | None = None,
    ):
        options = {"headers": headers, "token": token, "auth": auth, "ca": ca, "certificate": certificate}
        known, variable = _connected.get(None) if url is None else None, os.environ.get("PROMETHEUS_URL", "").strip()
        named = advice.address((variable if url is None else url) or (known.url if known else ""))
        theirs = url is None or named.rstrip("/") == variable.rstrip("/")
        connection = _connection(named, os.environ.get("PROMETHEUS_TOKEN") if theirs else None)
        patience = None if timeout is None else times.positive(timeout, "timeout") / 1000
        self.timeout: float = patience or 30.0
        if known and known.url == connection.url:
            connection, self.timeout = known._connection, patience or known.timeout
        self._connection: Connection = connection.changed(**options)
        self.url: str = self._connection.url

    def __repr__(self):
        return f"Prometheus({self.url!r})"

    def with_timeout(self, timeout: Duration) -> "Prometheus":
        """The same server, with another time for one answer."""
        other = copy.copy(self)
        other.timeout = times.positive(timeout, "timeout") / 1000
        return other

    def query(self, expr: str, time: Time = "now", stats: bool = False) -> pd.DataFrame:
        """The values of `expr` at one point in time: a tidy DataFrame with a row per series, a column per label, ""
        where a series lacks it, and `value`. A label named `value` keeps its name; ours is then `value_`.

        A range vector has a row per sample and a column `timestamp` (UTC) more; a scalar or a string is one `value`.
        A native histogram is a promql.Histogram. `time` is written as in `query_range`. With `stats`, the server's
        account of what it read is in `frame.attrs["stats"]`. PrometheusWarning tells what the server warned of, or
        which name of an empty answer does not exist. Raises QueryError, Unreachable, LoginRequired, InvalidTime.
        https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
        """
        at = times.seconds(times.timestamp(time, times.current()))
        told: list[str] = []
        data = self._query("query", expr, told, time=at, **({"stats": "all"} if stats else {}))
        with advice.reading(self.url):
            frame = dataframes.instant_frame(data)
        if data.stats:
            frame.attrs["stats"] = decoding.decode(data.stats)
        self._tell(expr, frame, told)
        return frame

    def query_range(
        self, expr: str, start: Time = "15m", end: Time = "now", step: Duration | None = None, stats: bool = False
    ) -> pd.DataFrame:
        """The values of `expr` at every `step` from `start` to `end`: a wide DataFrame with a row per point in time
        (UTC) and a column per series, NaN where a series has no sample.

        The columns have a level per label, "" where a series lacks it; without labels there is one column, `value`.
        `frame.set_axis(legend(frame), axis=1)` gives them one short name each.
        start, end: 'now', 'now-1h', an ISO text or a datetime with a zone, Unix seconds; a start of '15m' is that long
        before the end. step: '15s', seconds, a timedelta; None takes a round one that makes at most 250 steps.
        More than 11,000 steps, which no server gives at once, are asked in pieces. Raises TooManyPoints and, as
        `query`, warns, raises and takes `stats`.
        https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
        """
        told: list[str] = []
        ask = functools.partial(self._query, "query_range", told=told, **({"stats": "all"} if stats else {}))
        points = ranges.grid(start, end, step)
        with advice.reading(self.url):
            frame = ranges.frame(expr, *points, ask, told)
        self._tell(expr, frame, told)
        return frame

    def metrics(self) -> pd.DataFrame:
        """The metrics: a DataFrame of name, type, unit and help, the latter empty where no target tells them now.
        https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metric-metadata"""
        return inventory.metrics(self)

    def find(self, words: str) -> pd.DataFrame:
        """The metrics whose name or help has all these words, or parts of words, whatever their case; as `metrics`."""
        return inventory.find(self, words)

    def labels(self, selector: str | None = None) -> pd.DataFrame:
        """The labels of the series that `selector` picks, such as 'up{job="api"}', or of all: a DataFrame of label, the
        count of its values, and values. https://prometheus.io/docs/prometheus/latest/querying/api/#getting-label-names"""
        return inventory.labels(self, selector)

    def label_history(
        self, selector: str, start: Time = "1d", end: Time = "now", step: Duration | None = None
    ) -> pd.DataFrame:
        """When each series that `selector` picks was there, by the step: a DataFrame of the labels in which they
        differ, `first` and `last` (UTC), and `gaps`, the times that it went away and came back. Times as in
        `query_range`."""
        return inventory.label_history(self, selector, start, end, step)

    def cardinality(self, limit: int = 10) -> inventory.Cardinality:
        """What the server holds, and what of it is dearest: the metrics, labels and pairs with the most series, and how
        many series have come and gone. https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-stats"""
        return inventory.cardinality(self, limit)

    def exemplars(self, expr: str, start: Time = "15m", end: Time = "now") -> pd.DataFrame:
        """The exemplars of the series in `expr`: a tidy DataFrame with a row per exemplar, a column per label of the
        series, the `exemplar`'s own labels as a dict, `timestamp` (UTC) and `value`. Times as in `query_range`.
        Raises MissingEndpoint. https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars"""
        return inventory.exemplars(self, expr, start, end)

    def targets(self) -> pd.DataFrame:
        """The targets that are scraped: a DataFrame of their labels, and fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#targets (lastScrape in UTC, NaT if there was none
        yet; lastScrapeDuration in seconds)."""
        return inventory.targets(self)

    def rules(self) -> pd.DataFrame:
        """Recording and alerting rules: a DataFrame of fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#rules, and their group."""
        return inventory.rules(self)

    def alerts(self) -> pd.DataFrame:
        """Alerts that are pending or firing: a DataFrame of their labels, and fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#alerts (activeAt in UTC, value a number)."""
        return inventory.alerts(self)

    def label_names(self, selector: str | None = None, limit: int | None = None) -> list[str]:
        """The names of the labels of the series that `selector` picks, or of all; at most `limit`, where the server
        knows limits (Prometheus since 2.51)."""
        return self.get("labels", **_picked(selector, limit)) or []

    def label_values(self, label: str, selector: str | None = None, limit: int | None = None) -> list[str]:
        """The values of a label in the series that `selector` picks, or in all; `limit` as for `label_names`."""
        return self.get(f"label/{syntax.path_segment(label)}/values", **_picked(selector, limit)) or []

    def formatted(self, expr: str) -> str:
        """The query as the server's own formatter writes it. Raises QueryError and MissingEndpoint."""
        return self.get("format_query", query=expr)

    def parsed(self, expr: str) -> dict[str, Any]:
        """The query as the tree that the server makes of it. Raises QueryError and MissingEndpoint.
        https://prometheus.io/docs/prometheus/latest/querying/api/#parsing-a-promql-expressions-into-a-abstract-syntax-tree-ast"""
        return self.get("parse_query", query=expr)

    def get(self, path: str, **fields: Any) -> Any:
        """The `data` of the answer to a question of `/api/v1/PATH` with these fields, for what has no method here; None
        if it has none."""
        data = self._ask("POST" if "query" in fields else "GET", path, fields).data
        return decoding.decode(data) if data else None

    def _query(self, path, expr, told, **fields):
        fields = {"query": expr, "timeout": f"{self.timeout * 1000:.0f}ms", **fields}
        answer = self._ask("POST", path, fields, decoding.ANSWERS[path])
        partial = ["The answer is partial: not every part of the server was reached."] if answer.is_partial else []
        told += (answer.warnings or []) + (answer.infos or []) + partial
        return answer.data

    def _ask(self, method, path, fields, decode=decoding.decode_answer):
        connection, query = self._connection, fields.get("query") or fields.get("match[]") or ""
        response = connection.request(method, path, fields, self.timeout + 2)
        try:
            answer = (decode if response.ok else decoding.decode_answer)(response.content)
            strange = answer.status != "success" and response.status_code in advice.NO_ENTRY
        except ValueError:
            strange = True
        masked = functools.partial(connection.masked, sent=response.request.headers)
        if strange:
            raise advice.stranger(self.url, path, response, connection.sends_login, masked)
        if answer.status != "success":
            raise advice.refused(query, response.status_code, masked(answer.error), answer.error_type)
        return answer

    def _tell(self, expr, frame, told):
        if frame.empty and (why := hints.empty(self, expr)):
            told = [*told, why]
        for text in dict.fromkeys(told):
            warnings.warn(text, PrometheusWarning, stacklevel=3)


@functools.lru_cache(maxsize=8)
def _connection(url, token):
    """A connection without further options; kept, because one that is open answers sooner."""
    return Connection(url, token=token or None)


def _picked(selector, limit):
    return ({"match[]": selector} if selector else {}) | ({"limit": limit} if limit else {})
