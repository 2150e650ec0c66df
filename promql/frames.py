"""Answers of Prometheus, decoded into DataFrames.

https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
"""

import re

import msgspec
import numpy as np
import pandas as pd

from promql.errors import NativeHistogramError, PrometheusError

NOTHING = msgspec.Raw(b"")


class Answer(msgspec.Struct):
    status: str
    data: msgspec.Raw = NOTHING
    error: str = ""
    warnings: list[str] = []
    infos: list[str] = []


class Data(msgspec.Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class Series(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str] = (0, "NaN")
    values: msgspec.Raw = NOTHING
    histogram: msgspec.Raw = NOTHING
    histograms: msgspec.Raw = NOTHING


decode_answer = msgspec.json.Decoder(Answer).decode
decode_data = msgspec.json.Decoder(Data).decode
decode_scalar = msgspec.json.Decoder(tuple[float, str]).decode
decode_numbers = msgspec.json.Decoder(list[float]).decode
_decode_series = msgspec.json.Decoder(list[Series]).decode


def decode_series(result):
    series = _decode_series(result)
    if any(one.histogram or one.histograms for one in series):
        raise NativeHistogramError(
            "The answer holds native histograms, which are not numbers. Ask for a number of theirs: "
            "histogram_quantile(0.95, ...), histogram_count(...), histogram_sum(...) or histogram_avg(...)."
        )
    return series


def instant_frame(data):
    """The frame of an instant query, as `Prometheus.query` describes it."""
    if data.result_type in ("scalar", "string"):
        text = decode_scalar(data.result)[1]
        return pd.DataFrame({"value": [text if data.result_type == "string" else float(text)]})
    series = decode_series(data.result)
    if data.result_type == "vector":
        return tidy([one.metric for one in series], value=np.array([one.value[1] for one in series], float))
    samples = [samples_of(one.values) for one in series]
    metrics = [one.metric for one, (_, values) in zip(series, samples) for _ in values]
    stamps = pd.to_datetime([moment for stamps, _ in samples for moment in milliseconds(stamps)], unit="ms", utc=True)
    return tidy(metrics, timestamp=stamps, value=[value for _, values in samples for value in values])


def range_frame(data, times):
    """The frame of a range query on its grid of instants, as `Prometheus.query_range` describes it."""
    series = decode_series(data.result)
    table = np.full((len(series), len(times)), np.nan)
    for row, one in zip(table, series):
        stamps, values = samples_of(one.values)
        if len(values) == len(times) and milliseconds(stamps[:1]) == times[0]:
            row[:] = values
        else:
            row[places(milliseconds(stamps), times)] = values
    index = pd.to_datetime(times, unit="ms", utc=True).rename("time")
    return pd.DataFrame(table.T, index=index, columns=columns([one.metric for one in series]), copy=False)


def samples_of(values):
    """The samples `[[1.5,"2"],[3,"NaN"]]` as their timestamps, still text, and their values.

    Quotes stand around the values alone, so one split parts both. msgspec reads plain numbers fastest, but neither NaN
    nor +Inf; these are rare, and float() reads them.
    """
    pieces = bytes(values).split(b'"')
    try:
        return pieces[:-1:2], decode_numbers(b"[" + b",".join(pieces[1::2]) + b"]")
    except msgspec.DecodeError:
        return pieces[:-1:2], [float(value) for value in pieces[1::2]]


def milliseconds(stamps):
    """Timestamps as `samples_of` leaves them, in whole ms."""
    seconds = b"".join(stamps).translate(None, b"[] \n").replace(b",,", b",").strip(b",")
    return np.rint(np.array(decode_numbers(b"[" + seconds + b"]")) * 1000).astype("int64")


def places(stamps, times):
    """Where in `times` these timestamps are; both in ms and ascending."""
    at = np.searchsorted(times, stamps)
    if stamps[-1] > times[-1] or (times[at] != stamps).any():
        raise PrometheusError(
            "The server answered for other instants than those asked for, as servers do that round times to the step. "
            "Give it a start that is a multiple of the step."
        )
    return at


def tidy(metrics, **values):
    """A row and a column per label set and label, then `values`; one that a label is named like gets an underscore."""
    names = label_names(metrics)
    frame = pd.DataFrame({name: [metric.get(name, "") for metric in metrics] for name in names})
    for name, column in values.items():
        while name in names:
            name += "_"
        frame[name] = column
    return frame


def table(rows, *fields):
    """Objects of the API as a frame: a row per object, a column per field, "" where it is missing, times in UTC."""
    frame = pd.DataFrame([[row.get(field, "") for field in fields] for row in rows], columns=fields)
    for field in {"activeAt", "lastScrape"} & {*fields}:  # the year 1 is Go's "never", and no time to pandas
        frame[field] = pd.to_datetime(frame[field], utc=True, format="ISO8601", errors="coerce")
    return frame


def labelled(rows, *fields):
    """The same with a column per label in front."""
    return tidy([row["labels"] for row in rows], **table(rows, *fields))


def columns(metrics):
    """The columns of a range frame for these label sets."""
    names = label_names(metrics)
    levels = [[metric.get(name, "") for metric in metrics] for name in names]
    if len(names) > 1:
        return pd.MultiIndex.from_arrays(levels, names=names)
    return pd.Index(levels[0], name=names[0]) if names else pd.Index(["value"] * len(metrics), dtype="str")


def label_names(metrics):
    """Every label of these label sets once, the metric's name first."""
    return sorted({name for metric in metrics for name in metric}, key=lambda name: (name != "__name__", name))


def labels(frame):
    """The label sets of a frame of either form, as a list of dicts without empty labels."""
    wide = isinstance(frame.index, pd.DatetimeIndex)
    if wide and frame.columns.names == [None]:
        return [{} for _ in frame.columns]
    rows = frame.columns.to_frame() if wide else frame[frame.columns[:-1]]
    return [{name: value for name, value in row.items() if value} for row in rows.to_dict("records")]


def legend(frame, template=None):
    """A name for each series of a frame: `template` with its {{label}} filled in, as in Grafana, else the values of the
    labels in which the series differ."""
    metrics = labels(frame)
    if template is not None:
        return [re.sub(r"{{\s*(\S+?)\s*}}", lambda found: one.get(found[1], ""), template) for one in metrics]
    names = [name for name in label_names(metrics) if len(metrics) == 1 or len({one.get(name) for one in metrics}) > 1]
    return [", ".join(one[name] for name in names if name in one) or "value" for one in metrics]
