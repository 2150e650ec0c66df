"""What programs say when they fail, and what a reader can do about it."""

import re

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    # Docker and kind
    r"permission denied while trying to connect to the [Dd]ocker|docker\.sock.*permission denied": """
        This account may not talk to Docker: `sudo usermod -aG docker $USER`, then log in again.""",
    r"Cannot connect to the Docker daemon|docker daemon running|failed to connect to the docker API": """
        Start Docker, then run this cell again.""",
    r"content digest \S+ not found": """
        Docker's containerd image store and kind disagree. In Docker Desktop's settings, under General, turn off "Use
        containerd for pulling and storing images", then run the cell again; or build with `--provenance=false`.""",
    r"too many open files|inotify": """
        Linux lets too few files be watched:
        `sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288`, then run the cell again.""",
    r"could not find a log line that matches|[Cc]group ?v1|required cgroups? disabled": """
        The node did not boot. `make doctor` knows the usual reasons: cgroup v1 (an old WSL or Linux), too few inotify
        instances, too little memory.""",
    r"toomanyrequests|rate limit": """
        Docker Hub lets a network without login fetch 100 images in six hours. `docker login`, or wait.""",
    r"no matching manifest|exec format error|no match for platform": """
        There is no such image for this processor. Is it the tag that the workbook pins?""",
    r"Pool overlaps|could not find an available.*address pool": """
        Docker has no network addresses left: `docker network prune`, or leave the VPN while the cluster is made.""",
    r"no space left on device|ENOSPC|DiskPressure": """
        The disk is full. `docker system prune` frees what Docker no longer uses.""",
    r"already exist for a cluster": """
        Another cluster of that name stands. `kind delete cluster --name wine` removes it.""",
    r"address already in use|port is already allocated": """
        Another program holds that port. Stop it, or choose another port.""",
    # helm and kubectl
    r"another operation .* is in progress": """
        Helm was cut off in the middle and left a note that it is at work. Run the cell again: it removes the note. (Or
        `helm -n monitoring uninstall prometheus-stack`, and begin anew.)""",
    r"conflict with \"helm\"|Apply failed with \d+ conflict": """
        Helm and kubectl both own a field. Where the files are to win, `kubectl apply` takes `--force-conflicts`.""",
    r"invalid ownership metadata|cannot be imported into the current release": """
        Something of that name was not made by this release of Helm. `kubectl delete` it, or use another namespace.""",
    r"kubeVersion: .* incompatible|no matches for kind|ensure CRDs are installed first": """
        The chart and the cluster do not fit. For an old cluster, `make down` and begin with a newer KIND_NODE_IMAGE;
        where a kind of object is unknown, run the cell that installs the chart first.""",
    r"unknown (shorthand )?flag": """
        This tool is older than the lesson needs. `make doctor` says which release it wants.""",
    r"gke-gcloud-auth-plugin": """
        kubectl reaches GKE through a plugin: `gcloud components install gke-gcloud-auth-plugin`, or the package of that
        name where a package manager installed gcloud.""",
    r"[Ff]orbidden: User|is forbidden: User": """
        This account may see the cluster but not change it. On GKE it needs the role Kubernetes Engine Admin.""",
    r"certificate signed by unknown authority|CERTIFICATE_VERIFY_FAILED|x509": """
        Something between here and there, often a company's proxy, signs with its own certificate. Let SSL_CERT_FILE and
        Docker's settings name that certificate.""",
    r"proxyconnect|Proxy Authentication Required": """
        The proxy refuses. Check HTTPS_PROXY, and that NO_PROXY has 127.0.0.1 and localhost.""",
    # gcloud
    r"active account|Reauthentication|gcloud auth login|invalid_grant": """
        Log in with `gcloud auth login`, then run this cell again.""",
    r"[Bb]illing": """
        The project has no billing account. Link one: https://console.cloud.google.com/billing/linkedaccount""",
    r"has not been used in project|SERVICE_DISABLED|not enabled|not been enabled": """
        An API is off, or has been on for less than a minute. Run the cell with `gcloud services enable`, then this one
        again.""",
    r"cannot run builds in this region": """
        Cloud Build gives new projects no builds in some regions: `export BUILD_REGION=us-central1` (or `global`), then
        run this cell again. The image goes to the same registry.""",
    r"[Nn]etwork.*default.*not found|does not have a default network|networks/default": """
        The project has no network `default`, as in many organizations. Make one: `gcloud compute networks create
        default`, or name another in the cell: `--network NAME --subnetwork NAME`.""",
    r"immutable|tag already exists|MANIFEST_.*EXISTS": """
        Tags of this registry cannot be moved. Build under a new version.""",
    r"STOCKOUT|RESOURCE_POOL_EXHAUSTED|enough resources": """
        The zone is out of these machines. Take another (GOOGLE_CLOUD_ZONE), or SPOT=no.""",
    r"[Qq]uota": """
        The project's quota is too small for these machines. Choose another region (GOOGLE_CLOUD_ZONE), or ask for more:
        https://console.cloud.google.com/iam-admin/quotas""",
    r"Service account \S+ does not exist|[Ss]ervice account .* not found": """
        An account that was just made takes up to a minute until every part of Google Cloud knows it. Run the cell
        again.""",
    r"(STOPPING|being deleted|is currently deleting|incompatible operation|CLUSTER_ALREADY_HAS_OPERATION)": """
        Google still works on the cluster. Wait until that has ended (`gcloud container operations list`), then run this
        again.""",
    r"PERMISSION_DENIED|does not have permission|lacks permission|[Rr]equired \S+ permission|Permission \S+ denied": """
        The account may not do this. Ask the project's owner for the role that the message names; notebook 03 lists
        all of them.""",
    r"PROVISIONING|RECONCILING": """
        The cluster is still being made. Wait a minute and run this cell again.""",
    # and whatever else waits or fails
    r"failed to (pull|download|fetch|do request)|could not resolve|no such host|valid chart repository": """
        The address could not be reached. Check the network, or let MONITORING_CHART or METRICS_SERVER_CHART name a
        file that you have.""",
    r"connection refused|was refused": """
        The cluster does not answer. Is Docker running? `docker start wine-control-plane` wakes a stopped kind cluster;
        the cell that creates it makes a new one.""",
    r"timed out waiting|deadline exceeded|context deadline": """
        Something did not become ready in time. `pods()` and `events()` say what it waits for: an image that is not
        there, too little memory, or a probe that fails.""",
    r"command not found": """
        A program is missing. `make doctor` says how to install it.""",
}


def remedy(text):
    """What to try when a program wrote `text`; empty if nothing is known."""
    known = (advice for pattern, advice in REMEDIES.items() if re.search(pattern, text))
    return " ".join(next(known, "").split())
