"""Times and durations as people write them, and the range that they make."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from promql import errors, times
from tests.promql.backfill import message


@pytest.mark.parametrize(
    "written, ms",
    [
        ("15s", 15e3),
        ("1h30m", 54e5),
        ("1.5h", 54e5),
        ("2d", 1728e5),
        ("250ms", 250),
        ("1w", 6048e5),
        (90, 9e4),
        (0.5, 500),
    ]
    + [("90", 9e4), (timedelta(minutes=2), 12e4), (pd.Timedelta("2min"), 12e4), (np.int64(3), 3e3)],
)
def test_duration(written, ms):
    assert times.duration(written) == ms


NOON = 1_767_268_800_000  # 2026-01-01 12:00 UTC


@pytest.mark.parametrize(
    "written, ms",
    [
        ("now", 7e9),
        ("now-1h", 7e9 - 36e5),
        ("now - 1h30m", 7e9 - 54e5),
        ("now+5m", 7e9 + 3e5),
        ("15m", 7e9 - 9e5),
        ("-15m", 7e9 - 9e5),
    ]
    + [("2026-01-01T12:00Z", NOON), ("2026-01-01 13:00+01:00", NOON), (NOON / 1000, NOON), (str(NOON / 1000), NOON)]
    + [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), NOON),
        (datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=-5))), NOON),
    ]
    + [(pd.Timestamp("2026-01-01 21:00", tz="Asia/Tokyo"), NOON), (np.float64(NOON / 1000), NOON)],
)
def test_instant(written, ms):
    assert times.timestamp(written, now=7e9) == ms


@pytest.mark.parametrize("wrong", ["yesterday", "now-1", "now-1fortnight", "", None, "nan", "inf", [1]])
def test_not_an_instant(wrong):
    with pytest.raises(errors.InvalidTime, match="is not a point in time. Write now, now-1h"):
        times.timestamp(wrong, now=7e9)


@pytest.mark.parametrize("wrong", [1_767_225_600_000, "1767225600000", -1e14, "now+9000y"])
def test_an_instant_that_no_calendar_has(prometheus, wrong):
    text = message(errors.InvalidTime, prometheus.query_range, "up", start=wrong)
    assert text.endswith("is not in the years 1 to 9999. Milliseconds? Give seconds.") and str(wrong) in text


@pytest.mark.parametrize("wrong", ["", "5 minutes", "m", "1.2.3s", "-5m", "nan", "inf", None])
def test_not_a_duration(wrong):
    with pytest.raises(ValueError, match="is not a duration. Write 15s, 5m"):
        times.duration(wrong)


@pytest.mark.parametrize(
    "naive", [datetime.fromisoformat("2026-01-01"), pd.Timestamp("2026-01-01"), "2026-01-01", "2026-01-01T12:00"]
)
def test_an_instant_without_a_zone_could_mean_several(prometheus, naive):
    with pytest.raises(errors.InvalidTime, match="has no time zone"):
        prometheus.query("up", naive)


@pytest.mark.parametrize(
    "length, step", [("5m", 2), ("15m", 5), ("1h", 15), ("6h", 120), ("1d", 600), ("30d", 21600), ("1s", 1)]
)
def test_steps_are_round(length, step):
    assert times.nice_step(0, times.duration(length)) == step * 1000
