from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui import times


@pytest.mark.parametrize(
    ("time", "written", "machine"),
    [
        (
            datetime(2026, 11, 1, 3, 4, 5, 678_000, UTC),
            "1 Nov 2026, 03:04 UTC",
            "2026-11-01T03:04:05Z",
        ),
        (datetime(800, 1, 2, tzinfo=UTC), "2 Jan 800, 00:00 UTC", "0800-01-02T00:00:00Z"),
    ],
)
def test_both_forms(time: datetime, written: str, machine: str) -> None:
    assert (times.written(time), times.machine(time)) == (written, machine)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 s"), (90, "90 s"), (60, "1 min"), (3540, "59 min"), (3600, "1 hr"), (86_400, "24 hr")],
)
def test_how_long_something_lasts(seconds: int, told: str) -> None:
    assert times.lasting(seconds) == told


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_machine_form_reads_back_to_the_second(time: datetime) -> None:
    assert datetime.fromisoformat(times.machine(time)) == time.replace(microsecond=0)
