"""Durations and dates as Grafana prints them.

Patterns of dates are those of moment.js: momentjs.com/docs/#/displaying/format/
"""

import math
import re
from datetime import UTC, datetime

LENGTHS: dict[str, float] = {
    "year": 31536000,
    "month": 2592000,
    "week": 604800,
    "day": 86400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
LENGTHS["millisecond"] = 0.001
TOKEN = re.compile(r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|Do|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|a|A|X|x|Z")
DATES = {"dateTimeAsIso": "YYYY-MM-DD HH:mm:ss", "dateTimeAsUS": "MM/DD/YYYY h:mm:ss a"}
DATES |= {"dateTimeAsSystem": DATES["dateTimeAsIso"], "dateTimeAsLocal": "MM/DD/YYYY, hh:mm:ss A"}
TODAY = {"dateTimeAsIso": "HH:mm:ss", "dateTimeAsUS": "h:mm:ss a", "dateTimeAsLocal": "hh:mm:ss A"}
LOCAL = re.compile(r"\[[^\]]*\]|LTS|LT|L{1,4}|l{1,4}")
LOCALS = {  # patterns of the en-US locale
    "LTS": "h:mm:ss A",
    "LT": "h:mm A",
    "L": "MM/DD/YYYY",
    "LL": "MMMM D, YYYY",
    "LLL": "MMMM D, YYYY h:mm A",
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "l": "M/D/YYYY",
    "ll": "MMM D, YYYY",
    "lll": "MMM D, YYYY h:mm A",
    "llll": "ddd, MMM D, YYYY h:mm A",
}
WRITTEN = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "MMMM": lambda at: f"{at:%B}",
    "MMM": lambda at: f"{at:%b}",
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DDDD": lambda at: f"{at:%j}",
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "dddd": lambda at: f"{at:%A}",
    "ddd": lambda at: f"{at:%a}",
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "hh": lambda at: f"{(at.hour + 11) % 12 + 1:02}",
    "h": lambda at: str((at.hour + 11) % 12 + 1),
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "X": lambda at: str(math.floor(at.timestamp())),
    "x": lambda at: str(math.floor(at.timestamp() * 1000)),
    "Z": lambda _: "+00:00",
}


def date(pattern, value, today=None):
    """A moment in ms since 1970 UTC by a pattern of moment.js, or by another one if it is today."""
    try:
        at = datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # infinite, or beyond the year 9999
        return "Invalid date"
    pattern = today if today and at.date() == datetime.now(UTC).date() else pattern
    pattern = LOCAL.sub(lambda found: LOCALS.get(found[0], found[0]), pattern)
    return TOKEN.sub(
        lambda found: found[1] if found[1] is not None else WRITTEN.get(found[0], lambda _: found[0])(at), pattern
    )


def in_words(unit, value, decimals):
    """A duration in the largest units that it fills: one, or so many more as there are decimals."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ""
    if value == 0:
        return f"0 {unit}s"
    if value < 0:
        return f"{in_words(unit, -value, decimals)} ago"
    left, parts, count = value * LENGTHS[unit] * 1000, [], (decimals or 0) + 1
    for name, seconds in LENGTHS.items():
        length = seconds * 1000
        if (left >= length or parts) and len(parts) < count:
            whole = math.floor(left / length)
            parts.append(f"{whole} {name}{'s' * (whole != 1)}")
            left %= length
    return ", ".join(parts)


def clock(value, _=None):
    """Seconds as 01:02:03."""
    if not math.isfinite(value):
        return "NaN:NaN:NaN"
    if value < 0:
        return f"{clock(-value)} ago"
    hours, rest = divmod(math.floor(value), 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def days(value, _=None):
    """Seconds as 2 d 01:02:03."""
    if not math.isfinite(value):
        return "NaN:NaN:NaN"
    if value < 0:
        return f"{days(-value)} ago"
    whole = math.floor(value / 86400)
    return (f"{whole} d " if whole else "") + clock(value - whole * 86400)


def parts(value, decimals=None):
    """Milliseconds as 01h:02m:03s:004ms, with as many parts as there are decimals and one more."""
    if not math.isfinite(value):
        return "Invalid date"
    whole = math.floor(value)
    hours, rest = divmod(whole, 3_600_000)
    texts = [f"{hours}h", f"{rest // 60_000:02}m", f"{rest // 1000 % 60:02}s", f"{rest % 1000:03}ms"]
    first = 3 if value < 1000 else 2 if value < 60_000 else 1 if value < 3_600_000 else 0
    shown = texts[first:]
    return ":".join(shown if decimals is None or first == 3 else shown[: decimals + 1])


def from_now(value, now):
    """How long ago a moment was, or when it will be, in words."""
    seconds = abs(value - now) / 1000
    steps = [(45, "a few seconds"), (90, "a minute"), (2700, None), (5400, "an hour"), (79200, None), (129600, "a day")]
    steps += [(2246400, None), (3888000, "a month"), (27648000, None), (47304000, "a year"), (math.inf, None)]
    units = {2700: (60, "minutes"), 79200: (3600, "hours"), 2246400: (86400, "days"), 27648000: (2629746, "months")}
    limit, words = next((limit, words) for limit, words in steps if seconds < limit or limit == math.inf)
    length, name = units.get(limit, (31556952, "years"))
    words = words or f"{math.floor(seconds / length + 0.5)} {name}"
    return f"in {words}" if value > now else f"{words} ago"
