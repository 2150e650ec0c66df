"""Times and durations as people write them, in whole milliseconds, which Prometheus counts in."""

import re
import time
from datetime import UTC, datetime, timedelta

import pandas as pd

from promql.errors import InvalidTime

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
PART = re.compile(r"([\d.]+)(ms|[smhdwy])")
DURATION = re.compile(rf"(?:{PART.pattern})+")
RELATIVE = re.compile(rf"now|(?:now)?\s*(?P<sign>[+-]?)\s*(?P<duration>{DURATION.pattern})")
ROUND = [n * 1000 for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)]
POINTS = "Write now, now-1h, 2026-01-31T12:00Z, or give a datetime with a zone."
FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999  # ms: the years 1 and 9999, between which `datetime` knows dates


Time = str | float | datetime  # a point in time as people give it
Duration = str | float | timedelta


def duration(value: Duration) -> int:
    """A duration in ms: '15m', '1h30m', a number of seconds, or a timedelta. InvalidTime for anything else.
    https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations"""
    if isinstance(value, timedelta):
        return round(value / timedelta(milliseconds=1))
    text = str(value).strip()
    try:
        if DURATION.fullmatch(text):
            return round(sum(float(count) * UNITS[unit] for count, unit in PART.findall(text)))
        return round(float(text) * 1000)
    except (ValueError, OverflowError):
        raise InvalidTime(f"{text!r} is not a duration. Write 15s, 5m, 1h30m, 2d or a number of seconds.") from None


def positive(value: Duration, name: str) -> int:
    """The same of one that must be longer than zero; `name` is what the InvalidTime calls it."""
    if (ms := duration(value)) <= 0:
        raise InvalidTime(f"The {name} must be longer than zero.")
    return ms


def timestamp(value: Time, now: int) -> int:
    """A point in time in ms since 1970 UTC: 'now', 'now-1h', '1h' (before `now`, which is in ms), an ISO date and time
    with a zone, a datetime with a zone, or Unix seconds. InvalidTime for anything else, and beyond the year 9999."""
    ms = _milliseconds(value, now)
    if not FIRST <= ms <= LAST:
        raise InvalidTime(f"{str(value)!r} is not in the years 1 to 9999. Milliseconds? Give seconds.")
    return ms


def _milliseconds(value, now):
    text = str(value).strip()
    if relative := RELATIVE.fullmatch(text):
        return now + duration(relative["duration"] or 0) * (1 if relative["sign"] == "+" else -1)
    try:
        return round(float(text) * 1000)
    except (ValueError, OverflowError):
        pass
    try:
        moment = value if isinstance(value, datetime) else pd.Timestamp(text)
    except ValueError:
        moment = pd.NaT
    if moment is pd.NaT:
        raise InvalidTime(f"{text!r} is not a point in time. {POINTS}")
    if moment.tzinfo is None:
        raise InvalidTime(f"{text!r} has no time zone, so it could mean several points in time. {POINTS}")
    return round(moment.timestamp() * 1000)


def span(start: Time, end: Time) -> tuple[int, int]:
    """Both ends of a range in ms; a start of '15m' is that long before the end. InvalidTime if it ends too early."""
    now = current() // 1000 * 1000  # so that tables have readable times
    last = timestamp(end, now)
    first = timestamp(start, now if str(start).startswith("now") else last)
    if last < first:
        raise InvalidTime(f"The range ends ({pretty(last)}) before it starts ({pretty(first)}).")
    return first, last


def current() -> int:
    """This moment in ms."""
    return time.time_ns() // 1_000_000


def seconds(ms: float) -> str:
    """A time or a duration in ms as the API takes it: seconds."""
    return f"{ms / 1000:.3f}"


def nice_step(start: int, end: int) -> int:
    """The shortest round step (ms) that divides the range into 250 parts or fewer."""
    return next((step for step in ROUND if end - start <= 250 * step), -(-(end - start) // 250))


def written(ms: float) -> str:
    """A duration for people and for PromQL: 90,000 ms are 1m30s."""
    parts, rest = "", round(ms)
    for unit in ("w", "d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, UNITS[unit])
        parts += f"{count}{unit}" * bool(count)
    return parts or "0s"


def pretty(ms: float) -> str:
    """A point in time for people: 2026-01-31 12:00:00 UTC."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
