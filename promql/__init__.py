"""PromQL in a notebook: a server's answers as DataFrames, and the magics `%promql` and `%%promql`.

`%load_ext promql` registers the magics.
"""

from promql import magics
from promql.client import Prometheus, connect, connected, disconnect
from promql.errors import (
    InvalidTime,
    LoginRequired,
    MissingEndpoint,
    PrometheusError,
    PrometheusWarning,
    PromQLError,
    QueryError,
    TooManyPoints,
    Unreachable,
)
from promql.frames import label_sets, legend
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
    "TooManyPoints",
    "Unreachable",
    "connect",
    "connected",
    "disconnect",
    "label_sets",
    "legend",
]


def load_ipython_extension(ipython):
    """Register the magics and their completion in a running IPython."""
    magics.load_ipython_extension(ipython)
