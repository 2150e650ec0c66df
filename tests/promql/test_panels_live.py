"""`watch` and `beside` in a real kernel, as JupyterLab and nbval run them."""

import base64
import contextlib
import re
import time
import types

import matplotlib.pyplot as plt
import pytest
import trustme
from jupyter_client.manager import start_new_kernel

from promql import Prometheus
from promql.errors import Unreachable
from promql.panels import Dashboard, live
from tests.promql.backfill import answering
from tests.promql.network import HOST, proxy, secured
from tests.promql.panel_data import panel

SETUP = """
%matplotlib inline
from promql.panels import Dashboard, beside, watch
from promql import Prometheus
board = Dashboard.load({model!r}, Prometheus({url!r}), job=["prometheus", "one year"])
"""
CLOCK = """
import time
from promql import live

class Clock:
    now = 0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        time.sleep(0.4)  # of ours, so that samples arrive

live.time = Clock()
"""
MODEL = {
    "title": "Live",
    "uid": "live",
    "templating": {
        "list": [
            {"name": "job", "type": "custom", "query": "prometheus,one year", "multi": True},
            {"name": "source", "type": "datasource", "query": "prometheus"},
        ]
    },
    "panels": [panel(7, "timeseries", "Up", (0, 0, 12, 8), ("up", {"legendFormat": "{{job}}"}))],
}


@pytest.fixture(scope="module")
def kernel(backfilled):
    manager, client = start_new_kernel()
    run(client, SETUP.format(model=MODEL, url=backfilled.url))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, seconds=60, meanwhile=lambda message: None):
    """Execute a cell; its messages of output, in order, after the shell has answered."""
    messages = []

    def keep(message):
        if message["msg_type"] in ("display_data", "update_display_data", "stream", "execute_result", "error"):
            messages.append((message["msg_type"], message["content"]))
            meanwhile(message)

    answer = client.execute_interactive(code, timeout=seconds, output_hook=keep)["content"]
    assert answer["status"] == "ok", messages
    return messages


def test_a_cell_shows_what_it_plotted_once(kernel):
    for cell in ("ax = board.panel('Up').plot()", "board.plot()", "ax = board.panel('Up').plot()"):
        assert [kind for kind, _ in run(kernel, cell)] == ["display_data"], cell


def test_watch_redraws_one_output_until_its_time_is_over(kernel):
    """On a clock that only sleep moves, so that the speed at which a machine draws does not count."""
    run(kernel, CLOCK)
    try:
        first, *others = run(kernel, "watch(board.panel('Up'), 4)")
        assert run(kernel, "print(live.time.now)")[0][1]["text"] == "4.0\n"
    finally:
        run(kernel, "live.time = time")
    assert first[0] == "display_data" and re.fullmatch(
        r"<Figure size \d+x\d+ with 1 Axes>", first[1]["data"]["text/plain"]
    )
    assert [kind for kind, _ in others] == ["update_display_data"] * 4  # the server scrapes each second
    pictures = [content["data"]["image/png"] for _, content in [first, *others]]
    assert len(set(pictures)) > 1 and base64.b64decode(pictures[-1]).startswith(b"\x89PNG")
    assert {content["transient"]["display_id"] for _, content in [first, *others]} == {
        first[1]["transient"]["display_id"]
    }


@pytest.mark.parametrize("seconds, moments", [("3s", [0, 1, 2, 3]), (0.5, [0, 0.5]), (2.5, [0, 2.5 / 3, 5 / 3, 2.5])])
def test_watch_goes_on_when_the_server_is_away(monkeypatch, seconds, moments):
    shown, asked = Dashboard(MODEL, Prometheus("http://127.0.0.1:9")).panel("Up"), []
    shown.dashboard.scrape_interval = "1s"

    def plot(start, end):
        asked.append(clock.now)
        if len(asked) == 2:
            raise Unreachable("Service Unavailable", 503, waiting_helps=True)
        return plt.figure().subplots()

    clock = types.SimpleNamespace(now=0)
    clock.monotonic, clock.sleep = lambda: clock.now, lambda seconds: setattr(clock, "now", clock.now + seconds)
    monkeypatch.setattr("promql.live.time", clock)
    monkeypatch.setattr(shown, "plot", plot)
    live.watch(shown, seconds)
    assert asked == pytest.approx(moments) and not plt.get_fignums()


def test_watch_may_be_interrupted(kernel, backfilled):
    def stop(message):
        if message["msg_type"] == "update_display_data":
            with contextlib.suppress(IndexError):
                interrupts.pop()()

    interrupts = [kernel.parent.interrupt_kernel]
    begun = time.monotonic()
    messages = run(kernel, "watch(board.panel('Up'), 50)", meanwhile=stop)
    assert time.monotonic() - begun < 30 and messages[-1] == ("stream", {"name": "stdout", "text": "Stopped.\n"})


def test_without_grafana_the_left_side_and_a_line(kernel):
    figure, line = run(kernel, "beside(board.panel('Up'))")
    assert figure[0] == "display_data" and "image/png" in figure[1]["data"]
    assert line[1]["text"] == "Grafana's own panel is not shown beside it: no grafana_url was given.\n"


@pytest.mark.parametrize(
    "status, headers, why",
    [
        (302, [("Location", "/login")], "Grafana wants a login"),
        (200, [("X-Frame-Options", "deny")], "allow_embedding"),
        (404, [], "Grafana answered with status 404"),
    ],
)
def test_a_grafana_that_cannot_be_embedded_is_told_what_to_change(status, headers, why):
    with answering(status, headers=headers) as (url, _):
        assert why in live.why_absent(url, f"{url}/d-solo/live/_")


def test_a_grafana_that_is_not_there():
    assert live.why_absent("http://127.0.0.1:9", "http://127.0.0.1:9/d-solo/x/_") == (
        "Grafana does not answer at the address given: Connection refused."
    )


def test_a_company_s_grafana_is_asked_through_its_proxy_and_by_its_authority(tmp_path, monkeypatch):
    """As the browser asks it: HTTPS_PROXY leads there, SSL_CERT_FILE names who signed its certificate."""
    for name in ("NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    page = f"https://{HOST}/d-solo/live/_"
    with secured(tmp_path, trustme.CA()) as server, proxy(server.port) as (address, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        assert "local issuer certificate" in live.why_absent(f"https://{HOST}", page)
        monkeypatch.setenv("SSL_CERT_FILE", server.ca)
        assert "Grafana wants a login" in live.why_absent(f"https://{HOST}", page)
    assert {one.target for one in seen} == {f"{HOST}:443"}


def test_the_frame_shows_the_same_panel_time_range_and_variables(kernel):
    with answering() as (url, seen):
        (shown,) = run(kernel, f"beside(board.panel('Up'), {url!r}, start='now-5m')")
    page = re.search(r'<iframe [^>]*src="([^"]+)"', shown[1]["data"]["text/html"])[1].replace("&amp;", "&")
    assert page == url + seen[0].path and seen[0].path.startswith("/d-solo/live/_?orgId=1&panelId=7&from=")
    assert page.endswith("&theme=light&var-job=prometheus&var-job=one+year")  # Grafana knows its data sources itself
    begin, end = (int(re.search(rf"{name}=(\d+)", page)[1]) for name in ("from", "to"))
    assert end - begin == 300_000 and "data:image/png;base64," in shown[1]["data"]["text/html"]


def test_nothing_stays_open(kernel):
    assert run(kernel, "import matplotlib.pyplot as plt; print(plt.get_fignums())")[0][1]["text"] == "[]\n"
