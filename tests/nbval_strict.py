"""What nbval lets pass and this workbook does not: a pytest plugin on top of nbval."""

import pytest
from nbval.plugin import IPyNbCell


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
    return result
