"""An answer as a figure, in the colours that matplotlib is set to."""

import re
import textwrap

import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

from promql.frames import legend
from promql.hints import MANY


def figure(frame, query, unit=""):
    """Draw a frame of either form: a line per series of a range, a bar per series of an instant. Returns the axes.

    The comment in its first line, or else the query, is the title; `unit` names the values' axis; the legend has 20
    names at most.
    """
    _, axes = plt.subplots(layout="constrained")
    (lines if frame.index.name == "time" else bars)(axes, frame, unit)
    comment = re.match(r"#\s*(\S.*)", query)
    title = textwrap.wrap(comment[1] if comment else " ".join(query.split()), 90)
    axes.set_title("\n".join(title), fontsize="medium", parse_math=False)  # a $ in a query is no formula
    return axes


def lines(axes, frame, unit):
    axes.set_prop_cycle(cycler(linestyle=["-", "--", ":"]) * plt.rcParams["axes.prop_cycle"])
    drawn = [axes.plot(frame.index, column)[0] for column in frame.to_numpy().T]
    for line, column in zip(drawn, frame.to_numpy().T):
        missing = np.pad(np.isnan(column), 1, constant_values=True)
        lonely = ~missing[1:-1] & missing[:-2] & missing[2:]  # samples between two gaps, which no line shows
        axes.scatter(frame.index[lonely], column[lonely], s=9, color=line.get_color())
    locator = matplotlib.dates.AutoDateLocator()
    axes.xaxis.set(major_locator=locator, major_formatter=matplotlib.dates.ConciseDateFormatter(locator))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set(xlabel="UTC", ylabel=unit)
    if len(frame) > 1:
        axes.set_xlim(frame.index[0], frame.index[-1])
    names = [textwrap.shorten(name, 60, placeholder=" ...") for name in legend(frame)[:MANY]]
    if names != ["value"]:
        below(axes.figure, drawn[:MANY], names, f"{MANY} of {len(drawn)} series" if len(drawn) > MANY else None)


def below(figure, drawn, names, title):
    """The legend under the axes, as many columns as fit; the figure grows by its lines, the axes keep their size."""
    width, height = figure.get_size_inches()
    columns = max(1, min(len(names), int(width * 13 / (max(map(len, names)) + 7))))
    figure.set_size_inches(width, height + 0.2 * (-(-len(names) // columns) + bool(title)))
    box = figure.legend(drawn, names, title=title, loc="outside lower left", ncols=columns, fontsize="small")
    for text in box.get_texts():
        text.set_parse_math(False)


def bars(axes, frame, unit):
    axes.barh(range(len(frame)), frame[frame.columns[-1]])
    axes.set_yticks(range(len(frame)), legend(frame), parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
