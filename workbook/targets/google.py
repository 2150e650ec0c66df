"""Whether a Google Cloud project can carry the lesson: what gcloud can read of it without changing anything."""

import re

from workbook.machine import WorkbookError, output
from workbook.remedies import remedy

ROLES = (  # what roles/owner holds of them; notebook 03 lists them
    "roles/serviceusage.serviceUsageAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/resourcemanager.projectIamAdmin",
    "roles/compute.networkAdmin",
    "roles/compute.storageAdmin",  # `down` looks for disks
    "roles/container.admin",
    "roles/artifactregistry.admin",
    "roles/storage.admin",
    "roles/cloudbuild.builds.editor",
)
WANTED = {"CPUS": 4, "IN_USE_ADDRESSES": 2, "DISKS_TOTAL_GB": 60}  # of the region's quota: two e2-standard-2
UNREADABLE = "PERMISSION_DENIED|does not have permission|SERVICE_DISABLED|has not been used|not enabled|[Rr]equired"


def problems(project, region):
    """What keeps the project from carrying a cluster: a list of sentences."""
    try:
        output("gcloud", "projects", "describe", project, "--format", "value(projectId)")
    except WorkbookError as error:
        unseen = re.search("permission|NOT_FOUND", str(error))  # which Google says of what is not there, too
        why = "" if unseen else remedy(str(error))
        return [
            f"gcloud cannot read the project {project}. {why or 'Is that its ID, and does this account see it?'}\n{error}"
        ]
    billing = _read("billing", "projects", "describe", project, "--format", "value(billingEnabled)")
    linked = f"https://console.cloud.google.com/billing/linkedaccount?project={project}"
    unpaid = [f"The project {project} has no billing account. Link one: {linked}"] if billing == "False" else []
    return unpaid + _quota(region)


def notes(project):
    """What may be missing, and cannot be told for sure from here: a list of sentences."""
    account = output("gcloud", "config", "get", "account")
    listing = ("projects", "get-iam-policy", project, "--flatten", "bindings[].members")
    mine = ("--filter", f'bindings.members~":{re.escape(account)}$"', "--format", "value(bindings.role)")
    has = set((_read(*listing, *mine) or "").split())
    missing = [role for role in ROLES if role not in has]
    if not missing or "roles/owner" in has:
        return []
    return [
        f"{account} has no role Owner on {project} and not all of those that notebook 03 needs, unless a group or a "
        f"folder gives them: {', '.join(missing)}."
    ]


def _quota(region):
    """What the region's quota lacks; an API that is off has no quota to read yet."""
    shown = "csv[no-heading](quotas.metric,quotas.limit,quotas.usage)"
    listing = ("compute", "regions", "describe", region, "--flatten", "quotas[]", "--format", shown)
    rows = [line.split(",") for line in (_read(*listing) or "").splitlines()]
    free = {metric: float(limit) - float(usage) for metric, limit, usage in rows}
    return [
        f"The quota of {region} has {free[metric]:.0f} {metric} left, the cluster wants {wanted}. Choose another region, "
        "or ask for more: https://console.cloud.google.com/iam-admin/quotas"
        for metric, wanted in WANTED.items()
        if free.get(metric, wanted) < wanted
    ]


def _read(*words):
    """What a command of gcloud prints; None where this account may not read it, or its API is still off."""
    try:
        return output("gcloud", *words)
    except WorkbookError as error:
        if re.search(UNREADABLE, str(error)):
            return None
        raise
