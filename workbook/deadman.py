"""A dead man's switch: somebody outside the cluster, who misses the Watchdog and raises the alarm.

Prometheus cannot report its own end, and neither can Alertmanager. So an alert that always fires, `Watchdog`, is sent
out again and again, and whoever receives it raises the alarm when it stops coming.
"""

import base64
import threading
import time
from dataclasses import dataclass

import yaml
from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

from workbook import cluster, monitoring

RECEIVERS = ("pager", "deadman")  # what is sent out; tickets and chat can wait where they are
SECRET = "secret/alertmanager-wine"
MOUNTED = "secret/alertmanager-prometheus-stack-kube-prom-alertmanager-generated"  # what the operator makes of it


@dataclass(frozen=True)
class Message:
    """What one webhook said: to which receiver, "firing" or "resolved", and the names of the alerts that do."""

    receiver: str
    status: str
    alerts: tuple


class Quiet(WSGIRequestHandler):
    """A handler that writes no line for each request."""

    def log_request(self, *_):
        pass


class DeadMansSwitch:
    """A webhook for Alertmanager, which raises the alarm when `patience` seconds pass without a Watchdog.

    Use it with `with`. It listens on `host`, and on `port` or a free one. `alarm` is called with a sentence when the
    Watchdog is late, and when it is back. `heartbeats` is how often it came; `messages` holds what else arrived, oldest
    first.
    """

    def __init__(self, host="127.0.0.1", port=0, patience=60, alarm=print):
        self.patience, self.heartbeats, self.messages, self._alarm = patience, 0, [], alarm
        app = Flask(__name__)
        app.post("/")(self._receive)
        self._server = make_server(host, port, app, threaded=True, request_handler=Quiet)
        self.url = f"http://{host}:{self._server.port}/"
        self._ended, self._last_seen, self.alarmed = threading.Event(), time.monotonic(), False
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._server.serve_forever, self._watch)]

    def __enter__(self):
        self._last_seen = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    @property
    def silence(self):
        """Seconds since the last Watchdog, or since this began."""
        return time.monotonic() - self._last_seen

    def _receive(self):
        said = request.get_json()
        names = tuple(alert["labels"]["alertname"] for alert in said["alerts"] if alert["status"] == said["status"])
        if said["receiver"] != "deadman":
            self.messages.append(Message(said["receiver"], said["status"], names))
        elif said["status"] == "firing":
            self._last_seen = time.monotonic()
            self.heartbeats += 1
        return "", 204

    def _watch(self):
        while not self._ended.wait(self.patience / 100):
            late = self.silence > self.patience
            if late != self.alarmed:
                self.alarmed = late
                self._alarm(self._sentence())

    def _sentence(self):
        if self.alarmed:
            return (
                f"No Watchdog for {self.patience} s: Prometheus or Alertmanager is gone, and nobody will be woken until "
                "it is back."
            )
        return "The Watchdog is back."


def addressed(config, url):
    """Alertmanager's configuration, a text, with a webhook to `url` behind each of RECEIVERS."""
    config = yaml.safe_load(config)
    for receiver in config["receivers"]:
        if receiver["name"] in RECEIVERS:
            receiver["webhook_configs"] = [{"url": url}]
    return yaml.safe_dump(config, sort_keys=False)


def connect(url):
    """Let the cluster's Alertmanager send pages and the Watchdog to `url`; None takes the addresses away again."""
    text = monitoring.ALERTMANAGER.read_text()
    text = addressed(text, url) if url else text
    value = base64.b64encode(text.encode()).decode()
    cluster.patch(SECRET, {"/data/alertmanager.yaml": value}, namespace="monitoring")
    if url:
        cluster.hasten("alertmanager", MOUNTED, "alertmanager.yaml.gz", url)
