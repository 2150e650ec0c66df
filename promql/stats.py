"""What a query cost: the server's own account after it, and an estimate before it."""

import warnings
from typing import TYPE_CHECKING, Any

from promql import syntax, times
from promql.errors import PrometheusError, PrometheusWarning

if TYPE_CHECKING:
    from promql.client import Prometheus

PATIENCE = 5  # seconds for an estimate
DEFAULT_STEP = 60  # seconds: a subquery's step is the server's evaluation interval, a minute unless it is configured
Account = dict[str, Any]
PHASES = {"execQueueTime": "in the queue", "queryPreparationTime": "finding the series", "innerEvalTime": "computing"}


def added(accounts: list[Account]) -> Account:
    """The accounts of the pieces of one query as one."""
    timings, samples = ([one.get(part) or {} for one in accounts] for part in ("timings", "samples"))
    total: Account = {"timings": {}, "samples": {}}
    for part, rows in (("timings", timings), ("samples", samples)):
        for key in rows[0]:
            values = [row.get(key, 0) for row in rows]
            if isinstance(values[0], list):
                total[part][key] = [one for value in values for one in value]
            else:
                total[part][key] = max(values) if key == "peakSamples" else sum(values)
    return total


def told(account: Account | None, steps: int) -> list[str]:
    """An account in lines: what was read, how long it took, and the dearest step, where the server counts by step."""
    if not account or "samples" not in account:
        return ["The server gives no account of what a query reads."]
    samples, timings = account["samples"], account.get("timings") or {}
    read = samples.get("samplesRead", samples.get("totalQueryableSamples", 0))
    used, peak = (samples.get(key, 0) for key in ("totalQueryableSamples", "peakSamples"))
    lines = [f"Samples: {read:,} read from the storage, {used:,} used in all steps, {peak:,} held at once."]
    total = timings.get("execTotalTime", 0) + timings.get("execQueueTime", 0)
    parts = ", ".join(f"{timings[key] * 1000:.2f} ms {text}" for key, text in PHASES.items() if key in timings)
    lines.append(
        f"Time: {total * 1000:.2f} ms ({parts}); {total * 1000 / max(steps, 1):.3f} ms for each of {steps} steps."
    )
    if by_step := samples.get("totalQueryableSamplesPerStep"):
        at, most = max(by_step, key=lambda one: one[1])
        lines.append(f"The dearest step: {most:,} samples at {times.pretty(at * 1000)}.")
    return lines


def estimate(prometheus: "Prometheus", expr: str, start: float, end: float, step: float) -> float:
    """How many samples a query will use in all its steps, judged by what its selectors have before `end`.

    Times are in Unix seconds, the step in seconds. Without subqueries that is Prometheus's totalQueryableSamples, which
    Amazon bills; a subquery is computed once, at each of its own steps. 0 where the server does not tell.
    """
    asker, known, total = prometheus.with_timeout(min(PATIENCE, prometheus.timeout)), {}, 0.0
    try:
        repeats = [(begin, last, *_lengths(span, every)) for begin, last, span, every in syntax.subqueries(expr)]
        repeats.sort()  # what is outside begins first
        for one in syntax.selectors(expr):
            picked = syntax.selector(one.name, one.matchers)
            window, colon, every = one.window.partition(":")
            around = [(span, every) for begin, last, span, every in repeats if begin <= one.start < last]
            around += [_lengths(window, every)] if colon else []
            length, width = end - start, step
            for span, every in around:
                length, width = length + span, every
            raw = bool(window and not colon)
            counted = f"sum(count_over_time({picked}[5m])) / 300" if raw else f"count({picked})"
            if counted not in known:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", PrometheusWarning)  # nothing there costs nothing
                    known[counted] = float(asker.query(f"{counted} or vector(0)", end)["value"].sum())
            total += (length // width + 1) * known[counted] * (times.duration(window) / 1000 if raw else 1)
    except PrometheusError:  # of whatever is wrong, the query itself will tell
        return 0.0
    return total


def _lengths(span, every):
    """A subquery's range and step in seconds."""
    return times.duration(span) / 1000, times.duration(every) / 1000 if every.strip() else DEFAULT_STEP
