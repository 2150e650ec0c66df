"""The transformation that finds columns in texts which hold several values: JSON, pairs of name and value, or parts."""

import json
import re

from promql.panels.calculations import column
from promql.panels.joins import typed, with_columns
from promql.panels.options import expression

TOKEN = re.compile(
    r"""("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|([:=])|([\s,;&{}])|((?:\\.|[^"':=\s,;&{}])+)""", re.DOTALL
)
KINDS = {bool: "boolean", int: "number", float: "number", str: "string"}


def extracted(options, tables):
    """Each table with a column for each name that is found in the texts of one of its columns, or with these alone."""
    made = []
    for table in tables:
        source = next((one for one in table.columns if options.get("source") in (one.own, one.name)), None)
        if source is None:
            made.append(table)
            continue
        rows = [found_in(cell, options) for cell in source.values]
        names = dict.fromkeys(name for row in rows for name in row)
        new = [of_cells([row.get(name) for row in rows], source.query, name) for name in names]
        new = [table.time, *new] if options.get("keepTime") and table.time else new
        made.append(with_columns(table, new if options.get("replace") else [*table.columns, *new]))
    return made


def of_cells(cells, query, name):
    kinds = {KINDS.get(type(one), "other") for one in cells if one is not None}
    kind = kinds.pop() if len(kinds) == 1 else "string"
    new = column([], query, name, kind)
    new.values = typed(new, [json.dumps(one) if isinstance(one, dict | list) else one for one in cells])
    return new


def found_in(cell, options):
    """What one text holds, by name; nothing where it is not of that format."""
    kind = options.get("format") or "auto"
    try:
        found = PARSERS.get(kind, automatic)(cell, options) if isinstance(cell, str) else {}
    except ValueError:
        found = {}
    paths = [one for one in options.get("jsonPaths") or [] if one.get("path")] if kind == "json" else []
    if paths:
        return {one.get("alias") or one["path"]: at(found, one["path"]) for one in paths}
    if isinstance(found, list):
        return {str(place): one for place, one in enumerate(found)}
    return found if isinstance(found, dict) else {}


def at(found, path):
    """The member of a JSON value at a path such as a.b[0]."""
    for key in re.findall(r"[^.\[\]]+", path):
        places = dict(enumerate(found)) if isinstance(found, list) else found
        found = places.get(int(key) if isinstance(found, list) and key.isdigit() else key) if places else None
        if not isinstance(found, dict | list):
            break
    return "Not Found" if found is None else found


def pairs(text, _=None):
    """Names and values, as in a=b, c: "d e"; a name without a value has an empty one."""
    found, name, word = {}, "", ""
    for quoted, sign, separator, plain in TOKEN.findall(text):
        if plain:
            word += re.sub(r"\\(.)", r"\1", plain)
            continue
        if word and sign:
            found |= {name: ""} if name else {}
            name, word = word, ""
        elif word and not name and (quoted or separator.isspace()):
            found[word], word = "", ""
        elif word:
            found, name = (found | {name: word}, "") if name else (found, word)
            word = ""
        word += re.sub(r"\\(.)", r"\1", quoted[1:].removesuffix(quoted[0])) if quoted else ""
    return found | {name: word} if name else found | {word: ""} if word else found


def automatic(text, options):
    try:
        return json.loads(text)
    except ValueError:
        return pairs(text)


def groups(text, options):
    """The named groups of a regular expression."""
    pattern = options.get("regExp") or ""
    found = expression(pattern if pattern.startswith("/") else "/(?<NewField>.*)/")[0].search(text)
    return found.groupdict() if found else {}


PARSERS = {
    "auto": automatic,
    "json": lambda text, _: json.loads(text),
    "kvp": pairs,
    "delimiter": lambda text, options: dict.fromkeys(
        re.split(rf"\s*{re.escape(options.get('delimiter') or ',')}\s*", text.strip()), 1
    ),
    "regexp": groups,
}
