import os

from tests.harness import ROOT

os.environ["PYTHONPATH"] = str(ROOT)  # for the kernels and servers that tests start

pytest_plugins = ["tests.backfill"]


def pytest_collection_modifyitems(items):
    """Modules first, then the notebooks as a reader takes them; `order` 5 uses the cluster between 03 and 04."""

    def order(item):
        marker = item.get_closest_marker("order")
        return marker.args[0] if marker else 0

    items.sort(key=order)
