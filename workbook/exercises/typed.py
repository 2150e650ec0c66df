"""What people type, read as what they mean: numbers with units, percents and fractions; names in any case."""

import re
from numbers import Real

NUMBER = (Real, str)
PATTERN = re.compile(r"([-+]?\d*[.,]?\d+)(?:/(\d+)|(%))?([a-z]*)")


class Unreadable(ValueError):
    """A text that is no number; the message says so to whoever typed it."""


def as_number(answer, **units):
    """The number that somebody typed: 0.68, "0.68", "0,68", "68 %" or "172/178". Raises Unreadable where a text is none.

    `units` are words that may follow it, with their factors: ms=0.001, request=1. They have a plural where they are words.
    """
    if not isinstance(answer, str):
        return float(answer) if isinstance(answer, Real) else float("nan")
    known = units | {f"{unit}s": factor for unit, factor in units.items() if len(unit) > 2}
    typed = PATTERN.fullmatch(re.sub(r"[\s'\"`]", "", answer.lower().replace("\N{MINUS SIGN}", "-")))
    if not typed or typed[4] not in {"", *known} or typed[2] == "0":
        or_with = f", or with one of {', '.join(units)} after it" if units else ""
        raise Unreadable(f"{answer!r} cannot be read as a number here. Give the number alone{or_with}.")
    divisor = int(typed[2] or 1) * (100 if typed[3] else 1)
    return float(typed[1].replace(",", ".")) * known.get(typed[4], 1) / divisor


def as_name(answer, names):
    """The one of `names` that somebody typed, whatever the case and the blanks; None where it is none of them."""
    typed = re.sub(r"[\s/-]+", "_", word(answer))
    return typed if typed in names else None


def word(answer):
    """What somebody typed, without what does not matter: capitals, and blanks, quotes or a full stop around it."""
    return str(answer).strip(" \t\n'\"`.").lower()
