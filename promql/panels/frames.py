"""A panel's series as Grafana treats them: named, given their field options, coloured, and reduced to one number."""

import math
import re
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from promql.panels import reducers
from promql.panels.migrations.shape import FIELD, fitting
from promql.panels.units import format_value, javascript

MATCHERS = {
    "byName": lambda wanted, frame: frame.name == wanted,
    "byRegexp": lambda wanted, frame: re.search(wanted.strip("/"), frame.name),
    "byFrameRefID": lambda wanted, frame: frame.query.ref == wanted,
    "byType": lambda wanted, frame: wanted == "number",
}


@dataclass
class Frame:
    """One series of a panel: its labels, its samples (a Series over UTC instants, NaN in gaps), the query it answers,
    its name in the legend, its field options (`config`, overrides included), and the ends of its scale (`limits`)."""

    labels: dict
    values: pd.Series
    query: tuple
    name: str = ""
    config: dict = field(default_factory=dict)
    limits: tuple = (0, 100)

    @property
    def finite(self):
        """The samples as they are drawn: an infinite one is a gap."""
        return self.values.where(np.isfinite(self.values))

    def reduce(self, calc="lastNotNull"):
        """One number out of the samples by a calculation of Grafana's, such as mean, max or p95."""
        return reducers.reduce(self.values.dropna(), calc)

    def text(self, value):
        """A value as the panel shows it: mapped to a text, or in its unit with its decimals. None is no value."""
        mapped = self._mapping(value).get("text")
        if mapped is not None or value is None:
            return mapped or self.config.get("noValue") or ""
        return "NaN" if math.isnan(value) else format_value(value, self.config.get("unit"), self.config.get("decimals"))

    def color(self, value):
        """Grafana's name of a value's colour: that of its mapping, or of the highest threshold that it reaches."""
        steps = self.thresholds() or [(-math.inf, "green")]
        reached = [color for at, color in steps if value is not None and value >= at]
        return self._mapping(value).get("color") or (reached or [steps[0][1]])[-1]

    def thresholds(self):
        """The thresholds as (value, colour); those in percent are turned into values of the scale."""
        model, (low, high) = self.config.get("thresholds") or {}, self.limits
        base, unit = (low, (high - low) / 100) if model.get("mode") == "percentage" else (0, 1)
        steps = [(step.get("value"), step["color"]) for step in model.get("steps", [])]
        return [(-math.inf if at is None else base + unit * at, color) for at, color in steps]

    def _mapping(self, value):
        missing = value is None or math.isnan(value)
        for mapping in self.config.get("mappings") or []:
            kind, options = mapping["type"], mapping["options"]
            if kind == "special" and missing and ("null" if value is None else "nan") in options["match"]:
                return options["result"]
            if kind == "value" and not missing and javascript(value) in options:
                return options[javascript(value)]
            if kind == "range" and not missing:
                low, high = (options.get(end) for end in ("from", "to"))
                if (-math.inf if low is None else low) <= value <= (math.inf if high is None else high):
                    return options["result"]
        return {}


def finish(frames, options, samples):
    """Give the frames of a panel their names, the field options, and a scale: its own, or that of all samples."""
    for frame in frames:
        frame.name = _name(frame, frames)
    samples = samples[np.isfinite(samples)]
    seen = (samples.min(), samples.max()) if len(samples) else (0, 100)
    for frame in frames:
        frame.config = config = configure(options, frame)
        own = config.get("min"), config.get("max")
        frame.limits = tuple(other if limit is None else limit for limit, other in zip(own, seen, strict=True))
        frame.name = _labelled(r"\${__field\.labels\.(\w+)}", config.get("displayName") or frame.name, frame.labels)
    return frames


def configure(options, frame):
    """The field options of a frame: the panel's defaults, changed by the overrides that match."""
    config = deepcopy(options.get("defaults") or {})
    for override in options.get("overrides") or []:
        matcher = override.get("matcher") or {}
        matches = MATCHERS.get(matcher.get("id"), lambda *_: False)
        for change in (override.get("properties") or []) if matches(matcher.get("options"), frame) else []:
            *path, last = (change.get("id") or "").split(".")
            place = config
            for key in path:
                place[key] = place.get(key) if isinstance(place.get(key), dict) else {}
                place = place[key]
            place[last] = change.get("value")
    return fitting(config, FIELD)


def _name(frame, frames):
    query, labels = frame.query, frame.labels
    if query.format == "table":
        return "Value" if len({one.query.ref for one in frames}) == 1 else f"Value #{query.ref}"
    if query.format == "heatmap":
        return labels["le"]
    if query.legend not in ("", "__auto"):
        return _labelled(r"{{\s*(.+?)\s*}}", query.legend, labels)
    if query.legend == "__auto" and labels:
        return _automatic(frame, frames)
    return (
        labels.get("__name__", "") + _written({key: labels[key] for key in labels if key != "__name__"})
        if labels
        else query.expr
    )


def _automatic(frame, frames):
    """The value of the only label that there is, else the labels that tell the series of a query apart."""
    labels, siblings = frame.labels, [one.labels for one in frames if one.query.ref == frame.query.ref]
    names = {name for one in frames for name in one.labels}
    if len(names) == 1:
        return labels[names.pop()]
    if "__name__" in labels and len(siblings) > 1:
        labels = {name: value for name, value in labels.items() if any(one.get(name) != value for one in siblings)}
    return _written(labels)


def _labelled(pattern, text, labels):
    return re.sub(pattern, lambda found: labels.get(found[1], ""), text)


def _written(labels):
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def buckets(found):
    """Cumulative buckets, as (labels, Series), turned into the observations of each bucket alone, lowest first.

    Less than 1e-9 counts as nothing, as in Grafana: it is what floating point leaves of a difference.
    """
    found = sorted(found, key=lambda one: float(one[0]["le"]))
    below = [0.0, *(values for _, values in found)]
    alone = [(labels, values - under) for (labels, values), under in zip(found, below, strict=False)]
    return [(labels, values.mask(values < 1e-9, 0.0)) for labels, values in alone]
