"""The rules and alerts, with promtool's own unit tests, on the Prometheus in use and on the oldest supported."""

import itertools
import re
import time

import nbformat
import pytest
import yaml

from promql import Prometheus
from tests import ROOT
from tests.k8s import rulefiles
from tests.k8s.rulefiles import ALERTS, CASES, GROUPS, MONITORING, OBJECTS, RECORDED, RECORDS, RULES, UNIT_TESTS
from tests.promql.backfill import answering
from workbook import monitoring, programs
from workbook.programs import ProgramUnavailable
from workbook.waiting import eventually

EXPRESSIONS = [expression for case in CASES for expression in case["promql_expr_test"]]
README = (MONITORING / "README.md").read_text()


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
    folder = tmp_path_factory.mktemp("rules")
    rulefiles.write_rules(folder)
    rulefiles.write_tests(folder)
    return folder


def test_promtool_has_no_objection(promtool, tmp_path):
    for name, one in OBJECTS.items():
        (tmp_path / name).write_text(yaml.safe_dump(one["spec"]))
    rulefiles.run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *(tmp_path / name for name in OBJECTS))


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_rules_do_what_their_unit_tests_say(promtool, folder, name):
    rulefiles.run(promtool, "test", "rules", folder / "rules" / name)


def seen(state):
    """The alerts that some unit test expects in this state."""
    samples = [(one["expr"], sample["labels"]) for one in EXPRESSIONS for sample in one["exp_samples"]]
    labels = " ".join(labels for expr, labels in samples if f'alertstate="{state}"' in expr + labels)
    return set(re.findall(r'alertname="(\w+)"', labels))


def test_every_alert_is_seen_to_fire_and_to_wait_where_it_waits():
    assert seen("firing") == ALERTS.keys()
    assert seen("pending") >= {name for name, alert in ALERTS.items() if "for" in alert}


def test_every_value_that_an_alert_shows_is_expected():
    expected = {one["alertname"] for case in CASES for one in case.get("alert_rule_test", [])}
    assert expected >= {name for name, alert in ALERTS.items() if rulefiles.shown_value(alert)}


def test_samples_are_texts():
    """0x48 without quotes is 72 to a YAML reader, and 49 zeros to promtool."""
    assert not [one for case in CASES for one in case["input_series"] if not isinstance(one["values"], str)]


def test_every_record_has_an_expected_value():
    texts = [
        text
        for expression in EXPRESSIONS
        if expression["exp_samples"]
        for text in [expression["expr"], *(sample["labels"] for sample in expression["exp_samples"])]
    ]
    assert {rule["record"] for rule in RECORDS} - set(re.findall(RECORDED, " ".join(texts))) == set()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_tells_a_person_what_to_do(name):
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"page", "ticket", "info", "none"}
    texts = alert["annotations"]
    assert texts["summary"] and re.search(
        r"(Fires|fires|resolves|arrive) (within |after )?\d+ (s|min)", texts["description"]
    )
    address, _, section = texts["runbook_url"].partition("#")
    runbook = (ROOT / address.split("/lab/tree/")[1]).read_text()
    assert runbook.count(f"\n## {section}\n") == 1 and section == name
    assert "**Means**" in (text := runbook.partition(f"\n## {section}\n")[2].partition("\n## ")[0])
    assert alert["labels"]["severity"] == "info" or "**Do**" in text


def test_the_runbook_has_no_section_without_an_alert():
    assert set(re.findall(r"\n## (\w+)\n", (MONITORING / "runbook.md").read_text())) == ALERTS.keys()


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: rule["record"])
def test_a_record_is_named_after_what_is_left_and_what_was_done(rule):
    """https://prometheus.io/docs/practices/rules/: level:metric:operations; the level is the labels that are left."""
    level, _, operations = rule["record"].split(":")
    kept = [re.split(r"[\s,]+", labels.strip()) for labels in re.findall(r"\bby \(([\w\s,]+)\)", rule["expr"])]
    for window in re.findall(r"rate(\d+\w)|increase(\d+\w)", operations):
        assert f"[{''.join(window)}]" in rule["expr"] or not re.search(r"\[\d+\w\]", rule["expr"])
    for labels in kept[:1]:
        besides = [label for label in labels if label not in ("namespace", "le")]
        assert level in ("_".join(besides) or "namespace", *rule.get("labels", {}))


def test_every_selector_names_its_job():
    selectors = [found for rule in RULES for found in rulefiles.SELECTOR.finditer(rule["expr"])]
    raw = [found for found in selectors if found.string[found.start() - 1] != ":"]
    assert len(raw) > 50 and [found[0] for found in raw if not re.search(r"\bjob=", found[2])] == []


def table(heading):
    """The table below a heading of the README: {name: its row's cells}."""
    text = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\| `.*", text, re.MULTILINE)]
    return {re.search(r"`(\S+)`", row[0])[1]: row for row in rows}


def on_a_cluster_only(rule):
    """Whether a rule needs what only a cluster has."""
    return bool(re.search(r"\b(kube|container|prometheus_operator)_", rule["expr"]))


def test_the_readmes_table_of_records_is_that_of_the_rules():
    rows = table("Recorded series")
    assert rows.keys() == {rule["record"] for rule in RECORDS}
    for rule in RECORDS:
        named = {one.strip() for one in rows[rule["record"]][1].split(",")} - {""}
        kept = re.findall(r"\bby \(([\w\s,]+)\)", rule["expr"])
        if kept and rule["record"] != "signal:service_down:bool":
            assert named == set(re.split(r"[\s,]+", kept[0].strip())) - {"namespace"}
        if "signal" not in rule["record"] and ":service_down" not in rule["record"]:
            assert ("(cluster)" in rows[rule["record"]][0]) == on_a_cluster_only(rule)


def test_the_readmes_table_of_alerts_is_that_of_the_rules():
    rows = table("Alerts")
    assert rows.keys() == ALERTS.keys()
    for name, row in rows.items():
        assert row[1] == ALERTS[name]["labels"]["severity"]
        assert ("(cluster)" in row[0]) == (on_a_cluster_only(ALERTS[name]) and name != "WineServiceDown")
        text = ALERTS[name]["annotations"]["description"].replace("minutes", "min").replace("minute", "min")
        for number, unit in re.findall(r"(\d+) (s|min)\b", " ".join(row[3:])):
            assert re.search(rf"\b{number}( {unit}| and \d+ {unit}|,? \d+)?\b", text), (name, number, unit)


OBJECTIVE = float(re.search(r"vector\(1 - (0\.\d+)\)", (MONITORING / "rules/slo.yaml").read_text())[1])


def test_the_objective_is_said_once():
    """One rule and one sentence: whoever changes the objective changes these and nothing else."""
    texts = {
        path: path.read_text() for path in (ROOT / "k8s").rglob("*") if path.suffix in {".yaml", ".yml", ".md", ".json"}
    }
    said = [
        (path.name, found)
        for path, text in texts.items()
        for found in re.findall(r"\b99(?:\.\d+)? ?%|1 - 0\.99\d*\b", text)
    ]
    assert sorted(said) == [("README.md", f"{100 * OBJECTIVE:g} %"), ("slo.yaml", f"1 - {OBJECTIVE:g}")]
    assert not [path for path, text in texts.items() if re.search(r"(> |\* |/ )0\.01\b", text)]
    assert not [path for path in (ROOT / "workbook").rglob("*.py") if "1 - 0.99" in path.read_text()]


BAD = 100 * (1 - OBJECTIVE)  # per cent that may be
FOLLOWING = {
    "k8s/monitoring/README.md": [f"one failure of two requests burns the budget {50 / BAD:.0f} times too fast"],
    "k8s/monitoring/runbook.md": [
        f"of the last 12 minutes, more than {0.933 * BAD:.3g} % were bad",
        f"more than {0.933 * BAD:.3g} % of those of the last 2 hours",
    ],
    "notebooks/04_monitor.ipynb": [
        f"{100 * OBJECTIVE:g}% of predictions are answered within 100 ms",
        f"The other {BAD:g}% is the **error budget**",
        f"has {13.44 * BAD:.4g}% bad requests",
        f"bad requests are more than {13.44 * BAD:.4g}% of those of the last 2 minutes",
        f"{13.44 * BAD:.4g}% / *s* of its 120 seconds",
    ],
}


@pytest.mark.parametrize("path, sentence", [(path, one) for path, several in FOLLOWING.items() for one in several])
def test_sentences_follow_the_objective(path, sentence):
    """What a changed objective makes false, in the words that are true then."""
    file = ROOT / path
    texts = [cell.source for cell in nbformat.read(file, 4).cells] if file.suffix == ".ipynb" else [file.read_text()]
    assert any(sentence in text.replace("\n", " ") for text in texts)


def test_burn_rates_are_those_of_the_objectives_days():
    days = int(re.search(r"error budget \| 1d \| (\d+)d", README)[1])
    rates = {}
    for share, hours in [(0.02, 1), (0.05, 6), (0.1, 72)]:
        rates[round(share * days * 24 / hours, 3)] = share
    text = " ".join(alert["expr"] for name, alert in ALERTS.items() if name.startswith("WineErrorBudget"))
    assert {float(rate) for rate in re.findall(r"> ([\d.]+) \* namespace:slo_error_budget:ratio", text)} == rates.keys()
    rows = re.findall(r"^\| (?:fast|slow|trickle) \| .* \| ([\d.]+) \| (\d+) % \|$", README, re.MULTILINE)
    assert {float(rate): int(share) / 100 for rate, share in rows} == rates


def test_what_is_counted_by_evaluations_has_a_fixed_interval():
    counted = re.compile(r"\d \* sum_over_time\(([\w:]+)[\[{]|sum_over_time\(([\w:]+)[\[{][^)]*\) >=")
    names = {name for rule in RULES for found in counted.findall(rule["expr"]) for name in found if name}
    groups = [group for group in GROUPS for rule in group["rules"] if rule.get("record") in names]
    assert names == {"namespace:slo_errors:rate30s", "namespace:service_down:bool", "signal:service_down:bool"}
    assert {group.get("interval") for group in groups} == {"5s"}


def test_probes_that_time_out_page_although_they_are_stored_late(tmp_path):
    """A real Prometheus: promtool cannot store a sample seconds after its own time."""
    turns = itertools.count()

    def probe(*_):
        if next(turns) % 2:
            time.sleep(3)
            return 200, b"probe_success 0\n"
        return 200, b"probe_success 1\n"

    with answering(by_request=probe, headers=[("Content-Type", "text/plain")]) as (url, _):
        where = {"targets": [url.removeprefix("http://")], "labels": {"namespace": "wine"}}
        job = {"job_name": "wine-probe", "scrape_interval": "5s", "scrape_timeout": "4s", "static_configs": [where]}
        config = {"global": {"evaluation_interval": "5s"}, "scrape_configs": [job]}
        config["rule_files"] = [monitoring.rule_files(tmp_path)]
        with monitoring.prometheus(tmp_path, config) as address:
            fires = 'count(ALERTS{alertname="WineServiceDown", alertstate="firing"}) or vector(0)'
            eventually(
                lambda: Prometheus(address).query(fires)["value"].item() > 0, within=90, quiet=True, what="the page"
            )
