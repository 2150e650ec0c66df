"""The dead man's switch, with a real Alertmanager that sends it proofs of life, and one that is killed."""

import subprocess

import pytest
import requests
import yaml

from workbook import deadman, monitoring, programs
from workbook.deadman import DeadMansSwitch, Message
from workbook.processes import Process, free_ports
from workbook.waiting import eventually

WATCHDOG = {"labels": {"alertname": "Watchdog", "severity": "none"}}
PAGE = {"labels": {"alertname": "WineServiceDown", "severity": "page", "namespace": "wine"}}


@pytest.fixture
def alarms():
    return []


@pytest.fixture
def switch(alarms):
    with DeadMansSwitch(patience=5, alarm=alarms.append) as switch:
        yield switch


@pytest.fixture
def alertmanager(switch, tmp_path):
    """A real Alertmanager with our routes, those of the Watchdog hurried; returns (process, url)."""
    config = yaml.safe_load(deadman.addressed(monitoring.ALERTMANAGER.read_text(), switch.url))
    watchdog = next(route for route in config["route"]["routes"] if route["receiver"] == "deadman")
    watchdog.update(group_interval="1s", repeat_interval="1s")
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config))
    (port,) = free_ports(1)
    command = [programs.find("alertmanager"), f"--config.file={tmp_path}/alertmanager.yml", "--cluster.listen-address="]
    command += [f"--storage.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"]
    with Process("Alertmanager", command, tmp_path / "log") as process:
        url = f"http://127.0.0.1:{port}"
        process.until_answers(f"{url}/-/ready")
        yield process, url


def tell(url, *alerts):
    requests.post(f"{url}/api/v2/alerts", json=alerts, timeout=10).raise_for_status()


def test_it_is_quiet_while_the_watchdog_comes_and_raises_the_alarm_when_alertmanager_is_gone(
    switch, alarms, alertmanager
):
    process, url = alertmanager
    tell(url, WATCHDOG)
    eventually(lambda: switch.heartbeats >= 2 and not switch.alarmed, 60, "two proofs of life", quiet=True)
    alarms.clear()  # of a start that took longer than the patience
    with pytest.raises(TimeoutError):
        eventually(lambda: alarms, 2 * switch.patience, "an alarm that must not come", quiet=True)
    process.end()
    eventually(lambda: switch.alarmed, 60, "the alarm", quiet=True)
    assert len(alarms) == 1 and "nobody will be woken" in alarms[0]


def test_it_raises_the_alarm_when_the_watchdog_resolves_although_alertmanager_lives(switch, alarms, alertmanager):
    _, url = alertmanager
    tell(url, WATCHDOG)
    eventually(lambda: switch.heartbeats >= 2 and not switch.alarmed, 60, "two proofs of life", quiet=True)
    alarms.clear()  # of a start that took longer than the patience
    tell(url, WATCHDOG | {"endsAt": "2020-01-01T00:00:00Z", "startsAt": "2019-01-01T00:00:00Z"})
    eventually(lambda: alarms, 60, "the alarm", quiet=True)
    tell(url, WATCHDOG)
    eventually(lambda: len(alarms) == 2, 60, "its return", quiet=True)
    assert alarms[1] == "The Watchdog is back." and not switch.alarmed


def test_pages_arrive_beside_the_watchdog(switch, alertmanager):
    _, url = alertmanager
    tell(url, PAGE, {"labels": {"alertname": "WineNoTraffic", "severity": "info", "namespace": "other"}})
    eventually(lambda: switch.messages, 60, "the page", quiet=True)
    assert switch.messages == [Message("pager", "firing", ("WineServiceDown",))]


def test_who_never_sent_a_watchdog_is_missed_as_well(alarms):
    with DeadMansSwitch(patience=0.2, alarm=alarms.append) as switch:
        eventually(lambda: switch.alarmed, 30, "the alarm", quiet=True)


def test_an_addressed_configuration_is_one_that_alertmanager_takes(tmp_path):
    text = deadman.addressed(monitoring.ALERTMANAGER.read_text(), "http://127.0.0.1:9/")
    (tmp_path / "alertmanager.yml").write_text(text)
    subprocess.run([programs.find("amtool"), "check-config", tmp_path / "alertmanager.yml"], check=True)
    with_address = {one["name"] for one in yaml.safe_load(text)["receivers"] if "webhook_configs" in one}
    assert with_address == set(deadman.RECEIVERS)
    assert yaml.safe_load(monitoring.ALERTMANAGER.read_text())["route"] == yaml.safe_load(text)["route"]
