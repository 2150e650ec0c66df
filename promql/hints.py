"""One line where a query is likely not what was meant, and the unit of what it gives."""

import difflib
import re

from promql import syntax
from promql.errors import PrometheusError

MANY = 20  # series that one figure can still show
COUNTER = re.compile(r"[^:]+_(total|count|sum|bucket)")
SUIT_COUNTERS = set("rate irate increase resets changes absent count group timestamp delta idelta deriv".split())
UNIT = re.compile(r"[^:]+_(seconds|bytes|ratio|celsius|joules|volts|amperes|meters)(_total|_sum|_bucket)?")
OBSERVED = re.compile(UNIT.pattern.replace("[^:]+_", "_", 1).partition("(_total")[0] + r"(_bucket)?\b")
CALLED = re.compile(r"\b(\w+)\s*(?:\(|\b(?:by|without)\b)", re.IGNORECASE)
OPERATOR = re.compile(r"[*/^%]|\batan2\b|[=<>]\s*bool\b", re.IGNORECASE)  # whose result has another unit, or none
PER_SECOND = set("rate irate deriv".split())
OBSERVATIONS = set("histogram_quantile histogram_quantiles histogram_avg histogram_stddev".split())  # whatever the rate
UNIT_IS_LOST = set(
    """absent absent_over_time acos acosh asin asinh atan atanh changes cos cosh count count_over_time count_values
    day_of_month day_of_week day_of_year days_in_month deg exp group histogram_count histogram_fraction histogram_stdvar
    hour ln log10 log2 minute month present_over_time rad resets sgn sin sinh sqrt start_timestamp stdvar
    stdvar_over_time tan tanh timestamp ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time
    ts_of_min_over_time year""".split()
)


def doubts(query, frame):
    """What to think again about in the query of a graph: a counter without rate, a bare _bucket, too many series."""
    found = []
    for name, _, window, _ in syntax.selectors(query):
        if not COUNTER.fullmatch(name) or window or SUIT_COUNTERS & set(re.findall(r"\w+", query)):
            continue
        rate = f"rate({syntax.metric(name)}[5m])"
        if name.endswith("_bucket"):
            found.append(f"Buckets add up. A quantile says more: histogram_quantile(0.95, sum by (le) ({rate}))")
        else:
            found.append(f"{name} is a counter by its name, and only grows. Its speed says more: {rate}")
    if (count := frame.shape[1]) > MANY:
        found.append(f"{count} series are hard to tell apart. topk(10, ...) or sum by (label) (...) makes them fewer.")
    return found


def is_counter(query):
    """Whether a query begins with a selector of what is a counter by its name."""
    return any(one.start == 0 and COUNTER.fullmatch(one.name) for one in syntax.selectors(query))


def empty(prometheus, query):
    """Why an answer is empty, as far as names tell: what does not exist, and the nearest that does. Else None."""
    try:
        return next(filter(None, _reasons(prometheus, query)), None)
    except PrometheusError:  # some servers let nobody read names
        return "No data. Whether every name exists is not known, for the server does not tell its names."


def _reasons(prometheus, query):
    for name, matchers, *_ in syntax.selectors(query):
        metrics = prometheus.label_values("__name__") if name else []
        if name and name not in metrics:
            yield f"There is no metric {name}. {nearest(name, metrics)}"
        yield from (refuted(prometheus, name, *matcher) for matcher in matchers)


def refuted(prometheus, name, label, sign, text):
    """Why no series of the metric passes this matcher, None if one does. A label that is missing counts as ""."""
    metric = syntax.selector(name)
    values = prometheus.label_values(label, metric)
    try:
        pattern = re.compile(text if "~" in sign else re.escape(text))
    except re.error:  # Go's regular expressions know what Python's do not
        return None
    if any(bool(pattern.fullmatch(value)) == (sign[0] == "=") for value in ["", *values]):
        return None
    if not values:
        return f"{name or 'The server'} has no label {label}. {nearest(label, prometheus.label_names(metric))}"
    return f'{name or "The server"} has no {label}{sign}"{text}". {nearest(text, values)}'


def nearest(word, known):
    """The names most like `word`, or all if they are few."""
    known = [name for name in known if name != "__name__"]
    near = known if len(known) <= 5 else difflib.get_close_matches(word, known, 5, 0.6)
    near = near or [name for name in known if word in name][:5]
    return f"The nearest: {', '.join(near)}." if near else f"None of the {len(known)} that exist is like it."


def unit(query):
    """The unit of a query's values as far as names tell: "seconds", "bytes per second", or "" if not known."""
    bare = syntax.masked(query)
    called = {name.lower() for name in CALLED.findall(bare)}
    observations = called & OBSERVATIONS
    found = [UNIT.fullmatch(name) for name, *_ in syntax.selectors(query)]
    bases = {match[1] if match and (observations or match[2] != "_bucket") else "" for match in found}
    if called & UNIT_IS_LOST or OPERATOR.search(bare) or len(bases) != 1:
        return ""
    return f"{bases.pop()} per second".strip() if called & PER_SECOND and not observations else bases.pop()


def observed(query):
    """The unit of what a histogram of the query observes, as far as names tell, or ""."""
    found = OBSERVED.search(syntax.masked(query))
    return found[1] if found else ""
