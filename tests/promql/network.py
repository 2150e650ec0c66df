"""A company's network: a proxy that wants a login, and a Prometheus behind TLS with an authority of its own."""

import base64
import contextlib
import http.client
import http.server
import select
import socket
import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

from tests.promql.backfill import serve

HOST = "prometheus.corp.example"  # known to the proxy alone
READER = "reader", "hüsh hush"
READER_HASH = "$2b$04$Ip.UVQFU3X4xQeA7uVc1ZexQ8xXkc2GeEWXkbrfPMIbTyjhPaiWS6"  # bcrypt, as Prometheus wants it
PROXY_LOGIN = "worker", "s3cret"


@contextlib.contextmanager
def secured(folder, authority, client_certificate="VerifyClientCertIfGiven"):
    """A Prometheus with TLS, signed by `authority`, and the login READER: `port`, `url`, `folder` of its files, `ca`.

    `client_certificate` says whether it wants to see one, in Go's words; the folder has one, client.pem.
    """
    issued = {"server": authority.issue_cert(HOST, "127.0.0.1"), "client": authority.issue_cert("reader@corp.example")}
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, one in issued.items():
        one.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
    (folder / "web.yml").write_text(
        "tls_server_config:\n  cert_file: server.pem\n  key_file: server.pem\n  client_ca_file: ca.pem\n"
        f"  client_auth_type: {client_certificate}\nbasic_auth_users: {{{READER[0]}: '{READER_HASH}'}}\n"
    )
    with serve(folder, "# EOF\n", "global: {}", f"--web.config.file={folder}/web.yml") as url:
        port = url.rpartition(":")[2]
        yield SimpleNamespace(port=int(port), url=f"https://127.0.0.1:{port}", folder=folder, ca=str(folder / "ca.pem"))


class Proxy(http.server.BaseHTTPRequestHandler):
    """What `proxy` answers; its subclass there knows the port, the login and the refusal."""

    port, wanted, refuse, seen = 0, None, None, ()

    def allowed(self):
        self.seen.append(SimpleNamespace(method=self.command, target=self.path))
        if self.wanted and self.headers.get("Proxy-Authorization") != self.wanted:
            self.send_error(407)
        elif self.refuse:
            self.send_error(self.refuse)
        else:
            return True

    def do_CONNECT(self):
        if not self.allowed():
            return
        with socket.create_connection(("127.0.0.1", self.port)) as there:
            self.send_response(200)
            self.end_headers()
            tunnel(self.connection, there)
        self.close_connection = True

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.allowed():
            return
        parts = urlsplit(self.path)
        assert parts.hostname == HOST, parts
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy-")}
        there.request(self.command, f"{parts.path}?{parts.query}", body, headers)
        with there.getresponse() as answer:
            text = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Transfer-Encoding", "Connection"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
        there.close()

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def proxy(port, login=None, refuse=None):
    """A proxy on this machine that leads HOST to a port here: yields its address and what it was asked.

    With `login` (a pair) it wants one; with `refuse` (a status) it leads nowhere.
    """
    wanted, seen = "Basic " + base64.b64encode(":".join(login).encode()).decode() if login else None, []
    handler = type("Handler", (Proxy,), {"port": port, "wanted": wanted, "refuse": refuse, "seen": seen})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def tunnel(here, there):
    """Carry bytes both ways until one side ends."""
    while True:
        for one in select.select([here, there], [], [], 60)[0]:
            data = one.recv(65536)
            if not data:
                return
            (there if one is here else here).sendall(data)
