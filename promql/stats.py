"""What a query cost: the server's own account after it, and a guess before it."""

from typing import Any

from promql import times

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
    lines = [
        f"Samples: {read:,} read from the storage, {samples.get('totalQueryableSamples', 0):,} used in all steps, "
        f"{samples.get('peakSamples', 0):,} held at once."
    ]
    total = timings.get("execTotalTime", 0) + timings.get("execQueueTime", 0)
    parts = ", ".join(f"{timings[key] * 1000:.2f} ms {text}" for key, text in PHASES.items() if key in timings)
    lines.append(
        f"Time: {total * 1000:.2f} ms ({parts}); {total * 1000 / max(steps, 1):.3f} ms for each of {steps} steps."
    )
    if by_step := samples.get("totalQueryableSamplesPerStep"):
        at, most = max(by_step, key=lambda one: one[1])
        lines.append(f"The dearest step: {most:,} samples at {times.pretty(at * 1000)}.")
    return lines
