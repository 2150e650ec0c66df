"""Values as Grafana prints them: `format_value(0.0123, "s")` is "12.30 ms".

The ids are Grafana's: grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit
"""

import math
import re
from decimal import Decimal
from functools import partial

import numpy as np

from promql import times
from promql.panels import moments, unit_names

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
    rounded = nearest(value * 10**decimals) / 10**decimals + 0.0
    if rounded and not 1e-6 <= abs(rounded) < 1e21:
        mantissa, exponent = f"{rounded!r}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
    return f"{Decimal(repr(rounded)):.{decimals}f}"


def nearest(value):
    """The nearest whole number, the greater of two, as JavaScript rounds."""
    whole = math.floor(value)
    return whole + (value - whole >= 0.5)


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


def _currency(symbol, value, decimals):
    text = _scaled(1000, COUNT, 0, abs(value), decimals)
    return "-" * (value < 0) + (text + symbol[1:] if symbol.startswith("+") else symbol + text)


def _locale(value, decimals):
    if not math.isfinite(value):
        return fixed(value)
    places = 3 if decimals is None else decimals
    rounded = nearest(abs(value) * 10**places) / 10**places
    text = f"{rounded:,.{places}f}"
    return "-" * (value < 0) + (text.rstrip("0").rstrip(".") if "." in text else text)


def _hex(prefix, value, decimals):
    number = float(fixed(value, decimals)) if math.isfinite(value) else value
    if not math.isfinite(number):
        return fixed(number)
    whole, rest = divmod(abs(number), 1)
    digits = f"{int(whole):X}" + ("." if rest else "")
    while rest and len(digits) < 20:
        digit, rest = divmod(rest * 16, 1)
        digits += f"{int(digit):X}"
    return "-" * (number < 0) + prefix + digits


def _scientific(value, decimals):
    if not math.isfinite(value):
        return fixed(value)
    digits = np.format_float_scientific(value, trim="-", exp_digits=1) if decimals is None else f"{value:.{decimals}e}"
    mantissa, exponent = digits.split("e")
    return f"{mantissa}e{int(exponent):+d}"


UNITS = {"none": partial(_plain, ""), "short": partial(_scaled, 1000, SHORT, 0), "sishort": _si("")}
UNITS |= {"percent": partial(_plain, "%"), "percentunit": lambda value, decimals: fixed(100 * value, decimals) + "%"}
UNITS |= {
    "pressurepsi": partial(_scaled, 1000, ["psi", "ksi", "Mpsi"], 0),
    "string": lambda value, _: javascript(value),
}
UNITS |= {"locale": _locale, "hex": partial(_hex, ""), "hex0x": partial(_hex, "0x"), "sci": _scientific}
UNITS |= {unit: partial(_time, unit) for unit in TIMES}
UNITS |= {"timeticks": lambda value, decimals: _time("s", value / 100, decimals), "dthms": moments.clock}
UNITS |= {"dtdurations": partial(moments.in_words, "second"), "dtdurationms": partial(moments.in_words, "millisecond")}
UNITS |= {
    "dtdhms": moments.days,
    "clockms": moments.parts,
    "clocks": lambda value, places: moments.parts(value * 1000, places),
}
UNITS |= {"dateTimeFromNow": lambda value, _: moments.from_now(value, times.current())}
for unit, words in {"bool": ("False", "True"), "bool_yes_no": ("No", "Yes"), "bool_on_off": ("Off", "On")}.items():
    UNITS[unit] = lambda value, _, words=words: words[bool(value)]
for unit, pattern in moments.DATES.items():
    UNITS[unit] = lambda value, _, pattern=pattern: moments.date(pattern, value)
for unit, pattern in moments.TODAY.items():
    every = moments.DATES[unit]
    UNITS[f"{unit}NoDateIfToday"] = lambda value, _, every=every, pattern=pattern: moments.date(every, value, pattern)
for unit, symbol in unit_names.entries(unit_names.PLAIN):
    UNITS[unit] = partial(_plain, f" {symbol}")
for unit, symbol, *given in unit_names.entries(unit_names.PREFIXED):
    UNITS[unit] = _si(symbol, SI.index(given[0] if given else "") - SI.index(""))
for unit, symbol, *given in unit_names.entries(unit_names.BINARY):
    UNITS[unit] = _binary(symbol, BINARY.index(given[0] if given else ""))
for unit, symbol in unit_names.entries(unit_names.COUNTED):
    UNITS[unit] = _count(symbol)
for unit, symbol in unit_names.entries(unit_names.CURRENCIES):
    UNITS[f"currency{unit}"] = partial(_currency, symbol)
CUSTOM = {
    "suffix": lambda symbol: partial(_plain, f" {symbol}" if symbol else ""),
    "prefix": lambda symbol: lambda value, decimals: symbol + fixed(value, decimals),
    "si": lambda symbol: _si(symbol[1:], SI.index(symbol[0]) - SI.index("")) if symbol[0] in SI else _si(symbol),
    "count": _count,
    "currency": lambda symbol: partial(_currency, symbol),
    "time": lambda pattern: lambda value, _: moments.date(pattern, value),
    "bool": lambda words: lambda value, _: words.partition("/")[0 if value else 2] or "-",
}


def format_value(value, unit=None, decimals=None):
    """Text of a number in a unit of Grafana's; an id that is not in `UNITS` is a custom unit and follows the number."""
    kind, _, symbol = (unit or "none").partition(":")
    formatter = CUSTOM[kind](symbol) if kind in CUSTOM and (symbol or kind == "suffix") else UNITS.get(unit or "none")
    return (formatter or partial(_plain, f" {unit}"))(float(value), decimals)


def javascript(value):
    """A number as JavaScript writes it, hence as Grafana's mappings name it: 1000000, 0.5, Infinity."""
    return np.format_float_positional(value + 0.0, trim="-").replace("inf", "Infinity")


def axis_text(value, unit=None):
    """The text of a value on an axis: without the zeros that a round number has at its end."""
    return re.sub(r"(\.\d*?)0+(?!\d)", lambda found: found[1].rstrip("."), format_value(value, unit), count=1)
