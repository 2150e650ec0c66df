"""Where notebook 04 plays: the cluster of notebook 03, or a local stack, moved with the same few words."""

import contextlib
import socket
import sys

import requests
from matplotlib.dates import date2num

from workbook import cluster, promql, target, watchdog
from workbook.localstack import LocalStack
from workbook.target import WorkbookError

PAGES = {  # Service, port, namespace
    "prometheus": ("prometheus-stack-kube-prom-prometheus", 9090, "monitoring"),
    "alertmanager": ("prometheus-stack-kube-prom-alertmanager", 9093, "monitoring"),
    "grafana": ("prometheus-stack-grafana", 80, "monitoring"),
    "locust": ("locust", 8089, "wine"),
}
_opened = contextlib.ExitStack()


def open_scene():
    """Reach the chosen target's service, Prometheus and Locust; on `local`, start them. The scene before is closed."""
    _opened.close()
    return _opened.enter_context(Local() if target.current().name == "local" else Cluster())


class Scene(contextlib.ExitStack):
    """A running service, its Prometheus and its Locust. `urls` holds the pages that this target has, by name."""

    def __init__(self):
        super().__init__()
        with contextlib.ExitStack() as opened:  # closed again where only a part can be had
            self.urls = self._open(opened)
            self.push(opened.pop_all())

    def has(self, page):
        """Whether the target has this page; says so in a line where it has not."""
        if page not in self.urls:
            print(f"This cell needs {page.capitalize()}, which the target {target.current().name} does not have here.")
        return page in self.urls

    def load(self, users, *classes, minutes=120):
        """Let Locust's `users` of these classes send requests from now on, for at most `minutes`."""
        self._locust("stop")
        form = {"user_count": users, "spawn_rate": users, "user_classes": classes, "run_time": f"{minutes}m"}
        answer = self._locust("swarm", form)
        if not answer["success"]:
            raise WorkbookError(f"Locust did not start: {answer['message']}")

    def stop_load(self):
        """Stop Locust; return what it counted since `load`: the number of requests by "METHOD name"."""
        self._locust("stop")
        report = cluster.eventually(self._stopped, 60, "Locust to stop", quiet=True)
        return {f"{one['method']} {one['name']}": one["num_requests"] for one in report["stats"]}

    def _stopped(self):
        report = requests.get(f"{self.urls['locust']}/stats/requests", timeout=30).json()
        return report["state"] in ("ready", "stopped") and report

    def _locust(self, what, form=None):
        """Tell Locust something, again while its port-forward finds its way to a new pod."""
        url = f"{self.urls['locust']}/{what}"
        return cluster.eventually(lambda: requests.post(url, data=form, timeout=60), 60, "Locust", quiet=True).json()


class Local(Scene):
    """Processes of this machine, which end with the scene."""

    def _open(self, opened):
        self.stack = opened.enter_context(LocalStack())
        locust = opened.enter_context(_locust(self.stack.service_url, self.stack.logs / "locust-page.log"))
        return {"prometheus": self.stack.prometheus_url, "locust": locust}

    def release(self, fault=""):
        """Replace the service by another release of it: `fault` is "", "slow" or "error"."""
        self.stack.release(fault)


class Cluster(Scene):
    """The cluster of notebook 03 through port-forwards, which end with the scene, as the load does."""

    def __init__(self):
        super().__init__()
        self.callback(self.stop_load)
        promql.connect(self.urls["prometheus"])
        print(f"Ready: {', '.join(self.urls)} of the cluster {target.current().context}")

    def _open(self, opened):
        if not target.current().answers():
            raise WorkbookError(
                "The cluster of notebook 03 does not answer. Run 03_deploy_gke first, or choose this machine: "
                "target.choose('local')."
            )
        services = target.output("kubectl", "get", "services", "-A", "-o", "name").split()
        pages = {page: way for page, way in PAGES.items() if f"service/{way[0]}" in services}
        missing = [name for name, _, _ in (PAGES["prometheus"], PAGES["locust"]) if f"service/{name}" not in services]
        if missing:
            raise WorkbookError(
                f"The cluster answers, but has no Service {' or '.join(missing)}. Run 03_deploy_gke to its end first."
            )
        return {page: opened.enter_context(cluster.port_forward(*way)) for page, way in pages.items()}

    def release(self, fault=""):
        """Roll out another release of the service, and wait for it: `fault` is "", "slow" or "error"."""
        change = f"WINE_FAULT={fault}" if fault else "WINE_FAULT-"
        target.output("kubectl", "-n", "wine", "set", "env", "deployment/wine-model", change)
        target.output("kubectl", "-n", "wine", "rollout", "status", "deployment/wine-model", "--timeout", "180s")


@contextlib.contextmanager
def _locust(host, log):
    """Locust with its web page, aimed at `host`; yields the page's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--host", host, "--class-picker"]
    process = watchdog.start([*command, "--web-host", "127.0.0.1", "--web-port", port], log)
    try:
        url = f"http://127.0.0.1:{port}"
        cluster.eventually(lambda: requests.get(url, timeout=5).ok, 30, "Locust's page", quiet=True)
        yield url
    finally:
        watchdog.end(process)


def mark(axes, moments):
    """Draw the UTC times of `moments`, {what happened: when}, as vertical lines with their names beside them."""
    (left, right), last = axes.get_xlim(), date2num(max(moments.values()))
    axes.set_xlim(left, max(right, last + 0.12 * (last - left)))  # room for the last name
    for number, (what, when) in enumerate(moments.items()):
        axes.axvline(when, color="black", linestyle=":", linewidth=1)
        place = {"xy": (date2num(when), 1), "xycoords": axes.get_xaxis_transform()}
        axes.annotate(what, **place, xytext=(3, -11 - 12 * number), textcoords="offset points", fontsize="small")
