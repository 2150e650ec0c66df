"""What all drawings share: the size of an Axes, words that fit into it, and letters that its font has."""

import functools
import textwrap

from matplotlib import font_manager, ft2font, rcParams

from promql.palette import is_faint
from promql.panels.colors import GREY, color

TRACK = "#E8E8E8"
PIXEL = 0.75  # points: what a dashboard gives in pixels is drawn in them
FONTS = (  # that have the letters of Chinese, Japanese and Korean, where a machine has one of them
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans GB",
    "Arial Unicode MS",
    "Microsoft YaHei",
    "SimHei",
)

__all__ = ["GREY", "PIXEL", "TRACK", "absent", "color", "ink", "letters", "pick", "say", "short", "size", "wrapped"]


def pick(model, path, default=None):
    """A nested option, such as custom.stacking.mode, or the default where it or what holds it is missing or null."""
    for key in path.split("."):
        model = model.get(key) if isinstance(model, dict) else None
    return default if model is None else model


def ink(paint):
    """A colour for letters: itself, unless it is hardly seen."""
    return rcParams["text.color"] if is_faint(paint) else paint


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


@functools.cache
def glyphs(path):
    """The code points of the letters in a font's file."""
    return frozenset(ft2font.FT2Font(path).get_charmap())


@functools.cache
def fallback():
    """A font of this machine with the letters of Chinese, Japanese and Korean; None if it has none."""
    there = {one.name: one.fname for one in font_manager.fontManager.ttflist}
    return next(((name, there[name]) for name in FONTS if name in there), None)


def absent(text, properties=None):
    """The letters of a text that matplotlib's font lacks."""
    own = glyphs(font_manager.findfont(properties or font_manager.FontProperties()))
    return "".join(dict.fromkeys(one for one in text if ord(one) not in own and not one.isspace()))


def letters(words):
    """Give a Text a font with its letters; where this machine has none, a letter that is missing becomes □. Returns what
    it then says."""
    strange = absent(words.get_text(), words.get_fontproperties())
    if strange and (found := fallback()):
        words.set_fontfamily([*words.get_fontfamily(), found[0]])
        strange = "".join(one for one in strange if ord(one) not in glyphs(found[1]))
    words.set_text(words.get_text().translate({ord(one): "□" for one in strange}))
    return words.get_text()
