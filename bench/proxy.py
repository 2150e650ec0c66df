"""HAProxy before a server, in the place of the service's own queue: it lets through as many requests as the server has
threads, keeps the others in a queue, and refuses those of the same age."""

import contextlib
import shutil
import subprocess
import tempfile

import psutil

from bench.serving import pinned, wait
from service.worker import TOO_LATE
from workbook.processes import free_ports

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


@contextlib.contextmanager
def before(behind, threads=4):
    """HAProxy before the server at the port `behind`, on the server's core; yields HAProxy's port and process."""
    if not shutil.which("haproxy"):
        raise SystemExit("This benchmark needs HAProxy: apt-get install haproxy (Debian, Ubuntu).")
    (port,) = free_ports(1)
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file, tempfile.TemporaryFile() as errors:
        file.write(CONFIG.format(port=port, behind=behind, wait=round(1000 * TOO_LATE), threads=threads))
        file.flush()
        process = subprocess.Popen(pinned(1, ["haproxy", "-db", "-f", file.name]), stderr=errors)
        try:
            wait(port, process, errors)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)
