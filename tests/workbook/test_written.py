"""PromQL on series that are written down: what promtool answers, refuses and compares."""

import math

import pytest

from workbook import written

UP = {'up{job="a", pod="x"}': "1x40", 'up{job="a", pod="y"}': "0x40"}
RULES = "groups: [{name: one, rules: [{alert: Down, expr: up == 0, for: 30s}]}]"
TEST = """
tests:
- interval: 5s
  input_series: [{series: up, values: 0x40}]
  alert_rule_test: [{eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels: {}}]}]
"""


def test_an_answer_has_labels_and_values():
    rows = sorted(written.answer("up", UP), key=str)
    assert rows == [
        ({"__name__": "up", "job": "a", "pod": "x"}, 1.0),
        ({"__name__": "up", "job": "a", "pod": "y"}, 0.0),
    ]
    assert written.answer("up > 1", UP) == []
    assert math.isnan(written.answer("vector(0) / 0", UP)[0][1])
    assert written.answer('{job="a, {b}"}', {'up{job="a, {b}"}': "2x40"}) == [
        ({"__name__": "up", "job": "a, {b}"}, 2.0)
    ]


def test_rules_are_evaluated():
    firing = 'count(ALERTS{alertstate="firing"})'
    assert written.answer(firing, UP, "20s", RULES) == []
    assert written.answer(firing, UP, "40s", RULES) == [({}, 1.0)]
    counts = {'wine_rejected_requests_total{job="wine-model", namespace="wine", reason="malformed"}': "0+5x40"}
    recorded = written.answer("reason:wine_rejected_requests:rate1m", counts)
    assert [value for _, value in recorded] == [pytest.approx(1, rel=0.1)]


@pytest.mark.parametrize("query, why", [("sum(up", "unclosed"), ("up * on () up", "many-to-many")])
def test_what_prometheus_refuses_is_told(query, why):
    with pytest.raises(written.Refused, match=why):
        written.answer(query, UP)


def test_rules_that_do_not_parse_are_told():
    with pytest.raises(written.Refused, match="expression"):
        written.answer("up", UP, rules=RULES.replace("expr", "expression"))


def test_a_fault_is_in_labels_number_or_values():
    def fault(query):
        return written.fault(query, "sum by (job) (up)", UP, "wrong numbers")

    assert fault("sum by (job) (up)") is None
    assert fault('sum by (job, team) (label_replace(up, "team", "wine", "", ""))') is None
    assert fault("avg by (job) (up)") == "wrong numbers"
    assert "lacks the label job" in fault("sum(up)")
    assert "2 series" in fault("up")
    assert "answers nothing" in fault("up > 1")
    assert "could not answer" in fault("up >")


def test_tests_of_a_rule_pass_or_are_told():
    assert written.failures(TEST, RULES) is None
    assert "Down" in written.failures(TEST, RULES.replace("30s", "30m"))
    assert "YAML" in written.failures("- [", RULES)
