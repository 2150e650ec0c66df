"""The arithmetic of the witnesses; notebook 04 asks them of a running service."""

from functools import partial

import pytest

from promql import Prometheus
from tests.promql.backfill import answering
from workbook import witnesses
from workbook.machine import WorkbookError


@pytest.mark.parametrize(
    "share, count, low, high",
    [(0.9, 40, 0.7695, 0.9604), (1.0, 10, 0.7225, 1.0), (0.0, 10, 0.0, 0.2775), (0.5, 1000, 0.4691, 0.5309)],
)
def test_wilsons_interval(share, count, low, high):
    assert witnesses.wilson(share, count) == pytest.approx((low, high), abs=1e-4)


def test_where_nothing_was_counted_a_sentence_says_so(monkeypatch):
    with answering(body=b'{"status": "success", "data": {"resultType": "vector", "result": []}}') as (url, _):
        monkeypatch.setattr(witnesses, "Prometheus", partial(Prometheus, url))
        with pytest.raises(WorkbookError, match="nothing for sum by .outcome.*traffic"):
            witnesses.measured()
