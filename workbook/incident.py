"""Game day: one of several faults, injected without saying which, to be found, named and repaired."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from promql import Prometheus
from workbook import target
from workbook.cluster import eventually, pods


@dataclass(frozen=True)
class Fault:
    """What breaks and what repairs it, each given a Scene, and the alert that tells."""

    alert: str
    inject: Callable
    repair: Callable


def kubectl(*words):
    """Run kubectl in our namespace; a failure is a WorkbookError."""
    return target.output("kubectl", "--namespace", "wine", *words)


def replace(resource, path, value):
    """Replace one field, named by a JSON pointer, of an object on the cluster."""
    kubectl(
        "patch", resource, "--type", "json", "--patch", json.dumps([{"op": "replace", "path": path, "value": value}])
    )


def field(resource, path, right, wrong):
    """The fault of a field with a wrong value, behind which Prometheus loses sight of the service."""
    return Fault(
        "WineTargetsMissing", lambda _: replace(resource, path, wrong), lambda _: replace(resource, path, right)
    )


LABEL = "/spec/selector/matchLabels/app.kubernetes.io~1name"
FAULTS = {
    "slow release": Fault(
        "WineErrorBudgetBurnFast", lambda scene: scene.release("slow"), lambda scene: scene.release()
    ),
    "failing release": Fault(
        "WineErrorBudgetBurnFast", lambda scene: scene.release("error"), lambda scene: scene.release()
    ),
    "drift": Fault(
        "WineFeatureDrift", lambda scene: scene.load(6, "DriftingUser"), lambda scene: scene.load(6, "GoodUser")
    ),
}
CLUSTER_FAULTS = {
    "lost label": field("servicemonitor/wine-model", LABEL, "wine-model", "wine-modle"),
    "renamed port": field("service/wine-model", "/spec/ports/1/name", "http-metrics", "metrics"),
}


DEAD_WORKER = """
import os, prometheus_client
prometheus_client.Gauge("wine_requests_in_progress", "", multiprocess_mode="livesum").inc(12)
os._exit(0)  # at once, so nobody removes its file
"""


def break_monitors(scene):
    """What readers of notebook 04 repair: the file of a dead worker and, on a cluster, a label and a port's name."""
    if target.current().name == "local":
        subprocess.run([sys.executable, "-c", DEAD_WORKER], env=scene.stack.gunicorn.environ(), check=True)
        return
    kubectl("set", "env", "deployment/wine-model", "WINE_KEEP_METRICS=1")
    kubectl("rollout", "status", "deployment/wine-model", "--timeout", "180s")
    pod = eventually(lambda: (found := pods(app="wine-model")["pod"]).size == 2 and found[0], 90, "the old pods to go")
    kubectl("exec", pod, "--", "python", "-c", DEAD_WORKER)
    kubectl("exec", pod, "--", "python", "-c", "import os; os.kill(1, 3)")  # its container starts again
    replace("servicemonitor/wine-model", LABEL, "wine-modle")
    replace("service/locust", "/spec/ports/0/name", "web")


class Incident:
    """Incidents on a Scene, one at a time. `suspects`: the names of all faults. The same `seed` draws the same faults,
    where the same alerts are quiet."""

    def __init__(self, scene, seed=None):
        self._scene, self._random, self._name, self._known = scene, random.Random(seed), None, False
        self._faults = FAULTS | (CLUSTER_FAULTS if target.current().name != "local" else {})
        self.suspects = list(self._faults)

    def _firing(self, name):
        query = f'count(ALERTS{{alertname="{self._faults[name].alert}", alertstate="firing"}}) or vector(0)'
        return Prometheus().query(query)["value"].item()

    def start(self):
        """Inject a fault whose alert is quiet, and wait until that alert fires. Repairs the fault before, if any."""
        if self._name:
            self._faults[self._name].repair(self._scene)
        quiet = eventually(
            lambda: [name for name in self.suspects if not self._firing(name)], 300, "a quiet moment", quiet=True
        )
        order = self._random.sample(self.suspects, len(self.suspects))  # one draw, whatever is quiet
        self._name, self._known = next(name for name in order if name in quiet), False
        self._since = time.monotonic()
        self._faults[self._name].inject(self._scene)
        eventually(lambda: self._firing(self._name), 300, "an alert")
        print("An alert fires. Something is wrong: find it, name it, repair it.")

    def _expect_started(self):
        if not self._name:
            raise target.WorkbookError("No incident is open. `incident.start()` begins one.")

    def name(self, suspect):
        """Say whether the fault is `suspect`."""
        self._expect_started()
        self._known = suspect == self._name
        if self._known:
            print(f"Yes, a {suspect}. Repair it.")
        else:
            print(
                "Not named yet." if suspect is ... else f"It is no {suspect}.", f"Suspects: {', '.join(self.suspects)}."
            )

    def resolve(self):
        """Wait until the alert is quiet, and print how long it took. What was not named is repaired here, and told."""
        self._expect_started()
        if not self._known:
            self._faults[self._name].repair(self._scene)
        eventually(lambda: not self._firing(self._name), 300, "the end of the alert")
        minutes, seconds = divmod(round(time.monotonic() - self._since), 60)
        who = "you" if self._known else "the workbook, because nobody had named it,"
        print(f"It was: {self._name}. Repaired by {who} and quiet again after {minutes} min {seconds} s.")
        self._name = None
