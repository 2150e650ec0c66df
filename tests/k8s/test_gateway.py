"""The way in from outside, which is off by default: by the Gateway API's schema, and by what it shares with the rest."""

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.k8s.manifests import build, closed, only

GATEWAY_API = "sigs.k8s.io/gateway-api@v1.3.0"  # GKE's own two kinds have no public schema


@pytest.fixture(scope="module")
def schemas():
    """The Gateway API's schemas by kind, from Go's module proxy."""
    if not shutil.which("go"):
        pytest.skip("The gateway was not checked against its schema: there is no Go on PATH.")
    done = subprocess.run(["go", "mod", "download", "-json", GATEWAY_API], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"The gateway was not checked against its schema: {GATEWAY_API} cannot be had.")
    crds = (Path(json.loads(done.stdout)["Dir"]) / "config/crd/standard").glob("gateway.*.yaml")
    return {crd["spec"]["names"]["kind"]: crd for crd in map(yaml.safe_load, map(Path.read_text, crds))}


@pytest.mark.parametrize("kind", ["Gateway", "HTTPRoute"])
def test_the_gateway_apis_schema_knows_every_field(schemas, kind):
    one = only(kind, "gateway")
    (version,) = [v for v in schemas[kind]["spec"]["versions"] if one["apiVersion"].endswith("/" + v["name"])]
    schema = closed(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    jsonschema.Draft202012Validator(schema).validate(one)


def test_the_way_leads_to_the_service_and_no_further():
    service, route = only("Service", "overlays/kind"), only("HTTPRoute", "gateway")
    (rule,) = route["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": service["metadata"]["name"], "port": service["spec"]["ports"][0]["port"]}]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": "/predict"}, "method": "POST"}]
    (parent,) = route["spec"]["parentRefs"]
    (listener,) = only("Gateway", "gateway")["spec"]["listeners"]
    assert (parent["sectionName"], listener["protocol"]) == (listener["name"], "HTTPS")


def test_googles_policies_are_about_the_service_and_agree_with_the_pods():
    pod = only("Deployment", "overlays/kind")["spec"]["template"]["spec"]
    for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
        assert only(kind, "gateway")["spec"]["targetRef"] == {"group": "", "kind": "Service", "name": "wine-model"}
    check = only("HealthCheckPolicy", "gateway")["spec"]["default"]["config"]["httpHealthCheck"]
    assert check["requestPath"] == pod["containers"][0]["readinessProbe"]["httpGet"]["path"]
    draining = only("GCPBackendPolicy", "gateway")["spec"]["default"]["connectionDraining"]["drainingTimeoutSec"]
    assert draining == pod["terminationGracePeriodSeconds"]


def test_nothing_of_it_is_applied_by_default():
    ordinary = [one["kind"] for folder in ("overlays/kind", "overlays/gke", "monitoring") for one in build(folder)]
    assert not {"Gateway", "HTTPRoute", "GCPBackendPolicy"} & set(ordinary)
