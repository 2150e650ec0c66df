"""Panels and rows that Grafana repeats for each value of a variable, laid out as it lays them out."""

from typing import NamedTuple

from promql.panels.variables import Value, escape

LINES, TALLEST = 10_000, 200  # of a dashboard, and of a panel: what is beyond is a slip
PER_ROW = 4  # panels side by side, where a panel does not say how many


class Placed(NamedTuple):
    """A panel's model where it is shown; `scoped` are the variables that it is repeated for, `hidden` says that its row
    is collapsed."""

    model: dict
    scoped: dict
    hidden: bool = False


def expanded(models, values):
    """The panels of a dashboard in Grafana's order. `values()` are those of its variables, asked only for a repeat."""
    found, shift = [], 0
    for heading, members in sections(models):
        top, bottom = extent(heading, members)
        copies = scopes(heading, values) if heading else [{}]
        for place, scoped in enumerate(copies):
            down = shift + place * (bottom - top)
            if heading:
                found.append(Placed(moved(heading, down), scoped))
            made, extra = repeated(members, values, scoped)
            hidden = bool(heading and heading.get("panels"))
            found += [Placed(moved(one.model, down), one.scoped, hidden) for one in made]
            shift += 0 if hidden else extra
        shift += (len(copies) - 1) * (bottom - top)
    return found


def sections(models):
    """A row's heading and its panels, those that it hides or those up to the next row; None before the first row."""
    found = [(None, [])]
    for model in models:
        if model.get("type") == "row":
            found.append((model, list(model.get("panels") or [])))
        else:
            found[-1][1].append(model)
    return [(heading, members) for heading, members in found if heading or members]


def extent(heading, members):
    """The first line of a section and the one after its last."""
    if heading and heading.get("panels"):
        return box(heading)[1], box(heading)[1] + 1
    boxes = [box(one) for one in ([heading] if heading else []) + members]
    return min(one[1] for one in boxes), max(one[1] + one[3] for one in boxes)


def box(model):
    """x, y, width and height of a panel in Grafana's grid."""
    place = {"x": 0, "y": 0, "w": 12, "h": 8} | {
        key: one for key, one in (model.get("gridPos") or {}).items() if one is not None
    }
    ends = {"x": (0, 23), "y": (0, LINES), "w": (1, 24), "h": (1, TALLEST)}
    return tuple(int(min(most, max(least, place[side]))) for side, (least, most) in ends.items())


def moved(model, down):
    """A model so many lines lower."""
    x, y, width, height = box(model)
    return {**model, "gridPos": {"x": x, "y": y + down, "w": width, "h": height}} if down else model


def scopes(model, values):
    """The variables of each copy of a panel or a row; one copy without any where nothing is repeated."""
    name = model.get("repeat")
    value = values().get(name) if name else None
    if not isinstance(value, Value):
        return [{}]
    return [{name: Value([one], escape(one, value.several), one, value.several)} for one in value.raw or [""]]


def repeated(members, values, outer):
    """The panels of a section with their copies, and by how many lines it grew."""
    found, pushed = [], []
    for model in sorted(members, key=lambda one: box(one)[1]):
        x, y, width, height = box(model)
        down = sum(lines for end, lines in pushed if y >= end)
        copies = scopes(model, values)
        for place, scoped in enumerate(copies):
            at = {"x": x, "y": y + down, "w": width, "h": height}
            if len(copies) > 1 and model.get("repeatDirection") == "v":
                at["y"] += place * height
            elif len(copies) > 1:
                columns = max(1, min(len(copies), int(model.get("maxPerRow") or PER_ROW)))
                wide = 24 // columns
                at |= {"x": place % columns * wide, "y": at["y"] + place // columns * height, "w": wide}
            found.append(Placed({**model, "gridPos": at} if at != model.get("gridPos") else model, outer | scoped))
        lines = max(one.model["gridPos"]["y"] for one in found[-len(copies) :]) - y - down if len(copies) > 1 else 0
        if lines:
            pushed.append((y + height, lines))
    return found, sum(lines for _, lines in pushed)
