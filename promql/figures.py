"""An answer as a figure, in the colours that matplotlib is set to."""

import contextlib
import os
import textwrap
from datetime import UTC
from typing import Literal, cast

import matplotlib
import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from promql import answers, dataframes, heatmaps, histograms, palette
from promql.errors import PrometheusError
from promql.hints import MANY
from promql.panels.look import letters
from promql.panels.stacks import lonely
from promql.panels.units import axis_text

LINES, BARS = 1000, 100  # series of one figure
NOTED = 5  # exemplars that a figure names
SHOWN_IN_NOTEBOOKS = ("inline", "ipympl", "nbagg", "notebook", "widget")  # backends, by a part of their names
PAST = {"linestyle": ":", "alpha": 0.8}


def figure(
    frame: pd.DataFrame,
    query: str,
    unit: str = "",
    *,
    written: str = "",
    past: str = "",
    heatmap: bool = False,
    stack: bool = False,
    log: bool = False,
) -> Axes:
    """Draw a frame of either form: a line per series of a range, a bar per series of an instant. Returns the axes.

    The comment in its first line, or else the query, is the title; the legend has 20 names at most. Of more than 1,000
    lines or 100 bars the first are drawn, as the title then says. `unit` names the values' axis; `written` is the id of
    a unit of Grafana's (s, bytes, percentunit, reqps) in which values are written. `past` is the label that only series
    of the past have: they are dotted, in the colour of their present. `stack` puts series on top of each other, `log`
    makes the values' axis logarithmic, `heatmap` draws buckets over time, as native histograms always are. A range
    vector of one instant is drawn over its own times.
    """
    _, axes = plt.subplots(layout="constrained")
    raw, cells = dataframes.is_raw(frame), heatmap or histograms.has_histograms(frame)
    frame = dataframes.raw_range(frame) if raw else frame
    if not dataframes.is_range(frame):
        bars(axes, frame if cells else frame[:BARS])
        scale(axes, "x", "observations" if cells else unit, written, log)
    else:
        if cells:
            heatmaps.draw(axes, frame, query, written)
        else:
            drawn = frame.iloc[:, :LINES]
            handles = stacked(axes, drawn) if stack else lines(axes, drawn, past, "." if raw else "")
            below(axes, handles, dataframes.legend(drawn, "now" if past == answers.OFFSET else "{}"))
            scale(axes, "y", unit, written, log)
        time_axis(axes, frame.index)
    title = [*textwrap.wrap(answers.titled(query), 90), *remarks(frame, cells)]
    axes.set_title("\n".join(title), fontsize="medium", parse_math=False)  # a $ in a query is no formula
    for words in axes.figure.findobj(Text):
        letters(words)
    return axes


def remarks(frame: pd.DataFrame, cells: bool) -> list[str]:
    """Lines below a figure's title: what is left out, or why there is nothing to see. `cells` is whether it has
    buckets."""
    wide, most = (frame, LINES) if dataframes.is_range(frame) else (frame.iloc[:, -1:].T, BARS)
    count = wide.shape[1]
    if histograms.has_histograms(wide):
        numbers = sum(not histograms.has_histograms(wide.iloc[:, [place]]) for place in range(count))
        told = f"({numbers:,} series of numbers left out beside native histograms; ask for them alone)"
        return [told] * bool(numbers)
    told = f"(the first {most:,} of {count:,} series)"
    return [told] * (count > most and not cells) + ["All samples are NaN."] * bool(count and wide.isna().all(axis=None))


@contextlib.contextmanager
def whole():
    """What an error interrupts leaves no half figure behind, which a notebook would show."""
    others = {*plt.get_fignums()}
    try:
        yield
    except BaseException:
        for half in {*plt.get_fignums()} - others:
            plt.close(half)
        raise


def show_inline(ipython: InteractiveShell) -> None:
    """Let figures appear in the notebook though a variable of the shell that started it, MPLBACKEND, leads elsewhere.

    What `%matplotlib` chose stays, and so does everything in IPython without a notebook.
    """
    inherited, used = os.environ.get("MPLBACKEND", "").lower(), matplotlib.get_backend().lower()
    leads_elsewhere = inherited and not any(name in inherited for name in SHOWN_IN_NOTEBOOKS)
    if hasattr(ipython, "kernel") and leads_elsewhere and used in (inherited, "agg"):  # agg: without a display
        ipython.run_line_magic("matplotlib", "inline")


def lines(axes: Axes, frame: pd.DataFrame, past: str = "", marker: str = "") -> list:
    """A line per series, which are returned, and a dot for a sample between two gaps, which no line shows. With a
    `marker`, each sample is marked, and the line goes on where others alone have samples."""
    styles = [*(cycler(linestyle=["-", "--", ":"]) * plt.rcParams["axes.prop_cycle"])]
    sets, drawn = dataframes.label_sets(frame), []
    own: dict[tuple, int] = {}
    for labels, values in zip(sets, frame.to_numpy(float).T, strict=True):
        key = tuple(item for item in labels.items() if item[0] != past)
        style = styles[own.setdefault(key, len(own)) % len(styles)] | (PAST if past in labels else {})
        shown = ~np.isnan(values) if marker else slice(None)
        drawn += axes.plot(frame.index[shown], values[shown], marker=marker, **style)
        alone = lonely(pd.Series(values, frame.index))
        if len(alone):
            axes.scatter(alone.index, alone, s=9, color=drawn[-1].get_color())
    return drawn


def stacked(axes: Axes, frame: pd.DataFrame) -> list:
    """Series on top of each other, whose areas are returned; a gap counts as zero."""
    return axes.stackplot(frame.index, frame.fillna(0).to_numpy(float).T, alpha=0.8)


def below(axes: Axes, drawn: list, names: list[str]) -> None:
    """The legend under the axes, as many columns as fit; the figure grows by its lines, the axes keep their size."""
    if names == ["value"] or not names:
        return
    title = f"{MANY} of {len(names)} series" if len(names) > MANY else None
    names = [textwrap.shorten(name, 60, placeholder=" ...") for name in names[:MANY]]
    figure = cast(Figure, axes.figure)
    width, height = figure.get_size_inches()
    columns = max(1, min(len(names), int(width * 13 / (max(map(len, names)) + 7))))
    figure.set_size_inches(width, height + 0.2 * (-(-len(names) // columns) + bool(title)))
    box = figure.legend(drawn[:MANY], names, title=title, loc="outside lower left", ncols=columns, fontsize="small")
    for text in box.get_texts():
        text.set_parse_math(False)


def bars(axes: Axes, frame: pd.DataFrame) -> None:
    """A bar per series; of native histograms, a bar per bucket of them all. Raises PrometheusError for a text."""
    if histograms.has_histograms(frame):
        buckets = dict(sorted((histograms.counts(frame[frame.columns[-1]]) or {}).items()))
        names, values = [f"{low:.3g} to {high:.3g}" for low, high in buckets], [*buckets.values()]
    else:
        names, values = dataframes.legend(frame), frame[frame.columns[-1]]
        if any(isinstance(one, str) for one in values):
            raise PrometheusError("A text cannot be drawn; leave out --plot.")
    axes.barh(range(len(names)), values)
    named(axes, names)


def named(axes: Axes, names: list[str]) -> None:
    """The rows' names beside them, the first on top; the figure grows by its rows."""
    figure = cast(Figure, axes.figure)
    figure.set_figheight(max(figure.get_figheight(), 1.2 + 0.2 * len(names)))
    axes.set_yticks(range(len(names)), names)
    axes.set_yticklabels([letters(words) for words in axes.get_yticklabels()], parse_math=False)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)


def scale(axes: Axes, which: Literal["x", "y"], unit: str, written: str, log: bool) -> None:
    """The axis of the values, "x" or "y"."""
    axis = getattr(axes, f"{which}axis")
    if log:
        getattr(axes, f"set_{which}scale")("log")
    elif not written:
        axes.ticklabel_format(axis=which, useOffset=False)
    if written:
        axis.set_major_formatter(lambda value, _: axis_text(value, written))
        chosen = axis.get_minor_formatter()  # which says what of a logarithmic axis is written between its decades
        axis.set_minor_formatter(lambda value, _: axis_text(value, written) if chosen.format_ticks([value])[0] else "")
    axis.set_label_text("" if written else unit)


def time_axis(axes: Axes, index: pd.DatetimeIndex) -> None:
    """The axis of the time, in UTC, from the first to the last of those points."""
    locator = matplotlib.dates.AutoDateLocator(tz=UTC)
    formatter = matplotlib.dates.ConciseDateFormatter(locator, tz=UTC, formats=palette.CLOCK)
    axes.xaxis.set(major_locator=locator, major_formatter=formatter)
    axes.set_xlabel("UTC")
    if len(index) > 1:
        axes.set_xlim(index[0], index[-1])


def mark_exemplars(axes: Axes, found: pd.DataFrame, frame: pd.DataFrame | None = None, heatmap: bool = False) -> None:
    """A diamond for each exemplar of a frame of `Prometheus.exemplars`; the highest are named by their labels. In the
    heatmap of a `frame` each stands in the middle of its bucket."""
    rows = (
        heatmaps.ends(heatmaps.cells(frame))
        if frame is not None and (heatmap or histograms.has_histograms(frame))
        else []
    )
    found = found.assign(height=np.searchsorted(rows, found["value"]) - 0.5 if rows else found["value"])
    axes.autoscale(not rows, axis="y")
    style = {"marker": "D", "s": 18, "color": plt.rcParams["text.color"], "zorder": 3, "label": "exemplars"}
    axes.scatter(found["timestamp"], found["height"], **style)
    for place, one in enumerate(found.nlargest(NOTED, "value").itertuples()):
        text = ", ".join(f"{name}={value}" for name, value in one.exemplar.items())
        axes.annotate(text, (one.timestamp, one.height), (4, 9 * place), textcoords="offset points", fontsize="x-small")
