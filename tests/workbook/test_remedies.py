"""What Docker, kind, helm, kubectl and gcloud say when they fail, word for word, and what a reader is told to do."""

import pytest

from workbook.remedies import TABLES, remedy

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
    "write /blob: no space left on device": "docker builder prune",
    'ERROR: node(s) already exist for a cluster with the name "wine"': "kind delete cluster --name wine",
    "listen tcp4 127.0.0.1:8089: bind: address already in use": "Another program",
    "The command 'docker' could not be found in this WSL 2 distro.\nWe recommend to activate the WSL integration in "
    "Docker Desktop settings.": "WSL integration",
    'error during connect: Get "http://%2F%2F.%2Fpipe%2FdockerDesktopLinuxEngine/v1.47/info": open '
    "//./pipe/dockerDesktopLinuxEngine: The system cannot find the file specified.": "Start Docker",
    "open /home/me/.docker/config.json: permission denied": "sudo chown",
    'error getting credentials - err: exec: "docker-credential-desktop.exe": executable file not found': "credsStore",
    "ERROR: BuildKit is enabled but the buildx component is missing or broken.": "docker-buildx-plugin",
    "Error response from daemon: client version 1.38 is too old. Minimum supported API version is 1.44, please upgrade "
    "your client to a newer version": "first on PATH",
    "unauthorized: incorrect username or password": "docker logout",
    'ERROR: command "docker save -o /tmp/images-tar1/images.tar wine-model:1.0.0" failed with error: exit status 1\n'
    'failed to save image: invalid output path: directory "/tmp/images-tar1" does not exist': "TMPDIR",
    "ERROR: failed to create cluster: running kind with rootless provider requires cgroup v2": "Docker runs without root",
    "ERROR: failed to create cluster: failed to init node with kubeadm: ... [kubelet-check] The HTTP call equal to 'curl "
    "-sSL http://localhost:10248/healthz' failed: dial tcp 127.0.0.1:10248: connect: connection refused": "did not boot",
    "exec /usr/local/bin/python: exec format error": "DOCKER_DEFAULT_PLATFORM",
    "Error response from daemon: manifest for kindest/node:v1.99.0 not found: manifest unknown": "KIND_NODE_IMAGE",
    "Error response from daemon: all predefined address pools have been fully subnetted": "network prune",
    "driver failed programming external connectivity on endpoint wine-control-plane: (iptables failed: iptables --wait -t "
    "nat -A DOCKER: No chain/target/match by that name.": "restart docker",
    "command terminated\nKilled": "Memory ran out",
    "runtime: failed to create new OS thread (have 12 already; errno=11)": "ulimit -u",
    'Error response from daemon: Conflict. The container name "/wine-control-plane" is already in use by container': "rm",
    'ERROR: no nodes found for cluster "wine"': "Run the cell that creates it",
    'ERROR: image: "wine-model:1.0.0" not present locally': "docker build",
    # Docker's many kinds
    "Cannot connect to the Docker daemon at unix:///Users/ann/.colima/default/docker.sock. Is the docker daemon "
    "running?": "colima start",
    "Cannot connect to the Docker daemon at unix:///Users/ann/.rd/docker.sock. Is the docker daemon running?": "Rancher",
    "Cannot connect to the Docker daemon at unix:///run/user/1000/podman/podman.sock. Is the docker daemon running?": (
        "podman, which gives"
    ),
    'unable to resolve docker endpoint: context "colima": context not found: open /home/ann/.docker/contexts/meta/1/'
    "meta.json: no such file or directory": "docker context use",
    "Cannot connect to Podman. Please verify your connection to the Linux system\nError: unable to connect to Podman "
    "socket: dial unix /tmp/api.sock: connect: no such file or directory": "podman, which gives",
    "ERROR: failed to create cluster: network details should only be one line, got 0 lines": "podman, which gives",
    "request returned 500 Internal Server Error for API route and version http://%2FUsers%2Fann%2F.docker%2Frun%2F"
    "docker.sock/v1.51/info, check if the server supports the requested API version": "Docker Desktop hangs",
    "Sign in to continue using Docker Desktop. Membership in the [vineyard] organization is required.": "another login",
    "error getting credentials - err: exit status 1, out: `keychain cannot be accessed because the current session does "
    "not allow user interaction`": "credsStore",
    "Error: remote trust data does not exist for docker.io/kindest/node: notary.docker.io does not have it": "CONTENT_TRUST",
    # its networks, its kernel, its disk
    "Command Output: Error response from daemon: Cannot read IPv6 setup for bridge br-1: open /proc/sys/net/ipv6/conf/"
    "br-1/disable_ipv6: no such file or directory": "docker network create kind",
    "Error response from daemon: cannot create network 1 (br-1): conflicts with network 2 (br-2): networks have "
    "overlapping IPv6": "network prune",
    "Unable to enable DNAT rule: (iptables failed: iptables --wait -t nat -A DOCKER: Warning: Extension DNAT revision 0 "
    "not supported, missing kernel module?": "restart the machine",
    "failed to add the host (veth1) <=> sandbox (veth2) pair interfaces: operation not supported": "restart the machine",
    "docker: Error response from daemon: cgroups: cannot find cgroup mount destination: unknown.": "wsl --update",
    "OCI runtime create failed: systemd cgroup flag passed, but systemd support for managing cgroups is not available": (
        "wsl --update"
    ),
    "Error response from daemon: mkdir /var/lib/docker/tmp/docker-builder1: read-only file system": "Purge data",
    "failed to create temp dir: mkdir /var/lib/docker/tmp/buildkit-mount1: input/output error": "Purge data",
    "bash: line 3:  9145 Killed                  docker build --quiet service": "Memory ran out",
    'ERROR: failed to solve: process "/bin/sh -c pip install" did not complete successfully: exit code: 137': "Memory",
    "ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF": "docker info",
    "listen tcp 127.0.0.1:40001: bind: An attempt was made to access a socket in a way forbidden by its access "
    "permissions.": "Windows keeps that port",
    # its images
    "Command Output: unpacking wine-model...ctr: mismatched image rootfs and manifest layers": "containerd-snapshotter",
    "ERROR: failed to detect containerd snapshotter": "Update kind",
    "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory": "snap",
    "ERROR: failed to solve: error from sender: open /home/ann/wine/service/mine: permission denied": "sudo chown",
    "failed to solve: python:3.13-slim: failed commit on ref: failed size validation: 7587 != 7279": "came damaged",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "came damaged",
    "failed to resolve source metadata for docker.io/library/python:3.13-slim: unexpected status from HEAD request to "
    "https://registry-1.docker.io/v2/library/python/manifests/3.13-slim: 403 Forbidden": "registry, or a proxy before it",
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": context deadline exceeded': "VPN",
    'Get "https://registry-1.docker.io/v2/": read tcp 10.0.0.1:1->10.0.0.2:3128: read: connection reset by peer': "VPN",
    'Get "https://registry-1.docker.io/v2/": dial tcp [2600::1]:443: connect: network is unreachable': "VPN",
    "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
    "certificate verify failed: self-signed certificate in certificate chain'))': /simple/flask/\nERROR: No matching "
    "distribution found for flask==3.1.3": "BASE_IMAGE",
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
    'Error: UPGRADE FAILED: "prometheus-stack" has no deployed releases': "helm -n monitoring uninstall",
    "Error: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
    "https://ghcr.io/token?scope=repository%3Aprometheus-community: 403 Forbidden": "helm registry logout ghcr.io",
    'GET "https://ghcr.io/token?scope=repository": response status code 403: denied: denied': "docker logout ghcr.io",
    'The Deployment "wine-model" is invalid: spec.selector: Invalid value: field is immutable': "`kubectl delete` the",
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false': "k8s/base",
    'pods "x" is forbidden: exceeded quota: compute, requested: cpu=1, used: cpu=2, limited: cpu=2': "describe quota",
    'error: the server doesn\'t have a resource type "servicemonitors"': "installs the chart",
    'strict decoding error: unknown field "spec.template.spec.containers[0].prots"': "slip of the keyboard",
    "error: You must be logged in to the server (Unauthorized)": "fetches another one",
    'error: context "kind-wine" does not exist': "from its first cell",
    'error: error loading config file "kind-wine.kubeconfig": yaml: line 3: mapping values are not allowed': "kubeconfig",
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
    "2026-11-27T09:00:00Z is before 2026-11-27T10:00:00Z": "clock",
    "x509: certificate is valid for 10.96.0.1, 172.18.0.2, not 172.18.0.3": "docker restart wine-control-plane",
    "http: server gave HTTP response to HTTPS client": "does not speak TLS",
    'failed calling webhook "prometheusrulemutate.monitoring.coreos.com": no endpoints available': 'pods("monitoring")',
    'namespaces "wine" is forbidden: unable to create new content: it is being terminated': "no longer",
    "Cannot evict pod as it would violate the pod's disruption budget.": "waits until another pod",
    "error: Metrics API not available": "Wait a minute",
    "Unable to connect to the server: net/http: TLS handshake timeout": "The cluster is busy",
    'Error from server (NotFound): deployments.apps "wine-model" not found': "run them first",
    'error: deployment "wine-model" exceeded its progress deadline': "events()",
    # what seems to be something else
    "Error: UPGRADE FAILED: conflict occurred while applying object monitoring/grafana apps/v1, Kind=Deployment: Apply "
    'failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas': "helm upgrade",
    "Error: UPGRADE FAILED: invalid client update option(s): forceConflicts enabled when serverSideApply disabled": (
        "--server-side=true"
    ),
    "Error: INSTALLATION FAILED: client rate limiter Wait returned an error: context deadline exceeded": "cluster is busy",
    'failed pre-install: Post "https://127.0.0.1:40001/apis/rbac.authorization.k8s.io/v1/clusterroles": EOF': "busy",
    'error validating data: failed to download openapi: Get "https://127.0.0.1:40001/openapi/v2": dial tcp '
    "127.0.0.1:40001: connect: connection refused": "docker start",
    "Error: failed to parse values.yaml: error converting YAML to JSON: yaml: line 2: did not find expected key": "slip",
    'CustomResourceDefinition "x" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes': (
        "--server-side"
    ),
    'Error: Kubernetes cluster unreachable: Get "http://localhost:8080/version": dial tcp [::1]:8080: connect: '
    "connection refused": "from its first cell",
    "failed to lock config file: open /home/ann/wine/.workbook/kind-wine.kubeconfig.lock: file exists": "ends in .lock",
    "accumulating resources from 'service.yaml': evalsymlink failure on '/home/ann/k8s/base/service.yaml': no such file": (
        "git restore"
    ),
    "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available": "too little left",
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority "
    '(possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate '
    '"kubernetes")': "fetches another one",
    "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin failed with exit code "
    "1": "gcloud auth login",
    "Unable to connect to the server: dial tcp 203.0.113.7:443: i/o timeout": "way to the cluster is blocked",
    "Unable to connect to the server: Forbidden": "A proxy answered in the cluster's place",
    'Error: failed to perform "FetchReference" on source: ghcr.io/prometheus-community/charts/kube-prometheus-stack:9: '
    "not found": "has no such file",
    "E1128 portforward.go:234] lost connection to pod": "opens the way again",
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
    "ERROR: (gcloud.projects.describe) The required property [project] is not currently set.": "GOOGLE_CLOUD_PROJECT",
    "Request had insufficient authentication scopes. reason: ACCESS_TOKEN_SCOPE_INSUFFICIENT": "gcloud auth login",
    "Consumer 'project:123' has been suspended.": "suspended the project",
    "Constraint constraints/compute.vmExternalIpAccess violated for project 1. Add instance x": "an address of their own",
    "FAILED_PRECONDITION: Constraint constraints/gcp.resourceLocations violated for projects/p": "policy of your",
    'ResponseError: code=400, message=Location "europe-west1-z" does not exist.': "compute zones list",
    "ABORTED: There were concurrent policy changes. Please retry the whole read-modify-write": "at the same moment",
    "The network resource 'global/networks/wine' is already being used by 'projects/p/global/firewalls/x'": "what",
    "ResponseError: code=409, message=Already exists: projects/p/zones/us-central1-a/clusters/wine.": "make down",
    "ResponseError: code=404, message=Not found: projects/p/zones/us-central1-a/clusters/wine.": "no such cluster",
    "ERROR: (gcloud.projects.describe) You do not have permission to access projects instance [p]": "role",
    "There was a problem refreshing your current auth tokens: HTTPSConnectionPool(host='oauth2.googleapis.com', "
    "port=443): Max retries exceeded with url: /token (Caused by NameResolutionError(...))\nPlease run:\n  $ gcloud auth "
    "login\nto obtain new credentials.": "the network",
    "There was a problem refreshing your current auth tokens: HTTPSConnectionPool(host='oauth2.googleapis.com', "
    "port=443): (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
    "failed')))\nPlease run:\n  $ gcloud auth login": "custom_ca_certs_file",
    "There was a problem refreshing your current auth tokens: ('access_denied: Account restricted', {'error_subtype': "
    "'context_aware_access'})\nPlease run:\n  $ gcloud auth login": "some devices or networks",
    "There was a problem refreshing your current auth tokens: Reauthentication failed. cannot prompt during "
    "non-interactive execution.": "gcloud auth login",
    "ERROR: gcloud crashed (OperationalError): attempt to write a readonly database": "sudo chown",
    "ERROR: gcloud failed to load: No module named 'imp'\nThis usually indicates corruption in your gcloud installation": (
        "CLOUDSDK_PYTHON"
    ),
    "ERROR: (gcloud.container.clusters.create) unrecognized arguments: --no-enable-managed-prometheus": "components update",
    "You cannot perform this action because the Google Cloud CLI component manager is disabled": "A package manager",
    "Current errors: [CONDITION_NOT_MET]: Constraint constraints/compute.requireShieldedVm violated for project "
    "projects/p. Secure Boot is not enabled in the 'shielded_instance_config' field.": "--shielded-secure-boot",
    "FAILED_PRECONDITION: One or more users named in the policy do not belong to a permitted customer.": "policy of your",
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: 1": "policy of your",
    "Removing a binding without specifying a condition from a policy containing conditions is prohibited in "
    "non-interactive mode.": "--condition=None",
    "FAILED_PRECONDITION: Callers must accept Terms of Service": "agree",
    "Project 'p' not found or deleted.": "gcloud projects list",
    "ERROR: (gcloud.billing.budgets.create) PERMISSION_DENIED: The caller does not have permission": "role",
    "The billing account for the owning project is disabled in state closed": "linkedaccount",
    "Cloud Billing Budget API has not been used in project 1 before or it is disabled.": "gcloud services enable",
    "ResponseError: code=429, message=Quota exceeded for quota metric 'Read requests' and limit 'Read requests per "
    "minute'": "within a minute",
    "API [container.googleapis.com] requires a quota project, which is not set by default.": "billing/quota_project",
    "Quota 'NETWORKS' exceeded.  Limit: 5.0 globally.": "networks list",
    "Instance 'gke-1' creation failed: IP_SPACE_EXHAUSTED": "another region",
    "Service account 1-compute@developer.gserviceaccount.com is disabled., badRequest": "service-accounts enable",
    "The user does not have access to service account wine-nodes@p.iam.gserviceaccount.com.": "role",
    "ann@example.com does not have storage.objects.get access to the Google Cloud Storage object.": "role",
    'ERROR: (gcloud.builds.submit) build 424a completed with status "FAILURE"': "Its log",
    "HTTPError 409: The requested bucket name is not available. The bucket namespace is shared by all users": "unique",
    "All cluster resources were brought up, but: only 0 nodes out of 2 have registered": "did not join",
    # this machine
    "env: ‘bash\\r’: No such file or directory": "line ends of Windows",
    "bash: /usr/local/bin/kind: cannot execute binary file: Exec format error": "another processor",
    "bash: line 1: /usr/local/bin/kind: Permission denied": "chmod +x",
    "fatal: detected dubious ownership in repository at '/mnt/c/Users/ann/wine'": "a folder of your home",
    "WARNING: Error loading config file: open /home/ann/.docker/config.json: permission denied\nCannot connect to the "
    "Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?": "Start Docker",
    'error: resource path "charts/mine.tgz" not found': "MONITORING_VALUES",
    "xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools)": "xcode-select --install",
    "error: Your local changes to the following files would be overwritten by merge:\n\tnotebooks/01_train.ipynb": "stash",
    "bash: line 1: PROJECT: unbound variable": "Run the cells above",
    "bash: fork: retry: Resource temporarily unavailable": "ulimit -u",
    # more of Docker and of the cluster
    "ERROR: failed to create cluster: failed to generate kubeadm config content: failed to get file: command failed\n"
    "Error response from daemon: Container 4603 is not running": "did not boot",
    'ERROR: failed to create cluster: command "docker run --name wine-control-plane" failed with error: exit status 125': (
        "Docker could not start a container"
    ),
    "Error: unable to build kubernetes objects from release manifest: error validating data: unknown field": "make down",
    'Error: could not get information about the resource Alertmanager "x": the server was unable to return a response in '
    "the time allotted": "cluster is busy",
    "open /home/ann/wine/.workbook/kind-wine.kubeconfig: permission denied": "sudo chown",
    "Error response from daemon: network 1b2c3 not found\nError: failed to start containers: wine-control-plane": (
        "kind delete cluster"
    ),
    "Error response from daemon: container 4a1b is paused, unpause the container before exec": "docker unpause",
    "Command Output: Error response from daemon: could not kill: tried to kill container, but did not receive an exit "
    "event": "Restart Docker",
    "Error response from daemon: No such container: wine-control-plane": "Run the cell that creates it",
    "authorization denied by plugin pipelock: privileged containers are not allowed": "Codespaces",
    'Head "https://mirror.example/v2/kindest/node/manifests/v1.37.0": no basic auth credentials': "docker login",
    'ERROR: no builder "mine" found': "BUILDX_BUILDER",
    "x509: certificate is valid for *.vineyard.example, not production.cloudflare.docker.com": "SSL_CERT_FILE",
    "fatal: unable to access 'https://github.com/x/y.git/': SSL certificate problem: unable to get local issuer "
    "certificate": "SSL_CERT_FILE",
    "curl: (6) Could not resolve host: dl.grafana.com": "the network",
    "Error: INSTALLATION FAILED: repo prometheus-community not found": "has no such file",
    "Error: INSTALLATION FAILED: file 'chart.tgz' does not appear to be a gzipped archive; got 'text/html'": "no chart",
    "Error response from daemon: received unexpected HTTP status: 503 Service Unavailable": "fault of its own",
    'The Service "wine-model" is invalid: spec.clusterIPs[0]: Invalid value: may not change once set': "cannot change",
    "Error from server (Timeout): the server was unable to return a response in the time allotted": "cluster is busy",
    'container "wine-model" in pod "wine-model-1" is waiting to start: trying and failing to pull image': "events()",
    "error: no matching resources found": "run them first",
    "ERROR: (gcloud.container.clusters.create) ResponseError: code=500, message=Internal error encountered.": "fault",
    "HTTPError 412: Request violates constraint 'constraints/gcp.resourceLocations'": "policy of your",
    "ERROR: (gcloud.container.clusters.create) Please specify location.": "GOOGLE_CLOUD_ZONE",
    "The project property must be set to a valid project ID, not the project name [Wine]": "GOOGLE_CLOUD_PROJECT",
    "ERROR: gcloud crashed (OperationalError): database is locked": "Another gcloud",
    # found later, where no advice came, or a wrong one
    "Cannot connect to the Docker daemon at tcp://localhost:2375. Is the docker daemon running?": "Unset DOCKER_HOST",
    "Error response from daemon: dial unix docker.raw.sock: connect: connection refused": "Start Docker",
    "Cannot connect to the Docker daemon at unix:///Users/ann/.orbstack/run/docker.sock. Is the docker daemon running?": (
        "OrbStack"
    ),
    'level=fatal msg="no buildkit host is available, tried 2 candidates"': "Rancher",
    "Error response from daemon: Bad response from Docker engine": "Docker Desktop hangs",
    "the --mount option requires BuildKit": "unset DOCKER_BUILDKIT",
    'ERROR: failed to create cluster: command "docker run --name wine-control-plane" failed with error: exit status 125\n'
    "Error response from daemon: path /lib/modules is mounted on / but it is not a shared or slave mount.": "make-rshared",
    "ERROR: failed to create cluster: failed to add default storage class: exit status 1": "did not boot",
    "Error response from daemon: removal of container wine-control-plane is already in progress": "Restart Docker",
    "Error response from daemon: endpoint with name wine-control-plane already exists in network kind": "Restart Docker",
    "Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create "
    "failed: error mounting: no such file or directory: unknown": "could not start a container",
    "0/1 nodes are available: 1 Too many pods.": "too little left",
    "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }": "cluster is busy",
    "ERROR: unknown apiVersion: kind.x-k8s.io/v1alpha4": "make doctor",
    "error: no configuration has been provided, try setting KUBERNETES_MASTER environment variable": "from its first cell",
    'error: the path "k8s/overlays/kind" does not exist': "git restore",
    "error: accumulating resources: accumulation err='accumulating resources from 'service.yaml': yaml: line 9: did not "
    "find expected key': must build at directory: '/w/k8s/base/service.yaml': file is not directory": "slip of the keyboard",
    "error: accumulation err='merging resources from 'service.yaml': may not add resource with an already registered id: "
    "Service.v1.[noGrp]/wine-model.wine': must build at directory: '/w/service.yaml': file is not directory": "slip",
    "error: The gcp auth plugin has been removed.": "gke-gcloud-auth-plugin",
    'Error from server (InternalError): an error on the server ("") has prevented the request from succeeding': "busy",
    "Error: Timeout: request did not complete within requested timeout 30s": "cluster is busy",
    "error: error upgrading connection: unable to upgrade connection: pod does not exist": "opens the way again",
    "Back-off restarting failed container wine-model in pod wine-model-1": "events()",
    "Service account wine-nodes is the subject of a conflict: it already exists within project p.": "make down",
    'All cluster resources were brought up, but: component "kube-apiserver" from endpoint "gke-1" is unhealthy.': "Wait",
    "Command 'helm' not found, but can be installed with:\nsudo snap install helm": "make doctor",
    "filesystem layer verification failed for digest sha256:1": "came damaged",
    "ERROR: gcloud crashed (ConnectionError): ('Connection aborted.', RemoteDisconnected('Remote end closed'))": "network",
    "WARNING: Could not open the configuration file: [/home/ann/.config/gcloud/configurations/config_default].": "chown",
    # what waits, or is not there
    "Error: failed to do request: Head https://ghcr.io/v2/: dial tcp: lookup ghcr.io: no such host": "MONITORING_CHART",
    "The connection to the server 127.0.0.1:40001 was refused - did you specify the right host?": "docker start",
    "error: timed out waiting for the condition": "events()",
    "bash: line 1: kind: command not found": "make doctor",
    "bash: line 3: $'\\r': command not found": "line ends of Windows",
    "/usr/bin/env: 'bash\\r': No such file or directory": "line ends of Windows",
    "Error: open k8s/monitoring/values-of-mine.yaml: no such file or directory": "MONITORING_VALUES",
    "mkdir /root/.kube: read-only file system": "HOME",
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout': "the network",
    "Max retries exceeded with url: /token (Caused by NewConnectionError: [Errno -3] Temporary failure in name resolution": (
        "the network"
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_what_programs_say_has_a_remedy(said):
    assert SAID[said] in remedy(said)


def test_every_remedy_is_tried_here():
    reached = {remedy(said) for said in SAID}
    assert {" ".join(advice.split()) for table in TABLES for advice in table.values()} == reached


@pytest.mark.parametrize(
    "said",
    [
        "The cat sat on the mat.",
        "Error response from daemon: open /var/lib/docker/tmp/import/json: no such file or directory",
        'Pod secondary range "pods" not found in network ".../networks/default", subnetwork "default".',
    ],
)
def test_what_nobody_knows_gets_no_advice(said):
    assert remedy(said) == ""
