from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.x_backoff import STABLE, Ended, Trouble, XBackoff

UNREACHABLE = Ended(Trouble.UNREACHABLE, "", "", reached=False)
HTTP = Ended(Trouble.HTTP, "", "")
RATE_LIMITED = Ended(Trouble.RATE_LIMITED, "", "")
REFUSED = Ended(Trouble.REFUSED, "", "")
CLOSED = Ended(Trouble.CLOSED, "", "")

UNIX_TIME = 1_785_000_000.0


def waits(*ends: Ended, random: float = 0.0, lasted: float = 0.1) -> list[float | None]:
    """The waits after each of these attempts, an hour apart so that no limit of connects counts."""
    backoff = XBackoff(lambda: random)
    return [
        backoff.wait(ended, number * 3600.0, number * 3600.0 + lasted, UNIX_TIME)
        for number, ended in enumerate(ends)
    ]


def test_unreachable_at_once_then_a_quarter_second_more_each_time_up_to_16() -> None:
    assert waits(*[UNREACHABLE] * 4) == [0, 0.25, 0.5, 0.75]
    assert waits(*[UNREACHABLE] * 100)[-1] == 16


def test_http_errors_double_from_5_to_320_seconds() -> None:
    assert waits(*[HTTP] * 8) == [5, 10, 20, 40, 80, 160, 320, 320]


def test_rate_limits_double_from_60_seconds() -> None:
    assert waits(*[RATE_LIMITED] * 6) == [60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize(
    ("reset_in", "expected"), [(-100, 60), (10, 60), (300, 300), (10**9, 900), (float("nan"), 60)]
)
def test_a_rate_limits_reset_is_waited_for(reset_in: float, expected: float) -> None:
    assert waits(Ended(Trouble.RATE_LIMITED, "", "", UNIX_TIME + reset_in)) == [expected]


def test_a_refusal_is_final() -> None:
    assert waits(REFUSED) == [None]


def test_closed_streams_double_from_1_to_22_seconds_until_one_has_stood() -> None:
    assert waits(*[CLOSED] * 7) == [1, 2, 4, 8, 16, 22, 22]
    assert waits(*[CLOSED] * 3, lasted=STABLE) == [1, 1, 1]


def test_a_stream_that_stood_at_all_ends_the_rows_of_other_troubles() -> None:
    assert waits(HTTP, HTTP, CLOSED, HTTP, UNREACHABLE) == [5, 10, 1, 5, 0]


def test_jitter_only_lengthens_and_not_by_much() -> None:
    assert waits(HTTP, HTTP, random=1.0) == [6.25, 12.5]
    assert waits(*[RATE_LIMITED] * 2, random=1.0) == [70, 130]
    assert waits(UNREACHABLE, random=1.0) == [0]


ATTEMPTS = st.tuples(
    st.sampled_from([UNREACHABLE, HTTP, CLOSED, Ended(Trouble.UNREACHABLE, "", "", reached=True)]),
    st.floats(0, 100),
)


@given(
    st.lists(ATTEMPTS, min_size=1, max_size=8).map(lambda some: (some * 60)[:200]),
    st.floats(0, 1, exclude_max=True),
)
def test_never_more_than_50_connects_in_15_minutes(
    attempts: list[tuple[Ended, float]], random: float
) -> None:
    backoff = XBackoff(lambda: random)
    now = 0.0
    connects = []
    for ended, lasted in attempts:
        began = now
        now += lasted
        if ended.reached:
            connects.append(began + min(lasted, 60))  # as late in the attempt as it can be
        wait = backoff.wait(ended, began, now, UNIX_TIME)
        assert wait is not None
        assert wait >= 0
        now += wait
    for number, first in enumerate(connects):
        assert sum(first <= later < first + 900 for later in connects[number:]) <= 50


def test_an_endless_row_of_closings_goes_on_at_a_steady_pace() -> None:
    backoff = XBackoff(lambda: 0.0)
    now, connects = 0.0, []
    for _ in range(300):
        connects.append(now)
        wait = backoff.wait(CLOSED, now, now + 0.1, UNIX_TIME)
        assert wait is not None
        now += 0.1 + wait
    assert max(later - earlier for earlier, later in pairwise(connects)) < 90
