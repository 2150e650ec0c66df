"""What all drawings share: colours, the size of an Axes, and words that fit into it."""

import textwrap

from promql.palette import BLACK, BLUE, GREEN, ORANGE, PINK, VERMILION, YELLOW, is_light

# Grafana's colour names in the palette, whatever their shade; other colours stay as they are written.
COLORS = {
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "purple": PINK,
    "red": VERMILION,
    "yellow": YELLOW,
    "text": BLACK,
}
GREY, TRACK = "#888888", "#E8E8E8"


def pick(model, path, default=None):
    """A nested option, such as custom.stacking.mode, or the default where it or what holds it is missing or null."""
    for key in path.split("."):
        model = (model or {}).get(key)
    return default if model is None else model


def color(name):
    """A colour of Grafana's, such as semi-dark-red, as one of the palette."""
    return COLORS.get(name.rpartition("-")[2], name if name.startswith("#") else GREY)


def ink(paint):
    """A colour for letters on white: itself, unless it is too light to read."""
    return "black" if is_light(paint) else paint


def size(ax):
    """Width and height of an Axes in points."""
    box = ax.get_window_extent()
    return box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi


def say(ax, x, y, words, **style):
    """Words with their middle at that place."""
    return ax.text(x, y, words, **{"ha": "center", "va": "center", **style})


def short(name, width=60):
    """A name cut in its middle to a width, because series often differ at the end."""
    return name if len(name) <= width else f"{name[: width // 2 - 1]}…{name[len(name) - width // 2 :]}"


def wrapped(ax, words):
    """Words in small letters, in lines that fit into an Axes."""
    width = max(10, int(size(ax)[0] / 5))
    return "\n".join(textwrap.fill(line, width) for line in words.splitlines())
