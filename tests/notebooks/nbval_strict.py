"""What nbval lets pass and this workbook does not, and the notebooks as they ran: a pytest plugin on top of nbval."""

import base64
import io
import time
from pathlib import Path
from queue import Empty

import matplotlib.image
import nbformat
import nbval.plugin
import numpy as np
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell


class WatchedKernel(RunningKernel):
    """nbval's kernel, whose death its cell notices within a second or two, not when the cell's time is over."""

    def get_message(self, stream, timeout=None):
        deadline = time.monotonic() + timeout if timeout else float("inf")
        while True:
            try:
                return super().get_message(stream, min(1, max(0, deadline - time.monotonic())))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("The kernel died in this cell, as it does where memory runs out.") from None
                if time.monotonic() >= deadline:
                    raise


nbval.plugin.RunningKernel = WatchedKernel


def pytest_runtest_setup(item):
    if isinstance(item, IPyNbCell) and item.cell.source.strip() and item.cell.execution_count is None:
        pytest.fail("This cell was recorded without being run, so nothing in it would be compared.", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if isinstance(item, IPyNbCell):
        errors = [output for output in item.test_outputs if output.output_type == "error"]
        if item.options["check_exception"] and not errors:
            pytest.fail("This cell is marked NBVAL_RAISES_EXCEPTION and raised nothing.", pytrace=False)
        stderr = "".join(o.text for o in item.test_outputs if o.output_type == "stream" and o.name == "stderr")
        if "UsageError" in stderr:
            pytest.fail(f"IPython refused a magic and skipped the rest of the cell: {stderr.strip()}", pytrace=False)
        if item.options["check"] and ink(item.test_outputs) < ink(item.cell.outputs) / 10:
            pytest.fail(
                "The figure has hardly a tenth of the recorded one's colour: its curves are gone.", pytrace=False
            )
    return result


def pytest_addoption(parser):
    parser.addoption("--keep-run", metavar="FOLDER", help="keep each notebook there with the outputs of this run")


def pytest_sessionfinish(session):
    folder = session.config.getoption("keep_run")
    cells = [item for item in session.items if isinstance(item, IPyNbCell)] if folder else []
    for item in cells:
        item.cell.outputs = item.test_outputs or []
    for file in {item.parent for item in cells}:
        Path(folder).mkdir(parents=True, exist_ok=True)
        nbformat.write(file.nb, Path(folder) / file.path.name)


def ink(outputs):
    """The share of pixels of the outputs' pictures that have a colour: curves and bars do, axes and texts do not."""
    images = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    pixels = [matplotlib.image.imread(io.BytesIO(base64.b64decode(image)))[..., :3].reshape(-1, 3) for image in images]
    return np.mean(np.ptp(np.concatenate(pixels), axis=1) > 0.2) if pixels else 0
