"""What gcloud says when it fails, as patterns, and what a reader can do about it."""

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"active account|Reauthentication|gcloud auth login|invalid_grant|insufficient authentication scopes": """
        Log in with `gcloud auth login`, then run this cell again.""",
    r"property \[project\] is not|project property is set to": """
        No project is chosen: `gcloud config set project NAME`, or GOOGLE_CLOUD_PROJECT.""",
    r"[Bb]illing": """
        The project has no billing account. Link one: https://console.cloud.google.com/billing/linkedaccount""",
    r"has been suspended": """
        Google has suspended the project; https://console.cloud.google.com says why. Take another one.""",
    r"has not been used in project|SERVICE_DISABLED|not enabled|not been enabled": """
        An API is off, or has been on for less than a minute. Run the cell with `gcloud services enable`, then this one
        again.""",
    r"vmExternalIpAccess": """
        Your organization forbids machines with an address of their own. Take a project outside it, or ask its
        administrators for an exception.""",
    r"[Cc]onstraint constraints/": """
        A policy of your organization forbids this; the message names it. Take another region or a project outside the
        organization, or ask its administrators.""",
    r"cannot run builds in this region": """
        Cloud Build gives new projects no builds in some regions: `export BUILD_REGION=us-central1` (or `global`), then
        run this cell again. The image goes to the same registry.""",
    r"[Nn]etwork.*default.*not found|does not have a default network|networks/default": """
        The project has no network `default`, as in many organizations. Make one: `gcloud compute networks create
        default`, or name another in the cell: `--network NAME --subnetwork NAME`.""",
    r"Location \S+ does not exist|Unknown (zone|region)": """
        Google has no such zone. `gcloud compute zones list` has them all; GOOGLE_CLOUD_ZONE wants one such as
        us-central1-a, not a region.""",
    r"tag immutability|immutable tags|tag already exists|MANIFEST_.*EXISTS": """
        Tags of this registry cannot be moved. Build under a new version.""",
    r"STOCKOUT|RESOURCE_POOL_EXHAUSTED|enough resources": """
        The zone is out of these machines. Take another (GOOGLE_CLOUD_ZONE), or SPOT=no.""",
    r"[Qq]uota": """
        The project's quota is too small for these machines. Choose another region (GOOGLE_CLOUD_ZONE), or ask for more:
        https://console.cloud.google.com/iam-admin/quotas""",
    r"Service account \S+ does not exist|[Ss]ervice account .* not found": """
        An account that was just made takes up to a minute until every part of Google Cloud knows it. Run the cell
        again.""",
    r"concurrent policy changes": """
        Somebody changed the same roles at the same moment. Run the cell again.""",
    r"(STOPPING|being deleted|is currently deleting|incompatible operation|CLUSTER_ALREADY_HAS_OPERATION)": """
        Google still works on the cluster. Wait until that has ended (`gcloud container operations list`), then run this
        again.""",
    r"is already being used by": """
        Something else still needs it; the message names what. Delete that, or wait until it is gone, then run this
        again.""",
    r"ALREADY_EXISTS|Already exists": """
        Something of that name stands already. `make down` tells whose it is, and removes it if this copy made it.""",
    r"Not found: projects/": """
        Google has no such cluster. Run the cell that creates it first.""",
    r"PERMISSION_DENIED|not have permission|lacks permission|[Rr]equired \S+ permission|Permission \S+ denied": """
        The account may not do this. Ask the project's owner for the role that the message names; notebook 03 lists
        all of them.""",
    r"PROVISIONING|RECONCILING": """
        The cluster is still being made. Wait a minute and run this cell again.""",
}
