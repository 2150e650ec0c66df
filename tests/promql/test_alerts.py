"""Alerts replayed over the past: their states are those of Prometheus's own rule evaluation, run by promtool."""

import json
import random
import subprocess

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

import promql
from promql import alerts, errors, inventory
from tests.promql.backfill import CELSIUS, answering, closed_port, message
from workbook import programs

MINUTE = 60_000
NAMES = {alerts.PENDING: "pending", alerts.FIRING: "firing"}


@pytest.mark.parametrize("hold, keep", [(0, 0), (3, 0), (0, 4), (2, 3), (5, 1)])
def test_states_are_those_of_prometheus(hold, keep, tmp_path):
    """On forty evaluations each of five alerts that come and go at random."""
    draw = random.Random(f"{hold} {keep}")
    courses = {f"a{n}": [draw.random() < 0.8 - 0.1 * n for _ in range(40)] for n in range(5)}
    stamps = np.arange(40) * MINUTE
    states = {
        name: alerts.states(np.array(held), stamps, hold * MINUTE, keep * MINUTE) for name, held in courses.items()
    }
    expected = [
        [
            {"labels": f'ALERTS{{alertname="A",alertstate="{NAMES[column[place]]}",n="{name}"}}', "value": 1}
            for name, column in states.items()
            if column[place]
        ]
        for place in range(40)
    ]
    rule = {"alert": "A", "expr": "x > 0", "for": f"{hold}m", "keep_firing_for": f"{keep}m"}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    checks = [{"expr": "ALERTS", "eval_time": f"{n}m", "exp_samples": one} for n, one in enumerate(expected)]
    series = [{"series": f'x{{n="{n}"}}', "values": " ".join(f"{int(on)}" for on in c)} for n, c in courses.items()]
    tests = [{"interval": "1m", "input_series": series, "promql_expr_test": checks}]
    (tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": tests}))
    promtool = str(programs.find("promtool"))
    done = subprocess.run([promtool, "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert any(one for one in expected)


@pytest.fixture
def hot(prometheus, backfilled):
    """The hall is above 20 °C three times: while 19 + 5 sin(i / 30) is, for i in 15 s."""

    def replay(expr=f'{CELSIUS}{{room="hall"}} > 20', hold="5m", keep=0, start=backfilled.start, step=15):
        return alerts.replay(prometheus, expr, hold, keep, start, backfilled.end, step)

    return replay


def minutes(times):
    return [(one - pd.Timestamp("2026-01-01", tz="UTC")) / pd.Timedelta("1min") for one in times]


def test_episodes(hot):
    found = hot().episodes
    assert minutes(found["pending"]) == [1.75, 48.75, 96]
    assert minutes(found["firing"]) == [6.75, 53.75, 101] and minutes(found["end"].dropna()) == [22.25, 69.25, 116.5]
    assert found["lasted"].dt.total_seconds().tolist() == [930, 930, 930]


def test_a_sample_that_is_nan_is_active(prometheus, backfilled):
    """odd_values begins with NaN, which differs from every number."""
    found = alerts.replay(prometheus, "odd_values != 0.1", "30s", 0, backfilled.start, backfilled.start + 75, 15)
    assert found.states.iloc[:, 0].tolist() == [alerts.PENDING] * 2 + [alerts.FIRING] * 4
    assert minutes(found.episodes["pending"]) == [0]


def test_keep_firing_for_bridges_a_gap(hot):
    found = hot(keep="27m").episodes
    assert minutes(found["pending"]) == [1.75] and found["end"].isna().all()
    assert minutes([found["firing"][0] + found["lasted"][0]]) == [120.25]


def test_what_was_before_the_range_counts(hot, backfilled):
    early, late = hot(), hot(start=backfilled.start + 10 * 60)
    pd.testing.assert_frame_equal(late.states, early.states.loc[late.states.index[0] :])
    assert minutes(late.episodes["firing"])[0] == 10
    assert hot(hold="0s", start=backfilled.start + 30 * 60).episodes.shape[0] == 2  # the first was over
    span = backfilled.start + 10 * 60, backfilled.start + 12 * 60  # it fires from the beginning on
    begun = alerts.replay(promql.Prometheus(backfilled.url), f'{CELSIUS}{{room="hall"}} > 20', "5m", 0, *span, 15)
    assert "fired once" in repr(begun) and "after it became pending" not in repr(begun)  # which is not known


def test_what_it_tells(hot):
    assert repr(hot(keep="10m")).splitlines() == [
        "It would have fired 3 times in 2h, evaluated every 15s, with for: 5m, keep_firing_for: 10m:",
        "1h10m15s in all, 25m30s at the longest.",
        "It became firing 5m after it became pending (median).",
        "At the end 1 would still be firing.",
    ]
    never = hot(hold="30m")
    assert (
        repr(never) == "It would have been pending 3 times in 2h, evaluated every 15s, with for: 30m, and never fired."
    )
    assert repr(hot(f"{CELSIUS} > 1e9")) == "It would never have been pending in 2h, evaluated every 15s, with for: 5m."


def test_its_figure(hot):
    plt.switch_backend("agg")
    axes = hot(f'{CELSIUS}{{room="hall"}} > 20 or {CELSIUS}{{room="cellar"}} > 12.9').plot("# Hot")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["cellar", "hall"]
    pending, firing = (axes.collections[place].get_paths() for place in (1, 3))
    assert (len(pending), len(firing)) == (3, 3)  # of the hall
    begin, end = (pd.Timestamp(edge, unit="D", tz="UTC") for edge in firing[0].get_extents().intervalx)
    assert minutes([begin.round("s"), end.round("s")]) == [6.75, 22.25]
    plt.close("all")


def test_many_alerts_leave_those_that_fire_most():
    plt.switch_backend("agg")
    table = np.tril(np.full((30, 30), alerts.FIRING))
    times = pd.date_range("2026-01-01", periods=30, freq="1min", tz="UTC").rename("time")
    frame = pd.DataFrame(table, times, pd.Index([f"p{n:02}" for n in range(30)], name="pod"))
    axes = alerts.Replay(frame, MINUTE, 0, 0).plot()
    shown = [text.get_text() for text in axes.get_yticklabels()]
    assert shown == [f"p{n:02}" for n in range(20)]
    assert axes.figure.legends[0].get_title().get_text() == "20 of 30 alerts"
    assert axes.figure.get_figheight() == pytest.approx(1.2 + 0.2 * 20)
    plt.close("all")


@pytest.mark.parametrize(
    "text, timing",
    [
        ("for 5m, keep_firing_for 10m", {"hold": "5m", "keep": "10m"}),
        ("for: 1h30m", {"hold": "1h30m"}),
        (" keep_firing_for 10s ", {"keep": "10s"}),
        ("", {}),
    ],
)
def test_timing(text, timing):
    assert alerts.timing(text) == timing


@pytest.mark.parametrize("text", ["5m", "for five minutes", "for 5m keep 3m", "for 5 m", "for 5x"])
def test_no_timing(text):
    assert "Write" in message(errors.InvalidTime, alerts.timing, text)


def test_it_is_evaluated_as_often_as_rules_are(prometheus, backfilled):
    found = alerts.replay(prometheus, f"{CELSIUS} > 20", "1m", start=backfilled.end - 60, end=backfilled.end)
    assert len(found.states) == 61  # each second, as its configuration says
    with answering(404, b"") as (url, _):
        assert inventory.interval(promql.Prometheus(url), "evaluation_interval", "1m") == "1m"
    with pytest.raises(errors.Unreachable):
        inventory.interval(promql.Prometheus(closed_port()), "evaluation_interval", "1m")


def test_a_server_with_an_empty_configuration_has_the_defaults():
    with answering(200, json.dumps({"status": "success", "data": {"yaml": ""}}).encode()) as (url, _):
        assert inventory.interval(promql.Prometheus(url), "scrape_interval", "15s") == "15s"


def test_labels_that_are_called_like_columns():
    index = pd.date_range("2026-01-01", periods=3, freq="1min", tz="UTC")
    columns = pd.MultiIndex.from_tuples([("a", "b")], names=["end", "firing"])
    found = alerts.Replay(pd.DataFrame([[1], [2], [0]], index, columns), MINUTE, MINUTE, 0).episodes
    assert found.loc[0, ["end_", "firing_"]].tolist() == ["a", "b"] and found.loc[0, "firing"] == index[1]


def test_a_step_of_nothing(hot):
    assert message(errors.InvalidTime, hot, step=0) == "The step must be longer than zero."
