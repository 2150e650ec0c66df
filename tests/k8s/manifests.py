"""What k8s/ makes: the objects of each kustomization, and what helm makes of the chart with our values."""

import functools
import os
import shutil
import subprocess

import pytest
import yaml

from tests import ROOT
from workbook.machine import VERSIONS, settings

FOLDERS = ["overlays/kind", "overlays/gke", "autoscaling", "loadtest", "monitoring"]
VALUES = "k8s/monitoring/values.yaml"


class Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: `=` is a text, which the Operator's CRDs have among their enumerations."""


Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_yaml_str)


@functools.cache
def build(folder):
    """The objects that a kustomization makes."""
    if not shutil.which("kubectl"):
        pytest.skip("The manifests were not built: kubectl is not installed.")
    command = ["kubectl", "kustomize", ROOT / "k8s" / folder]
    return list(yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def objects():
    return [one for folder in FOLDERS for one in build(folder)]


@functools.cache
def chart(command, *values):
    """What helm says of the chart in use: its CRDs, or its manifests with our values."""
    if not shutil.which("helm"):
        pytest.skip("The monitoring chart was not rendered: helm is not installed.")
    source = settings().monitoring_chart
    version = [] if os.path.exists(source) else ["--version", VERSIONS["charts"]["kube-prometheus-stack"]["version"]]
    ours = [word for path in values for word in ("--values", ROOT / path)]
    if subprocess.run(["helm", "show", "chart", source, *version], capture_output=True).returncode:
        pytest.skip(f"The monitoring chart was not rendered: {source} cannot be read.")
    done = subprocess.run(["helm", *command.split(), source, *version, *ours], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, Loader) if one]


def rendered():
    """The chart's objects with our values, by kind and name."""
    return {
        (one["kind"], one["metadata"]["name"]): one
        for one in chart("template prometheus-stack --namespace monitoring", VALUES)
    }


def only(kind, folder):
    """The one object of this kind that a kustomization makes."""
    (found,) = [one for one in build(folder) if one["kind"] == kind]
    return found


def closed(schema):
    """A CRD's schema that allows no field but those that it names."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(one) for key, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        schema.setdefault("additionalProperties", False)
    return schema
