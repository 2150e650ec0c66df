"""Native histograms as data: their quantiles, the share of their observations in an interval, and their buckets.

https://prometheus.io/docs/specs/native_histograms/
"""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from promql.decoding import RawHistogram

FINEST, COARSEST = 8, -4  # the schemas of exponential buckets: 2**8 buckets from 1 to 2, one bucket from 1 to 2**16


class Bucket(NamedTuple):
    """`count` observations from `low` to `high`."""

    low: float
    high: float
    count: float  # type: ignore[assignment]  # the tuple's method of that name is never called


@dataclass(frozen=True)
class Histogram:
    """A native histogram: the number of observations, their sum, and the buckets that hold any, lowest first."""

    count: float
    sum: float
    buckets: tuple[Bucket, ...]

    @classmethod
    def decoded(cls, raw: RawHistogram) -> "Histogram":
        """The histogram in an answer of Prometheus."""
        buckets = tuple(Bucket(float(low), float(high), float(count)) for _, low, high, count in raw.buckets)
        return cls(float(raw.count), float(raw.sum), buckets)

    def __repr__(self):
        reach = f", {self.buckets[0].low:.3g} to {self.buckets[-1].high:.3g}" if self.buckets else ""
        return f"<{self.count:g} observations, sum {self.sum:.3g}{reach}>"

    @property
    def mean(self) -> float:
        """The average observation, NaN if there is none."""
        return self.sum / self.count if self.count else math.nan

    def quantile(self, q: float) -> float:
        """What a share `q` of the observations does not exceed, estimated as PromQL's histogram_quantile does.

        Inside a bucket observations are thought to spread evenly, on a logarithmic scale where buckets are exponential.
        An answer does not tell which buckets are; those whose ends are powers of one base are taken for them.
        https://github.com/prometheus/prometheus/blob/main/promql/quantile.go
        """
        if not 0 <= q <= 1:
            return math.nan if math.isnan(q) else math.copysign(math.inf, q)
        if not self.count or not self.buckets:
            return math.nan
        up = q < 0.5 or math.isnan(self.sum)  # from this end, as Prometheus does: empty buckets may lie at the rank
        rank, seen = (q if up else 1 - q) * self.count, 0.0
        for bucket in self._bounded if up else reversed(self._bounded):
            seen += bucket.count
            if seen >= rank:
                break
        low, high, _ = bucket
        if math.isinf(low) or math.isinf(high):
            return high if math.isinf(low) else low
        seen = min(seen, self.count)  # where counts are below zero, as in a difference, the rank may lie nowhere
        if seen < rank:
            return math.nan if math.isnan(self.sum) else high
        return self._value(bucket, (rank - seen + bucket.count if up else seen - rank) / bucket.count)

    def fraction(self, low: float, high: float) -> float:
        """The share of the observations between `low` and `high`, estimated as PromQL's histogram_fraction does."""
        if not self.count or math.isnan(low) or math.isnan(high):
            return math.nan
        return (self._below(high) - self._below(low)) / self.count if low < high else 0.0

    @functools.cached_property
    def _exponential(self):
        ends = [abs(end) for bucket in self.buckets if not bucket.low < 0 < bucket.high for end in bucket[:2]]
        if not ends or not all(0 < end < math.inf for end in ends):
            return not ends
        logs = np.log2(ends)
        widths = np.abs(np.diff(logs.reshape(-1, 2))).ravel()
        schema = -math.log2(widths[0])
        grid = logs / widths[0]
        return bool(
            COARSEST - 1e-9 <= schema <= FINEST + 1e-9
            and abs(schema - round(schema)) < 1e-6
            and np.allclose(widths, widths[0], rtol=1e-6)
            and np.abs(grid - np.rint(grid)).max() < 1e-6
        )

    @functools.cached_property
    def _bounded(self):
        """The buckets, those around zero narrowed to where observations can be: above it if no bucket lies below."""
        negative, positive = (any(ends) for ends in zip(*((high <= 0, low >= 0) for low, high, _ in self.buckets)))
        if not self._exponential:
            return [Bucket(0.0 if low == -math.inf and high > 0 else low, high, n) for low, high, n in self.buckets]
        around = {(True, False): (-math.inf, 0.0), (False, True): (0.0, math.inf)}.get((negative, positive))
        lowest, highest = around or (-math.inf, math.inf)
        return [
            Bucket(max(low, lowest), min(high, highest), n) if low < 0 < high else Bucket(low, high, n)
            for low, high, n in self.buckets
        ]

    def _value(self, bucket, share):
        """Where that share of a bucket's observations ends."""
        low, high, _ = bucket
        if not self._exponential or low <= 0 <= high:
            return low + (high - low) * share
        return math.copysign(abs(low) ** (1 - share) * abs(high) ** share, low)

    def _below(self, value):
        """How many observations are below a value."""
        total = 0.0
        for low, high, count in self._bounded:
            if not self._exponential and low <= 0 <= high:
                low = 0.0  # as Prometheus has it, even where an end below 0 was given
            if low >= value:
                break
            total += count * (1.0 if high <= value else self._share(Bucket(low, high, count), value))
        return min(total, self.count)

    def _share(self, bucket, value):
        """Which share of a bucket's observations is below a value inside it."""
        low, high, _ = bucket
        if math.isinf(low) or math.isinf(high):
            return float(math.isinf(low))
        if not self._exponential or low <= 0 <= high:
            return (value - low) / (high - low)
        return math.log(value / low) / math.log(high / low)


def buckets(frame: pd.DataFrame) -> pd.DataFrame:
    """The buckets of a wide frame of native histograms, those of all its series added up.

    A row per point in time, a column per bucket with its ends (`low`, `high`), lowest first, observations as values;
    0 where a histogram has nothing in a bucket, NaN where there is no histogram.
    """
    rows = [counts(row) for row in frame.to_numpy()]
    ends = sorted({ends for row in rows for ends in row or ()})
    table = [[math.nan if row is None else row.get(one, 0.0) for one in ends] for row in rows]
    columns = pd.MultiIndex.from_tuples(ends, names=["low", "high"])
    return pd.DataFrame(table, index=frame.index, columns=columns, dtype=float)


def counts(row: Iterable) -> dict[tuple[float, float], float] | None:
    """The observations in each bucket of the histograms of one point in time; None if there is no histogram."""
    found = [one for one in row if isinstance(one, Histogram)]
    total: dict[tuple[float, float], float] = {}
    for low, high, count in (bucket for one in found for bucket in one.buckets):
        total[low, high] = total.get((low, high), 0.0) + count
    return total if found else None


def quantile(frame: pd.DataFrame, q: float) -> pd.DataFrame:
    """A wide frame of native histograms with their quantile `q` (0 to 1) in their place, NaN where there is none."""
    return frame.map(lambda one: one.quantile(q) if isinstance(one, Histogram) else math.nan)


def fraction(frame: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """A wide frame of native histograms with the share of their observations between `low` and `high` in their place,
    NaN where there is none."""
    return frame.map(lambda one: one.fraction(low, high) if isinstance(one, Histogram) else math.nan)


def has_histograms(frame: pd.DataFrame) -> bool:
    """Whether native histograms are among the samples of a frame of either form."""
    held = frame.loc[:, [kind.kind == "O" for kind in frame.dtypes]]
    return any(isinstance(one, Histogram) for one in held.to_numpy(object).ravel())
