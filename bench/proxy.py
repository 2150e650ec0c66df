"""HAProxy before a server, in the place of the service's own queue: it lets through as many requests as the server has
threads, keeps the others in a queue, and refuses those of the same age."""

import contextlib
import shutil
import tempfile

from bench.serving import serving
from service.worker import TOO_LATE
from workbook.processes import free_ports

THREADS = 4  # as service/gunicorn.conf.py has it
CONFIG = """
global
    maxconn 4096
    nbthread 1
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    timeout http-request 5s
    timeout queue {wait}ms
frontend users
    bind 127.0.0.1:{port} backlog 256
    default_backend service
backend service
    server pod 127.0.0.1:{behind} maxconn {threads}
"""


def prepare():
    if not shutil.which("haproxy"):
        raise SystemExit("This benchmark needs HAProxy: apt-get install haproxy (Debian, Ubuntu).")


@contextlib.contextmanager
def before(behind):
    """HAProxy before the server at the port `behind`, on the server's core; yields HAProxy's port and process."""
    (port,) = free_ports(1)
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(CONFIG.format(port=port, behind=behind, wait=round(1000 * TOO_LATE), threads=THREADS))
        file.flush()
        with serving(port, ["haproxy", "-db", "-f", file.name]) as process:
            yield port, process
