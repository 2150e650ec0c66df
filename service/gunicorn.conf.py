"""How gunicorn runs the service: gunicorn --config service/gunicorn.conf.py 'service.app:create_app()'

Set by the environment: HOST, PORT, METRICS_PORT, WORKERS, and PROMETHEUS_MULTIPROC_DIR, the directory through which
the processes share their metrics. It is emptied at the start, unless WINE_KEEP_METRICS=1 leaves an earlier run's counts
in it. Where it is not set, a new directory serves and is removed at the end.
"""

import atexit
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

host = os.environ.get("HOST", "127.0.0.1")
memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a file system in memory: Linux only

bind = f"{host}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("WORKERS", "2"))

# A queue that can be seen and is short, see there. Threads, because a release can be slow by waiting; they add nothing
# to the speed.
worker_class = "service.worker.QueueWorker"
threads = 4

# Connections that nobody has accepted yet: together about a tenth of a second of work. Where they are more, TCP lets
# clients wait, and they try again after 1 s.
backlog = 64

# A connection closes after its answer. Kept-alive clients would stay with the pods they know, however many are added,
# and could send a request at the moment that a stopping worker closes. It costs a tenth of the speed.
keepalive = 0

# Load the model once and fork: workers start at once and share its memory.
preload_app = True

# Less than the 30 s that Kubernetes allows between SIGTERM and SIGKILL.
graceful_timeout = 20

# The heartbeat is a file whose time the worker changes: on a disk, that can block.
worker_tmp_dir = memory

# One JSON line a request, see logs.py.
logger_class = "service.logs.AccessLog"

# gunicorn 25.1 and later open a socket for commands: nothing here uses it.
control_socket_disable = True

# The directory must be ready before prometheus_client is imported, and stay as it is when SIGHUP runs this file again.
if "prometheus_client" not in sys.modules:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        directory = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="wine-metrics-", dir=memory)
        master = os.getpid()
        atexit.register(lambda: os.getpid() == master and shutil.rmtree(directory))
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    directory.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("WINE_KEEP_METRICS"):
        for file in directory.glob("*.db"):
            file.unlink()

from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics  # noqa: E402


def when_ready(server):
    """Serve /metrics from the master, so that scrapes are answered while every worker is busy."""
    GunicornPrometheusMetrics.start_http_server_when_ready(int(os.environ.get("METRICS_PORT", "8081")), host)
    # What is loaded now stays: workers need not search it for garbage, and so do not copy its memory.
    gc.freeze()


def child_exit(server, worker):
    """Forget the gauges of a worker that ended; its counts stay."""
    GunicornPrometheusMetrics.mark_process_dead_on_child_exit(worker.pid)
