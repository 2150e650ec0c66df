"""Solutions of the exercises of 04_monitor on rules that the reader writes."""

from tests.notebooks.solutions import Solution

REFUSED = """
alert: WineManyRefused
expr: >-
  sum(rate(flask_http_request_duration_seconds_count{url_rule="/predict", status=~"4.."}[1m]))
  / sum(rate(flask_http_request_duration_seconds_count{url_rule="/predict"}[1m])) > 0.5
for: 30s
labels: {severity: ticket}
annotations: {summary: More than half of the requests are refused}
"""
TESTS = """
tests:
- interval: 5s
  input_series:
  - {series: 'flask_http_request_duration_seconds_count{url_rule="/predict", status="400"}', values: 0+3x48 144x40}
  - {series: 'flask_http_request_duration_seconds_count{url_rule="/predict", status="200"}', values: 0+1x88}
  alert_rule_test:
  - {eval_time: 20s, alertname: WineManyRefused}
  - eval_time: 4m
    alertname: WineManyRefused
    exp_alerts:
    - exp_labels: {severity: ticket}
      exp_annotations: {summary: More than half of the requests are refused}
  - {eval_time: 6m, alertname: WineManyRefused}
"""
# The rule as it stands in a file, such as that of a %%promtool cell.
GROUP = "groups:\n- name: yours\n  rules:\n  - " + REFUSED.strip().replace("\n", "\n    ")

SOLUTIONS = {
    "4.8": Solution(
        shown=f'alert = """{REFUSED}"""',
        into="alert",
        why=(
            "Both sums are taken over pods and labels before they are divided, so one bad pod of two does not "
            "speak for both. Without traffic the answer is 0/0, NaN, which is not greater than any limit."
        ),
        right=REFUSED,
        others=[
            REFUSED.replace("sum(rate", "sum by (namespace) (rate").replace("[1m]", "[60s]"),
            f"- {REFUSED.strip()}".replace("\n", "\n  "),
            REFUSED.replace("rate(", "increase(").replace("> 0.5", "> 1 / 2"),
            REFUSED.replace("sum(rate", "100 * sum(rate", 1).replace("> 0.5", "> 50"),
        ],
        wrong=[
            REFUSED.replace("> 0.5", "> 0.9"),
            REFUSED.replace("> 0.5", "> 0.1"),
            REFUSED.replace("for: 30s\n", ""),
            REFUSED.replace("for: 30s", "for: 10m"),
            REFUSED.replace("sum(rate", "sum by (pod) (rate"),
            REFUSED.replace("severity: ticket", "team: wine"),
            REFUSED.replace("4..", "5.."),
            REFUSED.replace('{url_rule="/predict"}', ""),
            REFUSED.replace("rate(", "delta("),
            REFUSED.replace('{url_rule="/predict"}', '{url_rule="/predict", status=~"2.."}').replace("> 0.5", "> 1"),
            REFUSED.replace("4..", "[45].."),
            REFUSED.replace("4..", "400"),
            REFUSED.replace('url_rule="/predict", ', "").replace('{url_rule="/predict"}', ""),
            REFUSED.replace("WineManyRefused", "ManyRefused"),
            REFUSED.replace("annotations", "annotation"),
            f"groups: [{{name: a, rules: [{{{REFUSED}}}]}}]",
        ],
    ),
    "4.9": Solution(
        shown=f'test = """{TESTS}"""',
        into="test",
        why=(
            "Three of four requests are refused for four minutes, then none. Not yet, now, no more: at 20 s the alert "
            "may not fire, because of `for`; at 4 min it must; at 6 min it must have ended. Spoil the limit, leave "
            "`for` out or make it 20 minutes, and one of the moments notices."
        ),
        right=TESTS,
        others=[
            TESTS.replace("tests:", "evaluation_interval: 10s\ntests:"),
            f"---{TESTS}",
            TESTS.replace("tests:", "rule_files: [alert.yaml]\ntests:"),
            f"{GROUP}\n---{TESTS}",
            TESTS.replace("eval_time: 4m", "eval_time: 2m"),
            TESTS.replace(
                "- {eval_time: 20s, alertname: WineManyRefused}", "- {eval_time: 25s, alertname: WineManyRefused}"
            ),
        ],
        wrong=[
            TESTS.replace("eval_time: 20s", "eval_time: 0s"),
            TESTS.replace("0+3x48 144x40", "0+0x88"),
            TESTS.replace("severity: ticket", "severity: page"),
            TESTS[: TESTS.index("  - eval_time: 4m")],
            "tests: []",
        ],
        context=lambda request: {"alert": REFUSED.replace("> 0.5", "> 1 / 2")},
    ),
    "4.12": Solution(
        shown="answer = 'absent(up{job=\"cellar\"} == 1)'",
        why=(
            "The comparison keeps what is up. If nothing is left, because no target is up or because there is "
            "none, `absent` answers."
        ),
        right='absent(up{job="cellar"} == 1)',
        others=[
            "absent(up{job='cellar'} == 1)",
            'absent(up{job=~"cellar", namespace="wine"} != 0)',
            'sum(up{job="cellar"}) == 0 or absent(up{job="cellar"})',
            'vector(1) unless on () up{job="cellar"} == 1',
        ],
        wrong=[
            'up{job="cellar"} == 0',
            'absent(up{job="cellar"})',
            'absent(up{job="cellar"}) or up{job="cellar"} >= 0',
            'absent(up{job="cellar"}) or up{job="cellar"} == 0',
            'absent(up{job="cellar"}) or min_over_time(up{job="cellar"}[1m]) == 0',
            'absent(up{job="wine-model"} == 1)',
            'absent(up{job="cellar"}',
            "vector(1)",
        ],
    ),
}
