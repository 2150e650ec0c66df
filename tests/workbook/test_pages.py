"""Pages that leave the cluster: two ways in which users lose the service, and a real webhook that hears of them."""

import pytest

from workbook import cluster, deadman
from workbook.deadman import DeadMansSwitch
from workbook.scene import open_scene
from workbook.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.order(3), pytest.mark.timeout(900)]
CPU = "/spec/template/spec/containers/0/resources/limits/cpu"


@pytest.fixture
def pager(on_kind):
    """The webhook on this machine that the cluster's Alertmanager sends its pages to."""
    host, address = on_kind.doorstep()
    with DeadMansSwitch(host=host) as switch:
        deadman.connect(switch.url.replace(host, address))
        yield switch
        deadman.connect(None)


def heard(switch, status, alert):
    return any(one.receiver == "pager" and one.status == status and alert in one.alerts for one in switch.messages)


def scale(replicas):
    cluster.kubectl("scale", cluster.DEPLOYMENT, "--namespace", "wine", f"--replicas={replicas}")


def test_a_service_without_pods_wakes_somebody(pager):
    scale(0)
    try:
        eventually(lambda: heard(pager, "firing", "WineServiceDown"), 300, "the page")
    finally:
        scale(2)
    eventually(lambda: heard(pager, "resolved", "WineServiceDown"), 300, "its end")


def test_a_service_that_refuses_for_want_of_cpu_wakes_somebody(pager):
    """Its pods get a tenth of a core: however fast the machine, two hundred impatient users are too many. Where the probe
    is refused twice in a minute as well, that page mutes the one about the budget."""
    cluster.patch(cluster.DEPLOYMENT, {CPU: "100m"})
    cluster.kubectl("rollout", "status", cluster.DEPLOYMENT, "--namespace", "wine", "--timeout", "300s")
    with open_scene() as scene:
        scene.load(200, "WineUser")
        pages = ("WineErrorBudgetBurn", "WineServiceDown")
        eventually(lambda: any(heard(pager, "firing", page) for page in pages), 400, "the page")
    cluster.kubectl("rollout", "undo", cluster.DEPLOYMENT, "--namespace", "wine")
    cluster.kubectl("rollout", "status", cluster.DEPLOYMENT, "--namespace", "wine", "--timeout", "300s")
