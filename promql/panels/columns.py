"""A panel's series as Grafana treats them: columns of tables, with field options, coloured, reduced to one number."""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from promql.dataframes import gaps
from promql.panels import colors, mappings, reducers
from promql.panels.colors import UNNAMED
from promql.panels.units import format_value

LEVELS = {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 80}]}


@dataclass
class Column:
    """One series of a panel, or another column of a table: its labels, its values (a Series over UTC instants, NaN in
    gaps), the query it answers, its name in the legend, its field options (`config`, overrides included), the ends of
    its scale (`limits`), the `kind` of its values (number, string, time, boolean), and its `rank` in the panel.

    `own` is the column's name before it is given one to show, `legend` the name that its query wants; `labels` is None
    where a column cannot have any.
    """

    labels: dict | None
    values: pd.Series
    query: tuple
    name: str = ""
    config: dict = field(default_factory=dict)
    limits: tuple = (0, 100)
    own: str = "Value"
    kind: str = "number"
    legend: str = ""
    rank: int = 0

    @property
    def finite(self):
        """The samples as they are drawn: an infinite one is a gap."""
        values = self.values.astype(float)
        return values.where(np.isfinite(values))

    def reduce(self, calc="lastNotNull"):
        """One number out of the samples by a calculation of Grafana's, such as mean, max or p95; NaN if there is none.

        Of a column of texts or times, the first, the last and the counts are known; None is no value. A sample that is
        NaN is first, last and counted, and left out of all else.
        """
        present = (
            self.values[~gaps(self.values)] if calc in ("first", "last", "count", "countAll") else self.values.dropna()
        )
        if self.kind == "number":
            filled = self.values.fillna(0) if self.config.get("nullValueMode") == "null as zero" else present
            return reducers.reduce(filled.to_numpy(float), calc)
        if "count" in calc.lower():
            return float(len(present.unique()) if calc == "distinctCount" else len(present))
        if calc.startswith(("first", "last")) and len(present):
            return present.iloc[0 if calc.startswith("first") else -1]
        return 0.0 if calc in ("sum", "delta") else None

    def text(self, value):
        """A value as the panel shows it: mapped to a text, or in its unit with its decimals. None is no value, NaN is
        one in a column of numbers."""
        if missing(value) and self.kind != "number":
            value = None
        if isinstance(value, str) and dated(self.config.get("unit")) and self.config["unit"] != "dateTimeAsSystem":
            at = pd.to_datetime(value, utc=True, errors="coerce")
            value = math.nan if at is pd.NaT else at
        mapped = mappings.result(self.config.get("mappings"), value).get("text")
        if mapped is not None or value is None:
            return (self.config.get("noValue") or "") if mapped is None else mapped
        unit, decimals = self.config.get("unit"), self.config.get("decimals")
        if isinstance(value, pd.Timestamp):
            return format_value(value.timestamp() * 1000, unit if dated(unit) else "dateTimeAsIso")
        if isinstance(value, bool | np.bool_):
            return format_value(value, unit if (unit or "").startswith("bool") else "bool")
        if isinstance(value, str):
            number = mappings.number(value) if unit and unit != "string" else math.nan
            return value if math.isnan(number) or not numeric(value) else format_value(number, unit, decimals)
        return "NaN" if math.isnan(value) else format_value(value, unit, decimals)

    def color(self, value):
        """Grafana's name of a value's colour: that of its mapping, or what the colour scheme makes of it."""
        own = mappings.result(self.config.get("mappings"), value).get("color")
        if own:
            return own
        scheme = self.config.get("color") or {}
        if colors.is_of_series(scheme.get("mode")):
            return colors.of_series(scheme, self.rank)
        continuous = scheme.get("mode") in colors.SCHEMES or scheme.get("mode") in colors.MAPS
        if isinstance(value, bool | np.bool_):
            return colors.scheme(scheme["mode"], float(value)) if continuous else "green" if value else "red"
        at = mappings.number(value) if not isinstance(value, pd.Timestamp) else math.nan
        at = -math.inf if at is None or math.isnan(at) else at
        if continuous:
            return colors.scheme(scheme["mode"], self.share(at))
        model = self.config.get("thresholds") or {}
        return active(model, 100 * self.share(at) if model.get("mode") == "percentage" else at)

    def share(self, value):
        """How far a value is on its scale, 0 at its least and 1 at its greatest end."""
        low, high = self.limits
        with np.errstate(all="ignore"):
            found = float(np.divide(value - low, high - low)) if value > -math.inf else 0.0
        return 0.0 if math.isnan(found) else found

    def thresholds(self):
        """The thresholds as (value, colour); those in percent are turned into values of the scale."""
        model, (low, high) = self.config.get("thresholds") or {}, self.limits
        base, unit = (low, (high - low) / 100) if model.get("mode") == "percentage" else (0, 1)
        return [(base + unit * at, paint) for at, paint in levels(model)]


def levels(model):
    """Thresholds as (value, colour). The first has no lower end, whatever it says, and one without a value ends them, as
    JavaScript compares; null is 0."""
    steps = model.get("steps") or []
    whole = itertools.takewhile(lambda one: "value" in one, steps[1:])
    levels = [(one["value"] or 0, one.get("color") or UNNAMED) for one in whole]
    return [(-math.inf, one.get("color") or UNNAMED) for one in steps[:1]] + levels


def active(model, value):
    """The colour of the last threshold that a value reaches before one that it does not."""
    found = (levels(model) or [(-math.inf, UNNAMED)])[0][1]
    for level, paint in levels(model):
        if value < level:
            break
        found = paint
    return found


def missing(value):
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT


def milliseconds(value):
    """A cell as Grafana has it: a moment in ms since 1970."""
    return value.value // 1_000_000 if isinstance(value, pd.Timestamp) else value


def dated(unit):
    return bool(unit) and (unit.startswith(("dateTime", "time:")))


def numeric(text):
    """Whether JavaScript reads a text as a number."""
    try:
        return bool(text.strip()) and math.isfinite(float(text))
    except ValueError:
        return False


@dataclass(eq=False)
class Trend:
    """A cell that holds a series: its samples, and the number that stands for them, None if there is none."""

    samples: np.ndarray
    value: float | None


@dataclass
class Table:
    """Columns of one length, what Grafana calls a data frame: the letter of its query, and its name."""

    columns: list
    ref: str = ""
    name: str = ""

    def __len__(self):
        return len(self.columns[0].values) if self.columns else 0

    @property
    def time(self):
        """Its first column of times; None if it has none."""
        return next((one for one in self.columns if one.kind == "time"), None)
