"""Grafana as a process of this machine: on loopback, with our data source and dashboards, for viewers without a login.

https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/ and .../administration/provisioning/
"""

import configparser
import contextlib
from pathlib import Path

import yaml

from workbook import monitoring, programs
from workbook.machine import VERSIONS, WorkbookError, settings
from workbook.processes import Process
from workbook.programs import ProgramUnavailable

DASHBOARDS = monitoring.FOLDER / "dashboards"
HOME_DASHBOARD = DASHBOARDS / "wine-model.json"
PATIENCE = 240  # seconds for its first start, in which it makes its database
PACKAGED = ("/usr/share/grafana", "/opt/homebrew/opt/grafana/share/grafana", "/usr/local/opt/grafana/share/grafana")
QUIET = {  # what Grafana would tell or ask of the world
    "analytics": {
        "enabled": "false",
        "reporting_enabled": "false",
        "check_for_updates": "false",
        "check_for_plugin_updates": "false",
        "feedback_links_enabled": "false",
    },
    "news": {"news_feed_enabled": "false"},
    "plugins": {
        "preinstall_disabled": "true",
        "public_key_retrieval_disabled": "true",
        "plugin_admin_enabled": "false",
    },
    "snapshots": {"external_enabled": "false"},
    "security": {"disable_gravatar": "true", "allow_embedding": "true", "disable_initial_admin_creation": "true"},
}
OPEN = {  # viewers need no login, which is safe on loopback: nothing else reaches it
    "auth": {"disable_login_form": "true"},
    "auth.anonymous": {"enabled": "true", "org_role": "Viewer"},
    "auth.basic": {"enabled": "false"},
    "unified_alerting": {"enabled": "false"},  # Alertmanager tells; Grafana only shows
    "users": {"default_theme": "light"},
    "date_formats": {"default_timezone": "utc"},
    "dashboards": {"min_refresh_interval": "1s", "default_home_dashboard_path": HOME_DASHBOARD},
    "log": {"mode": "console", "level": "warn"},
}


def wanted():
    """Whether `local` starts Grafana: as WORKBOOK_GRAFANA says, else if nothing must be fetched for it."""
    answer = settings().grafana.lower()
    if answer not in ("yes", "no", ""):
        raise WorkbookError(f"WORKBOOK_GRAFANA is {answer!r}. Set it to yes or no.")
    if not answer and not programs.is_here("grafana"):
        size = VERSIONS["programs"]["grafana"]["megabytes"]
        print(
            f"Grafana is not on this machine, and not needed. To have it beside the notebook's own panels, set "
            f"WORKBOOK_GRAFANA=yes and start again: {size} MB are fetched once. WORKBOOK_GRAFANA=no ends this line."
        )
        return False
    return answer != "no"


def home(program):
    """The folder that Grafana's program takes its pages and defaults from. Raises ProgramUnavailable."""
    own = Path(program).resolve().parent.parent
    for folder in (own, own / "share/grafana", *map(Path, PACKAGED)):
        if (folder / "conf/defaults.ini").exists():
            return folder
    raise ProgramUnavailable(f"{program} was found, but not the folder with its conf/defaults.ini.")


def configure(folder, port, prometheus_url, interval):
    """Write Grafana's settings and provisioning into `folder`; return the path of its grafana.ini."""
    config = configparser.ConfigParser(interpolation=None)
    paths = {name: folder / name for name in ("data", "logs", "plugins", "provisioning")}
    server = {"http_addr": "127.0.0.1", "http_port": port, "domain": "127.0.0.1"}
    config.read_dict({"paths": paths, "server": server, **QUIET, **OPEN})
    source = {"name": "Prometheus", "uid": "prometheus", "type": "prometheus", "access": "proxy", "isDefault": True}
    source |= {"url": prometheus_url, "editable": False, "jsonData": {"httpMethod": "POST", "timeInterval": interval}}
    provider = {"name": "wine", "orgId": 1, "type": "file", "disableDeletion": True, "allowUiUpdates": False}
    provider |= {"options": {"path": str(DASHBOARDS)}}
    provide(paths["provisioning"] / "datasources/prometheus.yaml", datasources=[source])
    provide(paths["provisioning"] / "dashboards/wine.yaml", providers=[provider])
    with (folder / "grafana.ini").open("w") as file:
        config.write(file)
    return folder / "grafana.ini"


def provide(path, **content):
    """Write one file of Grafana's provisioning."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"apiVersion": 1, **content}))


@contextlib.contextmanager
def running(folder, log, port, prometheus_url, interval="1s"):
    """Run Grafana until the end of the block; yields its address when it is ready. `folder` goes with it.

    Prints how far it is with what it must fetch. Raises ProgramUnavailable, and Failed where it does not start.
    """
    program = programs.find("grafana")
    config = configure(Path(folder), port, prometheus_url, interval)
    command = [program, "server", "--homepath", home(program), "--config", config]
    with Process("Grafana", command, log, scratch=folder) as process:
        process.until_answers(f"http://127.0.0.1:{port}/api/health", '"ok"', within=PATIENCE)
        yield f"http://127.0.0.1:{port}"
