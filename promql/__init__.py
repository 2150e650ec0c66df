"""PromQL in a notebook: a server's answers as DataFrames, and the magics `%promql` and `%%promql`.

`%load_ext promql` registers the magics.
"""

from promql import magics
from promql.client import Prometheus, connect
from promql.errors import PrometheusError, PrometheusWarning
from promql.frames import legend

__all__ = ["Prometheus", "PrometheusError", "PrometheusWarning", "connect", "legend"]


def load_ipython_extension(ipython):
    """Register the magics and their completion in a running IPython."""
    magics.load_ipython_extension(ipython)
