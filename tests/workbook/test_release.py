"""A canary: the same Deployment with another model and a track of its own, behind the same Service."""

import base64
import json

import pytest
from kubernetes import client

from tests.k8s.manifests import build, only
from tests.k8s.test_manifests import without_nulls
from workbook import cluster, release, training
from workbook.machine import ROOT
from workbook.waiting import eventually

MODEL = ROOT / "service/model"
VERSION = json.loads((MODEL / "model.json").read_text())["version"]


def pod_of(deployment):
    return deployment["spec"]["template"]


def test_a_canary_differs_from_the_stable_deployment_in_its_model_and_its_track():
    stable = only("Deployment", "overlays/kind")
    canary = release.deployment(stable, "abc", 2)
    assert canary["spec"]["replicas"] == 2 and canary["metadata"]["name"] == "wine-model-canary"
    ours, theirs = (pod_of(one)["spec"]["containers"][0] for one in (canary, stable))
    kept = ours.keys() - {"env", "volumeMounts"}
    assert {key: ours[key] for key in kept} == {key: theirs[key] for key in kept}
    assert [one for one in ours["env"] if one["name"] != "WINE_MODEL"] == theirs["env"]
    assert pod_of(canary)["spec"]["volumes"][-1] == {"name": "model", "configMap": {"name": "wine-model-abc"}}
    assert release.deployment(canary, "abc", 2)["spec"] == canary["spec"], "a canary of a promoted one is the same"


def test_kubernetes_knows_every_field_of_a_canary():
    canary = release.deployment(only("Deployment", "overlays/kind"), "abc", 1)
    for one, model in (canary, client.V1Deployment), (release.config_map(VERSION, MODEL), client.V1ConfigMap):
        known = client.ApiClient().sanitize_for_serialization(model.from_dict(one))
        assert without_nulls(known) == one  # what the schema does not know is dropped


def test_the_service_finds_both_and_neither_deployment_the_others_pods():
    stable = only("Deployment", "overlays/kind")
    canary = release.deployment(stable, "abc", 1)
    (service,) = [one for one in build("overlays/kind") if one["kind"] == "Service"]
    for one in (stable, canary):
        labels = pod_of(one)["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
        assert [
            other["spec"]["selector"]["matchLabels"].items() <= labels.items() for other in (stable, canary)
        ] == [one is stable, one is canary]  # fmt: skip


def test_the_config_map_holds_the_model():
    made = release.config_map(VERSION, MODEL)
    assert {name: base64.b64decode(text) for name, text in made["binaryData"].items()} == {
        path.name: path.read_bytes() for path in MODEL.iterdir()
    }
    assert len(json.dumps(made)) < 2**20


@pytest.fixture
def other_model(tmp_path):
    """The wines of the data, labelled by the model that would confuse barolo and barbera."""
    wines, cultivar = training.load_wines()
    version, _ = training.release(tmp_path, wines, 2 - cultivar)
    return tmp_path, version


def versions():
    """The version that each pod says it runs."""
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/healthz').read().decode())"
    names = [pod for pod, state in cluster.pods(app="wine-model")[["pod", "status"]].values if state == "Running"]
    return sorted(json.loads(cluster.execute(name, "python", "-c", ask))["model_version"] for name in names)


@pytest.mark.soak
@pytest.mark.order(3)
@pytest.mark.timeout(600)
def test_a_canary_on_a_cluster_is_rolled_back_and_then_promoted(on_kind, other_model):
    """04 goes one of the two ways, as its own labels say, and `make soak` goes both."""
    folder, version = other_model
    before = eventually(versions, 120, "an answer of every pod that an earlier test left")
    try:
        release.canary(folder)
        assert versions() == sorted([*before, version])
        release.roll_back()
        eventually(lambda: versions() == before, 90, "the canary to go")
        release.canary(folder)
        release.promote(version)
        eventually(lambda: versions() == [version] * len(before), 90, "the old pods to go")
    finally:
        release.roll_back()
        cluster.kubectl("rollout", "undo", cluster.DEPLOYMENT, "--namespace", "wine")
        cluster.kubectl("rollout", "status", cluster.DEPLOYMENT, "--namespace", "wine", "--timeout", "180s")
