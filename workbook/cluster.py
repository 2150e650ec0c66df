"""What runs on the workbook's cluster: its pods, events and logs as tables, a way in, and waiting for it."""

import contextlib
import json
import socket
import tempfile
import time
import warnings
from pathlib import Path

import kubernetes
import pandas as pd
import urllib3

from promql.errors import InvalidTime, PromQLError, QueryError, TooManyPoints
from workbook import target, watchdog
from workbook.target import KUBECONFIG, NotInstalled, WorkbookError


class TimedOut(WorkbookError, TimeoutError):
    """A deadline passed; the text holds what was seen last."""


class NoCluster(WorkbookError):
    """The workbook has made no cluster yet."""


# What a system may answer while it is not ready yet: LookupError, because an answer without series has no labels.
NOT_YET = (
    AssertionError,
    LookupError,
    OSError,
    WorkbookError,
    PromQLError,
    urllib3.exceptions.HTTPError,
    json.JSONDecodeError,
)
# What waiting does not mend. It shows at once, as anything does that is not in NOT_YET.
MISTAKES = (NotInstalled, NoCluster, QueryError, InvalidTime, TooManyPoints)


def eventually(check, within=60, what="the check", quiet=False):
    """Call `check` every half second until it returns something true, and return that; print how long it took.

    A DataFrame counts as true when it has rows. A mistake in the check, such as a query that Prometheus refuses, is
    raised at once. Raises TimedOut with the last answer, or the last error, after `within` seconds. `quiet` prints
    nothing.
    """
    start, shown = time.monotonic(), 0
    tell = (lambda *words, **how: None) if quiet else print
    while True:
        try:
            with warnings.catch_warnings(action="ignore"):  # that an answer is empty, for example
                state = check()
            done = not state.empty if isinstance(state, pd.DataFrame) else bool(state)
        except MISTAKES:
            raise
        except NOT_YET as error:
            done, state = False, f"{type(error).__name__}: {error}"
        waited = time.monotonic() - start
        if done or waited > within:
            tell("\r" + " " * shown + "\r" if shown else "", f"[{what}, {waited:.0f} s]", sep="")
        if done:
            return state
        if waited > within:
            raise TimedOut(f"Waited {within} s in vain for {what}. The last answer was: {state}")
        line = f"{waited:3.0f} s  waiting for {what}"
        tell("\r" + line, end="", flush=True)
        shown = len(line)
        time.sleep(0.5)


@contextlib.contextmanager
def port_forward(service, port, namespace="wine"):
    """Reach a Service of the cluster from this machine: yields "http://127.0.0.1:<free port>".

    kubectl holds one pod of the Service; when that pod goes, another one is taken. For asking, not for load.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        local = free.getsockname()[1]
    scratch = Path(tempfile.mkdtemp(prefix="wine-model-"))
    log = scratch / "log"
    forward = ["kubectl", "--context", target.current().context, "port-forward", "--namespace", namespace]
    again = ["bash", "-c", 'while :; do "$@"; sleep 0.5; done', "again"]
    keeper = watchdog.start(
        [*again, *forward, f"service/{service}", f"{local}:{port}"], log, scratch, target.current().variables()
    )

    def open_port():
        with contextlib.closing(socket.create_connection(("127.0.0.1", local), timeout=1)):
            return True

    try:
        try:
            eventually(open_port, 60, f"a way to {service}", quiet=True)
        except TimedOut as error:
            raise TimedOut(f"{error}\n{log.read_text()[-500:]}") from None
        yield f"http://127.0.0.1:{local}"
    finally:
        watchdog.end(keeper)


@contextlib.contextmanager
def _api():
    """A client of the cluster's core API; its failures become one paragraph."""
    here = target.current()
    try:
        with kubernetes.config.new_client_from_config(str(KUBECONFIG), here.context) as client:
            yield kubernetes.client.CoreV1Api(client)
    except kubernetes.config.ConfigException:
        raise NoCluster("The workbook has no cluster yet: run notebook 03 up to its first checkpoint.") from None
    except urllib3.exceptions.HTTPError as error:
        raise WorkbookError(f"The cluster {here.context} does not answer: {error}") from None
    except kubernetes.client.ApiException as error:
        raise WorkbookError(f"The cluster said {error.status} {error.reason}: {error.body}") from None


def pods(namespace="wine", app=None):
    """Every pod, or those with the label app.kubernetes.io/name=`app`: a row each. `started` is in UTC.

    `status` is what `kubectl get pods` prints, init containers aside; `ended` is why a container ended last.
    """
    columns = ["pod", "ready", "status", "restarts", "ended", "image", "node", "started"]
    selector = {"label_selector": f"app.kubernetes.io/name={app}"} if app else {}
    with _api() as api:
        found = api.list_namespaced_pod(namespace=namespace, **selector).items
    return pd.DataFrame([_row(pod) for pod in found], columns=columns)


def _row(pod):
    containers = pod.status.container_statuses or []
    halts = [halt for one in containers for halt in (one.state.waiting, one.state.terminated) if halt and halt.reason]
    status = halts[0].reason if halts else pod.status.reason or pod.status.phase
    ends = [end for one in containers for end in (one.state.terminated, one.last_state.terminated) if end]
    return {
        "pod": pod.metadata.name,
        "ready": f"{sum(container.ready for container in containers)}/{len(pod.spec.containers)}",
        "status": "Terminating" if pod.metadata.deletion_timestamp else status,
        "restarts": sum(container.restart_count for container in containers),
        "ended": ends[0].reason if ends else "",
        "image": pod.spec.containers[0].image.rpartition("/")[2],
        "node": pod.spec.node_name,
        "started": pod.status.start_time,
    }


def events(namespace="wine"):
    """What the cluster noted lately: a row each, the newest last. `time` is in UTC."""
    with _api() as api:
        found = api.list_namespaced_event(namespace=namespace).items
    rows = [
        {
            "time": event.last_timestamp or event.event_time or event.metadata.creation_timestamp,
            "type": event.type,
            "reason": event.reason,
            "object": f"{event.involved_object.kind}/{event.involved_object.name}",
            "message": event.message,
        }
        for event in found
    ]
    frame = pd.DataFrame(rows, columns=["time", "type", "reason", "object", "message"])
    return frame.sort_values("time", kind="stable", ignore_index=True)


def logs(pod, namespace="wine"):
    """What a pod wrote: a row for each line, with its time in UTC."""
    with _api() as api:
        text = api.read_namespaced_pod_log(name=pod, namespace=namespace, timestamps=True)
    lines = text.split("\n")  # splitlines() would end a line at characters that a client may put into a path
    rows = [line.partition(" ")[::2] for line in lines if line]
    frame = pd.DataFrame(rows, columns=["time", "line"])
    return frame.assign(time=pd.to_datetime(frame["time"]))
