"""Whether this machine has what a target needs: `make doctor`, and the same in notebook 03."""

import re
import shutil

from workbook.machine import DOES_NOT_RUN, PLUGINS, TOOLS, VERSIONS, WorkbookError, version

OLDEST = VERSIONS["tools"]


def examine(target):
    """Check that this machine has what the target needs; a WorkbookError names each thing that is missing."""
    if lacking := _lacking(target):
        raise WorkbookError("\n".join(lacking))
    print(f"This machine has what the target {target.name} needs.")
    for note in target.notes():
        print(f"Note: {note}")


def report(targets):
    """Print for each target whether it can be used now, and what it lacks; return the names of those that can."""
    usable = []
    for target in targets:
        try:
            lacking = _lacking(target)
        except WorkbookError as error:
            lacking = [str(error)]
        usable += [] if lacking else [target.name]
        print(f"{target.name:6}{'lacks something' if lacking else 'ready'}: {target.worth}")
        for line in "\n".join(lacking or target.notes()).splitlines():
            print(f"      {line}")
    return usable


def _lacking(target):
    """What the target lacks here: its tools, else what it knows itself, else newer tools."""
    missing = [tool for tool in target.tools if not shutil.which(tool)]
    if missing:
        return [f"{tool} is not installed: {(TOOLS | PLUGINS)[tool]}" for tool in missing] + _at_once(missing)
    versions = {tool: version(tool) for tool in target.tools if tool in OLDEST}
    broken = [tool for tool, found in versions.items() if found == DOES_NOT_RUN and tool != "docker"]
    if broken:
        return [
            f"{tool} does not run here. Is it made for this processor? Install it anew: {TOOLS[tool]}"
            for tool in broken
        ]
    old = [tool for tool, found in versions.items() if _is_older(found, OLDEST[tool])]
    return target.problems() or [
        f"{tool} {versions[tool]} is too old, the lesson needs {OLDEST[tool]} or newer: {TOOLS[tool]}" for tool in old
    ]


def _at_once(tools):
    """The command that brings all of them, where one is known."""
    formulas = [tool for tool in tools if tool in ("kind", "kubectl", "helm")]
    if not shutil.which("brew") or len(formulas) < len(tools):
        return []
    return [f"`brew install {' '.join(formulas)}` brings {'them' if len(tools) > 1 else 'it'}."]


def _is_older(found, oldest):
    """Whether a version is known, and lower."""
    numbers = [[int(part) for part in re.findall(r"\d+", one)[:2]] for one in (found or "", oldest)]
    return bool(numbers[0]) and numbers[0] < numbers[1]
