"""`make lab`: JupyterLab on the reader's copy of the first notebook."""

import os
import shutil
import sys
from collections.abc import Mapping

from workbook import copies
from workbook.machine import ROOT, WorkbookError

CONFIG = ROOT / "workbook/jupyterlab"  # no question about news, no look-up of newer versions; long lines are wrapped
CODESPACE = r"https://{CODESPACE_NAME}-\d+\.{GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN}"


def command(
    arguments: list[str], environment: Mapping[str, str], platform: str = sys.platform, user: int = os.getuid()
) -> list[str]:
    """Return JupyterLab's command line for this machine: the whole repository in sight, the first notebook open."""
    line = [sys.executable, "-m", "jupyter", "lab", "--LabApp.default_url=/lab/tree/my/01_train.ipynb"]
    line.append(f"--ServerApp.root_dir={ROOT}")  # a reader's own configuration may name another folder
    has_display = platform == "darwin" or environment.keys() & {"DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"}
    if not has_display:
        line.append("--no-browser")  # JupyterLab then prints its address
    if "WSL_DISTRO_NAME" in environment:
        line.append("--ServerApp.use_redirect_file=False")  # the browser is Windows's, and knows no file of Linux
    if "CODESPACE_NAME" in environment:  # GitHub leads the browser here by another name
        line.append("--ServerApp.allow_origin_pat=" + CODESPACE.format(**environment))
    if user == 0:
        line.append("--allow-root")
    return line + arguments


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What joins JupyterLab's environment: its configuration, before the reader's own, the kernel of .venv before another
    of that name, and Windows's browser in WSL."""
    own = environment.get("JUPYTER_CONFIG_PATH")
    path = os.pathsep.join([str(CONFIG), *([own] if own else [])])
    return {"JUPYTER_CONFIG_PATH": path, "JUPYTER_PREFER_ENV_PATH": "1", **browser(environment)}


def browser(environment: Mapping[str, str]) -> dict[str, str]:
    """The variable that leads to Windows's browser from WSL, where nothing else is said."""
    if "WSL_DISTRO_NAME" not in environment or "BROWSER" in environment:
        return {}
    return {"BROWSER": next((name for name in ("wslview", "explorer.exe") if shutil.which(name)), "")}


def main(arguments: list[str]) -> str:
    """Start JupyterLab in this process; return why it cannot be started."""
    try:
        for name in copies.refresh():
            print(f"notebooks/{name}.ipynb is newer than your copy. `make differences` shows what you changed,")
            print(f"`make fresh NOTEBOOK={name}` brings the new one and keeps yours.")
    except WorkbookError as error:
        return str(error)
    os.chdir(ROOT)
    line = command(arguments, os.environ)
    os.execve(line[0], line, os.environ | variables(os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
