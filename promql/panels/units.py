"""Values as Grafana prints them: `format_value(0.0123, "s")` is "12.30 ms".

The ids are Grafana's: grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit
"""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import numpy as np

SI = ["f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"]
BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
COUNT = ["", "K", "M", "B", "T"]
SHORT = ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"]
NANOSECONDS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, "min": 60e9, "hour": 3600e9, "day": 86400e9, "week": 604800e9}
NANOSECONDS["year"] = 31536000e9
YEARS = {"s": 31556900, "m": 525948}  # Grafana's own year in these two units, a little longer than the limit above
TIMES = {  # the names that Grafana climbs from a unit of time, after the unit's own
    "ns": ("ns", "ns µs ms s min hour day"),
    "µs": ("µs", "µs ms s"),
    "ms": ("ms", "ms s min hour day year"),
    "s": ("s", "ns µs ms s min hour day week year"),
    "m": ("min", "min hour day week year"),
    "h": ("hour", "hour day week year"),
    "d": ("day", "day week year"),
}


def fixed(value, decimals=None):
    """A number with that many decimals, or with as many as Grafana thinks it needs."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "-∞" if value < 0 else "∞"
    if decimals is None:
        decimals = _decimals(value)
    rounded = math.floor(value * 10**decimals + 0.5) / 10**decimals + 0.0
    if rounded and not 1e-6 <= abs(rounded) < 1e21:
        mantissa, exponent = f"{rounded!r}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
    return f"{Decimal(repr(rounded)):.{decimals}f}"


def _decimals(value):
    if value % 1 == 0:
        return 0
    places = 1 - math.floor(math.log(abs(value)) / math.log(10))
    return max(0, places + (abs(value) / 10.0**-places > 2.25))


def _plain(suffix, value, decimals):
    return fixed(value, decimals) + suffix


def _scaled(base, suffixes, offset, value, decimals):
    if not math.isfinite(value):
        return fixed(value)
    power = math.floor(math.log10(abs(value)) / math.log10(base)) if value else 0
    power = min(max(power, -offset), len(suffixes) - offset - 1)
    return fixed(value / float(base) ** power, decimals) + suffixes[offset + power]


def _si(symbol, shift=0):
    return partial(_scaled, 1000, [f" {prefix}{symbol}" for prefix in SI], SI.index("") + shift)


def _binary(symbol, shift=0):
    return partial(_scaled, 1024, [f" {prefix}{symbol}" for prefix in BINARY], shift)


def _count(symbol):
    return partial(_scaled, 1000, [f"{prefix} {symbol}" for prefix in COUNT], 0)


def _time(unit, value, decimals):
    own, names = TIMES[unit]
    if value == 0:
        return "0 s" if unit == "s" else f"{fixed(value, decimals)} {own}"
    sizes = {name: NANOSECONDS[name] / NANOSECONDS[own] for name in names.split()}
    name = max((name for name, size in sizes.items() if abs(value) >= size), key=sizes.get, default=names.split()[0])
    size = YEARS.get(unit, sizes[name]) if name == "year" else sizes[name]
    plural = name in ("min", "hour", "day", "week", "year") and abs(value / size) > 1 and (name != own or own == "day")
    return f"{fixed(value / size, decimals)} {name}{'s' * plural}"


def _date(value, _):
    try:
        return f"{datetime.fromtimestamp(value / 1000, UTC):%F %T}"
    except (ValueError, OverflowError, OSError):  # infinite, or beyond the year 9999
        return "Invalid date"


UNITS = {"none": partial(_plain, ""), "short": partial(_scaled, 1000, SHORT, 0), "sishort": _si("")}
UNITS |= {"percent": partial(_plain, "%"), "percentunit": lambda value, decimals: fixed(100 * value, decimals) + "%"}
UNITS |= {"celsius": partial(_plain, " °C")} | {unit: partial(_time, unit) for unit in TIMES}
UNITS |= {"dateTimeAsIso": _date}
for unit, words in {"bool": ("False", "True"), "bool_yes_no": ("No", "Yes"), "bool_on_off": ("Off", "On")}.items():
    UNITS[unit] = lambda value, _, words=words: words[bool(value)]
UNITS |= {"bits": _binary("b"), "decbits": _si("b"), "bps": _si("b/s"), "Bps": _si("B/s"), "binBps": _binary("B/s")}
UNITS |= {"hertz": _si("Hz"), "watt": _si("W"), "joule": _si("J"), "pps": _si("p/s")}
UNITS |= {f"{prefix}bytes": _binary("B", shift) for shift, prefix in enumerate(["", "k", "m", "g", "t", "p"])}
UNITS |= {f"dec{prefix}bytes": _si("B", shift) for shift, prefix in enumerate(["", "k", "m", "g", "t", "p"])}
RATES = "cps:c/s ops:ops/s reqps:req/s rps:rd/s wps:wr/s iops:io/s eps:evt/s mps:msg/s recps:rec/s rowsps:rows/s"
RATES += " cpm:c/m opm:ops/m reqpm:req/m rpm:rd/m wpm:wr/m epm:evts/m"
UNITS |= {unit: _count(symbol) for unit, symbol in (rate.split(":") for rate in RATES.split())}
CUSTOM = {
    "suffix": lambda symbol: partial(_plain, f" {symbol}"),
    "prefix": lambda symbol: lambda value, decimals: symbol + fixed(value, decimals),
    "si": lambda symbol: _si(symbol[1:], SI.index(symbol[0]) - SI.index("")) if symbol[0] in SI else _si(symbol),
    "count": _count,
}


def known(unit):
    """Whether `format_value` prints this unit as Grafana does."""
    return unit in UNITS or unit.partition(":")[0] in CUSTOM


def format_value(value, unit=None, decimals=None):
    """Text of a number in a unit of Grafana's; an id that is not in `UNITS` is a custom unit and follows the number."""
    kind, _, symbol = (unit or "none").partition(":")
    formatter = CUSTOM[kind](symbol) if symbol and kind in CUSTOM else UNITS.get(unit or "none")
    return (formatter or partial(_plain, f" {unit}"))(float(value), decimals)


def javascript(value):
    """A number as JavaScript writes it, hence as Grafana's mappings name it: 1000000, 0.5, Infinity."""
    return np.format_float_positional(value + 0.0, trim="-").replace("inf", "Infinity")


def axis_text(value, unit=None):
    """The text of a value on an axis: without the zeros that a round number has at its end."""
    return re.sub(r"(\.\d*?)0+(?!\d)", lambda found: found[1].rstrip("."), format_value(value, unit), count=1)
