"""One look for every figure: the Okabe-Ito palette, which survives colour-blindness.

Its order keeps neighbours apart for every kind of sight: the least distance between two of them is 22.7 (CIE76, pink
and blue under protanopia). A darker yellow would be orange to one reader in twenty, so light colours have a rim instead.
"""

import matplotlib
import numpy as np
from matplotlib import patheffects

BLUE, ORANGE, SKY, VERMILION = "#0072B2", "#E69F00", "#56B4E9", "#D55E00"
YELLOW, GREEN, BLACK, PINK = "#F0E442", "#009E73", "#000000", "#CC79A7"
PALETTE = [BLUE, ORANGE, SKY, VERMILION, YELLOW, GREEN, BLACK, PINK]
CLOCK = ["%Y", "%b", "%d", "%H:%M", "%H:%M", ":%S.%f"]  # of ConciseDateFormatter, whose seconds look like minutes
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


def lightness(color, behind=1.0):
    """From 0 for black to 1 for white, as it is seen on something that light."""
    *parts, opaque = matplotlib.colors.to_rgba(color)
    return opaque * np.dot(parts, (0.3, 0.59, 0.11)) + (1 - opaque) * behind


def ground():
    """The lightness of figures; one without a colour is thought to be on white."""
    return lightness(matplotlib.rcParams["figure.facecolor"])


def is_light(color):
    """Whether letters on a colour are better black than white."""
    return lightness(color, ground()) > 0.75


def is_faint(color):
    """Whether a colour is hardly seen on the figures' own, as letters or as a thin line."""
    return abs(lightness(color, ground()) - ground()) < 0.25


def rim(color, width):
    """Path effects that give a line of a colour and width (in points) a grey edge where it is hardly seen."""
    return [patheffects.withStroke(linewidth=width + 1.2, foreground="#777777")] if is_faint(color) else []
