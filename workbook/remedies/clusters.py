"""What helm and kubectl say when they fail, as patterns, and what a reader can do about it."""

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"another operation .* is in progress": """
        Helm was cut off in the middle and left a note that it is at work. Run the cell again: it removes the note. (Or
        `helm -n monitoring uninstall prometheus-stack`, and begin anew.)""",
    r"has no deployed releases|still in use": """
        An installation that failed is in the way: `helm -n monitoring uninstall prometheus-stack`, then run the cell
        again.""",
    r"ghcr\.io\S*.*(40[13]|denied)": """
        The registry refuses a login that was kept and has run out; the chart needs none. `helm registry logout ghcr.io`
        and `docker logout ghcr.io`, then run the cell again.""",
    r"FAILED: .*conflict|forceConflicts enabled": """
        Something else than Helm owns a field of this release. Where the chart is to win, add `--server-side=true
        --force-conflicts` to `helm upgrade`.""",
    r"conflict with \"helm\"|Apply failed with \d+ conflict": """
        Helm and kubectl both own a field. Where the files are to win, `kubectl apply` takes `--force-conflicts`.""",
    r"annotations: Too long": """
        That object is too large for kubectl to note on it what it was like before. Add `--server-side` to `kubectl
        apply`.""",
    r"invalid ownership metadata|cannot be imported into the current release": """
        Something of that name was not made by this release of Helm. `kubectl delete` it, or use another namespace.""",
    r"field is immutable|may not change once set": """
        That field cannot change while the object stands. `kubectl delete` the object, then run the cell again.""",
    r"violates PodSecurity": """
        This namespace takes only pods that may do little. The message names the fields that are missing; the Deployment
        in k8s/base has them all.""",
    r"exceeded quota|failed quota": """
        The namespace's own quota is used up: `kubectl describe quota --all-namespaces` shows it.""",
    r"nodes? are available: .*(Insufficient|Too many pods)": """
        The nodes have too little left of what the message names. Delete what you no longer need, or give Docker more
        (Docker Desktop's settings, under Resources).""",
    r"kubeVersion: .* incompatible|no matches for kind|CRDs are installed first|doesn't have a resource type": """
        The chart and the cluster do not fit. For an old cluster, `make down` and begin with a newer KIND_NODE_IMAGE;
        where a kind of object is unknown, run the cell that installs the chart first.""",
    r"unknown (shorthand )?flag|unknown apiVersion: kind|plugin: invalid apiVersion": """
        This tool is older than the lesson needs. `make doctor` says which release it wants.""",
    r"context \S+ does not exist|no context exists|no configuration has been provided"
    r"|error loading config file|localhost:8080": """
        The kubeconfig of this copy is gone or damaged, or there is none yet. Run notebook 03 from its first cell: it
        fetches another one.""",
    r"\.lock: file exists": """
        A program that was cut off left a lock behind. If no other one is at work, delete the file that the message names
        (it ends in .lock), then run the cell again.""",
    r"evalsymlink failure|must build at directory: not a valid|unable to find one of 'kustomization"
    r"|the path \"k8s/": """
        A file of the workbook is missing. `git status` shows which, and `git restore k8s` brings it back.""",
    r"build kubernetes objects from release manifest: error validating": """
        The cluster still has the kinds of objects of an older chart, which Helm does not renew. `make down`, then begin
        with the cell that creates the cluster.""",
    r"strict decoding error|unknown field|error validating data: (?!failed)|mapping values are not allowed|converting YAML|"
    r"did not find expected|already registered id|meet the specifications of the schema|typed patch object": """
        A file has a line that cannot be read as it stands; the message names it. Look for a slip of the keyboard or a
        wrong indent.""",
    r"gke-gcloud-auth-plugin.*(not found|not executable|needed for)|gcp auth plugin has been removed": """
        kubectl reaches GKE through a plugin: `gcloud components install gke-gcloud-auth-plugin`, or the package of that
        name where a package manager installed gcloud.""",
    r"orbidden: (user|User)|RBAC permissions not currently held": """
        This account may see the cluster but not change it. On GKE it needs the role Kubernetes Engine Admin.""",
    r"must be logged in to the server|asked for the client to provide credentials|\(Unauthorized\)|"
    r"candidate authority certificate": """
        The login in this kubeconfig has run out, or the cluster was made anew. Run the cell that creates the cluster
        again: it fetches another one.""",
    r"expired or is not yet valid|is not valid yet": """
        A signature is of another time than this machine's clock, which stands still while WSL or a virtual machine
        sleeps: `sudo hwclock --hctosys`, or `wsl --shutdown` in Windows.""",
    r"certificate is valid for \d.*, not \d": """
        The cluster has another address than when it was made, as after a restart of Docker. `docker restart
        wine-control-plane`; if that does not help, `make down` and make it anew.""",
    r"failed calling webhook": """
        The operator that looks at such objects is not up yet. `pods("monitoring")` shows it; then run the cell again.""",
    r"being terminated": """
        That namespace is still being deleted. Run the cell again when `kubectl get namespaces` no longer has it.""",
    r"disruption budget": """
        The drain waits until another pod is ready, so that users notice nothing. `pods()` shows which one is not.""",
    r"Metrics API not available|metrics\.k8s\.io|metrics not available yet": """
        metrics-server has measured nothing yet. Wait a minute; if it was never installed, run its cell.""",
    r"(to the server|unreachable|group list): .*(i/o timeout|no route to host|network is unreachable|deadline exceeded)": """
        The way to the cluster is blocked, or it is paused. Is a VPN or a firewall in between? On kind, `docker restart
        wine-control-plane` helps; on GKE, see in https://console.cloud.google.com whether the cluster stands.""",
    r"object has been modified|TooManyRequests|etcdserver|ServiceUnavailable|to the server: (net/http: TLS|EOF)|"
    r"client rate limiter|GOAWAY|client connection lost|\(InternalError\)|did not complete within|io/(not-ready|unreachable)"
    r"|in the time allotted|\((Gateway)?Timeout\)|error dialing backend|remote error: tls"
    r"|127\.0\.0\.1:\d+/\S*: EOF|from server: rpc error": """
        The cluster is busy. Run the cell again in a minute; if that lasts, the machine is too small: close what you
        can.""",
    r"lost connection to pod|error forwarding port|pod does not exist": """
        The way into a pod is gone, because the pod went or nothing listens there. `pods()` shows it; run the cell that
        opens the way again.""",
    r"\(NotFound\)|namespaces \S+ not found|no matching resources found": """
        There is no such object. The cells above create it: run them first.""",
    r"not ready\. status|progress deadline|BackoffLimitExceeded|pod is not running|waiting to start|container not found"
    r"|Back-off |ImagePullBackOff|CrashLoopBackOff|ErrImage": """
        A pod does not become ready. `pods()` and `events()` say what it waits for: an image that is not there, too
        little memory, or a probe that fails.""",
}
