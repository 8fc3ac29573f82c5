"""Who is there, in all web processes, as far as each has heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amqp_specs.headcounts import MOST_CHANNELS, BadHeadcount, Headcount
from web_ui.presence import FORGET_AFTER, LOOKS, MOST_PROCESSES, TELL_EVERY, Presence

ROOM = "room:ada"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def presence(waiting: dict[str, int] | None = None) -> tuple[Presence, Clock]:
    clock = Clock()
    counts = waiting or {}
    return Presence("0" * 16, clock, lambda channel: counts.get(channel, 0)), clock


def other(number: int, here: dict[str, int]) -> Headcount:
    return Headcount(f"{number:016x}", here)


def test_ours_and_theirs_are_added() -> None:
    made, _ = presence({ROOM: 2})
    assert (made.count(ROOM), made.count("room:eve")) == (2, 0)
    made.heard(other(1, {ROOM: 3}))
    made.heard(other(2, {ROOM: 4, "room:eve": 1}))
    assert (made.count(ROOM), made.count("room:eve")) == (9, 1)
    made.heard(other(1, {}))  # the last one counts
    assert made.count(ROOM) == 6


def test_our_own_headcount_comes_back_to_us_and_is_not_counted_twice() -> None:
    made, _ = presence({ROOM: 2})
    made.heard(Headcount(made.process, {ROOM: 2}))
    assert made.count(ROOM) == 2


def test_who_says_nothing_more_is_forgotten() -> None:
    made, clock = presence()
    made.heard(other(1, {ROOM: 3}))
    clock.now += FORGET_AFTER - 1
    made.heard(other(2, {ROOM: 5}))
    assert made.count(ROOM) == 8
    clock.now += 1
    assert made.count(ROOM) == 5


def test_whoever_is_between_two_polls_is_there() -> None:
    waiting = {ROOM: 5}
    made, _ = presence(waiting)
    made.look(dict(waiting))
    waiting[ROOM] = 1
    assert made.count(ROOM) == 5
    for _ in range(LOOKS):
        made.look(dict(waiting))
    assert made.count(ROOM) == 1


def test_the_others_are_told_soon_after_a_change_and_now_and_then() -> None:
    made, clock = presence()
    told = made.look({ROOM: 20})
    assert told == {ROOM: 20}
    made.told(told)
    assert made.look({ROOM: 22}) is None  # a tenth more is nothing that one sees
    assert made.look({ROOM: 23}) == {ROOM: 23}
    made.told({ROOM: 23})
    assert made.look({ROOM: 1}) is None  # they may be between two polls
    assert made.look({ROOM: 23, "room:eve": 1}) == {ROOM: 23, "room:eve": 1}
    made.told({ROOM: 23, "room:eve": 1})
    clock.now += TELL_EVERY
    assert made.look({ROOM: 23, "room:eve": 1}) is not None


def test_only_the_places_with_the_most_are_told() -> None:
    made, _ = presence()
    counts = {f"thread:{n}": n + 1 for n in range(MOST_CHANNELS + 50)}
    told = made.look(counts)
    assert told is not None
    assert len(told) == MOST_CHANNELS
    assert min(told.values()) == 51


def test_so_many_processes_and_no_more() -> None:
    made, clock = presence()
    for number in range(1, MOST_PROCESSES + 1):
        made.heard(other(number, {ROOM: 1}))
    with pytest.raises(BadHeadcount, match="processes"):
        made.heard(other(MOST_PROCESSES + 1, {ROOM: 1}))
    made.heard(other(7, {ROOM: 2}))  # known
    assert made.count(ROOM) == MOST_PROCESSES + 1
    clock.now += FORGET_AFTER
    made.heard(other(MOST_PROCESSES + 1, {ROOM: 1}))
    assert made.count(ROOM) == 1
    assert len(made._others) == 1


counts = st.dictionaries(st.sampled_from([ROOM, "room:eve", "thread:1"]), st.integers(1, 50))


@given(st.lists(st.tuples(st.integers(0, 3), counts, st.floats(0, 20)), max_size=30), counts)
def test_like_a_list_of_what_was_said(
    said: list[tuple[int, dict[str, int], float]], own: dict[str, int]
) -> None:
    made, clock = presence(own)
    last: dict[int, tuple[float, dict[str, int]]] = {}
    for number, here, pause in said:
        clock.now += pause
        made.heard(other(number, here))
        if number:  # process 0 is ourselves
            last[number] = clock.now, here
    for channel in (ROOM, "room:eve", "thread:1"):
        theirs = [
            here.get(channel, 0) for at, here in last.values() if clock.now - at < FORGET_AFTER
        ]
        assert made.count(channel) == own.get(channel, 0) + sum(theirs)
