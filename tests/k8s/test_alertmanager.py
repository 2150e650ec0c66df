"""Who hears of what: Alertmanager's routes, and a real one that is told of outages."""

import shutil
import subprocess

import pytest
import requests

from tests import ROOT
from tests.k8s.rulefiles import ALERTS
from workbook import monitoring, programs
from workbook.processes import free_ports
from workbook.programs import ProgramUnavailable
from workbook.waiting import eventually

CONFIG = ROOT / "k8s/monitoring/alertmanager.yml"
CRASHING = {"alertname": "KubePodCrashLooping", "severity": "warning"}


@pytest.mark.parametrize(
    "alert,receiver",
    [
        ("severity=page", "pager"),
        ("severity=critical", "pager"),
        ("severity=ticket", "tickets"),
        ("severity=warning", "tickets"),
        ("severity=info", "chat"),
        ("alertname=Watchdog severity=none", "deadman"),
    ],
)
def test_each_severity_has_its_receiver(alert, receiver):
    if not shutil.which("amtool"):
        pytest.skip("Alertmanager's routes were not tried: there is no amtool on PATH.")
    command = ["amtool", "config", "routes", "test", "--config.file", CONFIG, *alert.split()]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == receiver


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    """The address of a real one with our file."""
    try:
        programs.find("alertmanager")
    except ProgramUnavailable as refusal:
        pytest.skip(f"Nobody was muted: {refusal}")
    folder = tmp_path_factory.mktemp("alertmanager")
    with monitoring.alertmanager(folder, CONFIG, folder / "log", *free_ports(1)) as address:
        yield address


def ours(*names, namespace):
    return [{"alertname": name} | ALERTS[name]["labels"] | {"namespace": namespace} for name in names]


def told(address, namespace, *alerts):
    """Tell of all at once; the names of those that are not muted, once somebody is."""
    sent = [{"labels": {"namespace": namespace} | labels} for labels in alerts]
    requests.post(f"{address}/api/v2/alerts", json=sent, timeout=10).raise_for_status()

    def known():
        every = requests.get(f"{address}/api/v2/alerts", timeout=10).json()
        here = [one for one in every if one["labels"]["namespace"] == namespace]
        return here if any(one["status"]["inhibitedBy"] for one in here) else []

    return {
        one["labels"]["alertname"]
        for one in eventually(known, 10, "the muted ones")
        if not one["status"]["inhibitedBy"]
    }


def test_while_the_service_is_down_nothing_else_is_told_of_it(alertmanager):
    others = ALERTS.keys() - {"Watchdog", "WineServiceDown"}
    every = ours("WineServiceDown", *others, namespace="down")
    assert told(alertmanager, "down", *every, CRASHING) == {"WineServiceDown"}


def test_whoever_is_woken_by_the_budget_needs_no_ticket_about_it(alertmanager):
    every = ours(*ALERTS.keys() - {"Watchdog", "WineServiceDown"}, namespace="burning")
    about_it = {one["alertname"] for one in every if one.get("slo") == "predict" and one["severity"] == "ticket"}
    assert about_it == {"WineErrorBudgetBurnTrickle", "WineProbeFails", "WineProbeSlow"}
    assert told(alertmanager, "burning", *every) == {one["alertname"] for one in every} - about_it


def test_of_a_pair_of_the_charts_alerts_the_worse_is_told(alertmanager):
    pair = [{"alertname": "AlertmanagerClusterFailedToSendAlerts", "severity": one} for one in ("critical", "warning")]
    assert told(alertmanager, "pair", *pair, CRASHING) == {
        "AlertmanagerClusterFailedToSendAlerts",
        "KubePodCrashLooping",
    }


def test_an_outage_of_one_namespace_mutes_no_other(alertmanager):
    elsewhere = ours("WineErrorBudgetBurn", "WineErrorBudgetBurnTrickle", namespace="elsewhere")
    assert told(alertmanager, "elsewhere", *ours("WineServiceDown", namespace="down"), *elsewhere) == {
        "WineErrorBudgetBurn"
    }
