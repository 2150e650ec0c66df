"""As much of PromQL's syntax as hints and completion need; Prometheus itself judges what is right.

https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import json
import re

GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\("
FUNCTIONS = set(  # https://prometheus.io/docs/prometheus/latest/querying/functions/, operators/ for the aggregations
    """abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max
    clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp
    floor histogram_avg histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar
    histogram_sum hour idelta increase irate label_join label_replace last_over_time ln log10 log2 max_over_time
    min_over_time minute month pi predict_linear present_over_time quantile_over_time rad rate resets round
    scalar sgn sin sinh sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time
    timestamp vector year avg bottomk count count_values group max min quantile stddev stdvar sum topk""".split()
)
WORDS = FUNCTIONS | set("by without on ignoring group_left group_right and or unless bool offset atan2 inf nan".split())
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
MATCHER = re.compile(rf"([\w.]+|{STRING.pattern})\s*(=~|!~|!=|=)\s*({STRING.pattern})")
SELECTOR = re.compile(r"(?P<name>\b[a-zA-Z_:][\w:]*)?\s*(?P<braces>\{[^}]*\})?\s*(?P<range>\[)?")


def masked(text):
    """The text with the content of its strings and its comments blanked, each character in its place."""
    return re.sub(rf"#[^\n]*|{STRING.pattern}", blank, text, flags=re.DOTALL)


def blank(found):
    return found[0] if found[0] in ('""', "''", "``") else found[0][0] + " " * (len(found[0]) - 2) + found[0][-1]


def selectors(query):
    """The selectors of a query: the metric's name or "", matchers as (label, operator, text), if a range follows."""
    bare = re.sub(rf"{GROUPING}[^)]*\)|(?<=\[)[^]]*", lambda found: " " * len(found[0]), masked(query))
    for found in SELECTOR.finditer(bare):
        calls = bare[found.end() :].lstrip().startswith("(")
        if found["braces"] or (found["name"] and not calls and found["name"].lower() not in WORDS):
            yield found["name"] or "", matchers(query[found.start() : found.end()]), bool(found["range"])


def matchers(text):
    """The finished matchers of a text, as (label, operator, text)."""
    return [(unquote(label), sign, unquote(value)) for label, sign, value in MATCHER.findall(text)]


def unquote(text):
    """What a string means; a bare word means itself."""
    if text[0] in "'\"`":
        return text[1:-1] if text[0] == "`" else re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def selector(name="", matchers=()):
    """A selector as text, for the match[] of the API; "" if it would pick everything."""
    every = [("__name__", "=", name)] * bool(name) + list(matchers)
    names = {label: label if label.isidentifier() else json.dumps(label) for label, _, _ in every}
    texts = [f"{names[label]}{sign}{json.dumps(text)}" for label, sign, text in every]
    return "{%s}" % ",".join(texts) if texts else ""
