"""A load that fits the machine: users double until they are enough, and never beyond a bound."""

import json

import pytest

from tests.promql.backfill import answering
from workbook.locust import Locust, tally
from workbook.waiting import TimedOut


@pytest.fixture
def page():
    """A Locust's page that always starts and always stands still."""
    body = json.dumps(
        {"success": True, "state": "stopped", "errors": [], "stats": [{"num_requests": 7, "num_failures": 0}]}
    ).encode()
    with answering(body=body) as (url, _):
        yield Locust(url)


def test_a_fast_machine_gets_more_users_than_a_slow_one(page):
    def needed(capacity):
        """How many users it takes on a machine whose pods are busy with so many."""
        began = []
        page.swarm = lambda users, *_, minutes: began.append(users)
        assert page.raise_until(lambda: began[-1] >= capacity, users=20, every=0.1) == began[-1]
        return began

    assert needed(10) == [20]
    assert needed(100) == [20, 40, 80, 160]


def test_the_bound_is_kept_and_the_load_ends(page):
    began = []
    page.swarm = lambda users, *_, minutes: began.append(users)
    with pytest.raises(TimedOut, match="80 users to be enough"):
        page.raise_until(lambda: False, users=20, most=80, every=0.1)
    assert began == [20, 40, 80]


def test_what_it_has_sent_is_the_last_row_of_the_report(page):
    assert page.sent() == 7


def test_what_is_answered_from_now_on_leaves_out_failures_and_what_came_before():
    reports = iter([(100, 90), (150, 95)])  # requests and failures, each time when it is asked

    def told(*_):
        asked, failed = next(reports)
        total = {"num_requests": asked, "num_failures": failed}
        return 200, json.dumps({"stats": [{}, total], "errors": []}).encode()

    with answering(by_request=told) as (url, _):
        assert Locust(url).answered(seconds=0.1) == 45


def test_the_laboratorys_table_names_no_cultivar_where_nobody_could_tell():
    with answering(body=b"id,cultivar\na.barolo.0,barbera\na.barolo.1,\n") as (url, seen):
        labels = Locust(url).labels()
    assert [one.path for one in seen] == ["/labels.csv"]
    assert labels["id"].tolist() == ["a.barolo.0", "a.barolo.1"] and labels["cultivar"].isna().tolist() == [False, True]


def test_a_refusal_is_told_from_a_failure():
    errors = [{"error": "LocustBadStatusCode(code=503)", "occurrences": 5}, {"error": "reset", "occurrences": 2}]
    report = {"stats": [{}, {"num_requests": 90, "num_failures": 7}], "errors": errors}
    assert tally(report) == {"sent": 90, "refused": 5, "failed": 2}
