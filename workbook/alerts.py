"""Which alerts fire, and which did: Prometheus keeps their state as the series ALERTS."""

import matplotlib.pyplot as plt
import pandas as pd

from promql import Prometheus
from promql.palette import ORANGE, VERMILION


def active(alert, state="firing"):
    """How many alerts of that name fire now (or are "pending"): 0 if none does."""
    alerts = f'count(ALERTS{{alertname="{alert}", alertstate="{state}"}}) or vector(0)'
    return Prometheus().query(alerts)["value"].item()


def draw_states(axes, alert, start):
    """Draw on `axes` when an alert was pending, and when it fired, from `start` until now."""
    for level, (state, color) in enumerate({"pending": ORANGE, "firing": VERMILION}.items()):
        history = f'ALERTS{{alertname="{alert}", alertstate="{state}"}} * {level}'
        axes.plot(Prometheus().query_range(history, start, step="1s"), linewidth=6, color=color)
    axes.set(yticks=[0, 1], yticklabels=["pending", "firing"], ylim=(-0.5, 1.5), xlabel="time (UTC)")


def alert_history(start):
    """Draw which of our alerts fired, from `start` until now."""
    now = pd.Timestamp.now("UTC").ceil("1s")
    fired = 'count by (alertname) (ALERTS{alertname=~"Wine.+", alertstate="firing"})'
    history = Prometheus().query_range(fired, start, now, step="1s")
    _, axes = plt.subplots(figsize=(9, 0.5 + 0.5 * max(2, history.shape[1])))
    for level, alert in enumerate(history):
        axes.plot(history[alert] * 0 + level, marker="s", linewidth=6, clip_on=False, color=VERMILION)
    axes.set(yticks=range(history.shape[1]), yticklabels=history.columns, xlim=(start, now))
    axes.set(title="Alerts that fired", xlabel="time (UTC)", ylim=(-0.5, history.shape[1] - 0.5))
    plt.show()
