"""The rules and alerts, with promtool's own unit tests, on the Prometheus in use and on the oldest supported."""

import re
import shutil
import subprocess

import pytest
import yaml

from tests.harness import ROOT
from workbook import prometheus_binary
from workbook.prometheus_binary import PrometheusUnavailable

MONITORING = ROOT / "k8s/monitoring"
UNIT_TESTS = sorted((ROOT / "tests/rules").glob("*.yaml"))
OBJECTS = {path.name: yaml.safe_load(path.read_text()) for path in sorted((MONITORING / "rules").glob("*.yaml"))}
RULES = [rule for one in OBJECTS.values() for group in one["spec"]["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}


@pytest.fixture(scope="module", params=["the Prometheus in use", "the distribution's package"])
def promtool(request, tmp_path_factory):
    if request.param == "the Prometheus in use":
        return prometheus_binary.find_promtool()
    try:
        return prometheus_binary.fetch_package(tmp_path_factory.mktemp("package")) / "promtool"
    except PrometheusUnavailable as refusal:
        pytest.skip(f"Rules were not tried on an older Prometheus: {refusal}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The rules as Prometheus reads them, without the object around them, and their unit tests in rules/."""
    folder = tmp_path_factory.mktemp("rules")
    for name, one in OBJECTS.items():
        (folder / name).write_text(yaml.safe_dump(one["spec"]))
    shutil.copytree(ROOT / "tests/rules", folder / "rules")
    return folder


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_has_no_objection(promtool, folder):
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *(folder / name for name in OBJECTS))


@pytest.mark.parametrize("name", [path.name for path in UNIT_TESTS])
def test_rules_do_what_their_unit_tests_say(promtool, folder, name):
    run(promtool, "test", "rules", folder / "rules" / name)


def test_every_alert_is_seen_to_fire():
    fired = set()
    for path in UNIT_TESTS:
        expected = [
            sample["labels"]
            for test in yaml.safe_load(path.read_text())["tests"]
            for expression in test["promql_expr_test"]
            if 'alertstate="firing"' in expression["expr"]
            for sample in expression["exp_samples"]
        ]
        fired |= set(re.findall(r'alertname="(\w+)"', " ".join(expected)))
    assert fired == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_tells_a_person_what_to_do(name):
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"page", "ticket", "info"}
    texts = alert["annotations"]
    assert texts["summary"] and re.search(
        r"(Fires|fires|resolves|Resolves) (within )?\d+ (s|minutes)", texts["description"]
    )
    address, _, section = texts["runbook_url"].partition("#")
    assert (ROOT / address.split("/lab/tree/")[1]).read_text().count(f"\n## {section}\n") == 1 and section == name


def test_the_readme_names_every_rule():
    text = (MONITORING / "README.md").read_text()
    assert {
        name for name in [rule.get("record") or rule["alert"] for rule in RULES] if f"`{name}`" not in text
    } == set()
