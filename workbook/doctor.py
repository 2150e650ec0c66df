"""Whether this machine has what a target needs: `python -m workbook doctor`, and the same in notebook 03."""

import shutil

from workbook.machine import PLUGINS, TOOLS, WorkbookError


def examine(target):
    """Check that this machine has what the target needs; a WorkbookError names each thing that is missing."""
    install = TOOLS | PLUGINS
    problems = [f"{tool} is not installed: {install[tool]}" for tool in target.tools if not shutil.which(tool)]
    if problems := problems or target.problems():
        raise WorkbookError("\n".join(problems))
    print(f"This machine has what the target {target.name} needs.")
