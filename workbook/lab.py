"""`make lab`: JupyterLab on the first notebook."""

import os
import sys

from workbook.machine import ROOT


def command(arguments, environment, platform=sys.platform, user=os.getuid()):
    """Return JupyterLab's command line for this machine: the whole repository in sight, the first notebook open."""
    line = [sys.executable, "-m", "jupyter", "lab", "--LabApp.default_url=/lab/tree/notebooks/01_train.ipynb"]
    has_display = platform == "darwin" or environment.keys() & {"DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"}
    if not has_display:
        line.append("--no-browser")  # JupyterLab then prints its address
    if user == 0:
        line.append("--allow-root")
    return line + arguments


def main():
    os.chdir(ROOT)
    line = command(sys.argv[1:], os.environ)
    os.execv(line[0], line)


if __name__ == "__main__":
    main()
