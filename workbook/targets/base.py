"""What a place to run is: the part that all targets share. Each has a module of its own beside this one."""

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from workbook import machine
from workbook.machine import VERSION, WorkbookError, output, settings

CLUSTER = "wine"


@dataclass(frozen=True)
class Thing:
    """Something that stands: what it is ("disk"), its name, and the command that removes it."""

    kind: str
    name: str
    removal: tuple


class Target:
    """A place to run. `context` is the name of its cluster in a kubeconfig, `image` the service's image there."""

    name: ClassVar[str]
    is_cluster: ClassVar[bool] = True
    tools: ClassVar[tuple] = ()  # the command-line tools that it needs
    context: str
    image = f"wine-model:{VERSION}"

    def is_among(self, names):
        """Whether one of the names, or `all`, means this target."""
        return self.name in names or "all" in names

    @property
    def kubeconfig(self):
        """The path of the kubeconfig that leads to this cluster and to no other."""
        return machine.STATE / f"{self.context}.kubeconfig"

    def variables(self):
        """The environment of its commands and `%%on` cells: the settings, its kubeconfig, and what follows from it."""
        values = {name.upper(): value for name, value in vars(settings()).items()}
        return values | {"TARGET": self.name, "IMAGE": self.image, "KUBECONFIG": str(self.kubeconfig)}

    def run(self, *command, text=None):
        """Run one command of this target; return its standard output, stripped. A failure is a WorkbookError."""
        return output(*command, variables=self.variables(), text=text)

    def answers(self):
        """Whether the cluster's API answers through the workbook's kubeconfig."""
        if not self.kubeconfig.exists():
            return False
        try:
            self.run("kubectl", "get", "--raw", "/readyz", "--request-timeout", "5s")
        except WorkbookError:
            return False
        return True

    def problems(self):
        """What this machine lacks for it, beyond its tools: a list of sentences."""
        return []

    def standing(self):
        """What stands there under the names that the workbook uses, whoever made it: a list of Thing, in the order in
        which they go."""
        return []

    def empty(self):
        """Remove from the cluster what would outlive it elsewhere."""

    def claim(self):
        """Note that the cluster, and all that comes with it, is this workbook's from now on.

        Refuses what stands under the same names and was not made by this copy, because `down` would remove it.
        """
        found = [thing for thing in self.standing() if thing.kind != "image"]
        if found and not self.claimed:
            names = ", ".join(f"the {thing.kind} {thing.name}" for thing in found)
            raise WorkbookError(
                f"On {self.name} there stands already: {names}. This copy of the workbook did not make it, and touches "
                "only what it made. Delete it if you need it no more, then run this cell again: `kind delete cluster "
                f"--name {CLUSTER}`, or Google Cloud's console; or use another Google Cloud project."
            )
        self.clear(found)
        machine.STATE.mkdir(exist_ok=True)
        self.note.write_text(json.dumps({"name": self.name} | asdict(self)))

    def clear(self, found):
        """Make way for a new cluster: `found` is what stands."""
        if not found:  # the kubeconfig is of a cluster that somebody removed
            self.kubeconfig.unlink(missing_ok=True)

    @property
    def note(self):
        """The file that says that the cluster is this workbook's."""
        return machine.STATE / f"{self.context}.json"

    @property
    def claimed(self):
        return self.note.exists()

    def disclaim(self):
        """Forget the cluster."""
        for path in (self.note, self.kubeconfig):
            path.unlink(missing_ok=True)
