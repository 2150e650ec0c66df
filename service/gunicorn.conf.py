"""How gunicorn runs the service: gunicorn --config service/gunicorn.conf.py 'service.app:create_app()'

Set by the environment: HOST, PORT, METRICS_PORT, WORKERS, and PROMETHEUS_MULTIPROC_DIR, the directory through which
the processes share their metrics. It is emptied at the start, unless WINE_KEEP_METRICS=1 leaves an earlier run's counts
in it. Where it is not set, a new directory serves and is removed at the end. HOST can be an IPv6 address.
"""

import gc
import os
import time

from service import settings
from service.master import Board, Master
from service.shared import MASTER, MEMORY, folder

host = os.environ.get("HOST", "127.0.0.1")
port = settings.number("PORT", 8080, 1, 65535)
metrics_port = settings.number("METRICS_PORT", 8081, 1, 65535)
if port == metrics_port:
    raise SystemExit(f"METRICS_PORT and PORT are both {port}; they must differ.")

bind = settings.address(host, port)
workers = settings.number("WORKERS", 2, 1, 64)

# A queue that can be seen and is short, see there. Threads, because a release can be slow by waiting; they add nothing
# to the speed.
worker_class = "service.worker.QueueWorker"
threads = 4

# Connections that nobody has accepted yet: room for what comes while a pod with a CPU limit is not let run. Beyond it
# TCP lets clients wait in silence, and they try again after 1 s.
backlog = 256

# A connection closes after its answer. Kept-alive clients would stay with the pods they know, however many are added,
# and could send a request at the moment that a stopping worker closes. It costs a tenth of the speed.
keepalive = 0

# Load the model once and fork: workers start at once and share its memory.
preload_app = True

# Less than the 25 s that the Deployment leaves between SIGTERM and SIGKILL: 35 s, of which preStop takes 10.
graceful_timeout = 20

# The heartbeat is a file whose time the worker changes: on a disk, that can block.
worker_tmp_dir = MEMORY

# One JSON line a request (of 503s one a second), see logs.py.
logger_class = "service.logs.AccessLog"

# gunicorn 25.1 and later open a socket for commands: nothing here uses it.
control_socket_disable = True

shared = folder()  # the same when SIGHUP runs this file again
board = Board.of_this_service()


def when_ready(server):
    """Serve metrics and probes from the master, so that they are answered while every worker is busy."""
    if not shared.reserved(MASTER):
        raise SystemExit("This model has more series than there is room for: enlarge SIZES in service/shared.py.")
    Master(server, shared, board).serve(host, metrics_port)
    # What is loaded now stays: workers need not search it for garbage, and so do not copy its memory.
    gc.freeze()


def pre_fork(server, worker):
    """Give a worker the first slot that is free; raised here, an error would end the master and all who serve."""
    taken = {one.slot for one in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)
    worker.board = board
    try:
        shared.reserve(worker.slot)
    except OSError as error:
        server.log.error(f"{shared.path} has no room for the counts of one more worker: {error.strerror}.")


def post_fork(server, worker):
    """From here on, count in the slot's files, and apart what they count apart; without them, leave room for a next try."""
    if not shared.reserved(worker.slot):
        time.sleep(1)
        raise SystemExit(1)
    shared.slot = worker.slot
    server.app.wsgi().extensions["outcomes"].recall(shared.labelled())


def child_exit(server, worker):
    """Count what ended with a worker, and forget its gauges; its counts stay."""
    server.app.wsgi().extensions["traffic"].lost(shared.held(worker.slot))
    shared.died(worker.slot)
    board.note(worker.slot, 0)
