"""A recording rule against its definition: what was recorded, and what the expression gives for the same moments."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from promql import answers, dataframes, figures, times
from promql.errors import PrometheusError
from promql.times import Time

if TYPE_CHECKING:
    from promql.client import Prometheus

SAME = 1e-9  # relative difference of two numbers that count as equal


class Comparison:
    """`recorded` and `defined` are wide DataFrames of the same series at the same points in time, the rule's own
    evaluations, `every` ms; where one of them has no sample, it has dataframes.GAP, which is NaN."""

    def __init__(self, name: str, recorded: pd.DataFrame, defined: pd.DataFrame, every: int):
        self.name, self.recorded, self.defined, self.every = name, recorded, defined, every

    @property
    def difference(self) -> pd.DataFrame:
        """How much was recorded too much, as a share of the definition's value; 0 where both have a sample that is NaN,
        NaN where one of them has none."""
        apart = self.recorded - self.defined
        share = (apart / self.defined.abs().where(self.defined != 0, 1)).where(apart.abs() > 0, apart)
        equal = (self.recorded == self.defined) | (self.recorded.isna() & self.defined.isna())
        recorded, defined = self._sampled
        return share.mask(equal & recorded & defined, 0.0)

    @property
    def _sampled(self):
        """Where there are recorded samples, and where the definition's."""
        return ~dataframes.gaps(self.recorded), ~dataframes.gaps(self.defined)

    def __repr__(self):
        recorded, defined = self._sampled
        both, apart = recorded & defined, self.difference.abs().to_numpy(float)
        other = both & ~(apart <= SAME)  # a NaN in the place of a number as well
        size = f"{self.recorded.shape[1]} series, {len(self.recorded)} evaluations"
        lines = [f"{self.name}: {size}, one every {times.written(self.every)}."]
        if count := int(both.sum()):
            same = count - int(other.sum())
            lines.append(f"{same:,} of {count:,} samples are what the definition gives ({same / count:.1%}).")
            lines += [self._farthest(apart, other)] * bool(same < count)
        for one, what in (
            (recorded & ~defined, "recorded, but the definition gives nothing there"),
            (defined & ~recorded, "given by the definition, but not recorded"),
        ):
            if count := int(one.sum()):
                lines.append(f"{count:,} samples are {what}.")
        return "\n".join(lines)

    def _farthest(self, apart, other):
        """The largest of the differences, in a sentence."""
        sizes = np.where(other, np.nan_to_num(apart, nan=np.inf), -1)
        row, column = np.unravel_index(np.argmax(sizes), sizes.shape)
        share = f"{apart[row, column]:.2%}, " if np.isfinite(apart[row, column]) else ""
        return (
            f"The largest difference: {self.recorded.iat[row, column]:.6g} instead of "
            f"{self.defined.iat[row, column]:.6g}, {share}at "
            f"{times.pretty(self.recorded.index[row].timestamp() * 1000)}, "
            f"{dataframes.legend(self.recorded)[column]}."
        )

    def plot(self, title: str = "") -> Axes:
        """Draw what was recorded, and the definition dotted over it. Returns the axes."""
        label = "computed"
        both = answers.together([self.recorded, answers.with_label(self.defined, label, "definition")])
        return figures.figure(both, title or f"# {self.name}, recorded and by its definition", past=label)


def compare(prometheus: "Prometheus", name: str, expr: str = "", start: Time = "15m", end: Time = "now") -> Comparison:
    """Compare what the recording rule `name` recorded with `expr`, or with the definition that the server has loaded.

    The expression is evaluated at the moments of the recorded samples, so any difference is a real one: samples that
    came too late for the rule, or another definition than the recorded one. Labels that the rule adds are left out of
    the match. Raises PrometheusError if nothing was recorded, or no such rule is loaded; and as `query_range`.
    """
    first, last = times.span(start, end)
    with warnings.catch_warnings(record=True) as why:
        warnings.simplefilter("always")
        raw = prometheus.query(f"{name}[{times.written(max(last - first, 1))}]", last / 1000)
    if raw.empty:
        told = f"Nothing was recorded as {name} from {times.pretty(first)} to {times.pretty(last)}."
        raise PrometheusError(" ".join([told, *(str(one.message) for one in why)]))
    recorded = nameless(dataframes.raw_range(raw))
    stamps = recorded.index.as_unit("ms").asi8
    every = int(np.median(np.diff(stamps))) if len(stamps) > 1 else max(last - first, 1)
    grid = np.arange(stamps[-1] - (stamps[-1] - stamps[0]) // every * every, stamps[-1] + 1, every)
    defined = nameless(
        prometheus.query_range(expr or definition(prometheus, name), grid[0] / 1000, grid[-1] / 1000, every / 1000)
    )
    moments = pd.to_datetime(grid, unit="ms", utc=True).rename("time")
    recorded, defined = (
        one.set_axis(one.index.as_unit("ms")).reindex(moments.as_unit("ms"), fill_value=dataframes.GAP)
        for one in (recorded, defined)
    )
    return Comparison(name, *matched(recorded, defined), every)


def definition(prometheus: "Prometheus", name: str) -> str:
    """The expression of the one recording rule of that name that the server has loaded. Raises PrometheusError."""
    rules = prometheus.rules()
    found = rules.loc[(rules["name"] == name) & (rules["type"] == "recording"), "query"]
    if len(found) != 1:
        raise PrometheusError(f"{len(found)} recording rules {name} are loaded. Write the definition as the query.")
    return found.item()


def nameless(frame: pd.DataFrame) -> pd.DataFrame:
    """A wide frame without the metric's name."""
    return frame.set_axis(dataframes.columns(dataframes.without_name(frame)), axis=1)


def matched(recorded: pd.DataFrame, defined: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with a column for each label set that one of them has, without the labels that only the recorded have."""
    theirs = dataframes.label_sets(defined)
    known = {label for one in theirs for label in one}
    ours = [{label: text for label, text in one.items() if label in known} for one in dataframes.label_sets(recorded)]
    keys = [[tuple(sorted(one.items())) for one in sets] for sets in (ours, theirs)]
    every = [*dict.fromkeys(keys[0] + keys[1])]
    found = []
    for frame, own in zip((recorded, defined), keys, strict=True):
        table = frame.set_axis(pd.Index(range(len(own))), axis=1)
        places = {key: place for place, key in enumerate(own)}
        picked = table.reindex(columns=[places.get(key, -1) for key in every], fill_value=dataframes.GAP)
        found.append(picked.set_axis(dataframes.columns([dict(key) for key in every]), axis=1))
    return found[0], found[1]
