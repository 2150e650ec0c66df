"""Every manifest under k8s/: against the schemas, a linter, what the workbook promises of them, and a real cluster."""

import json
import os
import shutil
import subprocess

import jsonschema
import pytest
import yaml
from kubernetes import client

from tests import ROOT
from tests.k8s.manifests import FOLDERS, build, chart, closed, objects, only
from workbook.machine import VERSION, VERSIONS
from workbook.programs import CACHE

FILES = [
    path for path in sorted((ROOT / "k8s").rglob("*.yaml")) if path.name not in ("kustomization.yaml", "values.yaml")
]
KUBE_SCORE = "v1.20.0"
# Findings of kube-score that are meant, each with its reason.
MEANT = {
    "ImagePullPolicy is not set to Always": "tags are pinned and never moved; on kind the image is in no registry",
    "Ephemeral Storage limit is not set": "roots are read-only, emptyDirs have limits, and the kubelet rotates logs",
    "Ephemeral Storage request is not set": "as for its limit",
    "Deployment does not have a host podAntiAffinity set": "topologySpreadConstraints spread the pods",
    "(locust) The container is running with a low user ID": "the official image's user is 1000",
    "(locust) The container running with a low group ID": "the official image's group is 1000",
    "locust/wine apps/v1/Deployment: Deployment few replicas": "Locust is one pod: two would send the load twice",
    "blackbox-exporter/monitoring apps/v1/Deployment: Deployment few replicas": "two would ask twice, and agree",
    "(blackbox-exporter) CPU limit is not set": "a probe that is throttled calls the service slow",
    "locust/wine apps/v1/Deployment: Deployment update strategy": "Locust is recreated, for the same reason",
}


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "k8s")))
def test_one_object_a_file_named_after_it(path):
    (one,) = yaml.safe_load_all(path.read_text())
    assert one["kind"] == "PrometheusRule" or path.stem.split("-")[0] == one["kind"].lower()


def test_every_manifest_is_applied_somewhere():
    listed = set()
    for path in (ROOT / "k8s").rglob("kustomization.yaml"):
        listed |= {(path.parent / one).resolve() for one in yaml.safe_load(path.read_text())["resources"]}
    assert set(FILES) <= listed


def test_the_kubernetes_schema_knows_every_field():
    for one in objects():
        if "monitoring.coreos" not in one["apiVersion"]:
            group_version = one["apiVersion"].rpartition("/")[2].capitalize()
            model = getattr(client, f"{group_version}{one['kind']}").from_dict(one)  # raises for wrong types and gaps
            known = client.ApiClient().sanitize_for_serialization(model)
            assert without_nulls(known) == one  # what the schema does not know is dropped


def test_the_operators_schema_knows_every_field():
    crds = {crd["spec"]["names"]["kind"]: crd for crd in chart("show crds")}
    ours = [one for one in objects() if "monitoring.coreos" in one["apiVersion"]]
    assert {one["kind"] for one in ours} == {"PrometheusRule", "ServiceMonitor", "Probe"}
    for one in ours:
        (version,) = [v for v in crds[one["kind"]]["spec"]["versions"] if one["apiVersion"].endswith("/" + v["name"])]
        schema = closed(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        jsonschema.Draft202012Validator(schema).validate(one)


@pytest.fixture(scope="module")
def kube_score():
    """The linter, from PATH or from Go's modules; kept, because compiling it takes a minute."""
    if found := shutil.which("kube-score"):
        return found
    program = CACHE / f"kube-score-{KUBE_SCORE}" / "kube-score"
    if not program.exists():
        if not shutil.which("go"):
            pytest.skip("Manifests were not linted: there is neither kube-score nor Go on PATH.")
        source = f"github.com/zegl/kube-score/cmd/kube-score@{KUBE_SCORE}"
        subprocess.run(["go", "install", source], env=os.environ | {"GOBIN": str(program.parent)}, check=True)
    return program


def test_the_linter_finds_nothing_unexplained(kube_score):
    manifests = yaml.safe_dump_all(objects())
    command = [kube_score, "score", "--kubernetes-version", "v1.37", "--output-format", "ci", "-"]
    report = subprocess.run(command, input=manifests, capture_output=True, text=True).stdout.splitlines()
    assert any(line.startswith("[OK]") for line in report)
    found = [line for line in report if line.startswith(("[CRITICAL]", "[WARNING]"))]
    assert [line for line in found if not any(text in line for text in MEANT)] == []
    assert [text for text in MEANT if not any(text in line for line in found)] == []  # no reason outlives its finding


def monitors():
    """The ServiceMonitors by name."""
    return {one["metadata"]["name"]: one for one in build("monitoring") if one["kind"] == "ServiceMonitor"}


def test_the_names_that_the_parts_share():
    deployment, service = (next(one for one in objects() if one["kind"] == kind) for kind in ("Deployment", "Service"))
    pod = deployment["spec"]["template"]
    ports = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
    assert ports == {"http": 8080, "http-metrics": 8081}
    assert [port["targetPort"] for port in service["spec"]["ports"]] == list(ports)
    for selector in (service["spec"]["selector"], deployment["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= pod["metadata"]["labels"].items()
    monitor = monitors()["wine-model"]["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_a_policy_names_what_a_pod_may_call_by_number():
    """Cilium before 1.20 looks a name up over all pods, and passes over the rule where two give it different numbers."""
    for policy in (one["spec"] for one in objects() if one["kind"] == "NetworkPolicy"):
        ports = [port["port"] for rule in policy.get("egress", []) for port in rule.get("ports", [])]
        assert all(isinstance(port, int) for port in ports)


def test_the_version_is_the_projects():
    for folder in ("overlays/kind", "overlays/gke"):
        deployment = only("Deployment", folder)
        assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(f"wine-model:{VERSION}")
        assert deployment["metadata"]["labels"]["app.kubernetes.io/version"] == VERSION
        assert deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"] == VERSION


def test_pod_security_is_that_of_the_oldest_kubernetes_that_the_lesson_works_with():
    for folder in ("overlays/kind", "monitoring"):
        labels = only("Namespace", folder)["metadata"]["labels"]
        levels = {name.rpartition("/")[2]: value for name, value in labels.items() if "pod-security" in name}
        versions = {value for name, value in levels.items() if name.endswith("-version")}
        assert versions == {f"v{VERSIONS['kubernetes']['minimum']}"}
        assert {f"{name}-version" for name in levels if not name.endswith("-version")} <= levels.keys()
        assert levels["audit"] == "restricted"


def test_a_drain_is_not_blocked_by_a_pod_that_never_became_ready():
    assert only("PodDisruptionBudget", "overlays/kind")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_nobody_but_the_autoscaler_owns_the_number_of_pods():
    assert all("replicas" not in one["spec"] for one in build("overlays/kind") if one["kind"] == "Deployment")


def test_a_pod_outlives_its_last_scrape():
    deployment = only("Deployment", "overlays/kind")
    pod = deployment["spec"]["template"]["spec"]
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    graceful = 20  # graceful_timeout in service/gunicorn.conf.py
    assert f"graceful_timeout = {graceful}" in (ROOT / "service/gunicorn.conf.py").read_text()
    monitor = monitors()["wine-model"]
    assert pause > int(monitor["spec"]["endpoints"][0]["interval"].rstrip("s"))
    assert pod["terminationGracePeriodSeconds"] > pause + graceful


@pytest.fixture
def cluster(on_kind):
    return ["kubectl", "--kubeconfig", str(on_kind.kubeconfig)]


@pytest.mark.order(3)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_real_api_server_would_take_it(cluster, folder):
    arguments = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--dry-run=server",
        "--validate=strict",
        "-k",
        ROOT / "k8s" / folder,
    ]
    done = subprocess.run([*cluster, *arguments], capture_output=True, text=True)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr


@pytest.mark.order(3)
def test_pod_security_refuses_a_pod_that_asks_for_more(cluster):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": "wine"}}
    pod["spec"] = {"containers": [{"name": "root", "image": "root", "securityContext": {"runAsUser": 0}}]}
    command = [*cluster, "create", "--dry-run=server", "-f", "-"]
    done = subprocess.run(command, input=json.dumps(pod), capture_output=True, text=True)
    assert 'violates PodSecurity "restricted' in done.stderr
