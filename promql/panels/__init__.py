"""Grafana's panels in matplotlib: a dashboard's own JSON, its queries sent to Prometheus, its units, and its layout."""

from promql.errors import UnsupportedPanel
from promql.panels.columns import Column
from promql.panels.dashboard import Dashboard
from promql.panels.lint import Finding, lint
from promql.panels.live import beside, watch
from promql.panels.panel import Panel, Query
from promql.panels.units import format_value

__all__ = [
    "Column",
    "Dashboard",
    "Finding",
    "Panel",
    "Query",
    "UnsupportedPanel",
    "beside",
    "format_value",
    "lint",
    "watch",
]
