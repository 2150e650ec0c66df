"""A real IPython kernel with the magics loaded, asked as JupyterLab asks: execute_request and complete_request."""

import base64
import contextlib
import io
import os

import matplotlib.image
from jupyter_client.manager import start_new_kernel

from tests import ROOT

HOURS = "--start 2026-01-01T00:00Z --end 2026-01-01T02:00Z"


class Notebook:
    """A kernel with the magics loaded: `run` gives (printed text, table or value, figures, error) of a cell."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, code, meanwhile=None):
        printed, value, figures, error = [], None, [], None

        def keep(message):
            nonlocal value, error
            kind, content = message["msg_type"], message["content"]
            if meanwhile:
                meanwhile(message)
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "execute_result":
                value = content["data"]["text/plain"]
            elif kind == "display_data":
                assert "image/png" in content["data"], content
                figures.append(matplotlib.image.imread(io.BytesIO(base64.b64decode(content["data"]["image/png"]))))
            elif kind == "error":
                error = "\n".join(content["traceback"])

        self.client.execute_interactive(code, output_hook=keep, timeout=60)
        return "".join(printed), value, figures, error

    def complete(self, code):
        """The completions at the | in the code, and the text that each of them would leave."""
        cursor = code.index("|")
        code = code.replace("|", "")
        reply = self.client.complete(code, cursor, reply=True, timeout=60)["content"]
        self.types = [one["type"] for one in reply["metadata"]["_jupyter_types_experimental"]]
        self.last = [code[: reply["cursor_start"]] + text + code[reply["cursor_end"] :] for text in reply["matches"]]
        return reply["matches"]


@contextlib.contextmanager
def notebook(url, **variables):
    """A Notebook that is connected to the Prometheus at `url`; `variables` join its kernel's environment."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(ROOT), env=os.environ | variables)
    try:
        book = Notebook(manager, client)
        setup = f"%load_ext promql\nimport promql\npromql.connect({url!r}, 'lab')\nserver = promql.connect({url!r})"
        assert book.run(setup) == ("", None, [], None)
        yield book
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
