"""The rules and alerts, with promtool's own unit tests, on the Prometheus in use and on the oldest supported."""

import copy
import re
import shutil
import subprocess

import pytest
import yaml

from tests import ROOT
from workbook import programs
from workbook.programs import ProgramUnavailable

MONITORING = ROOT / "k8s/monitoring"
OBJECTS = {path.name: yaml.safe_load(path.read_text()) for path in sorted((MONITORING / "rules").glob("*.yaml"))}
RULES = [rule for one in OBJECTS.values() for group in one["spec"]["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDS = {rule["record"] for rule in RULES if "record" in rule}
UNIT_TESTS = {path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "tests/k8s/rules").glob("*.yaml"))}
CASES = [case for one in UNIT_TESTS.values() for case in one["tests"]]
EXPRESSIONS = [expression for case in CASES for expression in case["promql_expr_test"]]


@pytest.fixture(scope="module", params=["the Prometheus in use", "the distribution's package"])
def promtool(request, tmp_path_factory):
    if request.param == "the Prometheus in use":
        return programs.find("promtool")
    try:
        return programs.fetch_package(programs.BY_PROGRAM["promtool"], tmp_path_factory.mktemp("package")) / "promtool"
    except ProgramUnavailable as refusal:
        pytest.skip(f"Rules were not tried on an older Prometheus: {refusal}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The rules as Prometheus reads them, without the object around them, and their unit tests in rules/.

    Of an alert's texts only what they show of its value is left, as `value`: promtool would compare every word.
    """
    folder = tmp_path_factory.mktemp("rules")
    for name, one in copy.deepcopy(OBJECTS).items():
        for group in one["spec"]["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    rule["annotations"] = {"value": shown_value(rule)}
        (folder / name).write_text(yaml.safe_dump(one["spec"]))
    shutil.copytree(ROOT / "tests/k8s/rules", folder / "rules")
    return folder


def shown_value(alert):
    return " ".join(re.findall(r"{{ \$value.*?}}", " ".join(alert["annotations"].values())))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_has_no_objection(promtool, tmp_path):
    for name, one in OBJECTS.items():
        (tmp_path / name).write_text(yaml.safe_dump(one["spec"]))
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *(tmp_path / name for name in OBJECTS))


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_rules_do_what_their_unit_tests_say(promtool, folder, name):
    run(promtool, "test", "rules", folder / "rules" / name)


@pytest.mark.parametrize("state", ["pending", "firing"])
def test_every_alert_is_seen_to_wait_and_to_fire(state):
    expected = [
        sample["labels"]
        for expression in EXPRESSIONS
        if f'alertstate="{state}"' in expression["expr"]
        for sample in expression["exp_samples"]
    ]
    assert set(re.findall(r'alertname="(\w+)"', " ".join(expected))) == ALERTS.keys()


def test_every_value_that_an_alert_shows_is_expected():
    expected = {one["alertname"] for case in CASES for one in case.get("alert_rule_test", [])}
    assert expected == {name for name, alert in ALERTS.items() if shown_value(alert)}


def test_every_record_has_an_expected_value():
    texts = [
        text
        for expression in EXPRESSIONS
        if expression["exp_samples"]
        for text in [expression["expr"], *(sample["labels"] for sample in expression["exp_samples"])]
    ]
    assert RECORDS - set(re.findall(r"wine:\w+:\w+", " ".join(texts))) == set()


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
