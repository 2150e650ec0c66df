"""The names of series and columns, as Grafana finds them: a legend, labels that tell series apart, a column's own name.

https://grafana.com/docs/grafana/latest/datasources/prometheus/query-editor/#legend
"""

import re

FIELD = re.compile(r"\$\{__(?:field|series)\.(?:labels\.(\w+)|labels\[\"([^\"]+)\"\]|(name|displayName))\}|\$__cell_0")
LABEL = re.compile(r"{{\s*(.+?)\s*}}")


def written(labels):
    """Labels as Grafana writes them."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}" if labels else ""


def of_query(labels, query):
    """The name that a query's legend gives a series; "" where Grafana chooses one."""
    if query.legend == "__auto" and labels:
        return ""
    if query.legend not in ("", "__auto"):
        return LABEL.sub(lambda found: labels.get(found[1], ""), query.legend)
    others = {key: value for key, value in labels.items() if key != "__name__"}
    return labels.get("__name__", "") + written(others) if labels else query.expr


def automatic(found, query):
    """Legends for the series of one query, given as (labels, legend): of those that have a metric's name and no legend,
    the labels that they have not all in common."""
    bare = [labels for labels, legend in found if query.legend == "__auto" and not legend and "__name__" in labels]
    if not bare:
        return [legend for _, legend in found]
    keys = {name for labels, _ in found for name in labels}
    made = []
    for labels, legend in found:
        if labels not in bare:
            made.append(legend)
        elif len(keys) == 1:
            made.append(labels[next(iter(keys))])
        else:
            common = [key for key in labels if len(found) > 1 and all(one.get(key) == labels[key] for one in bare)]
            made.append(written({key: labels[key] for key in labels if key not in common}) or "Value")
    return made


def show(tables):
    """Give each column of these tables the name that is shown."""
    keys = {label for table in tables for column in table.columns for label in column.labels or ()}
    differ = len({table.name for table in tables}) > 1
    for table in tables:
        for column in table.columns:
            column.name = name(column, table, next(iter(keys)) if len(keys) == 1 else None, differ)


def name(column, table, only, differ):
    """The name of a column. `only` is the single label that tells all apart, `differ` whether the tables' names do."""
    if column.config.get("displayName"):
        return filled(column.config["displayName"], column)
    if column.legend or (column.kind == "time" and column.labels is None):
        return column.legend or column.own or "Time"
    parts = [table.name] if differ and table.name else []
    named = bool(parts)
    parts += [column.own] if column.own and column.own != "Value" else []
    known = column.labels or {}
    labels = known.get(only, "") if only else written(known)
    parts += [labels] if labels else []
    if not named and not labels and column.own == "Value" and table.name:
        parts.append(table.name)
    found = " ".join(parts) or column.own or "Value"
    return numbered(column, table) if found == column.own else found


def numbered(column, table):
    """A column's own name, with a number where several have it."""
    same = [one for one in table.columns if one.own == column.own]
    place = next(rank for rank, one in enumerate(same, 1) if one is column)
    return f"{column.own} {place}" if len(same) > 1 else column.own


def filled(template, column):
    """A name with the labels and names that it asks for. `${__field.name}` is the column's own."""

    def write(found):
        if found[3]:
            plain = [column.own] if column.own != "Value" else []
            return column.legend or " ".join([*plain, written(column.labels or {})]).strip() or column.own
        return (column.labels or {}).get(found[1] or found[2], "")

    return FIELD.sub(write, template)
