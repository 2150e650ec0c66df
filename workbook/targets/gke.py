"""The target `gke`: a cluster of Google Kubernetes Engine."""

import re
from dataclasses import dataclass, replace

from workbook.machine import VERSION, WorkbookError, output, settings
from workbook.targets import google
from workbook.targets.base import CLUSTER, LABEL, PartlySeen, Silent, Target, Thing, this_copy
from workbook.waiting import with_progress

CONSOLE = "https://console.cloud.google.com/kubernetes/list/overview?project="
OFF = "SERVICE_DISABLED|has not been used in project|not enabled on project"


def _of_gcloud(name):
    """What gcloud's own configuration says; "" where it says nothing, or does not run: `problems` tells why."""
    try:
        return output("gcloud", "config", "get", name)
    except WorkbookError:
        return ""


@dataclass(frozen=True)
class Gke(Target):
    """The cluster `wine` of a Google Cloud project, in one zone."""

    project: str = ""
    zone: str = ""

    name = "gke"
    worth = "notebooks 03 and 04, with Kubernetes on Google Cloud, which costs money"
    price = "about $0.16 an hour, which is $117 in a month ($44 with the free-tier credit), until `make down`"
    tools = ("gcloud", "gke-gcloud-auth-plugin", "kubectl", "helm")

    @classmethod
    def configured(cls):
        """With the project and the zone of the settings, else of gcloud's configuration."""
        chosen = settings()
        project = chosen.google_cloud_project or _of_gcloud("project")
        return cls(project, chosen.google_cloud_zone or _of_gcloud("compute/zone"))

    def can_be_asked(self):
        return bool(self.project and self.zone)

    @property
    def region(self):
        return self.zone.rpartition("-")[0]

    @property
    def image(self):
        return f"{self.region}-docker.pkg.dev/{self.project}/wine/wine-model:{VERSION}"

    @property
    def context(self):
        return f"gke_{self.project}_{self.zone}_{CLUSTER}"

    def variables(self):
        values = {"PROJECT": self.project, "ZONE": self.zone, "REGION": self.region, "COPY": this_copy()}
        values["BUILD_REGION"] = settings().build_region or self.region
        values["SPOT"] = "" if settings().spot == "no" else "--spot"
        quiet = {"CLOUDSDK_CORE_PROJECT": self.project, "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
        return super().variables() | values | quiet

    def problems(self):
        problems = []
        if not output("gcloud", "auth", "list", "--filter", "status:ACTIVE", "--format", "value(account)"):
            problems += ["gcloud knows no account: run `gcloud auth login`."]
        if not self.project:
            problems += ["No project is chosen: run `gcloud config set project NAME`, or set GOOGLE_CLOUD_PROJECT."]
        if not self.zone:
            command = "gcloud config set compute/zone us-central1-a"
            problems += [f"No zone is chosen: run `{command}`, or set GOOGLE_CLOUD_ZONE."]
        return problems or with_progress("reading the project", google.problems, self.project, self.region)

    def notes(self):
        return google.notes(self.project)

    def empty(self):
        """Let the cluster's controllers delete the disks and load balancers that they made."""
        if self.answers():
            how = ("--ignore-not-found", "--timeout", "180s")
            self.run("kubectl", "delete", "namespace", "wine", "monitoring", *how)

    def silence(self, error):
        return Silent(
            f"The cluster {self.context} does not answer. If it is being made, repaired or upgraded, that takes some "
            f"minutes: {CONSOLE}{self.project} shows it. kubectl said: {error}"
        )

    def standing(self):
        """Disks and load balancers are what a deleted cluster can leave behind.

        Everything of the project is looked at, in whatever zone. A pattern for gcloud stands in quotes, because its
        parentheses would group conditions; `=` would match `wine` in `wine-shop`. Raises PartlySeen where this account
        may not list things of some kind.
        """
        things, refused = [], []

        def stands(kind, listing, wanted, shown, removal, mark=""):
            """Add the Things of one kind: `removal` takes the values that the listing shows, `mark` is one more."""
            fields = f"{shown},{mark}" if mark else shown
            try:
                lines = self._gcloud(
                    *listing, "--filter", wanted, "--format", f"csv[no-heading]({fields})"
                ).splitlines()
            except WorkbookError as error:
                if kind == "cluster":  # without it nobody can say whose the rest is
                    raise
                return refused.append(error.told())
            for line in lines:
                values = line.split(",")
                made_by = values.pop().removeprefix(f"{LABEL}=") if mark else None
                things.append(Thing(kind, " ".join(values), ("gcloud", *removal(*values)), made_by))

        accounts = f"wine-(nodes|build)@{self.project}[.]"
        stands(
            "cluster",
            ("container", "clusters", "list"),
            f'name~"^{CLUSTER}$"',
            "name,location",
            lambda name, location: ("container", "clusters", "delete", name, "--location", location),
            mark=f"resourceLabels.{LABEL}",
        )
        stands(
            "disk",
            ("compute", "disks", "list"),
            f'labels.goog-k8s-cluster-name~"^{CLUSTER}$"',
            "name,zone.basename()",
            lambda name, zone: ("compute", "disks", "delete", name, "--zone", zone),
        )
        stands(
            "load balancer",
            ("compute", "forwarding-rules", "list"),
            'description~"service-name[^a-z]+wine/"',
            "name,region.basename()",
            lambda name, region: ("compute", "forwarding-rules", "delete", name, "--region", region),
        )
        stands(
            "address",
            ("compute", "addresses", "list"),
            'name~"^wine-model$"',
            "name",
            lambda name: ("compute", "addresses", "delete", name, "--global"),
            mark="description",
        )
        stands(
            "network",
            ("compute", "networks", "list"),
            f'name~"^{CLUSTER}$"',
            "name",
            lambda name: ("compute", "networks", "delete", name),
            mark="description",
        )
        stands(
            "image registry",
            ("artifacts", "repositories", "list", "--location", "all"),
            'name~"/wine$"',
            "name.basename(),name.segment(3)",
            lambda name, region: ("artifacts", "repositories", "delete", name, "--location", region),
            mark=f"labels.{LABEL}",
        )
        stands(
            "build bucket",
            ("storage", "buckets", "list"),
            f'name~"^{self.project}-wine-build$"',
            "name",
            lambda name: ("storage", "rm", "--recursive", f"gs://{name}"),
            mark=f"labels.{LABEL}",
        )
        stands(
            "role of a service account",
            ("projects", "get-iam-policy", self.project, "--flatten", "bindings[].members"),
            f'bindings.members~"^(deleted:)?serviceAccount:{accounts}"',
            "bindings.members,bindings.role",
            self._revocation,
        )
        stands(
            "service account",
            ("iam", "service-accounts", "list"),
            f'email~"^{accounts}"',
            "email",
            lambda email: ("iam", "service-accounts", "delete", email),
            mark="description",
        )
        found = [replace(thing, mark=self._mark(thing, things)) for thing in things]
        if refused:
            raise PartlySeen("\n".join(refused), found)
        return found

    def _mark(self, thing, things):
        """Whose a thing is that carries no label: its cluster's or its account's owner's, if that still stands."""
        if thing.kind == "build bucket":
            return thing.mark or None  # between its creation and its label, which are two commands
        if thing.mark is not None:
            return thing.mark
        name, place = thing.name.split()
        if thing.kind == "role of a service account":
            if name.startswith("deleted:"):
                return this_copy()  # nobody can use it any more
            owners = {one.name: one.mark for one in things if one.kind == "service account"}
            return owners.get(name.removeprefix("serviceAccount:"), "")
        if thing.kind == "load balancer" and self._others(place):
            return ""  # it names its namespace, and not its cluster
        clusters = {one.name.split()[1]: one.mark for one in things if one.kind == "cluster"}
        owners = {owner for location, owner in clusters.items() if location.startswith(place)}
        if owners:
            return owners.pop() if len(owners) == 1 else ""
        return None if self.zone.startswith(place) else ""  # by the claim, as its cluster is gone

    def _others(self, region):
        """Whether clusters of other names stand in the region."""
        shown = self._gcloud("container", "clusters", "list", "--format", "csv[no-heading](name,location)")
        clusters = [line.split(",") for line in shown.splitlines()]
        return any(name != CLUSTER and location.startswith(region) for name, location in clusters)

    def _revocation(self, member, role):
        which = ("--member", member, "--role", role, "--condition", "None")
        return ("projects", "remove-iam-policy-binding", self.project, *which)

    def _gcloud(self, *words):
        """Run a listing of gcloud; what an API never served does not stand."""
        try:
            return self.run("gcloud", *words)
        except WorkbookError as error:
            if re.search(OFF, str(error)):
                return ""
            raise
