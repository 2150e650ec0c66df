"""Grafana's colours: its names in this package's palette, others as they are written, and what a value makes of them.

https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#color-scheme
"""

import colorsys
import math
import re

import matplotlib
import numpy as np

from promql.palette import BLACK, BLUE, GREEN, ORANGE, PALETTE, PINK, VERMILION, YELLOW

# Grafana's colour names in the palette, whatever their shade; other colours stay as they are written.
COLORS = {
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "purple": PINK,
    "red": VERMILION,
    "yellow": YELLOW,
    "text": BLACK,
    "transparent": "#FFFFFF00",
    "panel-bg": "#FFFFFF",
}
GREY = "#888888"
UNNAMED = "#808080"  # Grafana's, where no colour is named
SHADE = re.compile(r"(?:super-light|semi-dark|light|dark)-")
FUNCTION = re.compile(
    r"(rgb|hsl)a?\(\s*([\d.]+)(?:deg)?\s*[, ]\s*([\d.]+)%?\s*[, ]\s*([\d.]+)%?\s*(?:[,/]\s*([\d.]+)(%?)\s*)?\)"
)
SCHEMES = {  # the colours between which a continuous scheme goes, or the map of matplotlib's of the same name
    "continuous-GrYlRd": ("green", "yellow", "red"),
    "continuous-RdYlGr": ("red", "yellow", "green"),
    "continuous-BlYlRd": ("blue", "#FFF899", "red"),
    "continuous-YlRd": ("#FFF899", "red"),
    "continuous-BlPu": ("blue", "purple"),
    "continuous-YlBl": ("#FFF899", "blue"),
    "continuous-blues": ("panel-bg", "blue"),
    "continuous-reds": ("panel-bg", "red"),
    "continuous-greens": ("panel-bg", "green"),
    "continuous-purples": ("panel-bg", "purple"),
}
MAPS = {f"continuous-{name}": name for name in ("viridis", "magma", "plasma", "inferno", "cividis")}


def known(name):
    """Whether `color` knows this colour."""
    return parsed(name) is not None


def color(name):
    """A colour of Grafana's, such as semi-dark-red or rgba(245, 54, 54, 0.9), as one of matplotlib's. Grey if unknown."""
    return parsed(name) or GREY


def parsed(name):
    if not isinstance(name, str):
        return None
    plain = SHADE.sub("", name.strip())
    if plain in COLORS:
        return COLORS[plain]
    if found := FUNCTION.fullmatch(name.strip().lower()):
        kind, *parts, alpha, percent = found.groups()
        first, second, third = map(float, parts)
        channels = [first / 255, second / 255, third / 255]
        if kind == "hsl":
            channels = colorsys.hls_to_rgb(first / 360 % 1, third / 100, second / 100)
        opaque = 1 if alpha is None else float(alpha) / (100 if percent else 1)
        return matplotlib.colors.to_hex([min(1, one) for one in (*channels, opaque)], keep_alpha=opaque < 1)
    written = name.strip()
    return written if written and matplotlib.colors.is_color_like(written) else None


def scheme(mode, share):
    """The colour of a continuous scheme at a share of the way from its least value to its greatest."""
    share = min(1.0, max(0.0, share if math.isfinite(share) else 0.0))
    if mode in MAPS:
        return matplotlib.colors.to_hex(matplotlib.colormaps[MAPS[mode]](share))
    return matplotlib.colors.to_hex(spline([matplotlib.colors.to_rgb(color(one)) for one in SCHEMES[mode]], share))


def spline(colors, share):
    """A uniform B-spline through the colours' channels, at a share of its length.
    https://en.wikipedia.org/wiki/B-spline#Cubic_B-Splines"""
    points, count = np.array(colors), len(colors) - 1
    place = min(count - 1, math.floor(share * count))
    within = share * count - place
    second, third = points[place], points[place + 1]
    first = points[place - 1] if place else 2 * second - third
    fourth = points[place + 2] if place < count - 1 else 2 * third - second
    rest = 1 - within
    parts = rest**3 * first + (3 * within**3 - 6 * within**2 + 4) * second
    parts = parts + (3 * rest**3 - 6 * rest**2 + 4) * third + within**3 * fourth
    return np.clip(parts / 6, 0, 1)


def shade(paint, rank):
    """One of a row of lighter and darker colours around one."""
    red, green, blue = matplotlib.colors.to_rgb(paint)
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    step = (rank + 1) // 2 * 0.06 * (1 if rank % 2 else -1)
    return matplotlib.colors.to_hex(colorsys.hls_to_rgb(hue, min(0.95, max(0.05, light + step)), full))


def known_scheme(mode):
    """Whether a colour scheme is known."""
    return mode in SCHEMES or mode in MAPS or mode == "thresholds" or is_of_series(mode)


def is_of_series(mode):
    return isinstance(mode, str) and (mode in ("fixed", "shades", "gradient") or mode.startswith("palette-"))


def of_series(config, rank):
    """The colour that a scheme of series gives to one of that rank."""
    mode = config.get("mode")
    if mode in ("fixed", "gradient", "shades"):
        paint = color(config.get("fixedColor") or UNNAMED)
        return shade(paint, rank % 11) if mode == "shades" else paint
    return PALETTE[rank % len(PALETTE)]
