"""A scene on a cluster that lacks something: what it says. tests/workbook/test_incident.py plays on whole ones."""

import pytest

from workbook.machine import WorkbookError
from workbook.scene import open_scene
from workbook.targets.kind import Kind


@pytest.fixture(autouse=True)
def kind(use, state):
    return use(Kind())


def test_without_a_cluster_it_says_what_to_run():
    with pytest.raises(WorkbookError, match="no cluster on kind yet: run notebook 03"):
        open_scene()


def test_a_half_made_cluster_is_told_what_it_lacks(kind, tools):
    kind.kubeconfig.touch()
    tools(kubectl="echo service/locust")
    with pytest.raises(WorkbookError, match="no Service prometheus-stack-kube-prom-prometheus. Run 03_deploy_gke"):
        open_scene()
