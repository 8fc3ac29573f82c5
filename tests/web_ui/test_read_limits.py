"""Buckets of tokens, by a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web_ui import read_limits
from web_ui.read_limits import ReadLimits


class Minutes:
    """A bucket of 60 a minute, one a second. `refused` counts."""

    def __init__(self, per_minute: int = 60) -> None:
        self.now = 0.0
        self.refused = 0
        self.limits = ReadLimits(per_minute, self._key, self._count, lambda: self.now)

    @staticmethod
    def _key(address: str) -> str:
        return address.partition("/")[0]

    def _count(self) -> None:
        self.refused += 1


def test_a_minute_s_requests_may_come_at_once() -> None:
    minutes = Minutes()
    assert [minutes.limits.take("a") for _ in range(60)] == [0] * 60
    assert minutes.limits.take("a") == 1
    assert minutes.refused == 1
    minutes.now = 1.0
    assert minutes.limits.take("a") == 0
    assert minutes.limits.take("a") == 1


def test_addresses_do_not_share_but_those_of_one_key_do() -> None:
    minutes = Minutes(per_minute=1)
    assert minutes.limits.take("a/1") == 0
    assert minutes.limits.take("a/2") == 60
    assert minutes.limits.take("b/1") == 0


def test_what_costs_more_waits_for_longer() -> None:
    minutes = Minutes()
    assert minutes.limits.take("a", 55.0) == 0
    assert minutes.limits.take("a", 10.0) == 5
    assert minutes.limits.take("a", 5.0) == 0
    assert minutes.limits.take("a", 1000.0) == 60


def test_addresses_are_bounded_and_the_longest_unused_goes() -> None:
    minutes = Minutes(per_minute=1)
    for number in range(read_limits.ADDRESSES):
        minutes.limits.take(str(number))
    assert minutes.limits.take("0") == 60
    minutes.limits.take("new")  # in place of 1
    assert minutes.limits.take("0") == 60
    assert minutes.limits.take("1") == 0


@given(
    per_minute=st.integers(1, 100),
    pauses=st.lists(st.floats(0, 10), min_size=1, max_size=200),
)
def test_no_more_than_the_rate_and_who_waits_is_let_in(
    per_minute: int, pauses: list[float]
) -> None:
    minutes = Minutes(per_minute)
    taken = 0
    for pause in pauses:
        minutes.now += pause
        wait = minutes.limits.take("a")
        taken += not wait
        assert taken <= per_minute + minutes.now * per_minute / 60 + 1e-6
        if wait:
            minutes.now += wait
            assert minutes.limits.take("a") == 0
            taken += 1
