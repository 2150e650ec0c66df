"""What programs say when they fail, and what a reader can do about it."""

import re

from workbook.remedies import clusters, containers, google

BEFORE = {
    r"\\r'": """
        The files of this copy have the line ends of Windows. Clone it again inside WSL2, where git leaves them alone.""",
}
AFTER = {  # whatever waits, or is not there
    r"failed to (pull|download|fetch|do request)|resolve|no such host|name resolution|valid chart repository|onnectionPool"
    r"|i/o timeout|Client\.Timeout|TLS handshake timeout|server misbehaving": """
        The address could not be reached. Check the network, or let MONITORING_CHART or METRICS_SERVER_CHART name a
        file that you have.""",
    r"connection refused|was refused": """
        The cluster does not answer. Is Docker running? `docker start wine-control-plane` wakes a stopped kind cluster;
        the cell that creates it makes a new one.""",
    r"timed out waiting|deadline exceeded|context deadline": """
        Something did not become ready in time. `pods()` and `events()` say what it waits for: an image that is not
        there, too little memory, or a probe that fails.""",
    r"command not found": """
        A program is missing. `make doctor` says how to install it.""",
    r"no such file or directory": """
        There is no such file. Do settings such as MONITORING_CHART and MONITORING_VALUES name files that you have? A path
        counts from the workbook's own folder.""",
    r"[Rr]ead-only file system": """
        That folder cannot be written. Let HOME name one that can, or copy the workbook to a folder of yours.""",
}
TABLES = (BEFORE, containers.REMEDIES, clusters.REMEDIES, google.REMEDIES, AFTER)


def remedy(text):
    """What to try when a program wrote `text`; empty if nothing is known."""
    rows = (row for table in TABLES for row in table.items())
    known = (advice for pattern, advice in rows if re.search(pattern, text))
    return " ".join(next(known, "").split())
