"""What a place to run is: the part that all targets share. Each has a module of its own beside this one."""

import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from typing import ClassVar

from workbook import machine
from workbook.machine import VERSION, WorkbookError, output, settings

CLUSTER = "wine"
GONE = "(?i)not.found|no such|does not exist"
LABEL = "workbook"  # on what the workbook creates; its value says which copy of the workbook did


class Silent(WorkbookError):
    """The cluster does not answer; the text says why, and what wakes it."""


class NoCluster(Silent):
    """Nothing is there that could answer, and waiting changes nothing."""

    waiting_helps = False


class PartlySeen(WorkbookError):
    """Some of what may stand could not be looked at; `found` is the rest, a list of Thing."""

    def __init__(self, text, found):
        super().__init__(text)
        self.found = found


@dataclass(frozen=True)
class Thing:
    """Something that stands: what it is ("disk"), its name, and the command that removes it.

    `mark` is the value of its label: the copy of the workbook that made it, "" where nobody's mark is on it, None for
    what cannot carry one and goes with the target's claim.
    """

    kind: str
    name: str
    removal: tuple
    mark: str | None = None


def this_copy():
    """The name of this copy of the workbook, drawn once: what it writes on all that it creates."""
    path = machine.STATE / "copy"
    if not path.exists() or not path.read_text():  # an empty name, which a full disk leaves, would be on all unmarked
        machine.STATE.mkdir(exist_ok=True)
        path.write_text(secrets.token_hex(6))
    return path.read_text()


class Target:
    """A place to run. `context` is the name of its cluster in a kubeconfig, `image` the service's image there."""

    name: ClassVar[str]
    is_cluster: ClassVar[bool] = True
    reaches_us: ClassVar[bool] = False  # whether what runs there can send something to this machine
    tools: ClassVar[tuple] = ()  # the command-line tools that it needs
    worth: ClassVar[str]  # what one can do there
    price: ClassVar[str] = "nothing"  # what it costs while it stands
    context: str
    image = f"wine-model:{VERSION}"

    @classmethod
    def configured(cls):
        """The target as this machine is set up for it."""
        return cls()

    def can_be_asked(self):
        """Whether this machine's tools can tell what stands there, whoever made it."""
        return False

    def doorstep(self):
        """Where it reaches this machine: the address to listen on here, and the one to ask for there."""
        raise WorkbookError(
            f"The pods of the target {self.name} cannot reach this machine. Use an address on the Internet."
        )

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
        values["MONITORING_VALUES"] = values["MONITORING_VALUES"] or "k8s/monitoring/values.yaml"  # ours, once more
        values |= {"TARGET": self.name, "IMAGE": self.image, "IMAGE_NAME": self.image.rpartition(":")[0]}
        # Helm's own variables would win over a kubeconfig, and a kuberc adds options to kubectl's.
        elsewhere = dict.fromkeys((name for name in os.environ if name.startswith("HELM_KUBE")), "")
        return values | {"KUBECONFIG": str(self.kubeconfig), "KUBERC": "off"} | elsewhere

    def run(self, *command, text=None):
        """Run one command of this target; return its standard output, stripped. A failure is a WorkbookError."""
        return output(*command, variables=self.variables(), text=text)

    def require(self):
        """Return when the cluster answers through the workbook's kubeconfig; raises Silent, within seconds, if not."""
        if not self.kubeconfig.exists():
            raise NoCluster(self.absence())
        try:
            self.run("kubectl", "get", "--raw", "/readyz", "--request-timeout", "5s")
        except WorkbookError as error:
            raise self.silence(error) from None

    def answers(self):
        """Whether the cluster answers."""
        try:
            self.require()
        except WorkbookError:
            return False
        return True

    def absence(self):
        """The sentence for a cluster that this copy has not made."""
        return f"There is no cluster on {self.name} yet: run notebook 03 up to its first checkpoint."

    def silence(self, error):
        """Why a cluster that was made does not answer, as a Silent; `error` is what kubectl said."""
        return Silent(f"The cluster {self.context} does not answer: {error}")

    def problems(self):
        """What this machine lacks for it, beyond its tools: a list of sentences."""
        return []

    def notes(self):
        """What may turn out to be too little: a list of sentences."""
        return []

    def standing(self):
        """What stands there under the names that the workbook uses, whoever made it: a list of Thing, in the order in
        which they go."""
        return []

    def empty(self):
        """Remove from the cluster what would outlive it elsewhere."""

    def remove(self, thing):
        """Run the command that removes it; what went with something else, as a disk with its cluster, is gone."""
        try:
            self.run(*thing.removal)
        except WorkbookError as error:
            if not re.search(GONE, str(error)):
                raise

    def is_ours(self, thing):
        """Whether this copy of the workbook made it."""
        return self.claimed if thing.mark is None else thing.mark == this_copy()

    def claim(self):
        """Note that the cluster, and all that comes with it, is this workbook's from now on.

        Refuses what stands under the same names and does not carry this copy's mark, because `down` would remove it.
        """
        found = [thing for thing in self.standing() if thing.kind != "image"]
        if strangers := [thing for thing in found if not self.is_ours(thing)]:
            raise WorkbookError(
                f"On {self.name} there stands already: {listing(strangers)}. This copy of the workbook did not make it, and "
                "touches only what it made. Go on in the copy that did; or, if nobody needs it, delete it, then run this "
                f"cell again: {command(strangers[0])}"
            )
        self.clear(found)
        self.note.write_text(json.dumps({"name": self.name} | asdict(self)))

    def clear(self, found):
        """Make way for a new cluster, or for going on with this copy's own: `found` is what stands."""
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


def listing(things):
    """Things in a sentence."""
    return ", ".join(f"the {thing.kind} {thing.name}" for thing in things)


def command(thing):
    """What removes a thing, as one types it."""
    return "`" + " ".join(thing.removal) + "`"
