"""What programs say when they fail, and what a reader can do about it."""

import re

REMEDIES = {
    r"Cannot connect to the Docker daemon|docker daemon running": """
        Start Docker, then run this cell again.""",
    r"no space left on device": """
        The disk is full. `docker system prune` frees what Docker no longer uses.""",
    r"already exist for a cluster": """
        Another cluster of that name stands. `kind delete cluster --name wine` removes it.""",
    r"address already in use|port is already allocated": """
        Another program holds that port. Stop it, or choose another port.""",
    r"failed to (pull|download|fetch|do request)|could not resolve|no such host|valid chart repository": """
        The address could not be reached. Check the network, or let MONITORING_CHART or METRICS_SERVER_CHART name a
        file that you have.""",
    r"connection refused|was refused": """
        The cluster does not answer. Is Docker running? `docker start wine-control-plane` wakes a stopped kind cluster;
        the cell that creates it makes a new one.""",
    r"timed out waiting|deadline exceeded|context deadline": """
        Something did not become ready in time. `pods()` and `events()` say what it waits for: an image that is not
        there, too little memory, or a probe that fails.""",
    r"active account|Reauthentication|gcloud auth login|invalid_grant": """
        Log in with `gcloud auth login`, then run this cell again.""",
    r"[Bb]illing": """
        The project has no billing account. Link one: https://console.cloud.google.com/billing/linkedaccount""",
    r"has not been used in project|SERVICE_DISABLED|not enabled|not been enabled": """
        An API is off. Run the cell with `gcloud services enable` again; it takes a minute until an API answers.""",
    r"[Qq]uota|RESOURCE_POOL_EXHAUSTED|enough resources": """
        Google has no room for these machines. Choose another zone (GOOGLE_CLOUD_ZONE), or ask for quota:
        https://console.cloud.google.com/iam-admin/quotas""",
    r"PERMISSION_DENIED|does not have permission|lacks permission": """
        The account may not do this. Ask the project's owner for the role that the message names.""",
    r"PROVISIONING|RECONCILING": """
        The cluster is still being made. Wait a minute and run this cell again.""",
    r"command not found": """
        A program is missing. `python -m workbook doctor` says how to install it.""",
}


def remedy(text):
    """What to try when a program wrote `text`; empty if nothing is known."""
    known = (advice for pattern, advice in REMEDIES.items() if re.search(pattern, text))
    return " ".join(next(known, "").split())
