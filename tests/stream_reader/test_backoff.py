"""How waits grow, and that they are bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.backoff import Backoff


def test_waits_double_up_to_the_maximum_and_begin_again_after_reset() -> None:
    backoff = Backoff(1, 10, jitter=0)
    assert [backoff.next() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    backoff.reset()
    assert [backoff.next() for _ in range(2)] == [1, 2]


def test_a_factor_of_one_waits_the_same_each_time() -> None:
    backoff = Backoff(5, 10, factor=1, jitter=0)
    assert [backoff.next() for _ in range(3)] == [5, 5, 5]


def test_jitter_takes_off_at_most_its_share() -> None:
    assert Backoff(10, 10, jitter=0.3, random=lambda: 0.0).next() == 10
    assert Backoff(10, 10, jitter=0.3, random=lambda: 1.0).next() == pytest.approx(7)


@given(
    initial=st.floats(0.001, 100),
    more=st.floats(0, 1000),
    factor=st.floats(1, 10),
    jitter=st.floats(0, 0.99),
    chances=st.lists(st.floats(0, 1, exclude_max=True), max_size=30),
)
def test_every_wait_lies_between_the_least_of_the_first_and_the_maximum(
    initial: float, more: float, factor: float, jitter: float, chances: list[float]
) -> None:
    drawn = iter(chances)
    backoff = Backoff(initial, initial + more, factor=factor, jitter=jitter, random=drawn.__next__)
    for _ in chances:
        assert initial * (1 - jitter) <= backoff.next() <= initial + more


@pytest.mark.parametrize(
    ("initial", "maximum", "options"),
    [(0, 1, {}), (-1, 1, {}), (2, 1, {}), (1, 2, {"factor": 0.5}), (1, 2, {"jitter": 1})],
)
def test_a_schedule_that_would_hammer_is_refused(
    initial: float, maximum: float, options: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="need"):
        Backoff(initial, maximum, **options)  # type: ignore[arg-type]
