"""Rules and their tests in a cell, run by the real promtool."""

import pytest
import yaml

from promql import errors, promtool
from tests.promql.backfill import message
from workbook import programs

RULES = """groups:
- name: wine
  rules:
  - alert: Down
    expr: up == 0
    for: 2m
"""
TESTS = """tests:
- interval: 1m
  input_series:
  - {series: 'up{job="wine"}', values: "1 0 0 0 0"}
  alert_rule_test:
  - {eval_time: 2m, alertname: Down}
  - {eval_time: 3m, alertname: Down, exp_alerts: [{exp_labels: {job: wine}}]}
"""
RESOURCE = """
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: wine}
spec:
  groups:
  - name: wine
    rules:
    - {alert: Down, expr: up == 0, for: 2m}
"""


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.setenv("PROMTOOL", str(programs.find("promtool")))


def failure(text, rules=""):
    return message(errors.RulesFailed, promtool.passed, text, rules)


def test_an_alert_that_does_what_it_should():
    assert promtool.passed(f"{RULES}---\n{TESTS}") == "Passed: 1 test, 2 alert checks."
    assert promtool.passed(f"# tests first\n{TESTS}\n--- # and then\n{RULES}") == "Passed: 1 test, 2 alert checks."


def test_one_that_does_not():
    text = failure(f"{RULES.replace('2m', '5m')}---\n{TESTS}")
    assert text.startswith("promtool says:\n") and "alertname: Down, time: 3m," in text and "got:[]" in text
    assert "SUCCESS" not in text and "/tmp" not in text


def test_a_rule_that_is_none_is_told_by_its_line_in_the_cell():
    text = failure(f"{TESTS}---\n{RULES.replace('up == 0', 'up ==')}")
    line = f"{TESTS}---\n{RULES}".splitlines().index("    expr: up == 0") + 1
    assert f"rules1.yml: {line}:" in text and "parse error: unexpected end of input" in text


def test_rules_of_files(tmp_path):
    (tmp_path / "plain.yaml").write_text(RULES)
    (tmp_path / "resource.yaml").write_text(RESOURCE.replace("Down", "Gone"))
    both = TESTS + "  - {eval_time: 3m, alertname: Gone, exp_alerts: [{exp_labels: {job: wine}}]}\n"
    assert promtool.passed(both, str(tmp_path / "*.yaml")) == "Passed: 1 test, 3 alert checks."
    recorded = "groups: [{name: more, rules: [{record: 'job:up:sum', expr: sum by (job) (up)}]}]\n---\n"
    sample = "{labels: 'job:up:sum{job=\"wine\"}', value: 1}"
    check = f"  promql_expr_test:\n  - {{expr: job:up:sum, eval_time: 0, exp_samples: [{sample}]}}\n"
    found = promtool.passed(recorded + both + check, str(tmp_path / "*.yaml"))
    assert found == "Passed: 1 test, 3 alert checks and 1 expression check."


def test_rules_among_other_objects(tmp_path):
    """In a file of several documents, and in a List as kubectl gives it."""
    path = tmp_path / "rules.yaml"
    config = "kind: ConfigMap\ndata: {a: b}\n"
    path.write_text(f"{config}---\n{RESOURCE}---\n")
    assert promtool.passed(TESTS, str(path)) == "Passed: 1 test, 2 alert checks."
    items = [yaml.safe_load(one) for one in (config, RESOURCE)]
    path.write_text(yaml.safe_dump({"kind": "List", "items": items}))
    assert promtool.passed(TESTS, str(path)) == "Passed: 1 test, 2 alert checks."


@pytest.mark.parametrize(
    "text, told",
    [
        ("kind: ConfigMap\ndata: {a: b}", "has no rules: neither `groups` nor a PrometheusRule with `spec.groups`."),
        ("- groups", "has no rules"),
        ("", "has no rules"),
        ("groups: [", "is not YAML: "),
        ("\0", "is not YAML: "),
        (None, "cannot be read: Is a directory."),
    ],
)
def test_a_file_without_rules(tmp_path, text, told):
    """Though the cell has rules of its own, which pass."""
    path = tmp_path / "other.yml"
    path.write_text(text) if text is not None else path.mkdir()
    assert failure(f"{RULES}---\n{TESTS}", str(path)).startswith(f"{path} {told}")


def test_no_file_of_rules():
    assert failure(f"{RULES}---\n{TESTS}", "/nowhere/*.yml") == "There is no file /nowhere/*.yml."


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "0 documents of rules and 0 of tests are here. Write the rules (groups: ...), a line ---,"),
        (RULES, "1 documents of rules and 0 of tests are here."),
        (TESTS, "0 documents of rules and 1 of tests are here."),
        (RULES + TESTS, "Rules and tests stand in one document."),
        ("groups: [", "This is not YAML:"),
        ("up == 0", "'up == 0' is neither rules nor tests."),
    ],
)
def test_what_is_missing(text, told):
    assert failure(text).startswith(told)


def test_without_promtool(monkeypatch):
    monkeypatch.setenv("PROMTOOL", "/nowhere/promtool")
    assert "is not on PATH. Put it there, or name it: %env PROMTOOL=" in failure(f"{RULES}---\n{TESTS}")
