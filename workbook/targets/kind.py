"""The target `kind`: a Kubernetes node as a Docker container of this machine."""

import re
import shutil
from dataclasses import dataclass

from workbook import machine
from workbook.machine import WorkbookError, settings
from workbook.targets import docker
from workbook.targets.base import CLUSTER, LABEL, NoCluster, Silent, Target, Thing, this_copy
from workbook.waiting import eventually

RECOVERY = 30  # seconds in which a cluster whose kubeconfig was lost shows that it is whole
CONFIG = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: wine
nodes:
  - role: control-plane
    labels:
      {label}: "{copy}"
"""


@dataclass(frozen=True)
class Kind(Target):
    """kind's cluster named `wine`."""

    name = "kind"
    reaches_us = True
    tools = ("docker", "kind", "kubectl", "helm")
    worth = "notebooks 03 and 04, with Kubernetes in Docker"
    price = "no money, and about 2 GiB of this machine's memory"
    context = f"kind-{CLUSTER}"
    node = f"{CLUSTER}-control-plane"

    @property
    def config(self):
        """The file that tells kind what to make: one node, with this copy's mark."""
        return machine.STATE / "kind.yaml"

    def can_be_asked(self):
        return bool(shutil.which("docker"))

    def doorstep(self):
        try:  # Docker Desktop carries this name to the loopback of the machine around it
            name = "host.docker.internal"
            return "127.0.0.1", self.run("docker", "exec", self.node, "getent", "ahostsv4", name).split()[0]
        except WorkbookError:
            networks = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
            gateways = self.run("docker", "network", "inspect", "kind", "--format", networks).split()
            gateway = next(one for one in gateways if "." in one)
            return gateway, gateway

    def variables(self):
        # Without it, builds add a second "image" of their provenance, which `kind load` stumbles over.
        ours = {"KIND_CONFIG": str(self.config), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
        # What a shell may say of other clusters: their name, what runs them, and the processor that they are for.
        others = dict.fromkeys(("KIND_CLUSTER_NAME", "KIND_EXPERIMENTAL_PROVIDER", "DOCKER_DEFAULT_PLATFORM"), "")
        return super().variables() | ours | others

    def problems(self):
        return docker.problems()

    def notes(self):
        return docker.notes()

    def silence(self, error):
        try:
            state = self._state()
        except WorkbookError as reason:
            if re.search("no such (container|object)", str(reason), re.IGNORECASE):
                return NoCluster(f"The cluster of notebook 03 is gone: somebody removed it. {self.absence()}")
            return NoCluster(
                f"The cluster {self.context} does not answer, and neither does Docker: start Docker first."
            )
        if state in ("exited", "created"):
            return NoCluster(
                f"The cluster {self.context} does not answer: it is stopped. `docker start {self.node}` wakes it; a "
                "minute later it answers."
            )
        if state == "paused":
            return NoCluster(f"The cluster {self.context} is paused. `docker unpause {self.node}` lets it go on.")
        return Silent(
            f"The cluster {self.context} does not answer, though its node is {state}. After a start it takes a minute; "
            f"`docker restart {self.node}` helps where it takes longer."
        )

    def standing(self):
        nodes = f"label=io.x-k8s.kind.cluster={CLUSTER}"
        clusters = self.run("docker", "ps", "--all", "--filter", nodes, "--format", "{{.Names}}").splitlines()
        which = ("--filter", "reference=wine-model:1.*", "--format", "{{.Repository}}:{{.Tag}}")
        images = self.run("docker", "image", "ls", *which).splitlines()
        remove = ("kind", "delete", "cluster", "--name", CLUSTER)
        return [Thing("cluster", name, remove, self._mark(name)) for name in clusters] + [
            Thing("image", name, ("docker", "image", "rm", name)) for name in images
        ]

    def _mark(self, node):
        """The mark on a node, running or not: kind keeps the labels that it was asked for in a file within.

        Where the file is missing, a creation was cut off before there was a Kubernetes.
        """
        try:
            written = self.run("docker", "cp", f"{node}:/kind/kubeadm.conf", "-")
        except WorkbookError as error:
            return None if re.search("could not (be )?f(ind|ound)|no such file", str(error), re.IGNORECASE) else ""
        return re.search(rf"\b{LABEL}=(\w*)|$", written)[1] or ""

    def clear(self, found):
        """Go on with a cluster whose kubeconfig is lost; remove one whose creation was cut off."""
        super().clear(found)
        machine.STATE.mkdir(exist_ok=True)
        image = f"    image: {settings().kind_node_image}\n" if settings().kind_node_image else ""
        self.config.write_text(CONFIG.format(label=LABEL, copy=this_copy()) + image)
        if not found:
            return
        if self._state() != "running":
            raise self.silence(None)
        if not self.kubeconfig.exists() and not self._recovers():
            print("The creation of the cluster had been cut off. It is removed now, and the next cells make it anew.")
            self.run("kind", "delete", "cluster", "--name", CLUSTER)

    def _state(self):
        """What Docker says of the node: running, paused, exited."""
        return self.run("docker", "container", "inspect", "--format", "{{.State.Status}}", self.node)

    def _recovers(self):
        """Whether the cluster turns out to be whole; then its kubeconfig is back."""
        ready = ("kubectl", "wait", "--for=condition=Ready", "nodes", "--all", "--timeout", "5s")
        whole = False
        try:
            self.run("kind", "export", "kubeconfig", "--name", CLUSTER)
            whole = eventually(lambda: self.run(*ready) or True, RECOVERY, "the cluster whose kubeconfig was lost")
        except WorkbookError:  # of kind: there is none to export; of the wait: too late
            pass
        finally:
            if not whole:
                self.kubeconfig.unlink(missing_ok=True)
        return whole
