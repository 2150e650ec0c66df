"""The palette, seen by every kind of eye: what Machado, Oliveira and Fernandes (2009) say of severe deficiencies."""

import itertools

import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from promql.palette import PALETTE, is_faint, is_light, rim

SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(color, sight):
    """A colour in CIELAB, in which a distance of 2.3 is just noticed."""
    xyz = XYZ @ np.clip(np.array(SIGHT[sight]) @ linear(color), 0, 1) / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_neighbours_are_told_apart(sight):
    pairs = itertools.pairwise([*PALETTE, PALETTE[0]])
    assert min(np.linalg.norm(seen(one, sight) - seen(other, sight)) for one, other in pairs) > 20


def test_what_is_hardly_seen_on_white_has_a_rim():
    contrast = {color: 1.05 / (XYZ[1] @ linear(color) + 0.05) for color in PALETTE}
    assert {color for color in PALETTE if is_faint(color)} == {color for color in PALETTE if contrast[color] < 2}
    assert [color for color in PALETTE if rim(color, 1.5)] == ["#F0E442"]


def test_what_is_hardly_seen_depends_on_the_figure():
    with matplotlib.style.context("dark_background"):
        assert [color for color in PALETTE if rim(color, 1.5)] == ["#000000"]
        assert is_faint("#FFFFFF00") and not is_light("#FFFFFF00") and is_light("#FFFFFF")
    with matplotlib.rc_context({"figure.facecolor": "none"}):  # what is behind it is not known
        assert is_faint("white") and not is_faint("black")
