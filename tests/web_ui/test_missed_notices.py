"""Missed is what was passed over and did not come, however notices cross."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web_ui.missed_notices import MOST_WAITED_FOR, MissedNotices


def test_one_that_is_passed_over_has_a_whole_pause_to_come() -> None:
    missed = MissedNotices()
    for seq in (1, 4):
        missed.came(seq)
    assert missed.look() == 0
    missed.came(3)
    assert missed.look() == 1  # 2
    assert missed.look() == 0
    missed.came(2)  # after all; it was counted as very late
    assert missed.look() == 0


def test_the_first_has_nothing_before_it() -> None:
    missed = MissedNotices()
    missed.came(1000)
    assert (missed.look(), missed.look()) == (0, 0)


def test_so_many_that_they_cannot_be_waited_for_are_missed_at_once() -> None:
    missed = MissedNotices()
    missed.came(1)
    missed.came(10**15)
    assert missed.look() == 10**15 - 2 - MOST_WAITED_FOR
    assert len(missed._very_late) == MOST_WAITED_FOR
    assert missed.look() == MOST_WAITED_FOR


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=80),
    st.integers(0, 60),
)
def test_each_is_missed_once_if_it_never_came(seqs: list[int], first: int) -> None:
    missed = MissedNotices()
    missed.came(first + 1)
    for seq in seqs:
        missed.came(first + 1 + seq)
    newest = first + 1 + max(seqs)
    assert missed.look() + missed.look() == len(
        set(range(first + 2, newest)) - {first + 1 + seq for seq in seqs}
    )


@given(st.permutations(range(1, 30)), st.data())
def test_none_is_missed_that_comes_before_the_second_look(
    order: list[int], data: st.DataObject
) -> None:
    missed = MissedNotices()
    look_at = data.draw(st.integers(0, 29))
    total = 0
    for number, seq in enumerate(order):
        if number == look_at:
            total += missed.look()
        missed.came(seq)
    assert total + missed.look() + missed.look() == 0
