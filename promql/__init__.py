"""PromQL in a notebook: a server's answers as DataFrames, and the magics `%promql`, `%%promql` and `%%promtool`.

`%load_ext promql` registers the magics; README.md tells what they can.
"""

from promql import alerts, histograms, magics, promtool, recording
from promql.client import Prometheus, connect, connected, connections, disconnect
from promql.dataframes import label_sets, legend
from promql.errors import (
    InvalidTime,
    LoginRequired,
    MissingEndpoint,
    PrometheusError,
    PrometheusWarning,
    PromQLError,
    QueryError,
    RulesFailed,
    TooManyPoints,
    Unreachable,
    UnsupportedPanel,
)
from promql.histograms import Histogram

__all__ = [
    "Histogram",
    "InvalidTime",
    "LoginRequired",
    "MissingEndpoint",
    "PromQLError",
    "Prometheus",
    "PrometheusError",
    "PrometheusWarning",
    "QueryError",
    "RulesFailed",
    "TooManyPoints",
    "Unreachable",
    "UnsupportedPanel",
    "alerts",
    "connect",
    "connected",
    "connections",
    "disconnect",
    "histograms",
    "label_sets",
    "legend",
    "promtool",
    "recording",
]


def load_ipython_extension(ipython):
    """Register the magics and their completion in a running IPython."""
    magics.load_ipython_extension(ipython)
