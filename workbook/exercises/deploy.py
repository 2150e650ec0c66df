"""The exercises of 03_deploy_gke: releases that fail, each for a reason of its own, and what reveals the reason."""

import re

import pandas as pd
import yaml
from kubernetes.utils import parse_quantity

from workbook import faults
from workbook.exercises import exercise
from workbook.exercises.typed import NUMBER, as_number, word
from workbook.machine import VERSION


def release(number=None):
    """Roll out the broken release of an exercise, or, without a number, the healthy one; return the time in UTC."""
    began = pd.Timestamp.now("UTC").floor("s")  # events know whole seconds
    faults.roll_out(**(faults.RELEASES[number]() if number else {}))
    print(f"A release {'with a fault' if number else 'without a fault'} is on its way.")
    return began


@exercise(
    "3.1",
    kind=str,
    form="a tag as text",
    right="the old pods stay: with maxUnavailable 0, a release that cannot start takes none of them away.",
)
def tag(answer):
    name = word(answer).rpartition(":")[2].removeprefix("tag").strip()
    if name == faults.NO_SUCH_TAG:
        return None
    if name == VERSION:
        return "That is the tag of the pods that run. Which one does the pod that does not run ask for? See its image."
    return "Look at the image of the pod that is not ready: pods(app='wine-model')."


@exercise(
    "3.2",
    kind=str,
    form="a path as text, such as '/predict'",
    right="the process is well and the probe asks the wrong question. A probe is code too: it can lie both ways.",
)
def probe(answer):
    said = re.sub(r"https?://[^/\s]*", "", word(answer))  # of "http-get http://:http-metrics/ready delay=0s"
    path = next(iter(re.findall(r"(?<!\S)/([\w/]+)", said)), said)
    if path == "ready":
        return None
    if path in ("readyz", "healthz"):
        return "That path exists, and answers 200. Which one does the pod's description show, under Readiness?"
    return "The events tell the status code. `kubectl -n wine describe pod NAME` tells what is asked, under Readiness."


@exercise(
    "3.3",
    kind=str,
    form="the name of a resource as text",
    right="the scheduler counts requests, not use. A pod that asks for more than a node has waits for ever.",
)
def resource(answer):
    said = re.findall(r"[a-z]+", word(answer))
    if "cpu" in said:
        return "There is enough of it. What does the event with the reason FailedScheduling call insufficient?"
    if not {"memory", "mem", "ram"}.intersection(said):
        return "The newest event with the reason FailedScheduling says what no node has enough of."


@exercise(
    "3.4",
    kind=(str, int),
    form="a reason as text, one word",
    right="the kernel killed it at the limit (status 137). CrashLoopBackOff only says that it happens again.",
)
def reason(answer):
    said = word(answer)
    if re.search(r"\boom|out[ -]of[ -]memory|\b137\b", said):
        return None
    if "back" in said:
        return "That says that it ended again and again. Why it ended last stands in the column `ended`."
    return "The column `ended` of pods(app='wine-model') says why a container ended last."


@exercise(
    "3.5",
    kind=NUMBER,
    form="a number of pods",
    right="ceil(pods x use / target), then the bounds. Within 10% of the target nothing changes, so that it comes to rest.",
)
def replicas(answer):
    hints = {
        1.65: "That is the use divided by the target. It is a factor: how many pods are there now?",
        2: "That is the use divided by the target, rounded up. It is a factor: how many pods are there now?",
        5: "Five is the autoscaler's maximum here. The question is what its formula wants before the bounds.",
        6: "Rounded down, the pods would stay above their target. Which way does Kubernetes round?",
        6.6: "A part of a pod cannot run. Which way does Kubernetes round?",
    }
    pods = as_number(answer, pod=1)
    if pods == 7:
        return None
    return next(
        (text for number, text in hints.items() if abs(pods - number) < 0.01), "Wanted: ceil(pods x use / target)."
    )


@exercise(
    "3.6",
    kind=str,
    form="the corrected manifest as text",
    right="only names and labels tie these objects together, and no error tells you when a knot holds nothing.",
)
def manifest(answer):
    try:
        found = {one["kind"]: one for one in yaml.safe_load_all(answer) if one}
        three = found["Deployment"]["spec"], found["Service"], found["ServiceMonitor"]["spec"]
        return next((hint for is_wrong, hint in KNOTS if is_wrong(*three)), None)
    except yaml.YAMLError as error:
        return f"That is no YAML any more: {error}"
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return f"This is no longer a Deployment, a Service and a ServiceMonitor with the same fields: {error!r}."


def container(deployment):
    return deployment["template"]["spec"]["containers"][0]


def open_ports(deployment):
    """The container's ports, by name and by number."""
    return {port[key] for port in container(deployment)["ports"] for key in ("name", "containerPort") if key in port}


def picks(selector, labels):
    """Whether these labels are all that the selector asks for; a Service or a Deployment that asks for none is idle."""
    return bool(selector) and selector.items() <= labels.items()


def loses_its_pods(deployment, *_):
    return not picks(deployment["selector"]["matchLabels"], deployment["template"]["metadata"]["labels"])


def selects_nothing(deployment, service, _):
    return not picks(service["spec"]["selector"], deployment["template"]["metadata"]["labels"])


def probes_no_port(deployment, *_):
    return container(deployment)["readinessProbe"]["httpGet"]["port"] not in open_ports(deployment)


def sends_to_no_port(deployment, service, _):
    targets = {port.get("targetPort", port["port"]) for port in service["spec"]["ports"]}
    return not targets <= open_ports(deployment)


def requests_no_memory(deployment, *_):
    given = container(deployment)["resources"]
    memory = str(given.get("requests", {}).get("memory") or given["limits"]["memory"])  # without a request, its limit
    try:
        return bool(re.search(r"\s", memory)) or not 2**20 <= parse_quantity(memory) < 2**33
    except ValueError:  # 96mi is no quantity
        return True


def scrapes_no_port(deployment, service, monitor):
    endpoint = monitor["endpoints"][0]
    if "port" not in endpoint:
        return endpoint["targetPort"] not in open_ports(deployment)
    return endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}


def monitors_nothing(_, service, monitor):
    return not monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()


KNOTS = [
    (
        loses_its_pods,
        "The Deployment's selector and its template's labels must agree: the cluster refuses it otherwise.",
    ),
    (selects_nothing, "The Service selects no pod. Which labels do the pods carry, and which one does it ask for?"),
    (probes_no_port, "The readiness probe asks a port that the container does not have. What are its ports called?"),
    (sends_to_no_port, "The Service's targetPort is a port of the container. What are those called?"),
    (
        requests_no_memory,
        "How much memory is that? `m` is a thousandth, of CPU as of bytes. Which letters, without a blank, mean 2^20 bytes?",
    ),
    (monitors_nothing, "The ServiceMonitor selects no Service: compare its labels with the Service's."),
    (scrapes_no_port, "The ServiceMonitor names a port of the Service. Which name has it there?"),
]
