"""The arithmetic of the witnesses; notebook 04 asks them of a running service."""

import pytest

from workbook import witnesses


@pytest.mark.parametrize(
    "share, count, low, high",
    [(0.9, 40, 0.7695, 0.9604), (1.0, 10, 0.7225, 1.0), (0.0, 10, 0.0, 0.2775), (0.5, 1000, 0.4691, 0.5309)],
)
def test_wilsons_interval(share, count, low, high):
    assert witnesses.wilson(share, count) == pytest.approx((low, high), abs=1e-4)
