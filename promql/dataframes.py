"""Answers of Prometheus as DataFrames: tidy at one point in time, wide over a range."""

import contextlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from promql.decoding import (
    Data,
    Matrix,
    Series,
    decode_histogram,
    decode_histograms,
    decode_scalar,
    decode_series,
    milliseconds,
    samples_of,
    whole,
)
from promql.errors import PrometheusError
from promql.histograms import Histogram

LabelSet = dict[str, str]
GAP = np.int64(0x7FF8_0000_0000_0002).view(float)  # a NaN that is no sample's, as Prometheus has one for a series' end


def instant_frame(data: Data) -> pd.DataFrame:
    """The frame of an instant query, as `Prometheus.query` describes it."""
    if data.result_type in ("scalar", "string"):
        text = decode_scalar(data.result)[1]
        return pd.DataFrame({"value": [text if data.result_type == "string" else float(text)]})
    series = decode_series(data.result) or []
    if data.result_type == "vector":
        return tidy([one.metric for one in series], value=column([present(one) for one in series]))
    found = [(one.metric, *every(one)) for one in series]
    metrics = [metric for metric, _, values in found for _ in values]
    stamps = pd.to_datetime([moment for _, stamps, _ in found for moment in stamps], unit="ms", utc=True)
    return tidy(metrics, timestamp=stamps, value=column([value for _, _, values in found for value in values]))


def present(series: Series) -> float | Histogram:
    """The one sample of a series in an instant vector."""
    if series.histogram:
        return Histogram.decoded(decode_histogram(series.histogram)[1])
    return float(series.value[1])


def every(series: Series) -> tuple[np.ndarray, list[Any]]:
    """All samples of a series: their times in ms, ascending, and numbers or Histograms."""
    values: list[Any]
    stamps, values = samples_of(series.values)
    if not series.histograms:
        return milliseconds(stamps), values
    found = decode_histograms(series.histograms)
    times = np.concatenate([milliseconds(stamps), whole([moment for moment, _ in found])])
    both = [*values, *(Histogram.decoded(one) for _, one in found)]
    order = np.argsort(times, kind="stable")
    return times[order], [both[place] for place in order]


def column(values: list) -> np.ndarray:
    """Numbers as an array of floats; one of objects if native histograms are among them."""
    if not any(isinstance(value, Histogram) for value in values):
        return np.array(values, float)
    held = np.empty(len(values), object)
    held[:] = values
    return held


def range_table(data: Matrix, times: np.ndarray, step: int) -> tuple[list[LabelSet], np.ndarray, np.ndarray]:
    """The label sets of a range query, a row of samples for each, NaN where there is none, and the samples' times.

    `times` were asked for, `step` apart, all in ms; some servers round them down to multiples of the step, and then
    those are the times. Raises PrometheusError if the samples have still others.
    """
    series = data.result or []
    for grid in (times, times - times[0] % step):
        with contextlib.suppress(OffGrid):
            return [one.metric for one in series], filled(series, grid), grid
    raise PrometheusError("The server answered for other points in time than those asked for.")


def filled(series: list[Series], times: np.ndarray) -> np.ndarray:
    """A row of samples for each series on the grid `times` (ms). Raises OffGrid."""
    table = np.full((len(series), len(times)), GAP, object if any(one.histograms for one in series) else float)
    for row, one in zip(table, series, strict=True):
        if one.histograms:
            moments, mixed = every(one)
            row[places(moments, times)] = column(mixed)
            continue
        stamps, values = samples_of(one.values)
        if len(values) == len(times) and milliseconds(stamps[:1]) == times[0]:
            row[:] = values
        else:
            row[places(milliseconds(stamps), times)] = values
    return table


def joined(pieces: list[tuple[list[LabelSet], np.ndarray]]) -> tuple[list[LabelSet], np.ndarray]:
    """Tables of successive times as one: a row for each label set that any of them has."""
    if len(pieces) == 1:
        return pieces[0]
    rows: dict[tuple, int] = {}
    for metrics, _ in pieces:
        for metric in metrics:
            rows.setdefault(tuple(sorted(metric.items())), len(rows))
    kind = object if any(table.dtype == object for _, table in pieces) else float
    whole_table, at = np.full((len(rows), sum(table.shape[1] for _, table in pieces)), GAP, kind), 0
    for metrics, table in pieces:
        places = [rows[tuple(sorted(metric.items()))] for metric in metrics]
        whole_table[places, at : at + table.shape[1]] = table
        at += table.shape[1]
    return [dict(key) for key in rows], whole_table


def gaps(values: pd.Series | pd.DataFrame) -> np.ndarray:
    """Where a range frame, or a series of one, has no sample, rather than one that is NaN. None is no sample either."""
    held = values.to_numpy()
    if held.dtype != float:
        numbers = [GAP if one is None else one if isinstance(one, float) else 0.0 for one in held.ravel()]
        held = np.reshape(numbers, held.shape)
    return np.ascontiguousarray(held, float).view("int64") == GAP.view("int64")


def range_frame(metrics: list[LabelSet], table: np.ndarray, times: np.ndarray) -> pd.DataFrame:
    """The frame of a range query, as `Prometheus.query_range` describes it."""
    index = pd.to_datetime(times, unit="ms", utc=True).rename("time")
    return pd.DataFrame(table.T, index=index, columns=columns(metrics), copy=False)


class OffGrid(ValueError):
    """A sample's time is none of those asked for."""


def places(stamps: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Where in `times` these timestamps are; both in ms and ascending. Raises OffGrid."""
    at = np.searchsorted(times, stamps)
    if len(stamps) and (stamps[-1] > times[-1] or (times[at] != stamps).any()):
        raise OffGrid
    return at


def tidy(metrics: list[LabelSet], **values) -> pd.DataFrame:
    """A row and a column per label set and label, then `values`; one that a label is named like gets an underscore."""
    names = label_names(metrics)
    frame = pd.DataFrame({name: [metric.get(name, "") for metric in metrics] for name in names})
    for name, column in values.items():
        while name in names:
            name += "_"
        frame[name] = column
    return frame


def columns(metrics: list[LabelSet]) -> pd.Index:
    """The columns of a range frame for these label sets."""
    names = label_names(metrics)
    levels = [[metric.get(name, "") for metric in metrics] for name in names]
    if len(names) > 1:
        return pd.MultiIndex.from_arrays(levels, names=names)
    return pd.Index(levels[0], name=names[0]) if names else pd.Index(["value"] * len(metrics), dtype="str")


def label_names(metrics: Iterable[LabelSet]) -> list[str]:
    """Every label of these label sets once, the metric's name first."""
    return sorted({name for metric in metrics for name in metric}, key=lambda name: (name != "__name__", name))


def is_range(frame: pd.DataFrame) -> bool:
    """Whether a frame is wide, with a row per point in time."""
    return isinstance(frame.index, pd.DatetimeIndex)


def label_sets(frame: pd.DataFrame) -> list[LabelSet]:
    """The labels of each series of a frame of either form, without empty ones.

    A range vector asked at one point in time has several rows for a series, and a label set for each row.
    """
    if is_range(frame) and frame.columns.names == [None]:
        return [{} for _ in frame.columns]
    rows = frame.columns.to_frame() if is_range(frame) else frame[list(frame.columns)[: -own_columns(frame)]]
    return [{name: value for name, value in row.items() if value} for row in rows.to_dict("records")]


def is_raw(frame: pd.DataFrame) -> bool:
    """Whether a frame is a range vector asked at one point in time: a row per sample."""
    return not is_range(frame) and own_columns(frame) == 2


def raw_range(frame: pd.DataFrame) -> pd.DataFrame:
    """The wide form of such a frame: a row for each point in time that any of its series has."""
    sets = [tuple(sorted(one.items())) for one in label_sets(frame)]
    rows = {one: place for place, one in enumerate(dict.fromkeys(sets))}
    stamp, value = frame.columns[-2:]
    moments = pd.DatetimeIndex(frame[stamp].sort_values().unique())
    table = np.full((len(rows), len(moments)), GAP, frame[value].dtype)
    table[[rows[one] for one in sets], moments.get_indexer(frame[stamp])] = frame[value]
    return range_frame([dict(one) for one in rows], table, moments.as_unit("ms").asi8)


def own_columns(frame: pd.DataFrame) -> int:
    """How many columns at the end of a tidy frame are ours: the value, and the timestamp of a range vector."""
    return 1 + (len(frame.columns) > 1 and isinstance(frame.dtypes.iloc[-2], pd.DatetimeTZDtype))


def telling(metrics: list[LabelSet]) -> list[str]:
    """The labels in which these label sets differ; all of a single one."""
    return [name for name in label_names(metrics) if len(metrics) == 1 or len({one.get(name) for one in metrics}) > 1]


def without_name(frame: pd.DataFrame) -> list[LabelSet]:
    """The labels of each series of a frame without the metric's name."""
    return [{name: text for name, text in one.items() if name != "__name__"} for one in label_sets(frame)]


def legend(frame: pd.DataFrame, bare: str = "{}") -> list[str]:
    """A name for each series of a frame: the values of the labels in which they differ, with the labels' names where
    values alone are the same. `bare` is one that has none of those labels; a single one without labels is "value"."""
    metrics = label_sets(frame)
    names = telling(metrics)
    sets = [{name: one[name] for name in names if name in one} for one in metrics]
    found = [", ".join(one.values()) for one in sets]
    if len({*found}) < len(found):
        found = [", ".join(f"{name}={text}" for name, text in one.items()) for one in sets]
    return [one or (bare if len(found) > 1 else "value") for one in found]
