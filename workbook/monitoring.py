"""Prometheus, Alertmanager and the blackbox exporter as processes of this machine, with what k8s/monitoring says."""

import contextlib
from pathlib import Path

import yaml

from workbook import programs
from workbook.machine import ROOT
from workbook.processes import Process, free_ports

FOLDER = ROOT / "k8s/monitoring"
ALERTMANAGER = FOLDER / "alertmanager.yml"


def rule_files(folder):
    """Write our recording rules and alerts into `folder` as Prometheus reads them; return a pattern of their names."""
    for path in sorted((FOLDER / "rules").glob("*.yaml")):
        rules = yaml.safe_load(path.read_text())["spec"]
        (folder / f"rules-{path.name}").write_text(yaml.safe_dump(rules))
    return str(folder / "rules-*.yaml")


@contextlib.contextmanager
def prometheus(folder, config, *flags, log=None, port=None, scratch=None):
    """Run a Prometheus that keeps its data in `folder`, until the end of the block; yields its address once it is ready.

    `config` is a dict, or text. It writes to `log`, else to prometheus.log in `folder`. The directory `scratch` goes with
    it.
    """
    path, program = Path(folder) / "prometheus.yaml", programs.find("prometheus")
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    address = f"127.0.0.1:{port or free_ports(1)[0]}"
    command = [program, f"--config.file={path}", f"--storage.tsdb.path={folder}/data", *flags]
    command, log = [*command, f"--web.listen-address={address}"], log or path.with_suffix(".log")
    with Process("Prometheus", command, log, scratch=scratch) as process:
        process.until_says("ready to receive web requests")  # whoever wants a login would not answer a stranger
        yield f"http://{address}"


@contextlib.contextmanager
def alertmanager(folder, config, log, port):
    """Run Alertmanager with the file `config`, its data in `folder`, which goes with it; yields its address when ready."""
    program, address = programs.find("alertmanager"), f"127.0.0.1:{port}"
    command = [program, f"--config.file={config}", f"--storage.path={folder}/alertmanager", "--cluster.listen-address="]
    with Process("Alertmanager", [*command, f"--web.listen-address={address}"], log, scratch=folder) as process:
        process.until_answers(f"http://{address}/-/ready")
        yield f"http://{address}"


@contextlib.contextmanager
def blackbox_exporter(log, port):
    """Run the blackbox exporter with what a cluster's probe asks; yields its host and port when it is ready."""
    address = f"127.0.0.1:{port}"
    command = [programs.find("blackbox_exporter"), f"--config.file={FOLDER / 'blackbox.yml'}"]
    with Process("blackbox exporter", [*command, f"--web.listen-address={address}"], log) as process:
        process.until_answers(f"http://{address}/-/healthy")
        yield address
