"""The target `kind`: a Kubernetes node as a Docker container of this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from workbook.machine import MAC, ROOT, WorkbookError, output
from workbook.targets.base import CLUSTER, Target, Thing

MEMORY, DISK = 4, 8  # GiB for everything of notebook 03, with room to spare


@dataclass(frozen=True)
class Kind(Target):
    """kind's cluster named `wine`."""

    name = "kind"
    tools = ("docker", "kind", "kubectl", "helm")
    context = f"kind-{CLUSTER}"

    def problems(self):
        try:
            memory, root = output("docker", "info", "--format", "{{.MemTotal}} {{.DockerRootDir}}").split(maxsplit=1)
        except WorkbookError as error:
            start = "Start Docker Desktop" if MAC else "Start it (sudo systemctl start docker)"
            return [f"Docker does not answer. {start} and run this again.\n{error}"]
        memory = int(memory) / 2**30
        disk = shutil.disk_usage(root if Path(root).exists() else ROOT).free / 2**30  # on a Mac, in Docker's machine
        problems = []
        if memory < MEMORY:
            give = "give it more in Docker's settings"
            problems += [f"Docker has {memory:.1f} GiB of memory, the cluster wants {MEMORY}: {give}."]
        if disk < DISK:
            free = "`docker system prune` frees some"
            problems += [f"The disk has {disk:.1f} GiB free, the cluster wants {DISK}: {free}."]
        return problems

    def standing(self):
        nodes = f"label=io.x-k8s.kind.cluster={CLUSTER}"
        clusters = self.run("docker", "ps", "--all", "--filter", nodes, "--format", "{{.Names}}")
        which = ("--filter", "reference=wine-model:1.*", "--format", "{{.Repository}}:{{.Tag}}")
        images = self.run("docker", "image", "ls", *which)
        remove = ("kind", "delete", "cluster", "--name", CLUSTER)
        return [Thing("cluster", name, remove) for name in clusters.splitlines()] + [
            Thing("image", name, ("docker", "image", "rm", name)) for name in images.splitlines()
        ]

    def clear(self, found):
        """Remove a cluster whose creation was cut off, too."""
        super().clear(found)
        if found and not self.kubeconfig.exists():
            self.run("kind", "delete", "cluster", "--name", CLUSTER)
