"""How a text wants a variable to be written: `${name:csv}`, `${name:join:;}`, `${__from:date:YYYY}`.

https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/#advanced-variable-format-options
"""

import html
import json
import re
import urllib.parse
from datetime import UTC, datetime

from promql.panels.columns import numeric
from promql.panels.moments import date

LUCENE = re.compile(r"[!*+\-=<>\s&|()\[\]{}^~?:\\/\"]")
URI = ";/?:@&=+$,#"  # what has a meaning in an address, and stays


def written(value, name, form):
    """The Value of a variable in a form. One that is not known is glob, as in Grafana."""
    style, *more = form.split(":")
    if style == "text":
        return value.text
    if style == "queryparam":
        return "&".join(f"var-{name}={encoded(one, '@:$,;')}" for one in (["$__all"] if value.every else value.raw))
    if value.own:
        return encoded(value.query) if style == "percentencode" else value.query
    return FORMATS.get(style, FORMATS["glob"])(value.raw if value.many else value.raw[0], name, more)


def each(given):
    """The texts of a value: Grafana has a list of them, or one alone."""
    return [given] if isinstance(given, str) else given


def whole(given):
    """A value as one text: a list stands in braces, even if it is of one."""
    return given if isinstance(given, str) else f"{{{','.join(given)}}}"


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe=safe)


def pattern(values):
    """Values as a regular expression of JavaScript's."""
    values = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", one) for one in values]
    return values[0] if len(values) == 1 else f"({'|'.join(values)})"


def braces(values):
    """Values as a glob, Grafana's way to write them where no data source has its own."""
    return values[0] if len(values) == 1 else f"{{{','.join(values)}}}"


def quoted(values, mark, *pairs):
    """Values between quotes, with each first text of the pairs replaced by its second."""
    for old, new in pairs:
        values = [one.replace(old, new) for one in values]
    return ",".join(f"{mark}{one}{mark}" for one in values)


def listed(values):
    """Values as a list of JSON, as JavaScript writes it."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def lucene(given):
    """A value for Lucene: a list is an OR of quoted texts."""
    texts = [one if numeric(one) else LUCENE.sub(r"\\\g<0>", one) for one in each(given)]
    return texts[0] if isinstance(given, str) else f"({' OR '.join(quoted([one], chr(34)) for one in texts)})"


def parameters(given, name, more):
    """A value as parameters of an address, with another name and something before each text."""
    own, before = [*more, "", ""][:2]
    name = own or name
    return "&".join(f"{encoded(name)}={encoded(before)}{encoded(one)}" for one in each(given))


def moment(text, more=()):
    """A moment in ms, as it is wanted: as ms, in seconds, or as a date by a pattern of moment.js."""
    try:
        ms = int(text)
    except ValueError:
        return "NaN"
    form = ":".join(more) or "iso"
    if form == "seconds":
        return str((ms + 500) // 1000)
    if form == "iso":
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%FT%T}.{ms % 1000:03}Z"
    return text if form == "ms" else date(form, ms)


FORMATS = {
    "csv": lambda given, *_: ",".join(each(given)),
    "raw": lambda given, *_: ",".join(each(given)),
    "pipe": lambda given, *_: "|".join(each(given)),
    "join": lambda given, _, more: (more[0] if more else ",").join(each(given)),
    "glob": lambda given, *_: braces(each(given)),
    "regex": lambda given, *_: pattern(each(given)),
    "json": lambda given, *_: given if isinstance(given, str) else listed(given),
    "singlequote": lambda given, *_: quoted(each(given), "'", ("'", r"\'")),
    "doublequote": lambda given, *_: quoted(each(given), '"', ('"', r"\"")),
    "sqlstring": lambda given, *_: quoted(each(given), "'", ("'", "''"), ('"', r"\"")),
    "html": lambda given, *_: html.escape(", ".join(each(given))).replace("&#x27;", "&#39;"),
    "percentencode": lambda given, *_: encoded(whole(given)),
    "uriencode": lambda given, *_: encoded(whole(given), URI),
    "distributed": lambda given, name, _: f",{name}=".join(each(given)),
    "lucene": lambda given, *_: lucene(given),
    "customqueryparam": parameters,
    "date": lambda given, _, more: moment(whole(given), more),
}
