"""What gcloud says when it fails, as patterns, and what a reader can do about it."""

ROLE = """
    The account may not do this. Ask the project's owner for the role that the message names; notebook 03 lists all of
    them."""
REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"context_aware_access|Account restricted": """
        Your organization lets this account in from some devices or networks alone. Use one of those, or another account:
        `gcloud auth login`.""",
    r"active account|Reauthentication|invalid_grant|insufficient authentication scopes|print credential failed"
    r"|gcloud auth login|auth-plugin failed with exit code": """
        Log in with `gcloud auth login`, then run this cell again.""",
    r"property \[project\] is not|project property (is set to|must be set)": """
        No project is chosen: `gcloud config set project NAME`, or GOOGLE_CLOUD_PROJECT.""",
    r"accept Terms of Service": """
        This account has not agreed to Google Cloud's terms yet. Open https://console.cloud.google.com with it, agree, then
        run the cell again.""",
    r"has been suspended": """
        Google has suspended the project; https://console.cloud.google.com says why. Take another one.""",
    r"marked for deletion|not found or deleted|Requested entity was not found": """
        Google has no such project, or it is being deleted. `gcloud projects list` shows yours; GOOGLE_CLOUD_PROJECT wants
        an ID of that list.""",
    r"requireShieldedVm|Secure Boot is not enabled": """
        Your organization wants nodes that start with Secure Boot. Delete the cluster, add `--shielded-secure-boot` to the
        cell that creates it, and run it again.""",
    r"vmExternalIpAccess": """
        Your organization forbids machines with an address of their own. Take a project outside it, or ask its
        administrators for an exception.""",
    r"[Cc]onstraint '?constraints/|permitted customer|creation is not allowed|by organization's policy"
    r"|vpcServiceControls": """
        A policy of your organization forbids this; the message names it. Take another region or a project outside the
        organization, or ask its administrators.""",
    r"specifying a condition": """
        Some roles of this project have conditions, so gcloud wants to know about this one: add `--condition=None`.""",
    r"does not have access to service account|not have \S+ access|forbidden from accessing|AccessDenied": ROLE,
    r"has not been used in project|SERVICE_DISABLED|API .*not enabled|not enabled (on|for)|not been enabled"
    r"|should enable service": """
        An API is off, or has been on for less than a minute. Run the cell with `gcloud services enable`, then this one
        again.""",
    r"Billing must be enabled|BILLING|[Bb]illing account .*(not found|disabled|closed|not open)|billing to be enabled"
    r"|[Bb]illing is disabled": """
        The project has no billing account, or one that is closed. Link one:
        https://console.cloud.google.com/billing/linkedaccount""",
    r"cannot run builds in this region": """
        Cloud Build gives new projects no builds in some regions: `export BUILD_REGION=us-central1` (or `global`), then
        run this cell again. The image goes to the same registry.""",
    r'completed with status "': """
        The build itself failed. Its log says in which line: the address stands above, and
        https://console.cloud.google.com/cloud-build has all of them.""",
    r"bucket name is not available|bucket namespace is shared": """
        Buckets have names that are unique in the whole world, and somebody has this one. Put another name for it into this
        cell and the one that builds the image.""",
    r"[Nn]etwork.*default.*(not found|does not exist)|does not have a default network": """
        The project has no network `default`, as in many organizations. Make one: `gcloud compute networks create
        default`, or name another in the cell: `--network NAME --subnetwork NAME`.""",
    r"Location \S+ does not exist|Unknown (zone|region)|location \S+ is not supported|specify location": """
        Google has no such zone. `gcloud compute zones list` has them all; GOOGLE_CLOUD_ZONE wants one such as
        us-central1-a, not a region.""",
    r"tag immutability|immutable tags|tag already exists|MANIFEST_.*EXISTS": """
        Tags of this registry cannot be moved. Build under a new version.""",
    r"STOCKOUT|RESOURCE_POOL_EXHAUSTED|enough resources|sufficient capacity": """
        The zone is out of these machines. Take another (GOOGLE_CLOUD_ZONE), or SPOT=no.""",
    r"IP_SPACE_EXHAUSTED|free IP addresses": """
        The network has no addresses left in this region. Take another region (GOOGLE_CLOUD_ZONE).""",
    r"per minute|RATE_LIMIT_EXCEEDED|code=429": """
        Google was asked too often within a minute. Wait for one, then run this cell again.""",
    r"quota project|serviceusage\.services\.use|required permission to use project": """
        gcloud counts what it asks against a project that is not this one: `gcloud config unset billing/quota_project`,
        then run this cell again.""",
    r"exceeded\.\s+Limit: \S+ globally": """
        The whole project has no more of what the message names. Delete what nobody needs (networks: `gcloud compute
        networks list`), or ask for more: https://console.cloud.google.com/iam-admin/quotas""",
    r"[Qq]uota": """
        The project's quota is too small for these machines. Choose another region (GOOGLE_CLOUD_ZONE), or ask for more:
        https://console.cloud.google.com/iam-admin/quotas""",
    r"[Ss]ervice account .*is disabled": """
        Somebody switched that account off: `gcloud iam service-accounts enable` its address, then run the cell again.""",
    r"Service account \S+ does not exist|[Ss]ervice account .* not found|Verify if principal exists"
    r"|not fully initialized": """
        An account that was just made takes up to a minute until every part of Google Cloud knows it. Run the cell
        again.""",
    r"database is locked": """
        Another gcloud is at work with the same files. Wait until it has ended, then run the cell again.""",
    r"concurrent policy changes": """
        Somebody changed the same roles at the same moment. Run the cell again.""",
    r"(STOPPING|being deleted|is currently deleting|incompatible operation|CLUSTER_ALREADY_HAS_OPERATION)": """
        Google still works on the cluster. Wait until that has ended (`gcloud container operations list`), then run this
        again.""",
    r"is already being used by": """
        Something else still needs it; the message names what. Delete that, or wait until it is gone, then run this
        again.""",
    r"ALREADY_EXISTS|Already exists|subject of a conflict|you already own it": """
        Something of that name stands already. `make down` tells whose it is, and removes it if this copy made it.""",
    r"have registered|nodes failing to start": """
        The nodes' machines run, but did not join the cluster: a firewall of your organization, or too few rights for their
        account. Run the cell with the roles, `gcloud container clusters delete wine`, then this cell again.""",
    r"Not found: projects/": """
        Google has no such cluster. Run the cell that creates it first.""",
    r"PERMISSION_DENIED|not have permission|lacks permission|[Rr]equired \S+ permission|Permission \S+ denied": ROLE,
    r"PROVISIONING|RECONCILING|endpoint \S+ is unhealthy": """
        The cluster is still being made. Wait a minute and run this cell again.""",
    r"unrecognized arguments|Invalid choice": """
        This gcloud is older than the lesson needs: `gcloud components update`, or the update of the package manager that
        installed it.""",
    r"component manager is disabled": """
        A package manager installed gcloud here, and has to install its parts: for the plugin, the package
        google-cloud-cli-gke-gcloud-auth-plugin.""",
    r"gcloud failed to load|CLOUDSDK_PYTHON": """
        gcloud found a Python on which it does not run. Let CLOUDSDK_PYTHON name another, such as /usr/bin/python3, or
        install gcloud anew with the one that it brings along.""",
}
