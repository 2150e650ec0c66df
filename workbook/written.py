"""What PromQL answers on series that are written down: promtool evaluates it, so no server is asked.

The series are in the notation of its unit tests: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from promql import promtool
from workbook import monitoring, programs

SAMPLE = re.compile(r'[\w:]*\{((?:[^"}]|"[^"]*")*)\} (\S+)(?:,|$)')
LABEL = re.compile(r'(\w+)="([^"]*)"')


class Refused(ValueError):
    """Prometheus does not understand the query, or cannot compute it; the text is its reason."""


def program():
    """The path of promtool; the library's %%promtool finds it by the same variable."""
    if "PROMTOOL" not in os.environ:
        os.environ["PROMTOOL"] = str(programs.find("promtool"))
    return os.environ["PROMTOOL"]


def run(path):
    """What promtool says of a file of tests."""
    told = subprocess.run([program(), "test", "rules", path], capture_output=True, text=True)
    return told.stdout + told.stderr


def answer(query, series, at="3m", rules=""):
    """What an instant query answers at that time: a list of (labels, value).

    `series` maps a series to its samples, 5 s apart. `rules`, a rule file's text, or else our own are evaluated on
    them. Raises Refused.
    """
    asked = {"expr": query, "eval_time": at, "exp_samples": [{"labels": "{written='never'}", "value": 0}]}
    given = [{"series": name, "values": samples} for name, samples in series.items()]
    test = {"interval": "5s", "input_series": given, "promql_expr_test": [asked]}
    with tempfile.TemporaryDirectory() as folder:
        path, own = Path(folder) / "test.json", Path(folder) / "rules.yaml"
        own.write_text(rules)
        known = (
            str(own) if rules else monitoring.rule_files(Path(folder)) if ":" in query else None
        )  # ours take a while
        path.write_text(
            json.dumps({"rule_files": [known] if known else [], "evaluation_interval": "5s", "tests": [test]})
        )
        told = run(path)
    if refusal := re.search(r"(?:err: (?:\d+:\d+: )?|\.yaml: (?:yaml: )?)(.+(?:\n  .+)*)", told):
        raise Refused(refusal[1].strip())
    got = told.partition("got:")[2].strip()
    return [(dict(LABEL.findall(labels)), float(value)) for labels, value in SAMPLE.findall(got)]


def failures(tests, rules):
    """What promtool says of its tests, a text, on the text of a rule file; None if they pass.

    Rules are evaluated every 5 s, unless the tests say otherwise.
    """
    documents = re.split(r"(?m)^---\s*$", tests)
    tests = next((one for one in documents if re.search("(?m)^tests:", one)), tests)
    tests = re.sub(r"(?m)^rule_files:.*\n(?:[ -].*\n)*", "", tests)  # the rule is ours, or the reader's own
    every = "" if "evaluation_interval" in tests else "evaluation_interval: 5s\n"
    program()
    try:
        promtool.passed(f"{rules}\n---\n{every}{tests}")
    except promtool.RulesFailed as refusal:
        return str(refusal)


def fault(query, right, series, otherwise, at="3m", tolerance=1e-6):
    """What is wrong with a query that should answer as `right` does on these series; None if it does.

    Labels beyond those of `right` do no harm, as long as they part no series. `otherwise` is said where labels are
    right and numbers are not.
    """
    try:
        found = answer(query, series, at)
    except Refused as refusal:
        return f"Prometheus could not answer it: {refusal}"
    expected = answer(right, series, at)
    names = sorted(expected[0][0])
    if not found:
        return "It answers nothing. Do names and labels exist, and does every comparison let something through?"
    if missing := [name for name in names if not all(name in labels for labels, _ in found)]:
        return f"Its answer lacks the label {' and '.join(missing)}."
    if len(found) != len(expected):
        each = " and ".join(names)
        return f"It answers {len(found)} series, where {len(expected)} are wanted: one for each {each}, over all pods."
    told, wanted = (
        {tuple(labels[name] for name in names): value for labels, value in rows} for rows in (found, expected)
    )
    same = told.keys() == wanted.keys() and all(np.isclose(told[key], wanted[key], rtol=tolerance) for key in wanted)
    return None if same else otherwise
