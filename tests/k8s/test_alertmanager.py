"""Who hears of what: Alertmanager's routes, and a real one that is told of outages."""

import shutil
import subprocess

import pytest

from tests import ROOT

CONFIG = ROOT / "k8s/monitoring/alertmanager.yml"


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
