"""A client of Prometheus's HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

import os
import re
import warnings

import msgspec
import numpy as np
import pandas as pd
import urllib3

from promql import errors, frames, hints, times

LIMIT = 11_000  # steps of a range query, fixed in Prometheus
_connected = None  # the Prometheus that `connect` made last


def connect(url, **options):
    """Make the server at `url` the one that `Prometheus()` and the magics ask, unless the variable PROMETHEUS_URL names
    another, which a line then says; return it. Options as for Prometheus; they last as long as the connection."""
    global _connected
    _connected = Prometheus(url, **options)
    if (named := os.environ.get("PROMETHEUS_URL", "").rstrip("/")) not in ("", _connected.url):
        print(f'Queries go to {named}, not to {url}: PROMETHEUS_URL is set. Unset it: del os.environ["PROMETHEUS_URL"]')
    return _connected


class Prometheus:
    """A Prometheus server, or one that speaks its API.

    url: its address, else the variable PROMETHEUS_URL, else the server last given to `connect`.
    headers: sent with each request. token: a bearer token, as managed services want. timeout: seconds for one answer,
    30 by default. Those not given are the ones of `connect`, if `url` is not given and the server is the same.

    Queries go by POST, which knows no limit of length. They only read, so one that did not reach the server is sent
    again, up to twice; one that may have begun is not, because that would double the load of too heavy a query.
    """

    def __init__(self, url=None, headers=None, token=None, timeout=None):
        options = {"headers": headers, "token": token, "timeout": timeout}
        given = {name: option for name, option in options.items() if option is not None}
        if url is None:
            url = os.environ.get("PROMETHEUS_URL") or (_connected.url if _connected else "")
            if _connected and _connected.url == url.rstrip("/"):
                given = _connected.options | given
        if not re.match("https?://", url):
            what = f"{url!r} is not the address of a Prometheus" if url else "No Prometheus is connected"
            raise errors.PrometheusError(f"{what}. {errors.ANOTHER}")
        self.url, self.options, self.timeout = url.rstrip("/"), given, given.get("timeout", 30)
        retries = urllib3.Retry(connect=2, read=0, status=0, other=0, redirect=False, backoff_factor=0.1)
        self._http = urllib3.PoolManager(retries=retries, timeout=urllib3.Timeout(connect=5, read=self.timeout + 2))
        self._headers = {"Accept-Encoding": "identity" if loopback(self.url) else "gzip", **given.get("headers", {})}
        if given.get("token"):
            self._headers["Authorization"] = f"Bearer {given['token']}"

    def __repr__(self):
        return f"Prometheus({self.url!r})"

    def query(self, expr, time="now"):
        """The values of `expr` at one instant: a tidy DataFrame with a row per series, a column per label, "" where a
        series lacks it, and `value`. A label named `value` keeps its name; ours is then `value_`.

        A range vector has a row per sample and a column `timestamp` (UTC) more; a scalar or a string is one `value`.
        `time` is written as in `query_range`. PrometheusWarning tells what the server warned of, or which name of an
        empty answer does not exist. Raises QueryError, Unreachable, NativeHistogramError, InvalidTime.
        https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
        """
        data = self._query("query", expr, time=seconds(times.instant(time, times.current())))
        frame = frames.instant_frame(data)
        self._explain_if_empty(expr, frame)
        return frame

    def query_range(self, expr, start="15m", end="now", step=None):
        """The values of `expr` at every `step` from `start` to `end`: a wide DataFrame with a row per instant (UTC) and
        a column per series, NaN where a series has no sample.

        The columns have a level per label, "" where a series lacks it; without labels there is one column, `value`.
        `frame.set_axis(legend(frame), axis=1)` gives them one short name each.
        start, end: 'now', 'now-1h', an ISO text or a datetime with a zone, Unix seconds; a start of '15m' is that long
        before the end. step: '15s', seconds, a timedelta; None takes a round one that makes at most 250 steps.
        Warns as `query` does. Raises TooManyPoints, and what `query` raises.
        https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
        """
        now = times.current() // 1000 * 1000  # so that tables have readable times
        end = times.instant(end, now)
        start = times.instant(start, now if str(start).startswith("now") else end)
        step = times.nice_step(start, end) if step is None else times.duration(step)
        if end < start:
            raise errors.InvalidTime(f"The range ends ({times.pretty(end)}) before it starts ({times.pretty(start)}).")
        if step <= 0:
            raise errors.InvalidTime("The step must be longer than zero.")
        if (points := (end - start) // step) > LIMIT:
            raise errors.TooManyPoints(
                f"{times.pretty(start)} to {times.pretty(end)} by {step / 1000:g}s makes {points:,} points of each "
                f"series. Prometheus gives at most {LIMIT:,}: a step of {-(-(end - start) // LIMIT // 1000)}s fits."
            )
        data = self._query("query_range", expr, start=seconds(start), end=seconds(end), step=seconds(step))
        frame = frames.range_frame(data, np.arange(start, end + 1, step))
        self._explain_if_empty(expr, frame)
        return frame

    def metrics(self):
        """The metrics: a DataFrame of name, type, unit and help, the latter empty where no target tells them now.
        https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metric-metadata"""
        known, rows = self._get("metadata"), []
        for name in self.values("__name__"):
            family = re.sub("_(total|bucket|count|sum|created)$", "", name)
            rows.append({**(known.get(name) or known.get(family) or [{}])[0], "name": name})
        return frames.table(rows, "name", "type", "unit", "help")

    def labels(self, selector=None):
        """The labels of the series that `selector` picks, such as 'up{job="api"}', or of all: a DataFrame of label, the
        count of its values, and values. https://prometheus.io/docs/prometheus/latest/querying/api/#getting-label-names"""
        values = {label: self.values(label, selector) for label in self.label_names(selector)}
        rows = [(label, len(some), some) for label, some in values.items()]
        return pd.DataFrame(rows, columns=["label", "count", "values"])

    def targets(self):
        """The targets that are scraped: a DataFrame of their labels, and fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#targets (lastScrape in UTC, NaT if there was none
        yet; lastScrapeDuration in seconds)."""
        fields = ("health", "lastError", "lastScrape", "lastScrapeDuration", "scrapeInterval", "scrapeUrl")
        return frames.labelled(self._get("targets", state="active")["activeTargets"], *fields)

    def rules(self):
        """Recording and alerting rules: a DataFrame of fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#rules, and their group."""
        rules = [{**rule, "group": group["name"]} for group in self._get("rules")["groups"] for rule in group["rules"]]
        return frames.table(rules, "group", "name", "type", "state", "health", "query", "labels", "lastError")

    def alerts(self):
        """Alerts that are pending or firing: a DataFrame of their labels, and fields named as in
        https://prometheus.io/docs/prometheus/latest/querying/api/#alerts (activeAt in UTC, value a number)."""
        alerts = [{**alert, "value": float(alert["value"])} for alert in self._get("alerts")["alerts"]]
        return frames.labelled(alerts, "state", "activeAt", "value", "annotations")

    def label_names(self, selector=None):
        """The names of the labels of the series that `selector` picks, or of all, as a list."""
        return self._get("labels", selector)

    def values(self, label, selector=None):
        """The values of a label in the series that `selector` picks, or in all, as a list."""
        return self._get(f"label/{escape(label)}/values", selector)

    def _get(self, path, selector=None, **fields):
        fields |= {"match[]": selector} if selector else {}
        return msgspec.json.decode(self._ask("GET", path, selector, fields=fields).data)

    def _query(self, path, expr, **fields):
        fields = {"query": expr, "timeout": f"{self.timeout * 1000:.0f}ms", **fields}
        answer = self._ask("POST", path, expr, fields=fields, encode_multipart=False)
        for text in answer.warnings + answer.infos:
            warnings.warn(text, errors.PrometheusWarning, stacklevel=3)
        return frames.decode_data(answer.data)

    def _ask(self, method, path, query, **body):
        try:
            response = self._http.request(method, f"{self.url}/api/v1/{path}", headers=self._headers, **body)
        except urllib3.exceptions.HTTPError as error:
            raise errors.unreachable(self.url, getattr(error, "reason", None) or error) from None
        try:
            answer = frames.decode_answer(response.data)
        except ValueError:
            raise errors.stranger(self.url, response.status, response.data.decode(errors="replace")) from None
        if answer.status != "success":
            raise errors.refused(query or "", response.status, answer.error)
        return answer

    def _explain_if_empty(self, expr, frame):
        if frame.empty and (why := hints.empty(self, expr)):
            warnings.warn(why, errors.PrometheusWarning, stacklevel=3)


def loopback(url):
    """Whether `url` is on this machine, where gzip costs seven times what it saves."""
    return re.match(r"https?://(localhost|127\.[\d.]+|\[::1\])([:/]|$)", url) is not None


def escape(label):
    """A label's name in a path: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values"""
    if re.fullmatch(r"\w+", label, re.ASCII):
        return label
    return "U__" + re.sub(r"[^a-zA-Z0-9]", lambda found: "__" if found[0] == "_" else f"_{ord(found[0]):x}_", label)


def seconds(ms):
    return f"{ms / 1000:.3f}"
