"""The target `gke`: a cluster of Google Kubernetes Engine."""

import re
import shutil
from dataclasses import dataclass

from workbook.machine import VERSION, WorkbookError, output, settings
from workbook.targets.base import CLUSTER, Target, Thing

OFF = "SERVICE_DISABLED|has not been used in project|not enabled on project"


@dataclass(frozen=True)
class Gke(Target):
    """The cluster `wine` of a Google Cloud project, in one zone."""

    project: str = ""
    zone: str = ""

    name = "gke"
    tools = ("gcloud", "gke-gcloud-auth-plugin", "kubectl", "helm")

    @classmethod
    def configured(cls):
        """With the project and the zone of the settings, else of gcloud's configuration."""
        chosen, have = settings(), shutil.which("gcloud")
        project = chosen.google_cloud_project or (have and output("gcloud", "config", "get", "project")) or ""
        zone = chosen.google_cloud_zone or (have and output("gcloud", "config", "get", "compute/zone")) or ""
        return cls(project, zone)

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
        values = {"PROJECT": self.project, "ZONE": self.zone, "REGION": self.region}
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
        return problems

    def empty(self):
        """Let the cluster's controllers delete the disks and load balancers that they made."""
        if self.answers():
            how = ("--ignore-not-found", "--timeout", "180s")
            self.run("kubectl", "delete", "namespace", "wine", "monitoring", *how)

    def standing(self):
        """Disks and load balancers are what a deleted cluster can leave behind.

        A pattern for gcloud stands in quotes, because its parentheses would group conditions; `=` would match `wine` in
        `wine-shop`.
        """
        at, labelled = ("--location", self.zone), f'labels.goog-k8s-cluster-name~"^{CLUSTER}$"'
        region, theirs = ("--location", self.region), f"@{self.project}[.]"
        things = []

        def stands(kind, listing, wanted, shown, removal):
            """Add the Things of one kind: `removal` takes the words of a line that the listing prints."""
            for line in self._gcloud(*listing, "--filter", wanted, "--format", f"value({shown})").splitlines():
                words = line.split()
                things.append(Thing(kind, " ".join(words), ("gcloud", *removal(*words))))

        stands(
            "cluster",
            ("container", "clusters", "list", *at),
            f'name~"^{CLUSTER}$"',
            "name",
            lambda name: ("container", "clusters", "delete", name, *at),
        )
        stands(
            "disk",
            ("compute", "disks", "list", "--zones", self.zone),
            labelled,
            "name,zone.basename()",
            lambda name, zone: ("compute", "disks", "delete", name, "--zone", zone),
        )
        stands(
            "load balancer",
            ("compute", "forwarding-rules", "list", "--regions", self.region),
            'description~"service-name[^a-z]+wine/"',
            "name,region.basename()",
            lambda name, region: ("compute", "forwarding-rules", "delete", name, "--region", region),
        )
        stands(
            "image registry",
            ("artifacts", "repositories", "list", *region),
            'name~"/wine$"',
            "name.basename()",
            lambda name: ("artifacts", "repositories", "delete", name, *region),
        )
        stands(
            "build bucket",
            ("storage", "buckets", "list"),
            f'name~"^{self.project}-wine-build$"',
            "name",
            lambda name: ("storage", "rm", "--recursive", f"gs://{name}"),
        )
        stands(
            "role of a service account",
            ("projects", "get-iam-policy", self.project, "--flatten", "bindings[].members"),
            f'bindings.members~"^serviceAccount:wine-(nodes|build){theirs}"',
            "bindings.members,bindings.role",
            self._revocation,
        )
        stands(
            "service account",
            ("iam", "service-accounts", "list"),
            f'email~"^wine-(nodes|build){theirs}"',
            "email",
            lambda email: ("iam", "service-accounts", "delete", email),
        )
        return things

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
