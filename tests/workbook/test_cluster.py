"""The cluster of notebook 03: its tables, its verbs, and a way in that outlives its pod."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
import requests
import urllib3

from tests import ROOT
from tests.promql.backfill import answering
from workbook.cluster import events, kubectl, logs, pods, port_forward, settle
from workbook.machine import WorkbookError
from workbook.scene import open_scene
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.waiting import TimedOut, eventually, waiting_helps

KIND, GKE = Kind(), Gke("example-project", "europe-west1-b")


def test_without_a_cluster_the_tables_say_what_to_do(state, use):
    use(KIND)
    with pytest.raises(WorkbookError, match="no cluster on kind yet: run notebook 03"):
        pods()


def test_below_what_a_tool_said_the_reader_sees_what_to_try(state, use, tools):
    tools(kubectl="echo 'error: Metrics API not available' >&2; exit 1")
    with pytest.raises(WorkbookError) as failure:
        use(KIND).run("kubectl", "top", "pods")
    assert str(failure.value) == "kubectl top pods failed:\nerror: Metrics API not available"
    assert failure.value._render_traceback_()[-1].startswith("What to try: metrics-server has measured nothing yet")


def test_below_what_the_cluster_refused_too(server):
    with answering(403, b'{"message": "pods is forbidden: User \\"ann\\" cannot list"}') as (url, _):
        server(url)
        with pytest.raises(WorkbookError, match="The cluster said 403") as failure:
            pods()
    assert "What to try: This account may see the cluster but not change it" in failure.value.told()


@pytest.fixture
def server(state, use):
    """The cluster is at the address that a test gives to this."""
    return lambda url: use(KIND).kubeconfig.write_text(
        f"{{apiVersion: v1, kind: Config, clusters: [{{name: c, cluster: {{server: '{url}'}}}}],"
        " users: [{name: u, user: {token: t}}],"
        " contexts: [{name: kind-wine, context: {cluster: c, user: u}}], current-context: kind-wine}"
    )


SILENT = {
    "exited": "it is stopped. `docker start wine-control-plane` wakes it",
    "paused": "`docker unpause wine-control-plane`",
    "running": "`docker restart wine-control-plane`",
}
ASKED = {"pods": pods, "a scene": open_scene, "a way in": lambda: port_forward("wine-model", "http").__enter__()}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("state_of_node", SILENT)
def test_a_silent_cluster_is_one_sentence_wherever_one_asks(server, tools, asked, state_of_node):
    server("http://127.0.0.1:9")
    tools(kubectl="echo The connection to the server was refused >&2; exit 1", docker=f"echo {state_of_node}")
    began = time.monotonic()
    with pytest.raises(WorkbookError, match="kind-wine (does not answer|is paused)") as told:
        ASKED[asked]()
    assert SILENT[state_of_node] in str(told.value) and "\n" not in str(told.value)
    assert time.monotonic() - began < 45  # 2 s on a quiet machine
    assert waiting_helps(told.value) == (state_of_node == "running"), "nobody waits for a node that nobody starts"


def test_a_cluster_that_never_answers_is_told_in_time(server, use):
    """It takes connections and says nothing, as behind a Docker that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server(f"http://127.0.0.1:{mute.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(WorkbookError):
            pods()
        assert time.monotonic() - began < 45  # 13 s on a quiet machine


def test_a_cluster_that_somebody_removed_is_told(server, tools):
    server("http://127.0.0.1:9")
    tools(kubectl="exit 1", docker="echo Error: No such object: wine-control-plane >&2; exit 1")
    with pytest.raises(WorkbookError, match="is gone: somebody removed it.*run notebook 03"):
        kubectl("get", "pods")


@pytest.fixture
def says(server):
    """The cluster's answer to every question is what a test gives to this."""
    with contextlib.ExitStack() as opened:
        yield lambda text: server(opened.enter_context(answering(body=text.encode()))[0])


def ended(reason):
    return {"terminated": {"reason": reason, "exitCode": 1}}


BACK_OFF = {"waiting": {"reason": "CrashLoopBackOff"}}


@pytest.mark.parametrize(
    "printed, phase, container",
    [
        ("Evicted", {"phase": "Failed", "reason": "Evicted"}, None),
        ("Pending", {"phase": "Pending"}, None),
        ("OOMKilled", {"phase": "Running"}, {"state": ended("OOMKilled")}),
        ("Completed", {"phase": "Succeeded"}, {"state": ended("Completed")}),
        ("CrashLoopBackOff", {"phase": "Running"}, {"state": BACK_OFF, "lastState": ended("OOMKilled")}),
        ("Running", {"phase": "Running"}, {"state": {"running": {}}, "lastState": ended("OOMKilled")}),
    ],
)
def test_the_status_of_a_pod_is_what_kubectl_prints(says, printed, phase, container):
    about = {"name": "wine-model", "image": "wine", "imageID": "wine", "ready": False, "restartCount": 1}
    states = [about | {"lastState": {}} | container] if container else []
    pod = {"metadata": {"name": "one"}, "spec": {"containers": [{"name": "wine-model", "image": "wine"}]}}
    says(json.dumps({"items": [pod | {"status": phase | {"containerStatuses": states}}]}))
    assert pods().status.tolist() == [printed]


def table_of(**pods):
    """What the API answers: a pod by name, ready or in a state."""
    states = {True: {"running": {}}, "fetches": {"waiting": {"reason": "ContainerCreating"}}}
    return json.dumps(
        {
            "items": [
                {
                    "metadata": {"name": name},
                    "spec": {"containers": [{"name": "one", "image": f"quay.io/team/{name}:1"}]},
                    "status": {
                        "phase": "Running",
                        "containerStatuses": [
                            {"name": "one", "image": name, "imageID": name, "restartCount": 0, "lastState": {}}
                            | {"ready": how is True, "state": states[how]}
                        ],
                    },
                }
                for name, how in pods.items()
            ]
        }
    )


def test_settle_says_which_image_it_waits_for(says, capsys):
    says(table_of(prometheus=True, grafana="fetches"))
    with pytest.raises(TimedOut, match="1 of 2 ready, grafana fetches grafana:1"):
        settle("monitoring", within=1)
    with pytest.raises(TimedOut, match="of alertmanager there is no pod yet"):
        settle("monitoring", "prometheus", "alertmanager", within=1)
    says(table_of())
    with pytest.raises(TimedOut, match="of prometheus there is no pod yet"):
        settle("monitoring", "prometheus", within=1)
    says(table_of(**{"prometheus-0": True, "grafana-1": True}))
    settle("monitoring", "prometheus", "grafana", within=1)
    assert capsys.readouterr().out.endswith("2 pods are ready.\n")


def test_a_line_of_the_log_ends_at_its_newline_alone(says):
    says("2026-01-01T00:00:00.5Z GET /a\x85b\u2028c\rd\n2026-01-01T00:00:01.5Z GET /\n")
    assert logs("one").line.tolist() == ["GET /a\x85b\u2028c\rd", "GET /"]
    says("")
    assert logs("one").empty


TWO_NOTEBOOKS = """
from workbook import cluster, faults, shell, targets
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
targets.use({target})
cluster.patch("service/wine-model", {{"/spec": "changed"}})
cluster.set_variable("WINE_FAULT", "slow")
cluster.execute("pod", "ls")
faults.roll_out(image="broken")
shell.run("kubectl delete pods --all")
shell.run("kubectl config use-context other; helm upgrade")
cluster.patch("service/wine-model", {{"/spec": "changed again"}})
"""


def test_two_notebooks_on_two_targets_reach_their_own_clusters_only(tmp_path):
    """At the same time, with the same home: every call of kubectl and helm is told its cluster by its kubeconfig."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("kubectl", "helm"):
        (folder / name).write_text(f'#!/bin/sh\necho "$PPID $KUBECONFIG {name} $*" >> {tmp_path}/calls\n')
        (folder / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "KUBECONFIG": "/home/me/production"}
    two = {target: TWO_NOTEBOOKS.format(target=target) for target in (repr(KIND), repr(GKE))}
    kernels = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment) for code in two.values()]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 2 * 9
    kubeconfigs = [call.split()[1] for call in calls]
    assert {path: kubeconfigs.count(path) for path in kubeconfigs} == {str(KIND.kubeconfig): 9, str(GKE.kubeconfig): 9}
    for kernel, target in zip(kernels, (KIND, GKE)):
        direct = {call.split()[1] for call in calls if call.split()[0] == str(kernel.pid)}
        assert direct == {str(target.kubeconfig)}


KUBECTL = """#!{python}
import socket, sys, time
if "port-forward" not in sys.argv: sys.exit()
server = socket.create_server(("127.0.0.1", int(sys.argv[-1].partition(":")[0])))
time.sleep(600)
"""


def test_an_interrupted_kernel_leaves_no_way_in(tmp_path):
    (tmp_path / "kubectl").write_text(KUBECTL.format(python=sys.executable))
    (tmp_path / "kubectl").chmod(0o755)
    (tmp_path / "kind-wine.kubeconfig").touch()
    code = (
        "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job has none
    )
    code += f"from pathlib import Path\nfrom workbook import machine\nmachine.STATE = Path({str(tmp_path)!r})\n"
    code += "from workbook.cluster import port_forward\nwith port_forward('wine-model', 'http'):"
    code += " print('open', flush=True); time.sleep(600)"
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "WORKBOOK_TARGET": "kind"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    kernel = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, start_new_session=True, **pipes)
    assert kernel.stdout.readline() == "open\n"
    processes = psutil.Process(kernel.pid).children(recursive=True)
    assert len(processes) == 3  # the watchdog, bash and kubectl
    os.killpg(kernel.pid, signal.SIGINT)  # as Jupyter does
    kernel.wait(15)
    kernel.stdout.close()
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert not alive


@pytest.fixture
def wine(on_kind):
    """The cluster of notebook 03, healthy."""
    eventually(lambda: set(pods(app="wine-model").status) == {"Running"}, within=60)


@pytest.mark.order(3)
def test_the_table_of_pods_is_kubectls(wine):
    table = pods()
    lines = kubectl("-n", "wine", "get", "pods", "--no-headers").splitlines()
    assert {tuple(line.split()[:4]) for line in lines} == {
        (row.pod, row.ready, row.status, str(row.restarts)) for row in table.itertuples()
    }
    assert table.started.dt.tz is not None
    assert set(pods(app="locust")["pod"]) == {name for name in table["pod"] if name.startswith("locust")}
    assert pods("default").empty and "status" in pods("default")


@pytest.mark.order(3)
def test_the_log_is_kubectls(wine):
    name = pods(app="wine-model")["pod"][0]
    frame = logs(name)
    assert frame.time.dt.tz is not None and frame.time.is_monotonic_increasing
    assert frame.line[:5].tolist() == kubectl("-n", "wine", "logs", name).splitlines()[:5]
    with pytest.raises(WorkbookError, match="404.*nosuch"):
        logs("nosuch")


@pytest.mark.order(3)
def test_a_way_in_outlives_its_pod(wine):
    """The only way that works after the pod is gone is through another one; an event tells of the new pod."""
    with port_forward("wine-model", "http") as url:
        assert requests.get(f"{url}/readyz", timeout=5).ok
        kubectl("-n", "wine", "delete", "pods", "--selector", "app.kubernetes.io/name=wine-model", "--wait=true")
        eventually(lambda: requests.get(f"{url}/readyz", timeout=5).ok, within=60, what="the new pods")
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    created = events().query("reason == 'Created'")["object"]
    assert {f"Pod/{name}" for name in pods(app="wine-model")["pod"]} <= set(created)


@pytest.mark.order(3)
def test_a_way_in_leaves_no_process(wine):
    with port_forward("wine-model", "http") as url:
        port = urllib3.util.parse_url(url).port
        assert len(forwarding(port)) == 1
    assert not forwarding(port)


def forwarding(port):
    lines = subprocess.run(["ps", "-wweo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [
        line
        for line in lines
        if "kubectl" in line and "port-forward" in line and f"{port}:" in line and "bash" not in line
    ]
