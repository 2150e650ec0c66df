"""PromQL in a notebook: a server's answers as DataFrames, and the magics `%promql` and `%%promql`.

`%load_ext workbook` (or `%load_ext workbook.promql`, for this part alone) registers the magics.
"""

from workbook.promql.client import Prometheus, connect
from workbook.promql.errors import PrometheusError, PrometheusWarning
from workbook.promql.frames import legend

__all__ = ["Prometheus", "PrometheusError", "PrometheusWarning", "connect", "legend"]


def load_ipython_extension(ipython):
    """Register the magics and their completion in a running IPython."""
    from workbook.promql import magics

    magics.load_ipython_extension(ipython)
