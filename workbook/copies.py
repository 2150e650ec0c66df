"""The reader's own copies of the notebooks, in my/: what they run and write there never meets a `git pull`.

make lab                          copies what is not there yet
make differences                  what was typed in the copies that the originals do not have
make fresh NOTEBOOK=02_serve      a fresh copy; the old one stays beside it under another name
"""

import difflib
import hashlib
import itertools
import json
import shutil
import sys
from pathlib import Path

from workbook.machine import ROOT, WorkbookError

ORIGINALS = ROOT / "notebooks"
COPIES = ROOT / "my"
NONE = "There are no copies yet: `make lab` makes them."
NOTE = COPIES / ".originals.json"  # the digest of the original that each copy was made from


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh() -> list[str]:
    """Copy every notebook of which there is no copy, and again those that the reader never changed.

    Returns the names of the notebooks that are newer than a copy with the reader's changes: those are left alone.
    Raises WorkbookError where my/ cannot be written.
    """
    noted, stale = _noted(), []
    for original in sorted(ORIGINALS.glob("*.ipynb")):
        copy, known = COPIES / original.name, noted.get(original.name)
        if not copy.exists():
            _write(original)
        elif known != digest(original):
            untouched = digest(copy) in (known, digest(original))
            _write(original) if untouched else stale.append(original.stem)
    return stale


def fresh(name: str) -> Path | None:
    """Bring a fresh copy of a notebook, `02_serve` or its path; return where the reader's own went, if there was one.

    Raises WorkbookError where there is no such notebook, or my/ cannot be written.
    """
    original = ORIGINALS / f"{Path(name).stem}.ipynb"
    if not original.exists():
        names = ", ".join(sorted(path.stem for path in ORIGINALS.glob("*.ipynb")))
        raise WorkbookError(f"There is no notebook {name!r}. Choose one of {names}: make fresh NOTEBOOK=02_serve")
    copy, kept = COPIES / original.name, None
    if copy.exists():
        free = (copy.with_stem(f"{copy.stem}-{number}") for number in itertools.count(1))
        kept = copy.rename(next(path for path in free if not path.exists()))
    _write(original)
    return kept


def _noted() -> dict[str, str]:
    try:
        return dict(json.loads(NOTE.read_text()))
    except (OSError, ValueError):  # none yet, or cut off by a full disk: then every change counts as the reader's
        return {}


def _write(original: Path) -> None:
    try:
        COPIES.mkdir(exist_ok=True)
        shutil.copyfile(original, COPIES / original.name)
        NOTE.write_text(json.dumps(_noted() | {original.name: digest(original)}, indent=1))
    except OSError as error:
        raise WorkbookError(
            f"{COPIES} cannot be written ({error.strerror}), and there your copies of the notebooks go. "
            "Copy the workbook to a folder of yours, or make this one writable, then run the command again."
        ) from error


def differences() -> str:
    """What the copies say that the originals do not, as a diff of their cells; outputs are left out."""
    lines: list[str] = []
    for copy in sorted(COPIES.glob("*.ipynb")):
        original = ORIGINALS / copy.name
        if original.exists():
            before, after = str(original.relative_to(ROOT)), str(copy.relative_to(ROOT))
            lines += difflib.unified_diff(_typed(original), _typed(copy), before, after, n=2, lineterm="")
    return "\n".join(lines) or ("Your copies say what the notebooks say." if COPIES.exists() else NONE)


def _typed(path: Path) -> list[str]:
    """The lines of a notebook's cells, each under the kind of its cell."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (ValueError, KeyError):
        raise WorkbookError(
            f"{path} cannot be read as a notebook. `make fresh NOTEBOOK={path.stem}` brings a fresh one and keeps this."
        ) from None
    return [line for cell in cells for line in [f"[{cell['cell_type']}]", *"".join(cell["source"]).splitlines()]]


def main(words: list[str]) -> str | None:
    """Run one command; return what is wrong with it."""
    try:
        match words:
            case ["differences"]:
                print(differences())
            case ["fresh", name]:
                kept = fresh(name)
                print(f"my/{Path(name).stem}.ipynb is fresh." + (f" Yours is now my/{kept.name}." if kept else ""))
            case _:
                return __doc__
    except WorkbookError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
