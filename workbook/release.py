"""A new model beside the old one on the cluster: a second Deployment behind the same Service, kept or taken away.

Argo Rollouts and Flagger do this in production, with the same parts: two sets of pods, one address, a question put to
Prometheus, and a decision.
"""

import base64
import json
import tempfile

from workbook.cluster import DEPLOYMENT, kubectl

CANARY = "deployment/wine-model-canary"
MODELS = "/models"  # where the pods find the model's files


def canary(folder, pods=1):
    """Run the model in `folder` in `pods` pods of its own. The Service sends every pod its share of the requests."""
    version = json.loads((folder / "model.json").read_text())["version"]
    stable = json.loads(kubectl("get", DEPLOYMENT, "--namespace", "wine", "--output", "json"))
    _apply(config_map(version, folder), deployment(stable, version, pods))
    kubectl("rollout", "status", CANARY, "--namespace", "wine", "--timeout", "180s")


def promote(version):
    """Give the model that the canary runs to all pods, and take the canary away when they have it."""
    change = json.dumps({"spec": {"template": {"spec": with_model(version)}}})
    kubectl("patch", DEPLOYMENT, "--namespace", "wine", "--type", "strategic", "--patch", change)
    kubectl("rollout", "status", DEPLOYMENT, "--namespace", "wine", "--timeout", "180s")
    roll_back()


def roll_back():
    """Take the canary away; its pods finish what they have begun."""
    kubectl("delete", CANARY, "--namespace", "wine", "--ignore-not-found", "--wait")


def config_map(version, folder):
    """The ConfigMap with the model's two files, which are small enough for one."""
    files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.glob("model.*"))}
    metadata = {"name": _name(version), "namespace": "wine", "labels": {"app.kubernetes.io/part-of": "wine"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "immutable": True, "binaryData": files}


def deployment(stable, version, pods):
    """The canary's Deployment: the `stable` one with another name, another track, and the model of `version`."""
    template = json.loads(json.dumps(stable["spec"]["template"]))  # a copy of its own
    labels = template["metadata"]["labels"] | {"track": "canary"}
    added = with_model(version)
    spec, (container,) = template["spec"], template["spec"]["containers"]
    for key in ("env", "volumeMounts"):
        container[key] = _merged(container.get(key, []), added["containers"][0][key])
    spec["volumes"] = _merged(spec.get("volumes", []), added["volumes"])
    selector = {name: labels[name] for name in ("app.kubernetes.io/name", "track")}
    metadata = {"name": CANARY.partition("/")[2], "namespace": "wine", "labels": stable["metadata"]["labels"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata | {"labels": metadata["labels"] | {"track": "canary"}},
        "spec": {
            "replicas": pods,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def with_model(version):
    """What a pod's specification needs to serve the model of `version`."""
    container = {
        "name": "wine-model",
        "env": [{"name": "WINE_MODEL", "value": MODELS}],
        "volumeMounts": [{"name": "model", "mountPath": MODELS, "readOnly": True}],
    }
    return {"containers": [container], "volumes": [{"name": "model", "configMap": {"name": _name(version)}}]}


def _merged(given, added):
    names = {one["name"] for one in added}
    return [one for one in given if one["name"] not in names] + added


def _name(version):
    return f"wine-model-{version}"


def _apply(*objects):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, file)
        file.flush()
        kubectl("apply", "--server-side", "--force-conflicts", "--filename", file.name)
