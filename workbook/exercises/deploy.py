"""The exercises of 03_deploy_gke: releases that fail, each for a reason of its own, and what reveals the reason."""

import re
from numbers import Real

import pandas as pd
import yaml

from workbook import faults
from workbook.exercises import exercise
from workbook.machine import VERSION


def release(number=None):
    """Roll out the broken release of an exercise, or, without a number, the healthy one; return the time in UTC."""
    began = pd.Timestamp.now("UTC").floor("s")  # events know whole seconds
    faults.roll_out(**(faults.RELEASES[number]() if number else {}))
    print(f"A release {'with a fault' if number else 'without a fault'} is on its way.")
    return began


def word(answer):
    """What somebody typed, without what does not matter: capitals, spaces, quotes, a full stop."""
    return re.sub(r"[\s'\"`.]+", " ", str(answer).lower()).strip()


@exercise(
    "3.1",
    kind=str,
    form="a tag as text",
    right="the old pods never stopped serving: with maxUnavailable 0, a release that cannot start harms nobody.",
)
def tag(answer):
    name = answer.strip().strip("'\"").rpartition(":")[2]
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
    path = re.sub(r"^(get|http-get)\b|https?://[^/]*|[?].*", "", word(answer)).strip(" /")
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
    if re.search(r"\b(memory|ram)\b", word(answer)):
        return None
    if "cpu" in word(answer):
        return "There is enough of it. What does the event with the reason FailedScheduling call insufficient?"
    return "The newest event with the reason FailedScheduling says what no node has enough of."


@exercise(
    "3.4",
    kind=(str, int),
    form="a reason as text, one word",
    right="the kernel killed it at the limit (status 137). CrashLoopBackOff only says that it happens again.",
)
def reason(answer):
    said = word(answer)
    if re.search(r"oom|out of memory|\b137\b", said):
        return None
    if "crashloop" in said or "back" in said:
        return "That says that it ended again and again. Why it ended last stands in the column `ended`."
    return "The column `ended` of pods(app='wine-model') says why a container ended last."


@exercise(
    "3.5",
    kind=Real,
    form="a number of pods",
    right="ceil(pods x use / target), then the bounds. Within 10% of the target nothing changes, so that it comes to rest.",
)
def replicas(answer):
    hints = {
        1.65: "That is the use divided by the target. It is a factor: how many pods are there now?",
        2: "That is the use divided by the target, rounded up. It is a factor: how many pods are there now?",
        5: "Five is the autoscaler's maximum here. The question is what its formula wants before the bounds.",
        6: "Rounded down, the pods would stay above their target. Which way does Kubernetes round?",
        6.6: "There is no half of a pod. Which way does Kubernetes round?",
    }
    if answer == 7:
        return None
    return next(
        (text for number, text in hints.items() if abs(answer - number) < 0.01), "Wanted: ceil(pods x use / target)."
    )


@exercise(
    "3.6",
    kind=str,
    form="the corrected manifest as text",
    right="names and labels tie these objects together, and nobody tells you of a knot that holds nothing.",
)
def manifest(answer):
    try:
        deployment, service, monitor = yaml.safe_load_all(answer)
        return next((hint for is_wrong, hint in KNOTS if is_wrong(deployment["spec"], service, monitor["spec"])), None)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:
        return f"This is no longer a Deployment, a Service and a ServiceMonitor with the same fields: {error!r}."


def container(deployment):
    return deployment["template"]["spec"]["containers"][0]


def selects_nothing(deployment, service, _):
    return not service["spec"]["selector"].items() <= deployment["template"]["metadata"]["labels"].items()


def probes_no_port(deployment, *_):
    asked, ports = container(deployment)["readinessProbe"]["httpGet"]["port"], container(deployment)["ports"]
    return asked not in {port.get("name") for port in ports} | {port["containerPort"] for port in ports}


def requests_no_memory(deployment, *_):
    amount = re.fullmatch(r"(\d+)(Mi|M|Gi|G)?", str(container(deployment)["resources"]["requests"]["memory"]))
    return not amount or (amount[2] is None and int(amount[1]) < 2**20)


def scrapes_no_port(_, service, monitor):
    return monitor["endpoints"][0]["port"] not in {port["name"] for port in service["spec"]["ports"]}


def monitors_nothing(_, service, monitor):
    return not monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()


KNOTS = [
    (selects_nothing, "The Service selects no pod. Which labels do the pods carry, and which one does it ask for?"),
    (probes_no_port, "The readiness probe asks a port that the container does not have. What are its ports called?"),
    (requests_no_memory, "How much memory is 96m? `m` is a thousandth, of CPU as of bytes. Which letters mean 2^20?"),
    (monitors_nothing, "The ServiceMonitor selects no Service: compare its labels with the Service's."),
    (scrapes_no_port, "The ServiceMonitor names a port of the Service. Which name has it there?"),
]
