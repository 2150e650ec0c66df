"""What Docker, kind, helm, kubectl and gcloud say when they fail, word for word, and what a reader is told to do."""

import pytest

from workbook.remedies import REMEDIES, remedy

SAID = {
    # Docker and kind
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "
    '"http://%2Fvar%2Frun%2Fdocker.sock/v1.45/info": dial unix /var/run/docker.sock: connect: permission denied': "usermod",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?": "Start Docker",
    "failed to connect to the docker API at unix:///Users/me/.docker/run/docker.sock": "Start Docker",
    "Command Output: ctr: content digest sha256:82014a3cbf22d2e03382cd9b123f4151d956986e727340a4: not found": "General",
    "failed to create fsnotify watcher: too many open files": "max_user_instances",
    "ERROR: failed to create cluster: could not find a log line that matches "
    '"Reached target .*Multi-User System.*|detected cgroup v1"': "did not boot",
    "toomanyrequests: You have reached your unauthenticated pull rate limit.": "docker login",
    "no matching manifest for linux/arm64/v8 in the manifest list entries": "processor",
    "invalid pool request: Pool overlaps with other one on this address space": "network prune",
    "write /blob: no space left on device": "docker system prune",
    'ERROR: node(s) already exist for a cluster with the name "wine"': "kind delete cluster --name wine",
    "listen tcp4 127.0.0.1:8089: bind: address already in use": "Another program",
    # helm and kubectl
    "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress": "removes the note",
    'error: Apply failed with 1 conflict: conflict with "helm" using apps/v1: .spec.replicas': "--force-conflicts",
    'Error: Unable to continue with install: ServiceAccount "locust" in namespace "wine" exists and cannot be imported '
    "into the current release: invalid ownership metadata": "kubectl delete",
    "Error: chart requires kubeVersion: >=1.25.0-0 which is incompatible with Kubernetes v1.24.0": "KIND_NODE_IMAGE",
    'resource mapping not found for name: "wine-model" namespace: "wine" from "k8s/monitoring": no matches for kind '
    '"ServiceMonitor" in version "monitoring.coreos.com/v1"\nensure CRDs are installed first': "installs the chart",
    "Error: unknown flag: --rollback-on-failure": "make doctor",
    "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin not found": "install",
    'Error from server (Forbidden): deployments.apps is forbidden: User "me@example.com" cannot list resource '
    '"deployments" in API group "apps" in the namespace "wine"': "Kubernetes Engine Admin",
    "Get https://ghcr.io/v2/: tls: failed to verify certificate: x509: certificate signed by unknown authority": "SSL_CERT",
    "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: no route to host": "HTTPS_PROXY",
    # gcloud
    "ERROR: (gcloud.projects.list) You do not currently have an active account selected.": "gcloud auth login",
    "Billing must be enabled for activation of service(s)": "linkedaccount",
    "Artifact Registry API has not been used in project 1 before or it is disabled": "gcloud services enable",
    "ERROR: (gcloud.builds.submit) FAILED_PRECONDITION: failed precondition: due to quota restrictions, cannot run "
    "builds in this region, see https://cloud.google.com/build/docs/locations": "BUILD_REGION",
    "ResponseError: code=400, message=Network projects/p/global/networks/default not found.": "networks create",
    "ERROR: failed to push: manifest tag already exists and the repository has immutable tags": "new version",
    "ZONE_RESOURCE_POOL_EXHAUSTED: The zone 'us-central1-a' does not have enough resources available": "SPOT=no",
    "Insufficient regional quota to satisfy request": "iam-admin/quotas",
    "INVALID_ARGUMENT: Service account wine-nodes@p.iam.gserviceaccount.com does not exist.": "up to a minute",
    "Cluster is running incompatible operation operation-1": "operations list",
    "PERMISSION_DENIED: Permission 'container.clusters.create' denied on resource": "role",
    "ResponseError: code=403, message=Required 'container.clusters.create' permission(s) for 'projects/p'.": "role",
    "Cluster status is RECONCILING": "Wait a minute",
    # what waits, or is not there
    "Error: failed to do request: Head https://ghcr.io/v2/: dial tcp: lookup ghcr.io: no such host": "MONITORING_CHART",
    "The connection to the server 127.0.0.1:40001 was refused - did you specify the right host?": "docker start",
    "error: timed out waiting for the condition": "events()",
    "bash: line 1: kind: command not found": "make doctor",
}


@pytest.mark.parametrize("said", SAID)
def test_what_programs_say_has_a_remedy(said):
    assert SAID[said] in remedy(said)


def test_every_remedy_is_tried_here():
    reached = {remedy(said) for said in SAID}
    assert {" ".join(advice.split()) for advice in REMEDIES.values()} == reached


def test_what_nobody_knows_gets_no_advice():
    assert remedy("The cat sat on the mat.") == ""
