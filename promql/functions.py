"""The functions and aggregations of PromQL: what each takes, and what it does in a few words.

https://prometheus.io/docs/prometheus/latest/querying/functions/ and operators/ for the aggregations
"""

from typing import NamedTuple


class Function(NamedTuple):
    """`arguments` as in the documentation, and what the function gives."""

    arguments: str
    gives: str


V, R, S = "v instant-vector", "v range-vector", "s scalar"

_VECTOR = {  # of one instant vector
    "abs": "absolute values",
    "absent": "1 if there is no such series, else nothing",
    "acos": "arc cosines",
    "acosh": "inverse hyperbolic cosines",
    "asin": "arc sines",
    "asinh": "inverse hyperbolic sines",
    "atan": "arc tangents",
    "atanh": "inverse hyperbolic tangents",
    "ceil": "values rounded up",
    "cos": "cosines",
    "cosh": "hyperbolic cosines",
    "day_of_month": "day of the month, UTC",
    "day_of_week": "day of the week, UTC, 0 for Sunday",
    "day_of_year": "day of the year, UTC",
    "days_in_month": "days of the month, UTC",
    "deg": "radians as degrees",
    "exp": "exponentials",
    "floor": "values rounded down",
    "histogram_avg": "average observation of native histograms",
    "histogram_count": "observations of native histograms",
    "histogram_stddev": "standard deviation, estimated from native histograms",
    "histogram_stdvar": "variance, estimated from native histograms",
    "histogram_sum": "sum of the observations of native histograms",
    "hour": "hour of the day, UTC",
    "ln": "natural logarithms",
    "log10": "decimal logarithms",
    "log2": "binary logarithms",
    "minute": "minute of the hour, UTC",
    "month": "month of the year, UTC",
    "rad": "degrees as radians",
    "scalar": "the one value as a scalar, NaN unless there is exactly one series",
    "sgn": "-1, 0 or 1 by the sign",
    "sin": "sines",
    "sinh": "hyperbolic sines",
    "sort": "series sorted by value, the lowest first",
    "sort_desc": "series sorted by value, the highest first",
    "sqrt": "square roots",
    "start_timestamp": "when each sample's counter began, in Unix seconds",
    "tan": "tangents",
    "tanh": "hyperbolic tangents",
    "timestamp": "when each sample was taken, in Unix seconds",
    "year": "year, UTC",
}
_RANGE = {  # of one range vector
    "absent_over_time": "1 if there is no sample in the window, else nothing",
    "avg_over_time": "average over the window",
    "changes": "how often the value changed in the window",
    "count_over_time": "samples in the window",
    "delta": "difference between the ends of the window, of gauges",
    "deriv": "slope per second in the window, of gauges",
    "first_over_time": "first value in the window",
    "idelta": "difference of the last two samples, of gauges",
    "increase": "increase over the window, of counters",
    "irate": "increase per second between the last two samples, of counters",
    "last_over_time": "last value in the window",
    "mad_over_time": "median absolute deviation over the window",
    "max_over_time": "highest value in the window",
    "min_over_time": "lowest value in the window",
    "present_over_time": "1 for each series with a sample in the window",
    "rate": "increase per second, averaged over the window, of counters",
    "resets": "how often a counter began anew in the window",
    "stddev_over_time": "standard deviation over the window",
    "stdvar_over_time": "variance over the window",
    "sum_over_time": "sum of the values in the window",
    "ts_of_first_over_time": "when the first sample of the window was taken",
    "ts_of_last_over_time": "when the last sample of the window was taken",
    "ts_of_max_over_time": "when the highest value of the window was last seen",
    "ts_of_min_over_time": "when the lowest value of the window was last seen",
}
_OTHER = {
    "clamp": (f"{V}, min scalar, max scalar", "values kept between two limits"),
    "clamp_max": (f"{V}, max scalar", "values kept below a limit"),
    "clamp_min": (f"{V}, min scalar", "values kept above a limit"),
    "double_exponential_smoothing": (f"{R}, sf scalar, tf scalar", "values smoothed, with their trend"),
    "end": ("", "the end of the query, in Unix seconds"),
    "histogram_fraction": (f"lower scalar, upper scalar, {V}", "share of the observations between two values"),
    "histogram_quantile": (f"q scalar, {V}", "quantile estimated from the buckets of histograms"),
    "histogram_quantiles": (f'{V}, "label", q scalar, ...', "several quantiles, told apart by a label"),
    "info": (f"{V}, [info label-selector]", "the labels of info metrics added"),
    "label_join": (f'{V}, "new", "separator", "source", ...', "a label joined from others"),
    "label_replace": (f'{V}, "new", "replacement", "source", "regex"', "a label made from another"),
    "max_of": ("a scalar, b scalar", "the larger of two numbers"),
    "min_of": ("a scalar, b scalar", "the smaller of two numbers"),
    "pi": ("", "3.14159..."),
    "predict_linear": (f"{R}, t scalar", "value in so many seconds, if the window's trend goes on"),
    "quantile_over_time": (f"q scalar, {R}", "quantile of the values in the window"),
    "range": ("", "the length of the query's range, in seconds"),
    "round": (f"{V}, [to_nearest scalar]", "values rounded"),
    "sort_by_label": (f'{V}, "label", ...', "series sorted by labels"),
    "sort_by_label_desc": (f'{V}, "label", ...', "series sorted by labels, the last first"),
    "start": ("", "the start of the query, in Unix seconds"),
    "step": ("", "the step of the query, in seconds"),
    "time": ("", "the moment of evaluation, in Unix seconds"),
    "vector": (S, "a scalar as a series without labels"),
}
FUNCTIONS = {name: Function(V, gives) for name, gives in _VECTOR.items()}
FUNCTIONS |= {name: Function(R, gives) for name, gives in _RANGE.items()}
FUNCTIONS |= {name: Function(*both) for name, both in _OTHER.items()}
AGGREGATIONS = {
    "avg": Function(V, "average"),
    "bottomk": Function(f"k scalar, {V}", "series with the lowest values"),
    "count": Function(V, "number of series"),
    "count_values": Function(f'"label", {V}', "number of series for each value"),
    "group": Function(V, "1 for each group"),
    "limit_ratio": Function(f"r scalar, {V}", "a share of the series, picked by their labels"),
    "limitk": Function(f"k scalar, {V}", "some of the series, picked by their labels"),
    "max": Function(V, "highest value"),
    "min": Function(V, "lowest value"),
    "quantile": Function(f"q scalar, {V}", "quantile"),
    "stddev": Function(V, "standard deviation"),
    "stdvar": Function(V, "variance"),
    "sum": Function(V, "sum"),
    "topk": Function(f"k scalar, {V}", "series with the highest values"),
}
EVERY = FUNCTIONS | AGGREGATIONS
