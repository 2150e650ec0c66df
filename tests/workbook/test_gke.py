"""Google Cloud without Google Cloud: gcloud's own parser, a stand-in that remembers, and kind's cluster behind it."""

import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests import ROOT
from workbook.targets.gke import Gke
from workbook.targets.google import ROLES

NOTEBOOK = "notebooks/03_deploy_gke.ipynb"
SURFACE = json.loads((ROOT / "tests/workbook/gcloud/surface.json").read_text())
GCLOUD = shutil.which("gcloud")

# Things of the same project that are not the workbook's, though their names resemble them, and must survive it.
FOREIGN = {
    "clusters": [{"name": "wine-shop", "location": "us-east1-b"}],
    "disks": [{"name": "pvc-2", "zone": "zones/us-central1-a", "labels.goog-k8s-cluster-name": "wine-shop"}],
    "forwarding-rules": [
        {
            "name": "a2",
            "region": "regions/us-central1",
            "description": '{"kubernetes.io/service-name":"shop-wine/web"}',
        }
    ],
    "repositories": [{"name": "projects/example-project/locations/us-central1/repositories/shop-wine"}],
    "buckets": [{"name": "example-project-wine-build-2"}],
    "addresses": [{"name": "wine-model-2"}],
    "networks": [{"name": "default"}, {"name": "wine-2"}],
    "billing": "True",
    "images": [],
    "budgets": [],
    "quotas": ["CPUS,24.0,2.0", "IN_USE_ADDRESSES,8.0,1.0", "DISKS_TOTAL_GB,4096.0,100.0"],
    "service-accounts": [{"name": "me@x", "email": "wine-nodes-2@example-project.iam.gserviceaccount.com"}],
    "bindings": [{"name": "b", "bindings.members": "user:reader@example.com", "bindings.role": "roles/owner"}],
    "services": [],
    "accounts": ["reader@example.com"],
}

# The cells of gcloud, as a reader on GKE would run them.
WALK = f"""
import nbformat
from workbook import doctor, shell, targets
here = targets.choose("gke")
doctor.examine(here)
here.claim()
for cell in nbformat.read("{NOTEBOOK}", 4).cells:
    if cell.source.startswith("%%on gke") and "gcloud" in cell.source:
        shell.run(cell.source.partition("\\n")[2].removeprefix("exit 0\\n"))
"""


def stand_in(folder):
    """A copy of the workbook in `folder`, and a PATH on which gcloud is the stand-in."""
    copy, state, path = folder / "workbook", folder / "state", folder / "bin"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "bench", "pictures"))
    state.mkdir()
    path.mkdir()
    (state / "state.json").write_text(json.dumps(FOREIGN))
    script = f'#!/bin/sh\nexec {sys.executable} -I -S {ROOT}/tests/workbook/gcloud/gcloud "$@"\n'
    (path / "gcloud").write_text(script)
    (path / "gke-gcloud-auth-plugin").write_text("#!/bin/sh\n")
    for tool in ("kubectl", "helm", "docker", "kind"):  # asked only where kind's cluster stands behind
        real = f'[ -n "$STAND_IN_CLUSTER" ] && exec {shutil.which(tool)} "$@"; true'
        (path / tool).write_text(f"#!/bin/sh\n{real}\n")
    for program in path.iterdir():
        program.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "CLOUDSDK_", "WORKBOOK_"))}
    environment |= {"PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": str(copy), "STAND_IN": str(state)}
    environment["WORKBOOK_TARGET"] = "gke"

    def run(*words):
        return subprocess.run([sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True)

    def execute(**variables):
        notebook = nbformat.read(copy / NOTEBOOK, as_version=4)
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": copy / "notebooks"}})
        return client.execute(env=environment | variables)

    def read(name):
        return json.loads((state / name).read_text())

    def fail(command, stderr, times=None):
        """Let commands that begin so fail, every time or so often."""
        (state / "failure.json").write_text(json.dumps({"command": command, "stderr": stderr, "times": times}))

    return SimpleNamespace(
        run=run,
        execute=execute,
        fail=fail,
        environment=environment,
        put=lambda **collections: (state / "state.json").write_text(json.dumps(FOREIGN | collections)),
        calls=lambda: [" ".join(words) for words in read("calls.json")],
        words=lambda: read("calls.json"),
        state=lambda: read("state.json"),
        folders=(state, copy / ".workbook"),
    )


@pytest.fixture
def google(tmp_path):
    return stand_in(tmp_path)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Google Cloud after the notebook's commands, once."""
    google = stand_in(tmp_path_factory.mktemp("walked"))
    walk = google.run("-c", WALK)
    assert walk.returncode == 0, walk.stdout + walk.stderr
    return google


@pytest.fixture
def built(walked, google):
    """The same, for a test to change."""
    for source, copy in zip(walked.folders, google.folders, strict=True):
        shutil.copytree(source, copy, dirs_exist_ok=True)
    return google


UNREMOVED = ("services", "images", "budgets", "accounts", "quotas", "billing")  # the images go with their repository


def ours(state):
    """What stands that did not stand before, as a set of names by collection."""
    new = {name: [item for item in state[name] if item not in FOREIGN[name]] for name in FOREIGN}
    return {name: {item["name"] for item in items} for name, items in new.items() if items and name not in UNREMOVED}


def test_the_commands_create_what_the_notebook_says(built):
    email = "wine-{}@example-project.iam.gserviceaccount.com"
    nodes, build = email.format("nodes"), email.format("build")
    assert ours(built.state()) == {
        "networks": {"wine"},
        "clusters": {"wine"},
        "disks": {"pvc-1"},
        "forwarding-rules": {"a1"},
        "repositories": {"projects/example-project/locations/us-central1/repositories/wine"},
        "buckets": {"example-project-wine-build"},
        "service-accounts": {nodes, build},
        "bindings": {
            f"serviceAccount:{nodes} roles/container.defaultNodeServiceAccount",
            f"serviceAccount:{nodes} roles/artifactregistry.reader",
            f"serviceAccount:{build} roles/cloudbuild.builds.builder",
        },
    }


def test_each_command_comes_after_what_it_needs(built):
    order = [
        "services enable",
        "iam service-accounts create",
        "projects add-iam-policy-binding",
        "compute networks create",
        "container clusters create",
    ]
    order += ["container clusters get-credentials", "artifacts repositories create", "storage buckets create"]
    order += ["builds submit", "artifacts docker tags add"]
    first = [next(n for n, call in enumerate(built.calls()) if call.startswith(command)) for command in order]
    assert first == sorted(first)


def test_the_cluster_is_small_and_cheap(built):
    create = next(call for call in built.calls() if call.startswith("container clusters create"))
    for flag in (
        "--spot",
        "--num-nodes 2",
        "--network wine",
        "--workload-pool example-project.svc.id.goog",
        "--release-channel regular",
        "--machine-type e2-standard-2",
        "--disk-size 30",
        "--location us-central1-a",
    ):
        assert flag in create
    assert "--no-enable-managed-prometheus" in create


def test_the_commands_can_run_twice(built):
    before = built.state()
    walk = built.run("-c", WALK)
    assert walk.returncode == 0, walk.stdout + walk.stderr
    assert built.state() | {"budgets": []} == before | {"budgets": []}  # the optional cell makes one more each time


def test_teardown_undoes_each_thing_and_nothing_else(built):
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 0 and down.stdout.endswith("Nothing is left of what the workbook created.\n"), down.stderr
    kept = ("services", "budgets")  # a budget belongs to the billing account, and costs nothing
    assert {name: items for name, items in built.state().items() if name not in kept} == {
        name: items for name, items in FOREIGN.items() if name not in kept
    }


def test_what_went_with_its_cluster_is_no_failure(built):
    """Google's controllers delete a disk with its claim; gcloud then finds none to delete."""
    built.fail("compute disks delete", "ERROR: (gcloud.compute.disks.delete) The resource 'pvc-1' was not found")
    state = built.state()
    built.put(**state | {"disks": [*FOREIGN["disks"]]})
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 0 and "not done" not in down.stdout, down.stdout + down.stderr


def test_what_may_not_be_listed_keeps_nothing_else_from_being_removed(built):
    """Without the right to see disks, say: the cluster costs more than they do."""
    refused = (
        "ERROR: (gcloud.compute.disks.list) Required 'compute.disks.list' permission for 'projects/example-project'"
    )
    built.fail("compute disks list", refused)
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 1 and refused in down.stderr and "Nothing is left" not in down.stdout
    assert ours(built.state()) == {"disks": {"pvc-1"}}
    again = built.run("-c", "from workbook import targets; targets.choose('gke').claim()")
    assert again.returncode == 1 and refused in again.stderr, "a claim that cannot see everything"


def test_a_load_balancer_that_may_be_another_clusters_survives(built):
    """Of a namespace of the same name, say: its description names no cluster."""
    state = built.state()
    state["clusters"].append({"name": "prod", "location": "us-central1-b"})
    built.put(**state)
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 1 and "gke: the load balancer a1 us-central1, removed by" in down.stderr
    assert ours(built.state()) == {"forwarding-rules": {"a1"}, "clusters": {"prod"}}


def test_teardown_names_what_is_left(built):
    built.fail("compute disks delete", "ERROR: The disk is in use by another machine.")
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 1 and "not done: gcloud compute disks delete" in down.stdout
    assert down.stderr.splitlines()[-1] == "gke disk pvc-1 us-central1-a", "nothing else is left"
    again = built.run("-c", "from workbook import teardown; print(teardown.leftovers())")
    assert "('gke', 'disk', 'pvc-1 us-central1-a')" in again.stdout, again.stderr


def test_roles_of_deleted_accounts_are_removed(built):
    """Google keeps them as deleted:serviceAccount:...?uid=... when the account goes before its roles."""
    state = built.state()
    for binding in state["bindings"]:
        if "wine-" in binding["bindings.members"]:
            member = f"deleted:{binding['bindings.members']}?uid=123456789012345678901"
            binding |= {"bindings.members": member, "name": f"{member} {binding['bindings.role']}"}
    state["service-accounts"] = [one for one in state["service-accounts"] if "wine-" not in one["email"]]
    built.put(**state)
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 0 and not ours(built.state()), down.stdout + down.stderr


def forget(built):
    """What `git clean` does to a copy."""
    return built.run("-c", "import shutil; from workbook import machine; shutil.rmtree(machine.STATE)")


def test_what_an_earlier_copy_made_is_told_and_left_alone(built):
    forget(built)
    before = built.state()
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 1 and "Nothing is left of what the workbook created" not in down.stdout
    for thing in ("cluster wine us-central1-a", "image registry wine us-central1", "service account wine-nodes@"):
        assert f"gke: the {thing}" in down.stderr
    assert "gcloud container clusters delete wine --location us-central1-a" in down.stderr
    assert built.state() == before


def test_another_cluster_of_that_name_survives(built):
    """In another zone of the project, with a disk and a load balancer of its own: made by somebody else."""
    theirs = {
        "clusters": {"name": "wine", "location": "europe-west1-b"},
        "disks": {"name": "pvc-9", "zone": "zones/europe-west1-b", "labels.goog-k8s-cluster-name": "wine"},
        "forwarding-rules": {
            "name": "a9",
            "region": "regions/europe-west1",
            "description": '{"kubernetes.io/service-name":"wine/wine-model"}',
        },
    }
    state = built.state()
    built.put(**state | {name: [*state[name], item] for name, item in theirs.items()})
    down = built.run("-m", "workbook", "down")
    assert down.returncode == 1 and "gke: the cluster wine europe-west1-b" in down.stderr
    left = built.state()
    assert {name: [item for item in left[name] if item not in FOREIGN[name]] for name in theirs} == {
        name: [item] for name, item in theirs.items()
    }


def test_teardown_before_any_api_was_enabled(google):
    google.run("-c", "from workbook import targets; targets.choose('gke').claim()")
    google.fail(".* list", "ERROR: Kubernetes Engine API has not been used in project 1 before or it is disabled.")
    down = google.run("-m", "workbook", "down")
    assert down.returncode == 0 and "Nothing is left" in down.stdout, down.stderr


@pytest.mark.parametrize(
    "collection, name",
    [("clusters", "wine"), ("repositories", "projects/example-project/locations/us-central1/repositories/wine")],
)
def test_what_somebody_else_made_is_refused(google, collection, name):
    """Teardown would delete it."""
    google.put(**{collection: [{"name": name, "location": "us-central1-a"}]})
    walk = google.run("-c", WALK)
    assert walk.returncode == 1 and "stands already: the" in walk.stderr and " wine us-central1" in walk.stderr
    assert not [call for call in google.calls() if " create " in call]


FAILURES = {
    "not logged in": (
        "services enable",
        "ERROR: (gcloud.services.enable) You do not currently have an active account selected.",
        "gcloud auth login",
    ),
    "billing off": (
        "services enable",
        "ERROR: (gcloud.services.enable) FAILED_PRECONDITION: Billing account for project '1' is not found.",
        "console.cloud.google.com/billing",
    ),
    "API just enabled": (
        "iam service-accounts list",
        "ERROR: (gcloud.iam.service-accounts.list) PERMISSION_DENIED: IAM API has not been used in project 1 before.",
        "has been on for less than a minute",
    ),
    "no quota": (
        "container clusters create",
        "ERROR: (gcloud.container.clusters.create) ResponseError: code=403, message=Insufficient regional quota.",
        "quotas",
    ),
    "no spot machines": (
        "container clusters create",
        "ERROR: (gcloud.container.clusters.create) ZONE_RESOURCE_POOL_EXHAUSTED: does not have enough resources",
        "SPOT=no",
    ),
    "deletion in progress": (
        "container clusters get-credentials",
        "ERROR: (gcloud.container.clusters.get-credentials) Cluster wine is currently being deleted: STOPPING.",
        "gcloud container operations list",
    ),
    "no builds here": (
        "builds submit",
        "ERROR: (gcloud.builds.submit) due to quota restrictions, cannot run builds in this region",
        "BUILD_REGION",
    ),
} | {
    f"no permission: {step}": (step, f"ERROR: PERMISSION_DENIED: Permission denied for {step}", "role")
    for step in (
        "services enable",
        "iam service-accounts create",
        "projects add-iam-policy-binding",
        "compute networks create",
        "container clusters create",
        "artifacts repositories create",
        "storage buckets create",
        "storage buckets update",
        "builds submit",
        "artifacts docker tags add",
    )
}

# Every failure, one after the other, each on what the runs before it have made.
WALK_INTO = (
    WALK.partition("for cell in")[0]
    + f"""
import json, os
from pathlib import Path
from workbook.shell import CommandFailed
failure = Path(os.environ["STAND_IN"]) / "failure.json"
cells = [cell.source.partition("\\n")[2] for cell in nbformat.read("{NOTEBOOK}", 4).cells
         if cell.source.startswith("%%on gke") and "gcloud" in cell.source]
told = {{}}
for name, (command, stderr, _) in {FAILURES!r}.items():
    (Path(os.environ["STAND_IN"]) / "state.json").write_text(json.dumps({FOREIGN!r}))
    failure.write_text(json.dumps({{"command": command, "stderr": stderr}}))
    try:
        for cell in cells:
            shell.run(cell, show=False)
    except CommandFailed as error:
        told[name] = str(error)
print(json.dumps(told))
"""
)


def test_a_failing_step_stops_there_and_says_what_to_do(google):
    run = google.run("-c", WALK_INTO)
    told = json.loads(run.stdout.splitlines()[-1])
    assert told.keys() == FAILURES.keys()
    for name, (_, stderr, remedy) in FAILURES.items():
        assert stderr in told[name] and remedy in told[name].partition("What to try:")[2], told[name]


def test_a_failing_command_stops_the_notebook(google):
    command, stderr, remedy = FAILURES["billing off"]
    google.fail(command, stderr)
    with pytest.raises(CellExecutionError) as stopped:
        google.execute()
    assert google.calls()[-1].startswith(command)
    assert stopped.value.ename == "CommandFailed"
    assert stderr in stopped.value.evalue and remedy in stopped.value.evalue.partition("What to try:")[2]


def test_a_grant_waits_for_an_account_that_was_just_made(google):
    unknown = "ERROR: INVALID_ARGUMENT: Service account wine-nodes@example-project.iam does not exist."
    google.fail("projects add-iam-policy-binding", unknown, times=1)
    walk = google.run("-c", WALK)
    assert walk.returncode == 0, walk.stdout + walk.stderr
    assert sum(call.startswith("projects add-iam-policy-binding") for call in google.calls()) == 4


def test_the_image_is_pinned_by_its_digest_and_never_built_twice(built):
    assert sum(call.startswith("builds submit") for call in built.calls()) == 1
    shown = subprocess.run(["kubectl", "kustomize", built.folders[1] / "gke"], capture_output=True, text=True).stdout
    assert "image: us-central1-docker.pkg.dev/example-project/wine/wine-model@sha256:0123456789abcdef" in shown
    assert "app.kubernetes.io/version: 1.0.0" in shown
    again = built.run("-c", WALK)
    assert again.returncode == 0, again.stderr
    assert sum(call.startswith("builds submit") for call in built.calls()) == 1


def test_spot_is_a_choice(google):
    google.environment["SPOT"] = "no"
    google.run("-c", WALK)
    (create,) = [call for call in google.calls() if call.startswith("container clusters create")]
    assert "--spot" not in create


DOCTOR = {
    "has no billing account. Link one": {"billing": "False"},
    "The quota of us-central1 has 2 CPUS left": {"quotas": ["CPUS,24.0,22.0"]},
}


@pytest.mark.parametrize("said", DOCTOR)
def test_doctor_reads_the_project_and_changes_nothing(google, said):
    google.put(**DOCTOR[said])
    doctor = google.run("-m", "workbook", "doctor", "gke")
    assert doctor.returncode == 1 and said in doctor.stdout, doctor.stdout + doctor.stderr
    assert not [call for call in google.calls() if re.search("create|enable|add-|delete", call)]


SILENT = {
    "The address could not be reached": "There was a problem refreshing your current auth tokens: "
    "HTTPSConnectionPool(host='x'): Max retries exceeded (NameResolutionError())\nPlease run:\n  $ gcloud auth login",
    "Log in with `gcloud auth login`": "There was a problem refreshing your current auth tokens: Reauthentication failed.",
    "Is that its ID, and": "You do not have permission to access projects instance [p] (or it may not exist)",
}


@pytest.mark.parametrize("said", SILENT)
def test_doctor_says_why_a_project_cannot_be_read(google, said):
    google.fail("projects describe", f"ERROR: (gcloud.projects.describe) {SILENT[said]}")
    doctor = google.run("-m", "workbook", "doctor", "gke")
    assert doctor.returncode == 1 and f"cannot read the project example-project. {said}" in doctor.stdout


def test_doctor_names_the_roles_that_are_missing(google):
    google.put(bindings=[{"name": "b", "bindings.members": "user:reader@example.com", "bindings.role": ROLES[0]}])
    doctor = google.run("-m", "workbook", "doctor", "gke")
    assert doctor.returncode == 0 and ROLES[0] not in doctor.stdout and all(role in doctor.stdout for role in ROLES[1:])


def test_the_notebook_names_every_role_that_the_doctor_looks_for():
    text = "".join(cell.source for cell in nbformat.read(ROOT / NOTEBOOK, 4).cells)
    assert [role for role in ROLES if role.removeprefix("roles/") not in text] == []


def test_nobody_logged_in_stops_before_anything_is_made(google):
    google.put(accounts=[])
    with pytest.raises(CellExecutionError) as stopped:
        google.execute()
    assert "gcloud auth login" in stopped.value.evalue
    assert not [call for call in google.calls() if " create " in call]


def path_and_flags(words):
    """The command of a line, as the surface knows it, and the names of its flags."""
    plain = [word for word in words if not word.startswith("-")]
    path = next(" ".join(plain[:n]) for n in range(len(plain), 0, -1) if " ".join(plain[:n]) in SURFACE["commands"])
    return path, {word for word in words if word.startswith("--")}


@pytest.fixture
def every_call(built):
    built.run("-m", "workbook", "down")
    return [list(words) for words in sorted({tuple(words) for words in built.words()})]


def test_every_command_and_flag_is_gclouds(every_call):
    """Against the part of gcloud's command tree that gcloud/surface.json keeps, for machines without gcloud."""
    for words in every_call:
        path, flags = path_and_flags(words)
        known = set(SURFACE["commands"][path])
        assert {flag for flag in flags if flag not in known and flag.replace("--no-", "--") not in known} == set(), path


# In gcloud's own Python code, which starts once: what it says to each command line.
PARSE = """
import contextlib, io, json, sys
sys.path[:0] = sys.argv[1:]
from googlecloudsdk import gcloud_main
from googlecloudsdk.core import log
gcloud, told = gcloud_main.CreateCLI([]), []
for words in json.load(sys.stdin):
    said = io.StringIO()
    log.Reset(stdout=io.StringIO(), stderr=said)
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        gcloud.Execute(words)
    told.append(said.getvalue())
print(json.dumps(told))
"""


def in_gcloud(script, question, environment=None):
    """Run a script in gcloud's own Python code; it reads and prints JSON."""
    root = subprocess.run([GCLOUD, "info", "--format", "value(installation.sdk_root)"], capture_output=True, text=True)
    lib = f"{root.stdout.strip()}/lib"
    command = [sys.executable, "-W", "ignore", "-c", script, lib, f"{lib}/third_party"]
    run = subprocess.run(command, input=json.dumps(question), env=environment, capture_output=True, text=True)
    return json.loads(run.stdout)


@pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed: only its recorded command tree was checked")
def test_gcloud_itself_accepts_every_command_line(every_call, tmp_path):
    """The installed gcloud parses each line, values included, and stops only because it knows no account."""
    environment = os.environ | Gke("example-project", "us-central1-a").variables()
    environment["CLOUDSDK_CONFIG"] = str(tmp_path)  # where nobody is logged in
    remote = [words for words in every_call if words[0] not in ("auth", "config", "version")]
    told = in_gcloud(PARSE, remote, environment)
    stopped = re.compile("active account|NoActiveAccount")
    refused = [(words, said) for words, said in zip(remote, told) if not stopped.search(said)]
    assert refused == []


# In gcloud's own Python code: whether each filter lets each of its items through.
FILTER = """
import json, sys
sys.path[:0] = sys.argv[1:]
from googlecloudsdk.core.resource import resource_filter
print(json.dumps([[resource_filter.Compile(f).Evaluate(item) for item in items] for f, items in json.load(sys.stdin)]))
"""


def nested(item):
    """An item as gcloud sees it: `labels.key` is the key of a dict."""
    whole = {}
    for key, value in item.items():
        outer, _, inner = key.partition(".")
        whole[outer] = whole.get(outer, {}) | {inner: value} if inner else value
    return whole


@pytest.mark.skipif(
    GCLOUD is None, reason="gcloud is not installed: how it reads the teardown's filters was not tested"
)
def test_gcloud_itself_finds_what_the_workbook_made_and_nothing_else(built):
    state = built.state()
    built.run("-c", "from workbook import teardown; teardown.leftovers()")
    listings = [words for words in built.words() if "--filter" in words and words[0] != "auth"]
    filters = {words[words.index("list") - 1] if "list" in words else "bindings": words for words in listings}
    cases = [(words[words.index("--filter") + 1], state[name]) for name, words in filters.items()]
    assert filters.keys() == {*ours(state), "addresses"}  # an address comes with the gateway, which is off by default
    passes = in_gcloud(FILTER, [(one, [nested(item) for item in items]) for one, items in cases])
    found = zip(filters, cases, passes, strict=True)
    found = {name: {item["name"] for item, let in zip(items, passed) if let} for name, (_, items), passed in found}
    assert {name: items for name, items in found.items() if items} == ours(state)


def checkpoints(notebook):
    text = "".join(o.get("text", "") for c in notebook.cells if c.cell_type == "code" for o in c.outputs)
    return re.findall("Checkpoint: .*", text)


@pytest.fixture
def behind(on_kind):
    """kind's cluster of notebook 03, to stand behind the stand-in; afterwards it is as notebook 03 left it."""
    yield
    apply = ["kubectl", "apply", "--server-side", "--force-conflicts", "-k", "k8s/overlays/kind"]
    wait = ["kubectl", "-n", "wine", "rollout", "status", "deployment/wine-model", "--timeout", "180s"]
    for command in (apply, wait):
        subprocess.run(command, cwd=ROOT, env=os.environ | on_kind.variables(), check=True, stdout=subprocess.DEVNULL)
    tags = [f"us-central1-docker.pkg.dev/example-project/wine/wine-model:{tag}" for tag in ("1.0.0", "1.0.1")]
    subprocess.run(["docker", "image", "rm", *tags], capture_output=True)


@pytest.mark.soak
@pytest.mark.order(3)
@pytest.mark.timeout(900)
def test_the_notebook_runs_as_on_gke(behind, google):
    """Every cell, with gcloud's stand-in and kind's cluster: the same checkpoints as on kind, in Google's order."""
    executed = google.execute(STAND_IN_CLUSTER="1")
    assert checkpoints(executed) == checkpoints(nbformat.read(ROOT / NOTEBOOK, as_version=4)) != []
    changes = [
        " ".join(words[:3])
        for words in google.words()
        if not {"list", "get", "get-iam-policy", "describe", "version"} & set(words)
    ]
    assert changes == [
        "services enable container.googleapis.com",
        "iam service-accounts create",
        "iam service-accounts create",
        "projects add-iam-policy-binding example-project",
        "projects add-iam-policy-binding example-project",
        "projects add-iam-policy-binding example-project",
        "compute networks create",
        "container clusters create",
        "container clusters get-credentials",
        "artifacts repositories create",
        "storage buckets create",
        "storage buckets update",
        "builds submit service",
        "artifacts docker tags",
    ]
