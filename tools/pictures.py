"""The README's pictures, taken out of the recorded notebooks: `make record` calls it."""

import base64
import io
import json
from pathlib import Path

import matplotlib.image
import nbformat

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {  # by name, the notebook and the id of the cell that draws it
    "dashboard": ("04_monitor", "0454f755"),
    "alert": ("04_monitor", "7e20c069"),
    "drift": ("04_monitor", "711fec77"),
}


def recorded(notebook, cell_id):
    """The first PNG that a cell of a notebook shows, as bytes."""
    cells = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
    cell = next(cell for cell in cells if cell.id == cell_id)
    png = next(output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {}))
    return base64.b64decode(png)


def upper_rows(png, end):
    """The upper part of the whole dashboard's picture, to where the row of panels `end` begins."""
    panels = json.loads((ROOT / "k8s/monitoring/dashboards/wine-model.json").read_text())["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    place = next(panel["gridPos"]["y"] for panel in panels if panel["title"] == end)
    pixels, part = matplotlib.image.imread(io.BytesIO(png)), io.BytesIO()
    matplotlib.image.imsave(part, pixels[: round(len(pixels) * place / height)], format="png")
    return part.getvalue()


def shown(name):
    """A picture as the README shows it, as PNG."""
    png = recorded(*PICTURES[name])
    return upper_rows(png, "Predictions") if name == "dashboard" else png


if __name__ == "__main__":
    for name in PICTURES:
        (ROOT / "pictures" / f"{name}.png").write_bytes(shown(name))
