"""The load: its data, its classes and its two ways of pacing, against the real service."""

import ast
import csv
import json
import re
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sklearn.datasets import load_wine

from tests import ROOT
from workbook import locust
from workbook.processes import free_ports
from workbook.stack import LocalStack
from workbook.waiting import eventually

IMAGE = "locustio/locust:2.47.0"
no_image = (
    sys.platform != "linux"
    or shutil.which("docker") is None
    or subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True).returncode != 0
)
LOCUST = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py"]


@pytest.fixture(scope="module")
def stack():
    with LocalStack() as stack:
        yield stack


def total(report, column):
    return sum(entry[column] for entry in report)


def counted(stack, metric, *labels):
    """A counter's values by these labels, as the service shows them now."""
    families = text_string_to_metric_families(requests.get(stack.metrics_url).text)
    samples = next(family.samples for family in families if family.name == metric)
    return pd.Series({tuple(one.labels[label] for label in labels): one.value for one in samples})


def bins(stack):
    """Values that the service has counted in each (feature, bin)."""
    return counted(stack, "wine_feature_bin", "feature", "bin")


def test_the_data_is_load_wine():
    with (ROOT / "loadtest/wine.csv").open() as table:
        rows = [[float(value) for value in row.values()] for row in csv.DictReader(table)]
    assert rows == load_wine().data.tolist()


@pytest.mark.skipif(no_image, reason=f"{IMAGE} is not here (docker pull it) or Docker does not answer")
def test_the_unchanged_container_image_runs_it(stack):
    run = ["docker", "run", "--rm", "--network", "host", "--volume", f"{ROOT}/loadtest:/mnt/locust:ro", IMAGE]
    options = ["-f", "/mnt/locust/locustfile.py", "--headless", "--only-summary", "-u", "3", "-t", "3s"]
    locust = subprocess.run([*run, *options, "--host", stack.service_url], capture_output=True, text=True)
    assert locust.returncode == 0 and "POST" in locust.stdout + locust.stderr, locust.stderr


def test_the_locustfile_imports_nothing_that_the_image_lacks():
    tree = ast.parse((ROOT / "loadtest/locustfile.py").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.partition(".")[0] for module in modules} <= {*sys.stdlib_module_names, "gevent", "locust"}


def test_every_bad_request_gets_the_refusal_that_it_expects(stack):
    report = stack.load(users=3, seconds=8, classes=["BadUser"])  # for whom a thread is always free
    assert total(report, "num_requests") > 0 and total(report, "num_failures") == 0
    lines = sorted((entry["method"], entry["name"]) for entry in report)
    assert lines == [("GET", "/predict"), ("GET", "unknown path"), ("POST", "/predict")]


def test_a_wrong_refusal_is_a_failure(stack):
    command = [*LOCUST, "--headless", "--only-summary", "-u", "1", "-t", "2s", "BadUser", "--host"]
    run = subprocess.run([*command, f"{stack.service_url}/elsewhere"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and "expected 400, got 404" in run.stderr


SENT = """
import itertools, json, random, sys
from loadtest import locustfile
user = object.__new__(getattr(locustfile, sys.argv[1]))  # without a Locust around it
user.others = itertools.cycle(random.sample(range(len(locustfile.WINES)), len(locustfile.WINES)))
print(json.dumps([user.measured(wine) for wine in locustfile.WINES]))
"""


def sent(stack, users):
    """Send what users of a class send, each wine once; returns these wines."""
    told = subprocess.run([sys.executable, "-c", SENT, users], cwd=ROOT, capture_output=True, text=True, check=True)
    wines = json.loads(told.stdout)
    requests.post(f"{stack.service_url}/predict", json={"samples": wines}, timeout=30).raise_for_status()
    return pd.DataFrame(wines)


def test_drifting_wines_leave_their_bins_and_good_ones_do_not(stack):
    def shares(users):
        before = bins(stack)
        sent(stack, users)
        counts = bins(stack) - before
        return counts / counts.groupby(level=0).transform("sum")

    good, drifting = shares("WineUser"), shares("DriftingUser")
    for feature in ("alcohol", "color_intensity", "proline"):
        assert drifting[feature]["4"] > good[feature]["4"] + 0.2
    assert drifting["ash"]["4"] == good["ash"]["4"]


def test_shuffled_wines_keep_every_value_and_no_longer_go_together(stack):
    before = counted(stack, "wine_joint_drift_bin", "bin")
    wines, shuffled = load_wine(as_frame=True).data, sent(stack, "ShuffledUser")
    for ours, theirs in zip(wines, shuffled, strict=True):
        assert sorted(wines[ours]) == sorted(shuffled[theirs])
    joint = counted(stack, "wine_joint_drift_bin", "bin") - before
    assert joint["4"] > 0.3 * joint.sum(), "a fifth of the training data is in each bin"


@pytest.fixture
def quick(tmp_path):
    """The locustfile, but for a laboratory that knows after a second."""
    path = tmp_path / "locustfile.py"
    source = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom loadtest import locustfile\nlocustfile.DELAY = 1\n"
    path.write_text(f"{source}from loadtest.locustfile import DriftingUser, Laboratory, WineUser\n")
    return path


def test_the_laboratory_says_late_what_a_share_of_the_wines_was(stack, quick):
    answers, labels = (
        counted(stack, "wine_predictions", "cultivar").sum(),
        counted(stack, "wine_labels", "outcome").sum(),
    )
    command = [sys.executable, "-m", "locust", "-f", quick, "--headless", "--only-summary", "-u", "7", "-r", "7"]
    command += ["WineUser", "Laboratory"]
    run = subprocess.run([*command, "-t", "8s", "--host", stack.service_url], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    outcomes = counted(stack, "wine_labels", "outcome")
    sent = counted(stack, "wine_predictions", "cultivar").sum() - answers
    assert 0.1 * sent < outcomes.sum() - labels < 0.4 * sent
    assert outcomes["wrong"] == 0 and outcomes["unknown"] < 0.2 * outcomes["right"]


def test_the_log_joined_with_the_laboratorys_table_counts_what_the_service_counted(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(locust, "COMMAND", (sys.executable, "-m", "locust", "-f", quick))
    with LocalStack(log_share=1) as stack, locust.page(stack.service_url, tmp_path / "page.log") as url:
        users = locust.Locust(url)
        users.swarm(6, "DriftingUser", "Laboratory", minutes=1)
        eventually(lambda: len(users.labels()) > 100, 60, "a hundred labels")
        users.stop()
        lines = [line for line in (stack.logs / "service.log").read_text().splitlines() if '"prediction"' in line]
        log, labels = pd.json_normalize([json.loads(line) for line in lines]), users.labels()
        outcomes = counted(stack, "wine_labels", "outcome")
        users.swarm(1, "BadUser", minutes=1)  # the next test begins without labels
        assert users.labels().empty
    joined = log.merge(labels, left_on="prediction", right_on="id", suffixes=("", " in truth"))
    assert len(joined) == len(labels) == outcomes.sum(), "every label finds its line"
    told = joined.dropna(subset=["cultivar in truth"])
    assert (told["cultivar"] == told["cultivar in truth"]).sum() == outcomes["right"]
    assert len(joined) - len(told) == outcomes["unknown"]


def test_notebook_4_shifts_the_same_wines():
    def literal(source, name):
        assigned = re.search(rf"^{name} = (\{{.*\}})$", source, re.MULTILINE)[1]
        return ast.literal_eval(assigned)

    cells = nbformat.read(ROOT / "notebooks/04_monitor.ipynb", as_version=4).cells
    notebook = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert literal(notebook, "shifts") == literal((ROOT / "loadtest/locustfile.py").read_text(), "DRIFT")


def test_an_open_loop_keeps_its_rate_when_the_service_is_slow(stack):
    stack.release("slow")
    try:
        closed = total(stack.load(users=2, seconds=4, classes=["WineUser"]), "num_requests")
        opened = total(stack.load(users=2, seconds=4, classes=["WineUser"], open_loop=20), "num_requests")
    finally:
        stack.release()
    assert 2 * closed < opened < 210  # two users for 4 s: 160 are due, less what the start takes


def test_the_web_ui_starts_the_classes_and_the_rate_that_are_picked(stack):
    (port,) = free_ports(1)
    ui, options = f"http://127.0.0.1:{port}", ["--class-picker", "--web-host", "127.0.0.1", "--web-port", str(port)]
    process = subprocess.Popen([*LOCUST, *options, "--host", stack.service_url], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        form = {"user_count": 2, "spawn_rate": 2, "user_classes": ["BadUser"], "open_loop": 20}
        assert eventually(lambda: requests.post(f"{ui}/swarm", data=form), within=60, what="Locust's web UI").json()[
            "success"
        ]
        names = eventually(
            lambda: three_lines(requests.get(f"{ui}/stats/requests").json()), what="all kinds of bad request"
        )
        assert names == {"/predict", "unknown path", "Aggregated"}
    finally:
        process.terminate()
        assert process.wait(60) == 0


def three_lines(report):
    names = [entry["name"] for entry in report["stats"]]
    return set(names) if len(names) == 4 else None
