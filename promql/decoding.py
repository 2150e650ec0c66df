"""The JSON of Prometheus's answers, decoded as far as it must be: samples stay bytes until a table wants them.

https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
"""

import msgspec
import numpy as np

NOTHING = msgspec.Raw(b"")


class Answer(msgspec.Struct, rename="camel"):
    """The envelope of every answer."""

    status: str
    data: msgspec.Raw = NOTHING
    error: str = ""
    error_type: str = ""
    warnings: list[str] | None = []
    infos: list[str] | None = []
    is_partial: bool = False  # VictoriaMetrics says it so, where Thanos warns


class Data(msgspec.Struct, rename="camel"):
    """What an instant query gave."""

    result_type: str = ""
    result: msgspec.Raw = NOTHING
    stats: msgspec.Raw = NOTHING


class Series(msgspec.Struct):
    """One series: its labels, and one sample or several, each a number or a native histogram."""

    metric: dict[str, str]
    value: tuple[float, str] = (0, "NaN")
    values: msgspec.Raw = NOTHING
    histogram: msgspec.Raw = NOTHING
    histograms: msgspec.Raw = NOTHING


class Matrix(msgspec.Struct):
    """What a range query gave."""

    result: list[Series] | None = None
    stats: msgspec.Raw = NOTHING


class InstantAnswer(Answer):
    """The answer to an instant query."""

    data: Data = msgspec.field(default_factory=Data)  # type: ignore[assignment]


class RangeAnswer(Answer):
    """The answer to a range query, to its samples: every step in between would read its megabytes once more."""

    data: Matrix = msgspec.field(default_factory=Matrix)  # type: ignore[assignment]


class RawHistogram(msgspec.Struct):
    """A native histogram; a bucket is the rule of its ends, the lower, the upper, and its observations."""

    count: str
    sum: str
    buckets: list[tuple[int, str, str, str]] = []


decode_answer = msgspec.json.Decoder(Answer).decode
ANSWERS = {"query": msgspec.json.Decoder(InstantAnswer).decode, "query_range": msgspec.json.Decoder(RangeAnswer).decode}
decode_scalar = msgspec.json.Decoder(tuple[float, str]).decode
decode_series = msgspec.json.Decoder(list[Series] | None).decode
decode_histogram = msgspec.json.Decoder(tuple[float, RawHistogram]).decode
decode_histograms = msgspec.json.Decoder(list[tuple[float, RawHistogram]]).decode
decode_numbers = msgspec.json.Decoder(list[float]).decode
decode = msgspec.json.decode


def samples_of(values: msgspec.Raw) -> tuple[list[bytes], list[float]]:
    """The samples `[[1.5,"2"],[3,"NaN"]]` as their timestamps, still text, and their values.

    Quotes stand around the values alone, so one split parts both. msgspec reads plain numbers fastest, but neither NaN
    nor +Inf; these are rare, and float() reads them.
    """
    pieces = bytes(values).split(b'"')
    try:
        return pieces[:-1:2], decode_numbers(b"[" + b",".join(pieces[1::2]) + b"]")
    except msgspec.DecodeError:
        return pieces[:-1:2], [float(value) for value in pieces[1::2]]


def milliseconds(stamps: list[bytes]) -> np.ndarray:
    """Timestamps as `samples_of` leaves them, in whole ms."""
    seconds = b"".join(stamps).translate(None, b"[] \n").replace(b",,", b",").strip(b",")
    return whole(decode_numbers(b"[" + seconds + b"]"))


def whole(seconds: list[float]) -> np.ndarray:
    """Seconds in whole ms."""
    return np.rint(np.array(seconds) * 1000).astype("int64")
