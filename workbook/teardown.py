"""What the workbook created, and its removal: `python -m workbook down`."""

import re

from workbook import target
from workbook.target import KUBECONFIG, STATE, WorkbookError, output

# What stands, and how it goes, in the order of removal. Each listing prints a line for each thing; the line's words
# take the place of {} in the removal. Disks and load balancers are what a deleted cluster can leave behind. A pattern
# for gcloud stands in quotes, because its parentheses would group conditions; `=` would match `wine` in `wine-shop`.
KIND = {
    "cluster": (
        "docker ps --all --filter label=io.x-k8s.kind.cluster=wine --format {{.Names}}",
        "kind delete cluster --name wine",
    ),
    "image": (
        "docker image ls --filter reference=wine-model:1.* --format {{.Repository}}:{{.Tag}}",
        "docker image rm {}",
    ),
}
MEMBERS = "^serviceAccount:wine-(nodes|build)@$PROJECT[.]"
GKE = {
    "cluster": (
        'container clusters list --location $ZONE --filter name~"^wine$" --format value(name)',
        "container clusters delete {} --location $ZONE",
    ),
    "disk": (
        'compute disks list --zones $ZONE --filter labels.goog-k8s-cluster-name~"^wine$" --format value(name,zone.basename())',
        "compute disks delete {} --zone {}",
    ),
    "load balancer": (
        'compute forwarding-rules list --regions $REGION --filter description~"service-name[^a-z]+wine/"'
        " --format value(name,region.basename())",
        "compute forwarding-rules delete {} --region {}",
    ),
    "image registry": (
        'artifacts repositories list --location $REGION --filter name~"/wine$" --format value(name.basename())',
        "artifacts repositories delete {} --location $REGION",
    ),
    "build bucket": (
        'storage buckets list --filter name~"^$PROJECT-wine-build$" --format value(name)',
        "storage rm --recursive gs://{}",
    ),
    "role of a service account": (
        f'projects get-iam-policy $PROJECT --flatten bindings[].members --filter bindings.members~"{MEMBERS}"'
        " --format value(bindings.members,bindings.role)",
        "projects remove-iam-policy-binding $PROJECT --member {} --role {} --condition None",
    ),
    "service account": (
        'iam service-accounts list --filter email~"^wine-(nodes|build)@$PROJECT[.]" --format value(email)',
        "iam service-accounts delete {}",
    ),
}
THINGS = {"kind": KIND, "gke": GKE}


def leftovers():
    """What the workbook created and still stands, on every target: a list of (target, thing, name)."""
    return [(here.name, thing, name) for here in target.claims() for thing, name in standing(here)]


def standing(here):
    """What stands at a target under the names that the workbook uses, whoever made it: a list of (thing, name)."""
    return [
        (thing, " ".join(words)) for thing, (listing, _) in THINGS[here.name].items() for words in _list(here, listing)
    ]


def down():
    """Remove everything that the workbook created, and prove it. Raises WorkbookError if something is left.

    What cannot be removed is told and does not keep the rest from being removed.
    """
    for here in target.claims():
        if here.name == "gke" and here.answers():  # so that its controllers delete their disks and load balancers
            print(f"{here.name}: emptying the cluster", flush=True)
            context = ("--context", here.context, "--ignore-not-found", "--timeout", "180s")
            _try(output, "kubectl", "delete", "namespace", "wine", "monitoring", *context)
        for thing, (listing, removal) in THINGS[here.name].items():
            for words in _try(_list, here, listing) or []:
                print(f"{here.name}: removing {thing} {' '.join(words)}", flush=True)
                _try(_remove, here, removal, words)
    remains = leftovers()
    if remains:
        lines = "\n".join(" ".join(line) for line in remains)
        raise WorkbookError(f"This is left. Run `python -m workbook down` again, or remove it in the console:\n{lines}")
    for path in [KUBECONFIG, *STATE.glob("*.json")]:
        path.unlink(missing_ok=True)
    print("Nothing is left of what the workbook created.")


def _try(step, *arguments):
    """What a step returns; nothing, after its error is told, if it fails."""
    try:
        return step(*arguments)
    except WorkbookError as error:
        print(f"not done: {error}", flush=True)


def _list(here, listing):
    """The words of each line that a listing prints."""
    return [line.split() for line in _call(here, listing).splitlines() if line]


def _remove(here, removal, words):
    names = iter(words)
    _call(here, " ".join(word.replace("{}", next(names)) if "{}" in word else word for word in removal.split()))


def _call(here, command):
    """Run one line of the tables, which has no spaces within its words."""
    words = command.split() if here.name == "kind" else ["gcloud", *command.split()]
    for name in ("PROJECT", "REGION", "ZONE"):
        words = [word.replace(f"${name}", here.variables().get(name, "")) for word in words]
    try:
        return output(*words, here=here)
    except WorkbookError as error:
        if re.search("SERVICE_DISABLED|has not been used in project|not enabled on project", str(error)):
            return ""  # what an API never served does not stand
        raise
