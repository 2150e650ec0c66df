"""What is in a server: its metrics, their labels, what they cost, and when their series came and went."""

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from promql import dataframes, ranges, syntax, times
from promql.errors import MissingEndpoint, PrometheusError, PrometheusWarning, Unreachable
from promql.times import Duration, Time

if TYPE_CHECKING:
    from promql.client import Prometheus

LISTED = 1000  # entries asked for at least: the labels of the most values are not those of the most bytes
SUFFIXES = re.compile("_(total|bucket|count|sum|created)$")  # of series that share the metadata of their family


def metrics(prometheus: "Prometheus") -> pd.DataFrame:
    """As `Prometheus.metrics`."""
    try:
        metadata = prometheus.get("metadata") or {}
    except MissingEndpoint as missing:
        warnings.warn(f"{missing} Types and help are left empty.", PrometheusWarning, stacklevel=3)
        metadata = {}
    rows = []
    for name in prometheus.label_values("__name__"):
        told = metadata.get(name) or metadata.get(SUFFIXES.sub("", name)) or [{}]
        rows.append({**told[0], "name": name})
    return table(rows, "name", "type", "unit", "help")


def find(prometheus: "Prometheus", words: str) -> pd.DataFrame:
    """As `Prometheus.find`."""
    found = metrics(prometheus)
    text = (found["name"] + " " + found["help"]).str.lower()
    for word in words.lower().split():
        found, text = found[(hit := text.str.contains(word, regex=False))], text[hit]
    return found.reset_index(drop=True)


def labels(prometheus: "Prometheus", selector: str | None) -> pd.DataFrame:
    """As `Prometheus.labels`."""
    values = {label: prometheus.label_values(label, selector) for label in prometheus.label_names(selector)}
    rows = [(label, len(some), some) for label, some in values.items()]
    return pd.DataFrame(rows, columns=["label", "count", "values"])


def exemplars(prometheus: "Prometheus", expr: str, start: Time, end: Time) -> pd.DataFrame:
    """As `Prometheus.exemplars`."""
    first, last = times.span(start, end)
    found = prometheus.get("query_exemplars", query=expr, start=times.seconds(first), end=times.seconds(last)) or []
    rows = [(one["seriesLabels"], exemplar) for one in found for exemplar in held(one, "exemplars")]
    stamps = pd.to_datetime([float(one["timestamp"]) for _, one in rows], unit="s", utc=True)
    values = np.array([float(one["value"]) for _, one in rows], float)
    own = pd.Series([one["labels"] for _, one in rows], dtype=object)
    return dataframes.tidy([metric for metric, _ in rows], exemplar=own, timestamp=stamps, value=values)


def targets(prometheus: "Prometheus") -> pd.DataFrame:
    """As `Prometheus.targets`."""
    fields = ("health", "lastError", "lastScrape", "lastScrapeDuration", "scrapeInterval", "scrapeUrl")
    return labelled(held(prometheus.get("targets", state="active"), "activeTargets"), *fields)


def rules(prometheus: "Prometheus") -> pd.DataFrame:
    """As `Prometheus.rules`."""
    groups = held(prometheus.get("rules"), "groups")
    found = [{**rule, "group": group["name"]} for group in groups for rule in held(group, "rules")]
    return table(found, "group", "name", "type", "state", "health", "query", "labels", "lastError")


def alerts(prometheus: "Prometheus") -> pd.DataFrame:
    """As `Prometheus.alerts`."""
    found = [{**one, "value": float(one["value"])} for one in held(prometheus.get("alerts"), "alerts")]
    return labelled(found, "state", "activeAt", "value", "annotations")


def held(answer: Mapping[str, Any] | None, key: str) -> list[dict[str, Any]]:
    """A list in an answer. Servers in Go write null for one that is empty."""
    return (answer or {}).get(key) or []


def table(rows: Iterable[Mapping[str, Any]], *fields: str) -> pd.DataFrame:
    """Objects of the API as a frame: a row per object, a column per field, "" where it is missing, times in UTC."""
    frame = pd.DataFrame([[row.get(field, "") for field in fields] for row in rows], columns=fields)
    for field in {"activeAt", "lastScrape"} & {*fields}:  # the year 1 is Go's "never", and no time to pandas
        frame[field] = pd.to_datetime(frame[field], utc=True, format="ISO8601", errors="coerce")
    return frame


def labelled(rows: list[dict], *fields: str) -> pd.DataFrame:
    """The same with a column per label in front."""
    return dataframes.tidy([row["labels"] or {} for row in rows], **table(rows, *fields))


def interval(prometheus: "Prometheus", name: str, default: str) -> str:
    """A global interval of the server's configuration, such as scrape_interval; `default` where it does not tell."""
    try:
        config = yaml.safe_load(prometheus.get("status/config")["yaml"])
    except Unreachable:
        raise
    except PrometheusError:  # a managed service keeps its configuration to itself
        return default
    return ((config or {}).get("global") or {}).get(name) or default


def untaken(names: list[str], *taken: str) -> list[str]:
    """Labels as names of columns where others are `taken`: a label of such a name gets an underscore."""
    return [name + "_" * (name in taken) for name in names]


def label_history(
    prometheus: "Prometheus", selector: str, start: Time, end: Time, step: Duration | None
) -> pd.DataFrame:
    """As `Prometheus.label_history`."""
    points, width = ranges.grid(start, end, step)
    every = f"last_over_time({selector}[{times.written(width)}]) or {selector}"  # what came and went between two points
    seen = prometheus.query_range(every, points[0] / 1000, points[-1] / 1000, width / 1000)
    sets, there = dataframes.label_sets(seen), ~dataframes.gaps(seen).T
    names, rows = dataframes.telling(sets), []
    for one, held in zip(sets, there, strict=True):
        at = np.flatnonzero(held)
        ends = seen.index[at[0]], seen.index[at[-1]], int((np.diff(at) > 1).sum())
        rows.append([*(one.get(name, "") for name in names), *ends])
    columns = [*untaken(names, "first", "last", "gaps"), "first", "last", "gaps"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["first", "last", *columns[: len(names)]], ignore_index=True)


@dataclass(frozen=True)
class Cardinality:
    """What a server holds. `series` is their number in its memory; None where it does not tell.

    `metrics` is a DataFrame of name, `series` (with a sample now), `share` of them all, and `gone` (in memory still,
    but without a sample now: churn). `labels` has label, its number of `values`, and their `bytes`. `pairs` has label,
    value, and `series`. Each is sorted, the dearest first.
    """

    series: int | None
    metrics: pd.DataFrame
    labels: pd.DataFrame
    pairs: pd.DataFrame

    def __repr__(self):
        return "\n\n".join([self._summary(), *(str(one) for one in self._tables())])

    def _repr_html_(self):
        return f"<p>{self._summary()}</p>" + "".join(one.to_html(index=False, notebook=True) for one in self._tables())

    def _tables(self):
        return [one for one in (self.metrics, self.labels, self.pairs) if not one.empty]

    def _summary(self):
        total = (
            "The server does not tell how many series it holds" if self.series is None else f"{self.series:,} series"
        )
        return f"{total}. The dearest metrics, labels, and pairs of label and value:"


def cardinality(prometheus: "Prometheus", limit: int) -> Cardinality:
    """As `Prometheus.cardinality`."""
    try:
        status = prometheus.get("status/tsdb", limit=max(limit, LISTED)) or {}
    except MissingEndpoint:  # of a managed service, or Mimir: the queries tell as much
        status = {}
    memory = _counts(status, "seriesCountByMetricName", limit)
    names = "|".join(map(re.escape, memory))
    every = '{__name__!=""}'
    picked = syntax.selector(matchers=[("__name__", "=~", names)]) if names else every
    with warnings.catch_warnings(action="ignore", category=PrometheusWarning):
        now = prometheus.query(f"topk({limit}, count by (__name__) ({picked}))")
        total = prometheus.query(f"count({every})")["value"].sum()
    live = dict(zip(now.iloc[:, 0], now["value"].astype(int), strict=True)) if len(now) else {}
    rows = [(name, live.get(name, 0), live.get(name, 0) / (total or 1)) for name in {**memory, **live}]
    metrics = pd.DataFrame(rows, columns=["name", "series", "share"])
    metrics["gone"] = [memory[name] - live.get(name, 0) if name in memory else 0 for name in metrics["name"]]
    values, sizes = _counts(status, "labelValueCountByLabelName", limit), _counts(status, "memoryInBytesByLabelName")
    labels = [(label, count, sizes.get(label)) for label, count in values.items()]
    pairs = [
        (*pair.split("=", 1), count) for pair, count in _counts(status, "seriesCountByLabelValuePair", limit).items()
    ]
    return Cardinality(
        (status.get("headStats") or {}).get("numSeries", status.get("totalSeries")),
        metrics.sort_values(["series", "gone"], ascending=False, ignore_index=True),
        pd.DataFrame(labels, columns=["label", "values", "bytes"]).astype({"bytes": "Int64"}),
        pd.DataFrame(pairs, columns=["label", "value", "series"]),
    )


def _counts(status, key, limit=None):
    """One list of the server's statistics, as a dict in its order: the largest first."""
    return {one["name"]: int(one["value"]) for one in held(status, key)[:limit]}
