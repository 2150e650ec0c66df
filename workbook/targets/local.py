"""The target `local`: processes of this machine."""

from dataclasses import dataclass

from workbook.machine import WorkbookError
from workbook.targets.base import Target


@dataclass(frozen=True)
class Local(Target):
    """This machine. It has no cluster: its kubeconfig never exists, so that no command reaches another one by chance."""

    name = "local"
    is_cluster = False
    reaches_us = True
    context = "local"
    worth = "notebooks 01, 02 and 04, with processes of this machine"

    def doorstep(self):
        return "127.0.0.1", "127.0.0.1"

    def absence(self):
        return "The target local has no cluster. Choose one that has: targets.choose('kind')."

    def claim(self):
        raise WorkbookError(self.absence())
