"""What programs say when they fail, and what a reader can do about it."""

import re

from workbook.remedies import clusters, containers, google, machine, network

WAITS = {
    r"connection refused|was refused": """
        The cluster does not answer. Is Docker running? `docker start wine-control-plane` wakes a stopped kind cluster;
        the cell that creates it makes a new one.""",
    r"timed out waiting|deadline exceeded|context deadline": """
        Something did not become ready in time. `pods()` and `events()` say what it waits for: an image that is not
        there, too little memory, or a probe that fails.""",
}
# The network stands before Google, because gcloud answers whatever keeps it from asking with "gcloud auth login".
TABLES = (machine.FIRST, containers.REMEDIES, clusters.REMEDIES, network.REMEDIES, google.REMEDIES, WAITS, machine.LAST)
WARNING = re.compile(r"\s*(warning|note):", re.IGNORECASE)


def remedy(text):
    """What to try when a program wrote `text`; empty if nothing is known. What it calls an error counts before warnings."""
    errors = "\n".join(line for line in text.splitlines() if not WARNING.match(line))
    rows = [row for table in TABLES for row in table.items()]
    known = (advice for said in (errors, text) for pattern, advice in rows if re.search(pattern, said))
    return " ".join(next(known, "").split())


def to_try(text):
    """The remedy as a line to print below `text`; empty if nothing is known."""
    advice = remedy(text)
    return f"What to try: {advice}" if advice else ""
