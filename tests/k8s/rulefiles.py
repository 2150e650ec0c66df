"""The rules as Prometheus reads them, and their unit tests as promtool runs them."""

import copy
import re
import subprocess

import yaml

from tests import ROOT

MONITORING = ROOT / "k8s/monitoring"
OBJECTS = {path.name: yaml.safe_load(path.read_text()) for path in sorted((MONITORING / "rules").glob("*.yaml"))}
GROUPS = [group for one in OBJECTS.values() for group in one["spec"]["groups"]]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDS = [rule for rule in RULES if "record" in rule]
UNIT_TESTS = {path.name: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "tests/k8s/rules").glob("*.yaml"))}
CASES = [case for one in UNIT_TESTS.values() for case in one["tests"]]
RECORDED = r"\b\w+:\w+:\w+"  # level:metric:operations
SELECTOR = re.compile(r"\b(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
COUNTED = re.compile(r"up|probe_success|.*_info|.*:psi_.*|.*:service_down:.*")  # and what no rule aggregates
DECOYS = ("0x500", "1x500", "0+977x500")  # nothing, something, and very much of it


def shown_value(alert):
    """What an alert's texts show of its value; all that is left of them here, because promtool compares every word."""
    return " ".join(re.findall(r"{{ \$value.*?}}", " ".join(alert["annotations"].values())))


def rule_file(one):
    """What is under `spec`, with `value` as the only text of each alert."""
    spec = copy.deepcopy(one["spec"])
    for rule in [rule for group in spec["groups"] for rule in group["rules"]]:
        if "alert" in rule:
            rule["annotations"] = {"value": shown_value(rule)}
    return spec


def pinned(files):
    """{metric: the labels that every selector of it in these rule files has a matcher for}."""
    labels = {}
    for rule in [rule for name in files for group in OBJECTS[name]["spec"]["groups"] for rule in group["rules"]]:
        for metric, matchers in SELECTOR.findall(rule["expr"]):
            names = {name for name, operator, _ in MATCHER.findall(matchers) if not operator.startswith("!")}
            labels[metric] = labels.get(metric, names) & names
    return labels


def idle(values):
    """As many samples as `values` has, at the same moments, all of them 0."""
    heads = [token.partition("x") for token in str(values).split()]
    return " ".join(f"{head if head in ('_', 'stale') else 0}{x}{times}" for head, x, times in heads)


def with_decoys(test, files):
    """The unit tests with strangers beside each series, which differ in one label that the rules ask for, and a twin.

    The twin is idle: sums and maxima are what they were, means and minima are not. Of what is counted there is none.
    """
    test, labels = copy.deepcopy(test), pinned(files)
    for case in test["tests"]:
        strangers = {}
        for one in case["input_series"]:
            metric, _, rest = one["series"].partition("{")
            given = {name: value for name, _, value in MATCHER.findall(rest)}
            if not COUNTED.fullmatch(metric):
                strangers[f'{one["series"].removesuffix("}")}, twin="idle"}}'] = idle(one["values"])
            for label in labels.get(metric, ()):
                for number, values in enumerate(DECOYS):
                    other = ", ".join(f'{n}="{v}"' for n, v in (given | {label: f"decoy-{number}"}).items())
                    strangers[f"{metric}{{{other}}}"] = values
        case["input_series"] += [{"series": series, "values": values} for series, values in strangers.items()]
    return test


def write_rules(folder, objects=OBJECTS):
    """Put rules where promtool finds them: beside the folder of their unit tests."""
    for name, one in objects.items():
        (folder / name).write_text(yaml.safe_dump(rule_file(one)))


def write_tests(folder):
    """Put the unit tests, with decoys, below the folder of the rules."""
    (folder / "rules").mkdir()
    for name, test in UNIT_TESTS.items():
        files = [path.removeprefix("../") for path in test["rule_files"]]
        (folder / "rules" / name).write_text(yaml.safe_dump(with_decoys(test, files), width=1000))


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
