"""Rows of panels, as dashboards had them before schema 16, laid out on today's grid."""

import math

COLUMNS, SPAN, ROW_HEIGHT, LEAST, CELL = 24, 4, 250, 90, 38  # Grafana's; heights in pixels, a cell with its margin


def height(given):
    """A height in pixels, such as 250 or "250px", in cells of the grid."""
    digits = str(given).removesuffix("px")
    pixels = float(digits) if digits.replace(".", "", 1).isdigit() else ROW_HEIGHT
    return math.ceil(max(pixels, LEAST) / CELL)


def panels(rows):
    """The panels of old rows with a place each, and a panel for each row if any of them has a heading to show."""
    titled = any(row.get("collapse") or row.get("showTitle") or row.get("repeat") for row in rows)
    found, y = [], 0
    for row in rows:
        if row.get("repeatIteration"):
            continue
        tall = height(row.get("height") or ROW_HEIGHT)
        heading = {"type": "row", "title": row.get("title") or "", "repeat": row.get("repeat"), "panels": []}
        heading |= {"gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}, "collapsed": bool(row.get("collapse"))}
        inside, end = placed(row.get("panels") or [], tall, y + titled)
        if titled and row.get("collapse"):
            heading["panels"], y = inside, y + 1
        else:
            y = end
        found += [heading] * titled + ([] if heading["panels"] else inside)
    return found


def placed(members, tall, y):
    """The panels of one row side by side, in further lines where they find no room; and the row's lower end."""
    x, made = 0, []
    for member in members:
        width = min(COLUMNS, max(1, math.floor(member.get("span") or SPAN)) * COLUMNS // 12)
        high = height(member["height"]) if member.get("height") else tall
        if x + width > COLUMNS:
            x, y = 0, y + tall
        made.append({**member, "gridPos": {"x": x, "y": y, "w": width, "h": high}})
        x += width
    return made, y + tall
