"""The README's pictures, taken out of the recorded notebooks: `make record` calls it."""

import base64
from pathlib import Path

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


if __name__ == "__main__":
    for name, place in PICTURES.items():
        (ROOT / "pictures" / f"{name}.png").write_bytes(recorded(*place))
