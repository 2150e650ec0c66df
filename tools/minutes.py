"""The minutes at the top of a notebook with parts, and in the README: `make record` and `make minutes` write them.

Counted, not guessed: words at a reader's pace, exercises and guesses, and how long the recorded cells waited.
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks/04_monitor.ipynb"
WORDS = 200  # that somebody reads in a minute
TRIES = {r"^check\(": 4, r"\*\*Your guess": 3, r"\*\*Your turn|^incident\.name": 5}  # minutes for each
WAITED = re.compile(r"\[[^\[\]]+, (\d+) s\]")


def counted(cells):
    """Minutes to read, to try and to wait by part: {number: (read, try, wait)}. What precedes part 1 is part of it."""
    parts, number = {}, 1
    for cell in cells:
        if "solution" in cell.metadata.get("tags", []):
            continue
        if heading := re.search(r"^# Part (\d)", cell.source, re.MULTILINE):
            number = int(heading[1])
        parts.setdefault(number, []).append(cell)
    return {number: (to_read(part), to_try(part), to_wait(part)) for number, part in parts.items()}


def to_read(cells):
    return fives(sum(len(cell.source.split()) for cell in cells) / WORDS)


def to_try(cells):
    found = {pattern: [re.findall(pattern, cell.source, re.MULTILINE) for cell in cells] for pattern in TRIES}
    return fives(sum(TRIES[pattern] * len(one) for pattern, cells in found.items() for one in cells))


def to_wait(cells):
    texts = [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]
    return round(sum(int(seconds) for text in texts for seconds in WAITED.findall(text)) / 60)


def fives(minutes):
    return 5 * max(1, round(minutes / 5))


def head(source, parts):
    """The notebook's first cell with these minutes in it."""
    for number, minutes in parts.items():
        row = rf"^(\| {number}\b.*?)( \| \d+){{3}} \|$"
        source = re.sub(row, rf"\1 | {' | '.join(map(str, minutes))} |", source, flags=re.MULTILINE)
    read, tried, waited = (sum(minutes) for minutes in zip(*parts.values(), strict=True))
    said = f"{read + tried + waited} minutes: {read} to read, {tried} for guesses and exercises, and {waited} in which"
    return re.sub(r"\d+ minutes: .*? in which", said, source, count=1)


def readme(text, parts):
    """The README with their sum in the row of the notebook."""
    return re.sub(rf"(?m)(\[{NOTEBOOK.stem}\].*\| )\d+( \|)$", rf"\g<1>{sum(map(sum, parts.values()))}\2", text)


def main():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    parts = counted(notebook.cells)
    notebook.cells[0].source = head(notebook.cells[0].source, parts)
    nbformat.write(notebook, NOTEBOOK)
    (ROOT / "README.md").write_text(readme((ROOT / "README.md").read_text(), parts))


if __name__ == "__main__":
    main()
