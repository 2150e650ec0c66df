"""The exercises of 03_deploy_gke: releases that fail, each for a reason of its own, and what reveals the reason."""

from numbers import Real

from workbook import faults
from workbook.exercises import exercise
from workbook.machine import VERSION


def release(number=None):
    """Roll out the broken release of an exercise, or, without a number, the healthy one."""
    faults.roll_out(**(faults.RELEASES[number]() if number else {}))
    print(f"A release {'with a fault' if number else 'without a fault'} is on its way.")


@exercise(
    "3.1",
    kind=str,
    form="a tag as text",
    right="the old pods never stopped serving: with maxUnavailable 0, a release that cannot start harms nobody.",
)
def tag(answer):
    if answer == f"{VERSION}0":
        return None
    if answer == VERSION:
        return "That is the tag of the pods that run. Which one does the pod that does not run ask for? See its image."
    return "Look at the image of the pod that is not ready: pods(app='wine-model')."


@exercise(
    "3.2",
    kind=str,
    form="a path as text, such as '/predict'",
    right="the process is well and the probe asks the wrong question. A probe is code too: it can lie both ways.",
)
def probe(answer):
    if answer.strip("/") == "ready":
        return None
    if answer.strip("/") in ("readyz", "healthz"):
        return "The service answers 200 there. Which path does its log show with status 404?"
    return "The events tell the status code. The log of the pod that is not ready names the path: logs(name)."


@exercise(
    "3.3",
    kind=str,
    form="the name of a resource as text",
    right="the scheduler counts requests, not use. A pod that asks for more than a node has waits for ever.",
)
def resource(answer):
    if answer.lower() == "memory":
        return None
    if answer.lower() == "cpu":
        return "There is enough of it. What does the event with the reason FailedScheduling call insufficient?"
    return "The newest event with the reason FailedScheduling says what no node has enough of."


@exercise(
    "3.4",
    kind=str,
    form="a reason as text, one word",
    right="the kernel killed it at the limit (status 137). CrashLoopBackOff only says that it happens again.",
)
def reason(answer):
    if answer == "OOMKilled":
        return None
    if answer == "CrashLoopBackOff":
        return "That says that it ended again and again. Why it ended last stands in the column `ended`."
    return "The column `ended` of pods(app='wine-model') says why a container ended last."


@exercise(
    "3.5",
    kind=Real,
    form="a number of pods",
    right="ceil(pods x use / target) is all that the autoscaler does; the limits and the pace come from its behaviour.",
)
def replicas(answer):
    hints = {
        3: "That is the use divided by the target. It is a factor: how many pods are there now?",
        5: "Five is the autoscaler's present maximum. The question is what its formula wants.",
        5.2: "There is no fifth of a pod. Which way does Kubernetes round?",
    }
    if answer == 6:
        return None
    return next(
        (text for number, text in hints.items() if abs(answer - number) < 0.01), "Wanted: ceil(pods x use / target)."
    )
