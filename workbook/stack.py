"""The service and its Prometheus as processes of this machine: on free ports, and gone with the notebook."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import psutil
import requests

import promql
from workbook import grafana, locust, machine, monitoring
from workbook.processes import Failed, Process, free_ports
from workbook.programs import ProgramUnavailable

PARTS = ("service", "metrics", "prometheus", "alertmanager", "blackbox", "grafana")
LABELS = {"namespace": "wine", "pod": "local", "service": "wine-model"}


class LocalStack:
    """Gunicorn with `workers` processes of the service, and a Prometheus that scrapes it every second.

    With `alerting`, an Alertmanager and a probe from outside, too; with `grafana`, a Grafana that has our dashboards, if
    it can be had. The service logs the `log_share` (0 to 1) of its predictions. Use it with `with`, or call `start` and
    `stop` in cells of their own. `logs` is the folder of what the processes wrote; it stays until this stack starts
    again, or a later kernel starts one.
    """

    def __init__(self, workers=2, alerting=False, log_share=0, grafana=False):
        self.workers, self.alerting, self.log_share, self.grafana = workers, alerting, log_share, grafana
        self._ports = dict(zip(PARTS, free_ports(len(PARTS))))
        self.metrics_url = f"{self._url('metrics')}/metrics"
        self.service_url, self.prometheus_url = self._url("service"), self._url("prometheus")
        self.alertmanager_url = self._url("alertmanager") if alerting else ""
        self.grafana_url = ""
        self.logs = machine.STATE / "logs" / f"local-{os.getpid()}-{self._ports['service']}"
        self._opened, self._service, self._alertmanager = contextlib.ExitStack(), None, contextlib.ExitStack()

    def _url(self, name):
        return f"http://127.0.0.1:{self._ports[name]}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start all of it, and wait for the first scrape. Queries go to this Prometheus, unless PROMETHEUS_URL is set."""
        self.stop()
        self._renew_logs()
        with contextlib.ExitStack() as opened:  # ended again where only a part can be had
            opened.callback(self.stop_service)
            self._start_service()
            scratch = scratch_folder(opened)
            where = {"log": self.logs / "prometheus.log", "port": self._ports["prometheus"], "scratch": scratch}
            opened.enter_context(monitoring.prometheus(scratch, self._config(scratch), **where))
            if self.alerting:
                opened.callback(self.stop_alertmanager)
                shutil.copy(monitoring.ALERTMANAGER, self.logs)
                self.start_alertmanager()
                opened.enter_context(monitoring.blackbox_exporter(self.logs / "blackbox.log", self._ports["blackbox"]))
            self._service.until_answers(f"{self.prometheus_url}/api/v1/query?query=up==1", '"up"')
            self.grafana_url = self._start_grafana(opened) if self.grafana else ""
            self._opened = opened.pop_all()
        promql.connect(self.prometheus_url)
        print(f"Ready: the service on {self.service_url}, Prometheus on {self.prometheus_url}")
        return self

    def stop(self):
        """End every process, after what is in flight."""
        self._opened.close()

    def release(self, fault="", model=None, options=()):
        """Replace the service by another release of it.

        `fault` is "", "slow" or "error", `model` the folder of another model, and `options` are gunicorn's.
        """
        self.stop_service()
        self._start_service(fault, model, options)

    def scrape(self, port, job):
        """Let Prometheus scrape `port` of this machine, too, from a second or two on, as the job of that name."""
        target = {"targets": [f"127.0.0.1:{port}"], "labels": {"job": job}}
        (self.logs / f"scrape-{job}.json").write_text(json.dumps([target]))

    def stop_service(self):
        """End the service and nothing else; `release` brings it back."""
        if self._service:
            self._service.end()
            self._service = None

    def start_alertmanager(self):
        """Run an Alertmanager, a new one if it is there."""
        self.stop_alertmanager()
        scratch = scratch_folder(self._alertmanager)
        where = {"log": self.logs / "alertmanager.log", "port": self._ports["alertmanager"]}
        run = monitoring.alertmanager(scratch, self.logs / "alertmanager.yml", **where)
        self._alertmanager.enter_context(run)

    def route(self, config):
        """Let Alertmanager send by `config`, a text, from now on."""
        (self.logs / "alertmanager.yml").write_text(config)
        requests.post(f"{self.alertmanager_url}/-/reload", timeout=10).raise_for_status()

    def stop_alertmanager(self):
        """End Alertmanager and nothing else."""
        self._alertmanager.close()

    @property
    def gunicorn(self):
        """Gunicorn's master, a psutil.Process; its children are the workers."""
        return self._service.program

    def load(self, users, seconds, classes=locust.CLASSES, open_loop=0):
        """Let Locust's `users` work for `seconds`; return its report, as `locust.run` does."""
        return locust.run(self.service_url, self.logs, users, seconds, classes, open_loop)

    def _renew_logs(self):
        for old in self.logs.parent.glob("local-*"):
            if old == self.logs or not psutil.pid_exists(int(old.name.split("-")[1])):
                shutil.rmtree(old, ignore_errors=True)  # another kernel may be removing it
        self.logs.mkdir(parents=True)

    def _start_service(self, fault="", model=None, options=()):
        scratch = tempfile.mkdtemp(prefix="wine-model-")
        variables = {"HOST": "127.0.0.1", "PORT": self._ports["service"], "METRICS_PORT": self._ports["metrics"]}
        variables |= {"WORKERS": self.workers, "WINE_FAULT": fault, "PROMETHEUS_MULTIPROC_DIR": scratch}
        variables |= {"WINE_LOG_SHARE": self.log_share} | ({"WINE_MODEL": model} if model else {})
        command = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py", "service.app:create_app()"]
        command += options
        self._service = Process("service", command, self.logs / "service.log", variables, scratch)
        self._service.until_answers(f"{self.service_url}/readyz")

    def _start_grafana(self, opened):
        """Grafana's address; "" and a line where it cannot be had, for the rest needs it not."""
        where = scratch_folder(opened), self.logs / "grafana.log", self._ports["grafana"], self.prometheus_url
        try:
            return opened.enter_context(grafana.running(*where))
        except (ProgramUnavailable, Failed) as reason:
            print(f"\nGoing on without Grafana. {reason}")
            return ""

    def _config(self, scratch):
        jobs = [self._job("wine-model", f"127.0.0.1:{self._ports['metrics']}")]
        jobs.append({"job_name": "scrape", "file_sd_configs": [{"files": [f"{self.logs}/scrape-*.json"]}]})
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "scrape_configs": jobs,
            "rule_files": [monitoring.rule_files(scratch)],
        }
        if self.alerting:
            receivers = [{"static_configs": [{"targets": [f"127.0.0.1:{self._ports['alertmanager']}"]}]}]
            config["alerting"] = {"alertmanagers": receivers}
            jobs.append(self._probe())
        return config

    def _job(self, name, address):
        return {"job_name": name, "static_configs": [{"targets": [address], "labels": LABELS}]}

    def _probe(self):
        where = {"targets": [f"127.0.0.1:{self._ports['blackbox']}"], "labels": {"namespace": "wine"}}
        asks = {"module": ["wine"], "target": [f"{self.service_url}/predict"]}
        every = {"scrape_interval": "5s", "scrape_timeout": "4s"}  # the rules count on five seconds
        return {"job_name": "wine-probe", "metrics_path": "/probe", "params": asks, "static_configs": [where], **every}


def scratch_folder(opened):
    """A new folder that goes when `opened`, an ExitStack, is closed."""
    folder = Path(tempfile.mkdtemp(prefix="wine-model-"))
    opened.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder
