import os

import pytest

from workbook import targets, teardown
from workbook.targets.kind import Kind

for chosen in ("WORKBOOK_TARGET", "PROMETHEUS_URL"):  # what a reader works with is not what tests ask
    os.environ.pop(chosen, None)
MADE = pytest.StashKey[bool]()

pytest_plugins = ["tests.promql.backfill"]


@pytest.fixture(scope="session")
def fresh_cluster(request):
    """No cluster before, none after; in between, the tests of order 3 find it as notebook 03 left it.

    A reader's own cluster is never taken for a test's, and neither is Google's.
    """
    if teardown.leftovers() or any(thing.kind == "cluster" for thing in Kind().standing()):
        pytest.fail("A cluster of the workbook stands. Take it down (`make down`), then test.", pytrace=False)
    request.session.stash[MADE] = True
    yield
    teardown.down()


@pytest.fixture
def use():
    """`use(target)` chooses a target for this test alone."""
    targets.use(None)
    yield targets.use
    targets.use(None)


@pytest.fixture
def on_kind(use, request):
    """The cluster that notebook 03 made in this run, as the target; another one is left alone."""
    if MADE not in request.session.stash:
        pytest.skip("Notebook 03 made no cluster in this run: what is asked of it was not tested")
    kind = use(Kind())
    assert kind.answers(), "the cluster of notebook 03 does not answer"
    return kind


def pytest_collection_modifyitems(items):
    """`order` 1 is 01; 2 to 4 is 03, the tests on its cluster, and 04; then come the house's own checks, then the rest.

    `make test` runs 2 to 4, marked `cluster`, beside the others.
    """

    def order(item):
        marker = item.get_closest_marker("order")
        return marker.args[0] if marker else 5 if "house" in item.path.parts else 8

    for item in items:
        if 2 <= order(item) <= 4:
            item.add_marker("cluster")
    items.sort(key=order)
