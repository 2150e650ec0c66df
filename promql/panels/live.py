"""Panels while something happens: redrawn as time goes on, or beside Grafana's own."""

import base64
import html
import io
import math
import urllib.parse

import matplotlib.pyplot as plt
from IPython.display import HTML, display

from promql import advice, connection, live, times


def watch(panel, seconds, start="now-5m"):
    """Draw a panel, and draw it anew at each scrape for that many seconds or a duration, or until the cell is interrupted.

    The cell keeps the last figure, as one output. `start` is the beginning of the time range, which ends now. A server
    that does not answer for a while is waited for. Raises InvalidTime.
    """
    length, scrape = times.duration(seconds) / 1000, times.duration(panel.dashboard.scrape_interval) / 1000
    every = length / max(1, math.ceil(length / max(1, scrape)))  # so that the last figure is of the end
    live.redraw(every, length + every / 2, lambda: panel.plot(start, "now").figure)


def beside(panel, grafana_url=None, start=None, end=None):
    """The panel drawn here on the left, and on the right Grafana's own, live, over the same time range and variables.

    `grafana_url` is Grafana's address as the browser reaches it. Grafana must let itself be embedded, without a login
    (`allow_embedding = true`, `[auth.anonymous] enabled = true`); if it does not, or is not there, the left side stands
    alone, with the reason. https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/#embed-panel
    """
    start, end = panel.dashboard.range(start, end)
    figure = panel.plot(start / 1000, end / 1000).figure
    what = {"orgId": 1, "panelId": panel.id, "from": start, "to": end, "theme": "light"}
    query = urllib.parse.urlencode([*what.items(), *panel.dashboard.parameters()])
    page = f"{(grafana_url or '').rstrip('/')}/d-solo/{panel.dashboard.uid}/_?{query}"
    absent = why_absent(grafana_url, page)
    if absent:
        display(figure)
        print(f"Grafana's own panel is not shown beside it: {absent}")
    else:
        display(HTML(side_by_side(figure, page)))
    plt.close(figure)


def why_absent(grafana_url, page):
    """Why the browser could not show that page of Grafana in a frame; None if it can."""
    if not grafana_url:
        return "no grafana_url was given."
    near = connection.loopback(urllib.parse.urlsplit(page).hostname or "")
    try:
        with connection.session({}, None, near) as session:
            answer = session.get(page, allow_redirects=False, timeout=5, verify=connection.authorities())
    except OSError as error:
        return f"Grafana does not answer at the address given: {advice.words(advice.innermost(error))}."
    if answer.status_code in (301, 302, 303, 307, 308, 401, 403):
        return "Grafana wants a login. Set [auth.anonymous] enabled = true in its grafana.ini."
    if answer.headers.get("X-Frame-Options", "").lower() == "deny":
        return "Grafana refuses to be embedded. Set [security] allow_embedding = true in its grafana.ini."
    return None if answer.status_code == 200 else f"Grafana answered with status {answer.status_code}."


def side_by_side(figure, page):
    """HTML with the figure on the left and the page in a frame on the right."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    source = base64.b64encode(picture.getvalue()).decode()
    height = round(figure.get_figheight() * 80)
    left = f'<img style="width:49%" src="data:image/png;base64,{source}">'
    right = f'<iframe style="width:49%;border:0" height="{height}" src="{html.escape(page)}"></iframe>'
    return f'<div style="display:flex;gap:1em;align-items:flex-start">{left}{right}</div>'
