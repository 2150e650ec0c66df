"""The cluster of the chosen target: kubectl's verbs, a way in, and its pods, events and logs as tables."""

import base64
import contextlib
import gzip
import json
import socket
import tempfile
import time
from pathlib import Path

import kubernetes
import pandas as pd
import urllib3

from workbook import targets
from workbook.machine import ToolFailed, WorkbookError
from workbook.processes import Process, free_ports
from workbook.targets.base import Silent
from workbook.waiting import TimedOut, eventually

DEPLOYMENT = "deployment/wine-model"


ASK = {"_request_timeout": (5, 8)}  # seconds to connect, and to answer


def kubectl(*words):
    """Run kubectl on the chosen target's cluster; return what it prints, stripped. A failure is a WorkbookError."""
    here = targets.current()
    try:
        return here.run("kubectl", *words)
    except WorkbookError:
        here.require()  # if the cluster is silent, that is what to say
        raise


def patch(resource, changes, namespace="wine"):
    """Replace fields of an object on the cluster: `changes` has a value for each JSON pointer."""
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    kubectl("patch", resource, "--namespace", namespace, "--type", "json", "--patch", json.dumps(operations))


def set_variable(name, value=None):
    """Set a variable of the service's pods, or, without a value, take it away; wait until all pods have it so."""
    change = f"{name}-" if value is None else f"{name}={value}"
    kubectl("--namespace", "wine", "set", "env", DEPLOYMENT, change)
    kubectl("--namespace", "wine", "rollout", "status", DEPLOYMENT, "--timeout", "180s")


def execute(pod, *command, namespace="wine"):
    """Run a command in a pod; return what it prints, stripped."""
    return kubectl("exec", pod, "--namespace", namespace, "--", *command)


@contextlib.contextmanager
def port_forward(service, port, namespace="wine"):
    """Reach a Service of the cluster from this machine: yields "http://127.0.0.1:<free port>".

    kubectl holds one pod of the Service; when that pod goes, another one is taken. For asking, not for load.
    """
    targets.current().require()
    (local,) = free_ports(1)
    scratch = Path(tempfile.mkdtemp(prefix="wine-model-"))
    forward = ["kubectl", "port-forward", "--namespace", namespace, f"service/{service}", f"{local}:{port}"]
    again = ["bash", "-c", 'while :; do "$@"; sleep 0.5; done', "again", *forward]

    def open_port():
        with contextlib.closing(socket.create_connection(("127.0.0.1", local), timeout=1)):
            return True

    with Process("port-forward", again, scratch / "log", targets.current().variables(), scratch):
        try:
            eventually(open_port, 60, f"a way to {service}", quiet=True)
        except TimedOut as error:
            raise TimedOut(f"{error}\n{(scratch / 'log').read_text()[-500:]}") from None
        yield f"http://127.0.0.1:{local}"


def hasten(app, secret, key, text):
    """Wait until `text` is in what the operator writes for `app` into `key` of `secret`; let its pods read it at once.

    A kubelet brings a changed Secret to its pods within two minutes, and at once to a pod whose annotations change.
    """
    there = ("--namespace", "monitoring")
    path = "jsonpath={.data." + key.replace(".", r"\.") + "}"

    def written():
        return text in gzip.decompress(base64.b64decode(kubectl("get", secret, *there, "-o", path))).decode()

    eventually(written, 60, f"the operator to write {app}'s configuration", quiet=True)
    pods = ("pods", *there, "--selector", f"app.kubernetes.io/name={app}")
    kubectl("annotate", *pods, "--overwrite", f"workbook/hastened={time.time_ns()}")


@contextlib.contextmanager
def _api():
    """A client of the cluster's core API; its failures become one paragraph."""
    here = targets.current()
    configuration = kubernetes.client.Configuration()
    configuration.retries = False  # whoever waits asks again
    try:
        how = {"client_configuration": configuration, "persist_config": False}
        with kubernetes.config.new_client_from_config(str(here.kubeconfig), here.context, **how) as client:
            yield kubernetes.client.CoreV1Api(client)
    except (kubernetes.config.ConfigException, urllib3.exceptions.HTTPError) as error:
        here.require()
        raise Silent(f"The cluster {here.context} was silent for a moment: {error}") from None
    except kubernetes.client.ApiException as error:
        raise ToolFailed(f"The cluster said {error.status} {error.reason}: {error.body}") from None


def pods(namespace="wine", app=None):
    """Every pod, or those with the label app.kubernetes.io/name=`app`: a row each. `started` is in UTC.

    `status` is what `kubectl get pods` prints, init containers aside; `ended` is why a container ended last.
    """
    columns = ["pod", "ready", "status", "restarts", "ended", "image", "node", "started"]
    selector = {"label_selector": f"app.kubernetes.io/name={app}"} if app else {}
    with _api() as api:
        found = api.list_namespaced_pod(namespace=namespace, **selector, **ASK).items
    return pd.DataFrame([_row(pod) for pod in found], columns=columns)


def settle(namespace, *wanted, within=1800):
    """Wait until a namespace has pods whose names begin as `wanted`, and all its pods are ready.

    The line that shows says which one is not, and why: on a first day most fetch their images.
    """

    def settled():
        table = pods(namespace)
        missing = [name for name in wanted if not table.pod.str.startswith(name).any()]
        assert not missing, f"of {missing[0]} there is no pod yet"
        parts = table.ready.str.split("/", expand=True)
        unready = table[(parts[0] != parts[1]) & (table.status != "Completed")]
        assert unready.empty, f"{len(table) - len(unready)} of {len(table)} ready, {_waits(unready.iloc[0])}"
        return len(table)

    count = eventually(settled, within, f"the pods in {namespace}")
    print(f"{count} pods are ready.")


def _waits(row):
    """What a pod that is not ready does, in a few words."""
    does = {"ContainerCreating": f"fetches {row.image}", "PodInitializing": f"fetches {row.image}"}
    return f"{row.pod} {does.get(row.status, f'is {row.status}')}"


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
        found = api.list_namespaced_event(namespace=namespace, **ASK).items
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
        text = api.read_namespaced_pod_log(name=pod, namespace=namespace, timestamps=True, **ASK)
    lines = text.split("\n")  # splitlines() would end a line at characters that a client may put into a path
    rows = [line.partition(" ")[::2] for line in lines if line]
    frame = pd.DataFrame(rows, columns=["time", "line"])
    return frame.assign(time=pd.to_datetime(frame["time"]))
