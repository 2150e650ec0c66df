"""One look for every figure: the Okabe-Ito palette, which survives colour-blindness."""

import matplotlib

PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#000000"]
DIVERGING = "PuOr"  # for values with a middle, such as correlations


def apply():
    """Set matplotlib's defaults for this process."""
    matplotlib.rcParams.update(
        {
            "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
            "axes.grid": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "date.autoformatter.minute": "%H:%M",
            "date.autoformatter.second": "%H:%M:%S",
            "figure.constrained_layout.use": True,
            "figure.dpi": 80,
            "figure.figsize": (8, 3.5),
            "grid.alpha": 0.3,
            "image.cmap": "viridis",
            "legend.frameon": False,
        }
    )
