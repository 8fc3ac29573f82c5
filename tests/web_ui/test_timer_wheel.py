"""The wheel against the plainest model: a dictionary of deadlines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web_ui.timer_wheel import TICK, TimerWheel


class Item:
    def __init__(self) -> None:
        self.deadline = float("inf")
        self.slot_begins = float("inf")


SECONDS = st.one_of(
    st.floats(0, 3), st.integers(0, 30).map(lambda ticks: ticks * TICK), st.floats(0, 1000)
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 5), SECONDS),
        st.tuples(st.just("past"), st.integers(0, 5), SECONDS),
        st.tuples(st.just("forget"), st.integers(0, 5), st.just(0.0)),
        st.tuples(st.just("look"), st.integers(0, 5), SECONDS),
    ),
    max_size=40,
)


@given(st.floats(0, 1e6), STEPS, st.sampled_from(["nothing", "again", "others"]))
def test_each_expires_once_at_its_deadline_and_a_tick_late_at_most(
    start: float, steps: list[tuple[str, int, float]], meanwhile: str
) -> None:
    """`meanwhile`: what happens while those that expired are being told of it."""
    now = start
    wheel: TimerWheel[Item] = TimerWheel(now)
    items = [Item() for _ in range(6)]
    due: dict[Item, float] = {}

    def put(item: Item, when: float) -> None:
        wheel.set(item, when)
        due[item] = max(when, now)

    def forget(item: Item) -> None:
        wheel.forget(item)
        due.pop(item, None)

    for step, number, seconds in steps:
        item = items[number]
        if step == "set":
            put(item, now + seconds)
        elif step == "past":
            put(item, now - seconds)
        elif step == "forget":
            forget(item)
        else:
            now += seconds
            for expired in wheel.expired(now):
                assert due.pop(expired) <= now
                assert expired.slot_begins == float("inf")
                if meanwhile == "again":
                    put(expired, now + 0.5)
                elif meanwhile == "others":
                    other = items[(items.index(expired) + 1) % 6]
                    if number % 2:
                        forget(other)
                    else:
                        put(other, now - seconds / 2)
            late = [when for when in due.values() if when <= now - 2 * TICK]
            assert late == [] or meanwhile == "others"
        assert len(wheel) == len(due)
    now = max([now, *due.values()]) + 2 * TICK
    assert set(wheel.expired(now)) == set(due)
    assert len(wheel) == 0
    assert list(wheel.expired(now + 2000)) == []
    assert wheel._slots == {}


def test_a_deadline_that_is_put_off_again_and_again_moves_nothing() -> None:
    wheel: TimerWheel[Item] = TimerWheel(0.0)
    item = Item()
    wheel.set(item, 10.0)
    slot = item.slot_begins
    for number in range(1000):
        wheel.set(item, 10.0 + number)
        assert item.slot_begins == slot
    assert list(wheel.expired(1000.0)) == []
    assert list(wheel.expired(1010.0)) == [item]


def test_a_long_sleep_of_the_machine_is_caught_up_with() -> None:
    wheel: TimerWheel[Item] = TimerWheel(0.0)
    items = [Item() for _ in range(100)]
    for number, item in enumerate(items):
        wheel.set(item, float(number))
    assert set(wheel.expired(86_400.0)) == set(items)
    assert list(wheel.expired(86_400.0)) == []
