"""gunicorn's configuration as most services have it: files of metrics are named after process numbers, and stay."""

import os

from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 1
worker_class = "gthread"
threads = 4
preload_app = True
control_socket_disable = True


def when_ready(server):
    GunicornPrometheusMetrics.start_http_server_when_ready(int(os.environ["METRICS_PORT"]), "127.0.0.1")


def child_exit(server, worker):
    GunicornPrometheusMetrics.mark_process_dead_on_child_exit(worker.pid)
