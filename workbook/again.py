"""Everything that notebook 04 uses from its second evening on: `%run -m workbook.again` goes on where it stopped.

A scene that is open is kept; otherwise one is opened, with the usual traffic, on the target that is chosen.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import requests
from IPython import get_ipython

from promql import Prometheus
from promql.panels import Dashboard, beside, lint
from workbook import targets, witnesses, written
from workbook.alerts import active, alert_history
from workbook.exercises import check
from workbook.locust import Locust
from workbook.machine import ROOT
from workbook.scene import mark, open_scene
from workbook.waiting import eventually

__all__ = [
    "Locust",
    "active",
    "alert_history",
    "check",
    "eventually",
    "lint",
    "mark",
    "np",
    "plt",
    "requests",
    "textwrap",
    "witnesses",
]

get_ipython().extension_manager.load_extension("workbook")
here, scene = targets.current(), open_scene()
cluster, grafana = here.is_cluster, scene.urls.get("grafana")
scene.load(6, "WineUser", "BadUser", "Laboratory")
began = pd.Timestamp.now("UTC")

prometheus, burn = Prometheus(), "WineErrorBudgetBurn"
dashboard = Dashboard.load(ROOT / "k8s/monitoring/dashboards/wine-model.json", namespace="wine")
wines = pd.read_csv(ROOT / "loadtest/wine.csv")
written.program()  # which %%promtool asks as well
pd.options.display.float_format = "{:.4f}".format


def show(title, start=began):
    """Draw a panel of the dashboard, with Grafana's beside it where there is one."""
    panel = dashboard.panel(title)
    return beside(panel, grafana, start) if grafana else panel.plot(start)


predicting = "count_over_time((sum(rate(wine_predictions_total[15s])) > 1)[15s:5s]) >= 3"
eventually(lambda: prometheus.query(predicting), 120, "traffic")
budget = prometheus.query("namespace:slo_error_budget:ratio")["value"].item()
print(f"Here we go on, on the target {here.name}.")
