"""Solutions of the exercises of 03_deploy_gke."""

from tests.notebooks.solutions import Solution
from workbook.faults import NO_SUCH_TAG
from workbook.machine import ROOT, VERSION

NAME = "app.kubernetes.io/name: taster"
TASTER = (ROOT / "workbook/exercises/taster.yaml").read_text()


def repaired(**left):
    """The manifest with every fault repaired, but those that `left` names with what stands there instead."""
    repairs = {"web": ("port: web", "port: http"), "memory": ("96m", "96Mi")} | {
        "selector": ("    app: taster", f"    {NAME}"),
        "name": ("- name: metrics", "- name: http"),
    }
    text = TASTER
    for name, (wrong, right) in repairs.items():
        text = text.replace(wrong, left.get(name, right))
    return text


SOLUTIONS = {
    "3.1": Solution(
        right=NO_SUCH_TAG,
        wrong=[VERSION, "latest", "wine-model", f"wine-model:{VERSION}"],
        others=[f"{NO_SUCH_TAG} ", f"wine-model:{NO_SUCH_TAG}", f"`{NO_SUCH_TAG}`", f"tag {NO_SUCH_TAG}."],
        why="`kubectl -n wine get pods` shows ErrImageNeverPull (or ImagePullBackOff on GKE), and `kubectl -n wine describe "
        "pod NAME` names the image that it asks for.",
    ),
    "3.2": Solution(
        right="/ready",
        wrong=["/readyz", "/healthz", "/metrics", "http-metrics", "GET /readyz"],
        others=[
            "GET /ready",
            "ready",
            "`/Ready`",
            "http://10.244.0.9:8081/ready",
            "http-get http://:http-metrics/ready delay=0s timeout=2s period=5s #success=1 #failure=3",
        ],
        why="`kubectl -n wine describe pod NAME` says `Readiness: http-get http://:http-metrics/ready` and ends in "
        "`Readiness probe failed: HTTP probe failed with statuscode: 404`. The log is silent: probes are not logged. "
        "A false no takes pods away that work, all of them where it is in the manifest; a false yes sends users to a pod "
        "that fails. Here the no stopped the release before it did harm.",
    ),
    "3.3": Solution(
        right="memory",
        wrong=["cpu", "Pending", "disk", "CPU and memory"],
        others=["Insufficient memory", "Memory.", "RAM", "requests.memory"],
        why="`kubectl -n wine get events --field-selector reason=FailedScheduling` says `Insufficient memory`. Limits "
        "do not count for the scheduler, requests do; but where only a limit is given, the request is the same.",
    ),
    "3.4": Solution(
        right="OOMKilled",
        wrong=["CrashLoopBackOff", "Error", "Completed", "back-off", "room", 1],
        others=["oomkilled", 137, "OOM killed", "out of memory", "Exit Code: 137"],
        why="`kubectl -n wine describe pod NAME` shows `Last State: Terminated, Reason: OOMKilled, Exit Code: 137` (128 "
        "and the signal 9). `kubectl -n wine logs NAME --previous` has the last lines of the one that ended: it was "
        "still loading. The number to look at is `limits.memory`: 160Mi in ours, 40Mi in this release.",
    ),
    "3.5": Solution(
        right=7,
        wrong=[1.65, 2, 5, 6, 6.6, 8, "165%", "5 pods"],
        others=[7.0, "7", "7 pods"],
        shown="import math\n\nanswer = math.ceil(4 * 165 / 100)",
        why="4 x 1.65 = 6.6, rounded up. The bound of five then makes it five.",
    ),
    "3.6": Solution(
        right=repaired(),
        wrong=[
            TASTER,
            repaired(web="port: web"),
            repaired(memory="96m"),
            repaired(memory="96k"),
            repaired(memory="96 Mi"),
            repaired(memory="96Gi"),
            repaired(memory="96mi"),
            repaired(selector="    app: taster"),
            repaired(selector="    {}"),
            repaired(name="- name: metrics"),
            "- a list",
            repaired(web="port: web").replace(
                "- name: http\n              container", "- name: web\n              container"
            ),
            repaired(selector="    app: taster").replace(
                "app.kubernetes.io/name: taster\n    spec", "app: taster\n    spec"
            ),
        ],
        others=[
            repaired(web="port: 8080"),
            repaired(memory="100M"),
            repaired().replace("              memory: 96Mi", "            limits:\n              memory: 96Mi"),
            repaired(memory="96e6"),
            repaired(memory="0.1Gi"),
            "---\n".join(reversed(repaired().split("---\n"))),
            repaired(name="- name: metrics").replace("- port: http", "- port: metrics"),
            repaired(name="- name: metrics").replace("- port: http", "- targetPort: http"),
        ],
        shown="""answer = (
    manifest.replace("port: web", "port: http")
    .replace("memory: 96m", "memory: 96Mi")
    .replace("    app: taster", "    app.kubernetes.io/name: taster")
    .replace("- name: metrics", "- name: http")
)""",
        why="The probe asks the port `web`, which the container does not have; 96m is less than one byte; the Service "
        "selects by a label that no pod carries; and the ServiceMonitor asks for a port by a name that the Service "
        "does not use.",
        names=lambda request: {"manifest": TASTER},
    ),
}
