"""Who imports whom: the picture in CONTRIBUTING.md, and what tests/house/test_layout.py checks.

`make house` draws it anew.
"""

import ast
import functools
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("promql", "workbook", "service", "loadtest", "bench", "tests", "tools")
BEGIN, END = "<!-- made by `make house` -->\n", "<!-- end of what `make house` makes -->\n"


@functools.cache
def modules():
    """Every module of the repository: {dotted name: path}."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def tree(name):
    return ast.parse(modules()[name].read_text())


def imports(name):
    """The modules of this repository that a module imports when it runs, wherever in it the import stands."""
    found, nodes = set(), [tree(name)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {known(alias.name) for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {known(f"{node.module}.{alias.name}") for alias in node.names}
    return found - {None, name}


def known(dotted):
    """The module of this repository in which a dotted name is found, None for the names of others."""
    while dotted and dotted not in modules():
        dotted = dotted.rpartition(".")[0]
    return dotted or None


def notebook_imports():
    """The modules that the notebooks import."""
    words = set()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        words |= set(re.findall(r"^(?:from|import|%load_ext) ([\w.]+)", code, re.MULTILINE))
    return {known(word) for word in words} - {None}


def room(name):
    """The folder of a module, as the picture shows it: subpackages of the two packages have rooms of their own."""
    path = modules()[name].parent.relative_to(ROOT)
    return "/".join(path.parts[:2] if path.parts[0] in ("promql", "workbook") else path.parts[:1])


def picture():
    """The rooms and who imports whom as a Mermaid flowchart, then what each module of promql, workbook, service and tools
    is for."""
    arrows = {("notebooks", room(name)) for name in notebook_imports()}
    arrows |= {(room(name), room(other)) for name in modules() for other in imports(name)}
    lines = ["```mermaid", "flowchart LR"]
    lines += [
        f"    {one} --> {other}" for one, other in sorted(arrows) if one != other and one not in ("tests", "tools")
    ]
    lines += ["```", "", "<details><summary>What each module is for</summary>", "", "| module | |", "|---|---|"]
    for name in sorted(modules(), key=lambda name: (room(name), name)):
        summary = (ast.get_docstring(tree(name)) or "").partition("\n")[0].replace("|", "\\|")
        if summary and name.split(".")[0] in ("promql", "workbook", "service", "tools"):
            path = modules()[name].relative_to(ROOT)
            lines.append(f"| [{path}]({path}) | {summary} |")
    return "\n".join([*lines, "", "</details>"]) + "\n"


def drawn(text):
    """A document with the picture in its place."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + picture() + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    document = ROOT / "CONTRIBUTING.md"
    document.write_text(drawn(document.read_text()))
