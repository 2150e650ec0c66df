import matplotlib.pyplot as plt
import pytest

import promql
from tests.promql import kernel


@pytest.fixture(autouse=True)
def nobody_connected(monkeypatch):
    """No test asks the server of another, or the reader's own."""
    for name in ("PROMETHEUS_URL", "PROMETHEUS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield
    promql.disconnect()


@pytest.fixture(autouse=True)
def figures():
    """No figure stays open for the next test."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def server(backfilled):
    return promql.Prometheus(backfilled.url)


@pytest.fixture
def prometheus(backfilled):
    return promql.connect(backfilled.url)


@pytest.fixture
def version_3(prometheus):
    if prometheus.get("status/buildinfo")["version"].startswith("2."):
        pytest.skip("Prometheus 2 does not have this")


@pytest.fixture(scope="session")
def notebook(backfilled):
    """A kernel with the magics loaded, for all tests of them."""
    with kernel.notebook(backfilled.url) as book:
        yield book
