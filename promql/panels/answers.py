"""What Prometheus answered as the tables of a panel: one for each series, or one for a query of format table.

https://grafana.com/docs/grafana/latest/datasources/prometheus/query-editor/#format
"""

from dataclasses import replace

import pandas as pd

from promql.dataframes import GAP, gaps
from promql.errors import UnsupportedPanel
from promql.histograms import Histogram
from promql.panels import names
from promql.panels.columns import Column, Table

ROWS = ("table", "barchart")  # panels that show each row, where others show what is over time


def sampled(answered):
    """The same answers without the gaps of their series: a row for each sample, which is all that Prometheus sends."""
    return [(query, [(labels, values[~gaps(values)]) for labels, values in found]) for query, found in answered]


def tables(answered, as_heatmap=False):
    """The tables of a panel's queries: `answered` are pairs of a Query and its series, as (labels, Series over time).

    Native histograms become their buckets for a heatmap; other panels cannot draw them. Raises UnsupportedPanel.
    """
    asked = [
        native(query, found, as_heatmap) if is_native(found) else (query, found) for query, found in answered if found
    ]
    tabular = {query.ref for query, _ in asked if query.format == "table"}
    made = [table for query, found in asked if query.format != "table" for table in series(query, found)]
    return made + [rows(query, found, len(tabular) > 1) for query, found in asked if query.format == "table"]


def series(query, found):
    """A table of time and value for each series; the buckets of a heatmap alone, lowest first."""
    if query.format == "buckets":
        return [timed(labels, values, query, labels["le"]) for labels, values in found]
    if query.format == "heatmap":
        if len({labels["le"] for labels, _ in found if "le" in labels}) < len(found):
            what = "This heatmap needs the buckets of one histogram. Sum those that there are: sum by (le) (...)"
            raise UnsupportedPanel(f"{what}\n{query.expr}")
        return [timed(labels, values, query, labels["le"]) for labels, values in buckets(found)]
    legends = names.automatic([(labels, names.of_query(labels, query)) for labels, _ in found], query)
    return [timed(labels, values, query, legend) for (labels, values), legend in zip(found, legends, strict=True)]


def timed(labels, values, query, legend):
    """One series. Its value has the metric's name, where the series has one."""
    time = Column(None, values.index.to_series(), query, own="Time", kind="time")
    value = Column(labels, values, query, own=labels.get("__name__", "Value"), legend=legend)
    return Table([time, value], query.ref)


def rows(query, found, several):
    """All samples of a query below each other, ordered by time, with a column for each label."""
    keys = list(dict.fromkeys(key for labels, _ in found for key in sorted(labels)))
    pieces = [values[~gaps(values)] for _, values in found]
    index = pd.concat([piece.index.to_series() for piece in pieces], ignore_index=True)
    order = index.sort_values(kind="stable").index
    columns = [Column(None, index[order].reset_index(drop=True), query, own="Time", kind="time")]
    for key in keys:
        texts = [labels.get(key, "") for (labels, _), piece in zip(found, pieces, strict=True) for _ in piece]
        columns.append(text(key, pd.Series(texts, dtype=object)[order].reset_index(drop=True), query))
    values = pd.concat(pieces, ignore_index=True)[order].reset_index(drop=True)
    columns.append(Column({}, values, query, own=f"Value #{query.ref}" if several else "Value"))
    return Table(columns, query.ref)


def text(name, values, query):
    """A column of texts."""
    return Column({}, values, query, own=name, kind="string")


def is_native(found):
    """Whether there are native histograms among the samples."""
    return any(
        values.dtype == object and values.map(lambda one: isinstance(one, Histogram)).any() for _, values in found
    )


def native(query, found, as_heatmap):
    """A query and the buckets of its one native histogram, each named by its upper end."""
    if not as_heatmap or len(found) > 1:
        how = (
            "Sum them: sum(...)"
            if as_heatmap
            else "Ask for histogram_quantile(0.95, ...), histogram_avg(...) or the like."
        )
        raise UnsupportedPanel(
            f"This query gives native histograms{', several of them' * as_heatmap}. {how}\n{query.expr}"
        )
    values = found[0][1]
    counts = [
        {(low, high): count for low, high, count in one.buckets} if isinstance(one, Histogram) else {} for one in values
    ]
    ends = sorted({ends for each in counts for ends in each}, key=lambda one: (one[1], one[0]))
    rows = [
        ({"le": f"{high:.6g}"}, pd.Series([each.get((low, high), 0.0) for each in counts], values.index, dtype=float))
        for low, high in ends
    ]
    return query._replace(format="buckets"), rows


def over_time(table):
    """A table whose columns have its times for their index, where it has times."""
    if table.time is None or isinstance(table.columns[0].values.index, pd.DatetimeIndex):
        return table
    index = pd.DatetimeIndex(pd.to_datetime(table.time.values, utc=True))
    return replace(table, columns=[replace(one, values=one.values.set_axis(index)) for one in table.columns])


def gapped(table):
    """A table over time with a gap where a sample follows the last one later than a step, as Grafana's graphs have it."""
    index = table.columns[0].values.index if table.columns else None
    if not isinstance(index, pd.DatetimeIndex) or not index.is_unique or not index.is_monotonic_increasing:
        return table
    step = pd.Timedelta(table.columns[0].query.step, "ms")
    holes = (index[:-1] + step)[index[1:] - index[:-1] > step]
    if not step or not len(holes):
        return table
    whole = index.union(holes)
    return replace(table, columns=[replace(one, values=filled(one, whole)) for one in table.columns])


def filled(column, index):
    """The values of a column at more instants."""
    if column.kind == "time":
        return index.to_series()
    return column.values.reindex(index, fill_value=GAP if column.kind == "number" else None)


def buckets(found):
    """Cumulative buckets, as (labels, Series), turned into the observations of each bucket alone, lowest first.

    Less than 1e-9 counts as nothing, as in Grafana: it is what floating point leaves of a difference.
    """
    found = sorted(found, key=lambda one: float(one[0]["le"]))
    below = [0.0, *(values for _, values in found)]
    alone = [(labels, values - under) for (labels, values), under in zip(found, below, strict=False)]
    return [(labels, values.mask(values < 1e-9, 0.0)) for labels, values in alone]
