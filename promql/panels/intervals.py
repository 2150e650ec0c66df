"""Grafana's arithmetic of time: a query's step, `$__interval`, `$__rate_interval` and their kin. All in milliseconds.

The browser asks for range / points, rounded to a readable size and at least the minimum interval; the server rounds
again and keeps to Prometheus's 11,000 points.
https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
"""

import bisect

from promql.errors import InvalidTime
from promql.times import UNITS, duration

_SIZES = "1ms 10ms 20ms 50ms 100ms 200ms 500ms 1s 2s 5s 10s 15s 20s 30s 1m 2m 5m 10m 15m 20m 30m 1h 2h 3h 6h 12h"
SIZES = [duration(size) for size in f"{_SIZES} 1d 7d 30d".split()]
# An interval up to a limit is rounded to the size at the same place.
_LIMITS = "10ms 15ms 35ms 75ms 150ms 350ms 750ms 1.5s 3.5s 7.5s 12.5s 17.5s 25s 45s 90s 3.5m 7.5m 12.5m 17.5m 25m 45m"
LIMITS = [duration(limit) for limit in f"{_LIMITS} 1.5h 2.5h 4.5h 9h 1d 7d 21d".split()]
SAFE_POINTS = 11_000


def least(setting):
    """A min interval in ms, as a panel or a query sets it: 10s, >10s, 10 (seconds). None where it is left to Grafana.

    Raises InvalidTime for anything else.
    """
    given = setting.strip("<> ")
    return None if given.strip("${}") in ("", "__interval", "__rate_interval") else duration(given)


def known(setting):
    """Whether `least` understands this min interval."""
    try:
        least(setting)
    except InvalidTime:
        return False
    return True


def round_interval(interval, find=bisect.bisect_left):
    """The readable size for an interval; on a limit Grafana's server takes the smaller, its browser the larger."""
    return SIZES[find(LIMITS, interval)]


def step_and_rate(span, points, scrape, minimum="", min_step="", factor=1):
    """A query's step and its `$__rate_interval`, for a time range that wide drawn with that many points.

    `scrape` is the data source's scrape interval, `minimum` the panel's min interval, `min_step` the query's.
    """
    scrape, wanted, min_step = duration(scrape), least(min_step), min_step.strip("${}")
    asked = max(shown(span / points), least(minimum) or scrape)
    lowest = wanted or asked
    step = max(lowest if span / points < lowest else round_interval(span / points), round_interval(span / SAFE_POINTS))
    if min_step == "__rate_interval":
        step = max(step + scrape, 4 * scrape)
        return step, step
    base = step * factor if min_step == "__interval" else wanted or scrape
    return step * factor, max(asked + base, 4 * base)


def macros(start, end, step, rate):
    """The global variables of a query over [start, end], as text."""
    span = {"__range_ms": end - start, "__range_s": (end - start + 500) // 1000, "__from": start, "__to": end}
    steps = {"__interval_ms": step, "__interval_s": step // 1000, "__interval": largest(step)}
    rates = {"__rate_interval_ms": rate, "__rate_interval_s": rate // 1000, "__rate_interval": go_duration(rate)}
    return {name: str(value) for name, value in (span | {"__range": f"{span['__range_s']}s"} | steps | rates).items()}


def largest(interval):
    """90000 is '1m': a duration in whole parts of its largest unit, as Grafana's browser writes it."""
    size = next((unit for unit in ("y", "d", "h", "m", "s") if interval >= UNITS[unit]), "ms")
    return f"{interval // UNITS[size]}{size}"


def shown(interval):
    """The readable size for an interval, as Grafana's browser rounds it."""
    return round_interval(interval, bisect.bisect_right)


def go_duration(interval):
    """90000 is '1m30s', 60000 is '1m0s': a duration as Grafana's server, written in Go, prints it."""
    minutes, rest = divmod(interval, 60_000)
    hours = f"{minutes // 60}h" if minutes >= 60 else ""
    seconds = f"{rest / 1000:g}s" if interval >= 1000 else f"{interval}ms"
    return hours + (f"{minutes % 60}m" if minutes else "") + seconds
