"""Whether this machine has what a target needs: `python -m workbook doctor`, and the same in notebook 03."""

import shutil
from pathlib import Path

from workbook.target import MAC, ROOT, TOOLS, WorkbookError, output

MEMORY, DISK = 4, 8  # GiB for everything of notebook 03 on kind, with room to spare
PLUGIN = (
    "gcloud components install gke-gcloud-auth-plugin, or, if a package manager installed gcloud, its package "
    "google-cloud-cli-gke-gcloud-auth-plugin"
)
NEEDS = {
    "local": [],
    "kind": ["docker", "kind", "kubectl", "helm"],
    "gke": ["gcloud", "gke-gcloud-auth-plugin", "kubectl", "helm"],
}


def examine(target):
    """Check that this machine has what the target needs; a WorkbookError names each thing that is missing."""
    problems = [
        f"{tool} is not installed: {TOOLS.get(tool, PLUGIN)}" for tool in NEEDS[target.name] if not shutil.which(tool)
    ]
    if not problems and target.name != "local":
        problems = _docker_problems() if target.name == "kind" else _google_problems(target)
    if problems:
        raise WorkbookError("\n".join(problems))
    print(f"This machine has what the target {target.name} needs.")


def _docker_problems():
    try:
        memory, root = output("docker", "info", "--format", "{{.MemTotal}} {{.DockerRootDir}}").split(maxsplit=1)
    except WorkbookError as error:
        start = "Start Docker Desktop" if MAC else "Start it (sudo systemctl start docker)"
        return [f"Docker does not answer. {start} and run this again.\n{error}"]
    memory = int(memory) / 2**30
    disk = shutil.disk_usage(root if Path(root).exists() else ROOT).free / 2**30  # on a Mac, root is inside its machine
    problems = []
    if memory < MEMORY:
        problems += [
            f"Docker has {memory:.1f} GiB of memory, the cluster wants {MEMORY}: give it more in Docker's settings."
        ]
    if disk < DISK:
        problems += [f"The disk has {disk:.1f} GiB free, the cluster wants {DISK}: `docker system prune` frees some."]
    return problems


def _google_problems(target):
    problems = []
    if not output("gcloud", "auth", "list", "--filter", "status:ACTIVE", "--format", "value(account)"):
        problems += ["gcloud knows no account: run `gcloud auth login`."]
    if not target.project:
        problems += ["No project is chosen: run `gcloud config set project NAME`, or set GOOGLE_CLOUD_PROJECT."]
    if not target.zone:
        problems += ["No zone is chosen: run `gcloud config set compute/zone us-central1-a`, or set GOOGLE_CLOUD_ZONE."]
    return problems
