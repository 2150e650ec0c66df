"""What the notebooks import: targets, strict shell cells, and game day.

`%load_ext workbook` opens every notebook; it brings `%load_ext promql` along.
"""

import warnings

import matplotlib

import promql
from promql import palette
from workbook import machine, shell

machine.exempt_loopback()  # before any client of HTTP reads the environment


def load_ipython_extension(ipython):
    """Register the magics, set the figures' style, and make every shell command fail its cell when it fails."""
    matplotlib.rcdefaults()  # a reader's matplotlibrc may ask for LaTeX, or for another size
    palette.apply()
    # A scrape between the updates of two processes gives buckets that disagree by a request, which Prometheus mends.
    warnings.filterwarnings("ignore", message=".*needed to be fixed for monotonicity")
    shell.load_ipython_extension(ipython)
    promql.load_ipython_extension(ipython)
