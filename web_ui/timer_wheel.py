"""Deadlines of many thousands of connections at one timer's cost. Pure: the time is given.

    wheel = TimerWheel(now)
    wheel.set(item, when)          # as often as wanted; a later deadline costs a comparison
    for item in wheel.expired(now): ...

An item stands in one slot of TICK seconds. Putting its deadline off leaves it there: when the
slot's time comes, the item moves on to where its deadline is by then. So the answered and renewed
polls of a busy site touch no data structure at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

TICK = 0.1
"""Seconds of a slot. Who asks that often is told of a deadline at most two of them late."""


class Timed(Protocol):
    """What has a deadline. Both numbers are the wheel's to write, in seconds of its clock."""

    deadline: float
    slot_begins: float
    """The earliest deadline of the slot that it stands in, infinity for none."""


T = TypeVar("T", bound=Timed)


class TimerWheel(Generic[T]):
    """See the module."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, set[T]] = {}
        self._next = int(now / TICK)

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def set(self, item: T, when: float) -> None:
        """The item expires at `when`, a finite time, instead of whatever was said before."""
        item.deadline = when
        if when < item.slot_begins:
            self.forget(item)
            self._put(item)

    def forget(self, item: T) -> None:
        """The item never expires."""
        if item.slot_begins != float("inf"):
            self._slots[round(item.slot_begins / TICK)].discard(item)
            item.slot_begins = float("inf")

    def expired(self, now: float) -> Iterator[T]:
        """Every item whose deadline has come, each once; the wheel has forgotten it."""
        end = int(now / TICK)
        for number in range(self._next, end) if self._slots else ():
            self._next = number + 1  # what is set meanwhile goes into a slot that is still to come
            for item in list(self._slots.get(number, ())):
                if item.slot_begins != number * TICK:
                    continue  # forgotten or set anew while we were yielding
                self.forget(item)
                if item.deadline <= now:
                    yield item
                else:
                    self._put(item)
            self._slots.pop(number, None)
        self._next = end

    def _put(self, item: T) -> None:
        number = max(int(item.deadline / TICK), self._next)
        item.slot_begins = number * TICK
        self._slots.setdefault(number, set()).add(item)
