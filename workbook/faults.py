"""What breaks, and what repairs it: the faults that incidents draw, exercises roll out and notebook 04 has repaired."""

from collections.abc import Callable
from dataclasses import dataclass

import yaml

from workbook import cluster, targets
from workbook.alerts import active
from workbook.machine import ROOT
from workbook.waiting import eventually


@dataclass(frozen=True)
class Fault:
    """What breaks and what repairs it, each given a Scene, and the alert that tells."""

    alert: str
    inject: Callable
    repair: Callable

    def fires(self):
        """Whether the alert fires now."""
        return active(self.alert) > 0


def bad_release(fault):
    return Fault("WineErrorBudgetBurn", lambda scene: scene.release(fault), lambda scene: scene.release())


def other_traffic(alert, *classes):
    """The fault of users who send something else, or to whom the same wines are something else."""
    return Fault(
        alert,
        lambda scene: scene.load(6, *classes),
        lambda scene: scene.load(6, "WineUser", "BadUser", "Laboratory"),
    )


def select(name):
    """Let Prometheus look for the targets of Services with this name."""
    cluster.patch("servicemonitor/wine-model", {"/spec/selector/matchLabels/app.kubernetes.io~1name": name})
    secret = "secret/prometheus-prometheus-stack-kube-prom-prometheus"
    cluster.hasten("prometheus", secret, "prometheus.yaml.gz", f"({name})")


def name_port(name):
    """Give the Service's port of the metrics this name."""
    cluster.patch("service/wine-model", {"/spec/ports/1/name": name})


EVERYWHERE = {
    "slow release": bad_release("slow"),
    "failing release": bad_release("error"),
    "drift": other_traffic("WineFeatureDrift", "DriftingUser"),
    "wrong unit": other_traffic("WineFeatureDrift", "WrongUnitUser"),
    "shuffled inputs": other_traffic("WineJointDrift", "ShuffledUser"),
    "accuracy lost": other_traffic("WineAccuracyLow", "RenamedUser", "Laboratory"),
}
ON_A_CLUSTER = {
    "lost label": Fault("WineTargetsMissing", lambda _: select("wine-modle"), lambda _: select("wine-model")),
    "renamed port": Fault("WineTargetsMissing", lambda _: name_port("metrics"), lambda _: name_port("http-metrics")),
}


def possible():
    """The faults that the chosen target can have, by name."""
    return EVERYWHERE | (ON_A_CLUSTER if targets.current().is_cluster else {})


DEAD_WORKER = """
import os, prometheus_client
prometheus_client.Gauge("wine_requests_in_progress", "", multiprocess_mode="livesum").inc(12)
os._exit(0)  # at once, so nobody removes its file
"""


def break_monitors(scene):
    """What readers of notebook 04 repair: the file of a dead worker and, on a cluster, a label and a port's name."""
    if not targets.current().is_cluster:
        scene.execute(DEAD_WORKER)
        return
    cluster.set_variable("WINE_KEEP_METRICS", 1)
    eventually(lambda: len(cluster.pods(app="wine-model")) == 2, 90, "the old pods to go")
    pod = scene.execute(DEAD_WORKER)
    cluster.execute(pod, "python", "-c", "import os; os.kill(1, 3)")  # its container starts again
    cluster.patch("service/locust", {"/spec/ports/0/name": "web"})
    select("wine-modle")


def healthy():
    """The container of the service's pods, as its manifest says."""
    manifest = yaml.safe_load((ROOT / "k8s/base/deployment.yaml").read_text())
    return manifest["spec"]["template"]["spec"]["containers"][0]


def probing(path):
    probe = healthy()["readinessProbe"]
    return {"readinessProbe": probe | {"httpGet": probe["httpGet"] | {"path": path}}}


def with_memory(amount):
    return {"resources": {kind: given | {"memory": amount} for kind, given in healthy()["resources"].items()}}


NO_SUCH_TAG = "1.2.0"
RELEASES = {  # by exercise: what its container has instead
    "3.1": lambda: {"image": f"{targets.current().image.rpartition(':')[0]}:{NO_SUCH_TAG}"},
    "3.2": lambda: probing("/ready"),
    "3.3": lambda: with_memory("512Gi"),
    "3.4": lambda: with_memory("40Mi"),
}


def roll_out(**broken):
    """Release the service with these fields of its container, everything else as its manifest says; do not wait."""
    fields = {name: healthy()[name] for name in ("readinessProbe", "resources")} | {"image": targets.current().image}
    place = "/spec/template/spec/containers/0"
    cluster.patch(cluster.DEPLOYMENT, {f"{place}/{name}": value for name, value in (fields | broken).items()})
