"""The legend of a panel over time."""

import math

from matplotlib.transforms import ScaledTranslation

from promql.panels.look import pick, short, size
from promql.panels.reducers import is_known, title


def legend(ax, panel, frames, handles, below=26):
    """The names beside the panel or so many points below it, with the calculations that its legend has; as many as find
    room."""
    model = panel.options.get("legend") or {}
    shown = [pair for pair in zip(frames, handles, strict=True) if not pick(pair[0].config, "custom.hideFrom.legend")]
    if model.get("showLegend") is False or model.get("displayMode") == "hidden" or not shown:
        return
    chosen = [calc for calc in model.get("calcs") or [] if is_known(calc)]
    shown = ordered(shown, model, chosen)
    frames, handles = zip(*shown, strict=True)
    calcs = [[f"{calc} {frame.text(frame.reduce(calc))}" for calc in chosen] for frame in frames]
    (width, height), right = size(ax), model.get("placement") == "right"
    room = max(12, int(width / 5.5) - 8)
    names = ["  ".join([short(frame.name, room), *extra]) for frame, extra in zip(frames, calcs, strict=True)]
    columns = min(len(names), max(1, int(width / 5.5 / (max(map(len, names)) + 6))))
    room, place = columns * max(2, int(height / 36)), {"bbox_to_anchor": (0, 0)}
    place["bbox_transform"] = ax.transAxes + ScaledTranslation(0, -below / 72, ax.figure.dpi_scale_trans)
    if right:
        columns, room, place = 1, max(2, int(height / 14)), {"bbox_to_anchor": (1.02, 1)}
    place |= {"loc": "upper left", "alignment": "left", "borderaxespad": 0, "ncols": columns}
    heading = f"{room} of {len(names)} series" if len(names) > room else None
    ax.legend(handles[:room], names[:room], title=heading, fontsize="small", title_fontsize="small", **place)


def ordered(shown, model, calcs):
    """Series in the order of a legend that is sorted: by a calculation in it, or by name."""
    by = model.get("sortBy")
    calc = next((one for one in calcs if by in (one, title(one))), None)
    if by == "Name":
        return sorted(shown, key=lambda pair: pair[0].name.lower(), reverse=bool(model.get("sortDesc")))
    if calc is None:
        return shown
    values = {id(pair): pair[0].reduce(calc) for pair in shown}
    key = lambda pair: -math.inf if math.isnan(values[id(pair)]) else values[id(pair)]  # noqa: E731
    return sorted(shown, key=key, reverse=bool(model.get("sortDesc")))
