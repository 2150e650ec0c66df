"""Where notebook 04 plays: the cluster of notebook 03, or a local stack, moved with the same few words."""

import contextlib
import json
import subprocess
import sys

import requests
from matplotlib.dates import date2num

import promql
from workbook import cluster, deadman, grafana, locust, monitoring, release, targets
from workbook.deadman import DeadMansSwitch
from workbook.locust import Locust
from workbook.machine import WorkbookError
from workbook.stack import LocalStack
from workbook.waiting import eventually

PAGES = {  # Service, port, namespace
    "prometheus": ("prometheus-stack-kube-prom-prometheus", 9090, "monitoring"),
    "alertmanager": ("prometheus-stack-kube-prom-alertmanager", 9093, "monitoring"),
    "grafana": ("prometheus-stack-grafana", 80, "monitoring"),
    "locust": ("locust", 8089, "wine"),
    "service": ("wine-model", 8080, "wine"),
}
ALERTMANAGER = "alertmanager/prometheus-stack-kube-prom-alertmanager"
_open = None


def open_scene():
    """Reach the chosen target's service, Prometheus and Locust; on `local`, start them.

    A scene that is open is kept where it is of this target and answers; otherwise it is closed.
    """
    global _open
    if _open and _open.target == targets.current() and _open.answers():
        promql.connect(_open.urls["prometheus"])
        return _open
    if _open:
        _open.close()
    _open = OnCluster() if targets.current().is_cluster else OnThisMachine()
    return _open


class Scene:
    """A running service, its Prometheus and its Locust. `urls` holds the pages that this target has, by name."""

    def __init__(self):
        self._switch, self.target = contextlib.ExitStack(), targets.current()
        with contextlib.ExitStack() as opened:  # closed again where only a part can be had
            self.urls = self._reach(opened)
            opened.callback(self._switch.close)
            self._opened = opened.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End it, and the load with it."""
        self.urls = {}
        self._opened.close()

    def answers(self):
        """Whether its Prometheus and its Locust can be reached."""
        try:
            return all(requests.get(self.urls[page], timeout=5) is not None for page in ("prometheus", "locust"))
        except (requests.RequestException, KeyError):
            return False

    def way_to(self, page):
        """The address of a page, once it answers: kubectl notices that its pod has gone with the next request only."""
        eventually(lambda: requests.get(self.urls[page], timeout=5) is not None, 60, f"a way to {page}", quiet=True)
        return self.urls[page]

    def has(self, page):
        """Whether the target has this page; says so in a line where it has not."""
        if page not in self.urls:
            print(f"This cell needs {page.capitalize()}, which the target {targets.current().name} does not have here.")
        return page in self.urls

    def load(self, users, *classes, minutes=120):
        """Let Locust's `users` of these classes send requests from now on, for at most `minutes`."""
        Locust(self.urls["locust"]).swarm(users, *classes, minutes=minutes)

    def stop_load(self):
        """Stop Locust; return what it counted since `load`: the number of requests by "METHOD name"."""
        report = Locust(self.urls["locust"]).stop()
        return {f"{one['method']} {one['name']}": one["num_requests"] for one in report["stats"]}

    def dead_mans_switch(self, patience):
        """Somebody outside, a DeadMansSwitch, to whom pages and the Watchdog go from now on; `alarms` is a list.

        It ends with the scene, or when another one begins.
        """
        self._switch.close()
        host, name = targets.current().doorstep()
        alarms = []
        switch = self._switch.enter_context(DeadMansSwitch(host, patience=patience, alarm=alarms.append))
        switch.alarms = alarms
        self._send_to(switch.url.replace(host, name))
        return switch


class OnThisMachine(Scene):
    """Processes of this machine, which end with the scene."""

    def _reach(self, opened):
        self.stack = opened.enter_context(LocalStack(alerting=True, log_share=0.1, grafana=grafana.wanted()))
        page = opened.enter_context(locust.page(self.stack.service_url, self.stack.logs / "locust-page.log"))
        alertmanager = self.stack.alertmanager_url
        pages = {"prometheus": self.stack.prometheus_url, "alertmanager": alertmanager, "locust": page}
        pages |= {"grafana": self.stack.grafana_url} if self.stack.grafana_url else {}
        return pages | {"service": self.stack.service_url}

    def release(self, fault=""):
        """Replace the service by another release of it: `fault` is "", "slow" or "error"."""
        self.stack.release(fault)

    def canary(self, folder):
        """Serve the model in `folder` instead: on this machine the versions follow each other."""
        self.stack.release(model=folder)

    def promote(self, folder):
        """Keep the model in `folder`, which answers already."""

    def roll_back(self):
        """Serve the model of before."""
        self.stack.release()

    def service_log(self):
        """What the service wrote: a list of lines."""
        return (self.stack.logs / "service.log").read_text().splitlines()

    def stop_service(self):
        """End every process of the service; `start_service` brings them back."""
        self.stack.stop_service()

    def start_service(self):
        """Bring the service back, and wait for it."""
        self.stack.release()

    def stop_alertmanager(self):
        """End Alertmanager; `start_alertmanager` brings it back."""
        self.stack.stop_alertmanager()

    def start_alertmanager(self):
        """Bring Alertmanager back, and wait for it."""
        self.stack.start_alertmanager()

    def _send_to(self, url):
        self.stack.route(deadman.addressed(monitoring.ALERTMANAGER.read_text(), url))

    def execute(self, code):
        """Run Python beside the service's workers."""
        subprocess.run([sys.executable, "-c", code], env=self.stack.gunicorn.environ(), check=True)


class OnCluster(Scene):
    """The cluster of notebook 03 through port-forwards, which end with the scene, as the load does."""

    def _reach(self, opened):
        targets.current().require()
        services = cluster.kubectl("get", "services", "-A", "-o", "name").split()
        pages = {page: way for page, way in PAGES.items() if f"service/{way[0]}" in services}
        missing = [name for name, _, _ in (PAGES["prometheus"], PAGES["locust"]) if f"service/{name}" not in services]
        if missing:
            raise WorkbookError(
                f"The cluster answers, but has no Service {' or '.join(missing)}. Run 03_deploy_gke to its end first."
            )
        urls = {page: opened.enter_context(cluster.port_forward(*way)) for page, way in pages.items()}
        opened.callback(Locust(urls["locust"]).stop)
        promql.connect(urls["prometheus"])
        print(f"Ready: {', '.join(urls)} of the cluster {targets.current().context}")
        return urls

    def release(self, fault=""):
        """Roll out another release of the service, and wait for it: `fault` is "", "slow" or "error"."""
        cluster.set_variable("WINE_FAULT", fault or None)

    def canary(self, folder):
        """Serve the model in `folder` beside the other, in a pod of its own behind the same Service."""
        release.canary(folder)

    def promote(self, folder):
        """Give the model in `folder` to all pods."""
        release.promote(json.loads((folder / "model.json").read_text())["version"])

    def roll_back(self):
        """Serve the image's model alone again, whatever was tried or promoted."""
        release.roll_back()
        cluster.set_variable("WINE_MODEL")

    def service_log(self):
        """What the pods wrote that are there: a list of lines."""
        names = cluster.pods(app="wine-model")["pod"]
        return [line for name in names for line in cluster.logs(name)["line"]]

    def stop_service(self):
        """Take every pod of the service away; `start_service` brings them back."""
        cluster.kubectl("--namespace", "wine", "scale", cluster.DEPLOYMENT, "--replicas", "0")

    def start_service(self):
        """Bring the service back, and wait for it."""
        cluster.kubectl("--namespace", "wine", "scale", cluster.DEPLOYMENT, "--replicas", "2")
        cluster.kubectl("--namespace", "wine", "rollout", "status", cluster.DEPLOYMENT, "--timeout", "180s")

    def stop_alertmanager(self):
        """Take Alertmanager's pod away; `start_alertmanager` brings it back."""
        cluster.patch(ALERTMANAGER, {"/spec/replicas": 0}, namespace="monitoring")

    def start_alertmanager(self):
        """Bring Alertmanager back, and wait for it."""
        cluster.patch(ALERTMANAGER, {"/spec/replicas": 1}, namespace="monitoring")
        ready = ("--namespace", "monitoring", "wait", "--for=condition=Available", "--timeout", "180s")
        cluster.kubectl(*ready, ALERTMANAGER)

    def _send_to(self, url):
        deadman.connect(url)
        self._switch.callback(deadman.connect, None)

    def execute(self, code):
        """Run Python in one of the service's pods; return the pod's name."""
        pod = cluster.pods(app="wine-model")["pod"][0]
        cluster.execute(pod, "python", "-c", code)
        return pod


def mark(axes, moments):
    """Draw the UTC times of `moments`, {what happened: when}, as vertical lines with their names beside them."""
    (left, right), last = axes.get_xlim(), date2num(max(moments.values()))
    axes.set_xlim(left, max(right, last + 0.12 * (last - left)))  # room for the last name
    for number, (what, when) in enumerate(moments.items()):
        axes.axvline(when, color="black", linestyle=":", linewidth=1)
        place = {"xy": (date2num(when), 1), "xycoords": axes.get_xaxis_transform()}
        words = {"xytext": (3, -11 - 12 * number), "textcoords": "offset points", "fontsize": "small"}
        axes.annotate(what, **place, **words, bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5})
