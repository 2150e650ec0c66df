"""The ends of a dashboard's time range in Grafana's words: now-1d/d, an ISO text, or Unix milliseconds as in its URLs.

https://grafana.com/docs/grafana/latest/dashboards/use-dashboards/#time-units-and-relative-ranges
"""

import re

import pandas as pd

from promql import times
from promql.errors import InvalidTime

MATH = re.compile(r"now([+-]\d*[smhdwMQy]|/[smhdwMQy]|/f[Qy])*")
TERM = re.compile(r"([-+/])(\d*)f?([smhdwMQy])")  # a fiscal year begins in January, as in Grafana where none is set
NAMES = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks", "M": "months", "y": "years"}
LENGTHS = {unit: pd.DateOffset(**{name: 1}) for unit, name in NAMES.items()} | {"Q": pd.DateOffset(months=3)}
PERIODS = {"s": "s", "m": "min", "h": "h", "d": "D", "w": "W-SAT", "M": "M", "Q": "Q", "y": "Y"}


def instant(written, now, last=False):
    """An instant in ms since 1970; `now` is one, too. `now/d` is the first of this day, or the last if that is wanted.

    Days are those of UTC, which the panels show, and weeks begin on Sunday, where Grafana takes the browser's zone and
    custom. Raises InvalidTime for anything that is not Grafana's.
    """
    text = str(written).strip()
    return times.timestamp(int(text) / 1000, now) if text.isdigit() else given(written, now, last)


def given(written, now, last=False):
    """The same of what a reader gives, whose numbers are seconds, as everywhere in this package."""
    text = re.sub(r"\s", "", str(written))
    if not MATH.fullmatch(text):
        return times.timestamp(written, now)
    try:
        return computed(text, pd.Timestamp(now, unit="ms"), last).value // 1_000_000
    except (ValueError, OverflowError):
        raise InvalidTime(f"{str(written)!r} is not in the years 1678 to 2261.") from None


def computed(text, moment, last):
    """What Grafana's words make of a moment that is now."""
    for sign, count, unit in TERM.findall(text):
        if sign == "/":
            period = moment.to_period(PERIODS[unit])
            moment = period.end_time if last else period.start_time
        else:
            moment += int(sign + (count or "1")) * LENGTHS[unit]
    return moment


def own(written, now):
    """The range of a panel that has its own, such as 1h, now/d or now-1d/d, in ms: it ends now. Raises InvalidTime."""
    text = re.sub(r"\s", "", written)
    return instant(text if text.startswith("now") else f"now-{text}", now), now


def shifted(moment, back, last=False):
    """A moment in ms that much earlier; of 1d/d the first of that day, or the last if that is wanted. Raises
    InvalidTime."""
    text = re.sub(r"\s", "", back)
    if not MATH.fullmatch(f"now-{text}"):
        raise InvalidTime(f"{back!r} is not a length of time. Write 1h, 1d or 1d/d.")
    return instant(f"now-{text}", moment, last)
