"""Scenes and incidents on the local stack: load that comes and goes, and every fault, paged and repaired."""

import pytest

from promql import Prometheus
from workbook import faults, targets
from workbook.alerts import active
from workbook.faults import Fault
from workbook.incident import Incident
from workbook.locust import Locust
from workbook.machine import WorkbookError
from workbook.scene import open_scene
from workbook.targets.local import Local
from workbook.waiting import eventually

STUCK = "min_over_time(sum(wine_requests_in_progress)[15s:1s]) >= 12"


@pytest.fixture(scope="module")
def scene():
    targets.use(Local())
    with open_scene() as scene:
        scene.load(6, "WineUser", "BadUser")
        yield scene
    targets.use(None)


def ask(query):
    return Prometheus().query(query)


def test_locust_counts_what_prometheus_counts(scene):
    series = 'flask_http_request_duration_seconds_count{url_rule="/predict"}'
    count, at_rest = f"sum({series})", f"sum({series}) == sum({series} offset 3s)"
    eventually(lambda: ask(f"{count} > 0"), 60, "requests")
    scene.stop_load()
    before = eventually(lambda: ask(at_rest), 60, "the counters to rest")["value"].item()
    scene.load(6, "WineUser", "BadUser")
    eventually(lambda: ask(f"{count} > {before + 200}"), 60, "200 requests")
    sent = scene.stop_load()
    after = eventually(lambda: ask(at_rest), 60, "the counters to rest")["value"].item()
    assert after - before == sent["POST /predict"]
    scene.load(6, "WineUser", "BadUser")


def test_a_scene_says_what_its_target_lacks(scene, capsys):
    assert scene.has("prometheus") and capsys.readouterr().out == ""
    assert not scene.has("grafana")
    assert "needs Grafana, which the target local does not have" in capsys.readouterr().out


def test_a_scene_that_answers_is_kept(scene):
    assert open_scene() is scene


def test_an_outage_is_noticed_from_outside(scene):
    scene.stop_service()
    eventually(lambda: active("WineServiceDown"), 60, "the page")
    scene.start_service()
    eventually(lambda: ask('probe_success{job="wine-probe"} == 1'), 60, "the probe")


def test_somebody_outside_misses_the_watchdog(scene):
    switch = scene.dead_mans_switch(patience=15)
    eventually(lambda: switch.heartbeats, 90, "a sign of life")
    scene.stop_alertmanager()
    eventually(lambda: switch.alarms, 60, "the alarm")
    scene.start_alertmanager()
    assert "nobody will be woken" in switch.alarms[0].replace("\n", " ")


@pytest.mark.soak
def test_an_overload_pages(scene):
    bad = "namespace:slo_errors_per_request:ratio_rate30s > 0.15"
    Locust(scene.urls["locust"]).raise_until(lambda: len(ask(bad)), "WineUser", users=400, most=1600)
    eventually(lambda: active("WineErrorBudgetBurn"), 120, "the page")
    scene.load(6, "WineUser", "BadUser")


def test_a_dead_workers_file_stays_until_the_next_release(scene):
    faults.break_monitors(scene)
    eventually(lambda: ask(STUCK), 60, "the gauge to be stuck")
    scene.release()
    eventually(lambda: ask("sum(wine_requests_in_progress) < 12"), 60, "the gauge to fall")


def an_incident(scene, name):
    one = Incident(scene, possible={name: faults.possible()[name]})
    one.start()
    return one


SLOW = [name for name in faults.EVERYWHERE if name != "failing release"]


@pytest.mark.parametrize("name", ["failing release", *(pytest.param(name, marks=pytest.mark.soak) for name in SLOW)])
def test_a_fault_is_paged_named_repaired_and_timed(scene, name, capsys):
    one = an_incident(scene, name)
    assert "An alert fires." in capsys.readouterr().out
    one.name(...)
    one.name("full disk")
    assert "Not named yet. Suspects: " in (said := capsys.readouterr().out) and "It is not: full disk." in said
    one.name(name)
    scene.release()
    scene.load(6, "WineUser", "BadUser")
    one.resolve()
    assert f"It was: {name}. Repaired by you and quiet again after" in capsys.readouterr().out


TOLD_BY = {  # the fault, and every alert on the model that it raises
    "drift": {"WineFeatureDrift", "WinePredictionDrift"},
    "wrong unit": {"WineFeatureDrift", "WinePredictionDrift"},
    "shuffled inputs": {"WineJointDrift"},
    "accuracy lost": {"WineAccuracyLow"},
}


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", TOLD_BY)
def test_a_fault_of_the_model_raises_its_own_alerts_and_no_others(scene, name):
    def of_the_model(window):
        found = (
            f"count by (alertname) (count_over_time(ALERTS{{alertname=~'{names}', alertstate='firing'}}[{window}s]))"
        )
        return set(ask(found).get("alertname", []))

    names, fault = "|".join(set.union(*TOLD_BY.values(), {"WineConfidenceDrift"})), faults.EVERYWHERE[name]
    fault.repair(scene)
    eventually(lambda: not of_the_model(5), 300, "no alert on the model")
    began = ask("time()")["value"].item()
    fault.inject(scene)
    eventually(fault.fires, 240, "its alert")
    eventually(lambda: ask(f"vector(time()) > {began + 200}"), 240, "whatever else fires")
    raised = of_the_model(190)
    fault.repair(scene)
    assert raised == TOLD_BY[name]


@pytest.mark.soak
def test_what_nobody_names_is_repaired_and_told(scene, capsys):
    one = an_incident(scene, "slow release")
    one.resolve()
    assert "It was: slow release. Repaired by the workbook" in capsys.readouterr().out


@pytest.fixture
def rehearsal():
    """Faults that do nothing but write down their names, and the list of these; the last one's alert fires."""
    injected = []

    class Rehearsed(Fault):
        def fires(self):
            return injected[-1:] == [self.alert]

    names = ("slow release", "failing release", "drift")
    return injected, {
        name: Rehearsed(name, lambda _, name=name: injected.append(name), lambda _: injected.append(""))
        for name in names
    }


def test_the_same_seed_draws_the_same_faults(rehearsal):
    injected, possible = rehearsal
    for seed in (7, 7, 8):
        one = Incident(None, seed, possible)
        for _ in range(20):
            one.start()
    drawn = [name for name in injected if name]
    first, second, other = drawn[:20], drawn[20:40], drawn[40:]
    assert first == second != other and set(first) == {"slow release", "failing release", "drift"}


def test_what_was_not_started_is_not_resolved(rehearsal):
    one = Incident(None, possible=rehearsal[1])
    for step in (one.resolve, lambda: one.name("drift")):
        with pytest.raises(WorkbookError, match="No incident is open"):
            step()


@pytest.mark.soak
@pytest.mark.order(3)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [*faults.EVERYWHERE, *faults.ON_A_CLUSTER])
def test_every_fault_is_paged_and_repaired_on_a_cluster(on_kind, name, capsys):
    with open_scene() as scene:
        scene.load(6, "WineUser", "BadUser")
        eventually(lambda: ask("sum(rate(wine_predictions_total[1m])) > 1"), 120, "traffic")
        one = an_incident(scene, name)
        one.name(name)
        faults.possible()[name].repair(scene)
        one.resolve()
    assert f"It was: {name}. Repaired by you" in capsys.readouterr().out
