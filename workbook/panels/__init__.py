"""Grafana's panels in matplotlib: a dashboard's own JSON, its queries sent to Prometheus, its units, and its layout."""

from workbook.panels.dashboard import Dashboard, Panel, Query, UnsupportedPanel
from workbook.panels.frames import Frame
from workbook.panels.lint import Finding, lint
from workbook.panels.live import beside, watch
from workbook.panels.units import format_value

__all__ = [
    "Dashboard",
    "Finding",
    "Frame",
    "Panel",
    "Query",
    "UnsupportedPanel",
    "beside",
    "format_value",
    "lint",
    "watch",
]
