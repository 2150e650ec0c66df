import os

import pytest

from tests.harness import ROOT
from workbook import target

os.environ["PYTHONPATH"] = str(ROOT)  # for the kernels and servers that tests start

pytest_plugins = ["tests.backfill"]


@pytest.fixture
def on_kind(monkeypatch):
    """The cluster of notebook 03 as the target; a test that needs it is skipped where it does not answer."""
    kind = target.Target("kind")
    if not kind.answers():
        pytest.skip("The cluster of notebook 03 does not answer: what is asked of it was not tested")
    monkeypatch.setattr(target, "_chosen", kind)
    return kind


def pytest_collection_modifyitems(items):
    """Modules first, then the notebooks as a reader takes them; `order` 5 uses the cluster between 03 and 04."""

    def order(item):
        marker = item.get_closest_marker("order")
        return marker.args[0] if marker else 0

    items.sort(key=order)
