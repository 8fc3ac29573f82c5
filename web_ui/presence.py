"""How many visitors are in which thread and room now, in all web processes. Pure: no I/O.

    presence.look(counts)              # every few seconds: who waits in this process
    presence.heard(headcount)          # what another process says of its own
    presence.count("room:ada")         # for a page

A visitor who polls is away between an answer and the next poll, so what counts is the highest of
the last few looks. Of another process the last headcount counts, until it is too old. With RabbitMQ
away there are none of others. The event loop's thread only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from heapq import nlargest

from amqp_specs.headcounts import MOST_CHANNELS, BadHeadcount, Headcount

TELL_EVERY = 10.0
"""Seconds after which the others are told though nothing changed much."""
FORGET_AFTER = 30.0
"""Seconds after which a process that said nothing more has nobody."""
LOOKS = 3
"""Looks whose highest counts."""
MUCH = 0.1
"""A change by more than this part is told at once."""
MOST_PROCESSES = 1000
"""Other processes that are heard. The headcounts of more are dropped."""


class Presence:
    """See the module. `process` is this one's own name; `clock` gives seconds that only rise;
    `waiting` how many wait here on a channel just now."""

    def __init__(
        self, process: str, clock: Callable[[], float], waiting: Callable[[str], int]
    ) -> None:
        self.process = process
        self._clock = clock
        self._waiting = waiting
        self._looks: deque[Mapping[str, int]] = deque(maxlen=LOOKS)
        self._told: Mapping[str, int] = {}
        self._told_at = -TELL_EVERY
        self._others: dict[str, tuple[float, Mapping[str, int]]] = {}

    def count(self, channel: str) -> int:
        """How many are there, as far as is known."""
        own = max(self._waiting(channel), *[look.get(channel, 0) for look in self._looks], 0)
        since = self._clock() - FORGET_AFTER
        heads = [here.get(channel, 0) for at, here in self._others.values() if at > since]
        return own + sum(heads)

    def look(self, counts: Mapping[str, int]) -> Mapping[str, int] | None:
        """Those who wait here now, by channel. What is to be told to the others, or None."""
        self._looks.append(biggest(counts))
        here = self._own()
        if self._clock() - self._told_at < TELL_EVERY and not _much(self._told, here):
            return None
        return here

    def told(self, here: Mapping[str, int]) -> None:
        """The others were told."""
        self._told = here
        self._told_at = self._clock()

    def heard(self, headcount: Headcount) -> None:
        """Of another process, or our own that comes back to us. Raises `BadHeadcount`."""
        if headcount.process == self.process:
            return
        now = self._clock()
        if headcount.process not in self._others:
            self._forget(now - FORGET_AFTER)
            if len(self._others) >= MOST_PROCESSES:
                raise BadHeadcount(f"more than {MOST_PROCESSES} processes say who is there")
        self._others[headcount.process] = now, headcount.here

    def _own(self) -> Mapping[str, int]:
        here: dict[str, int] = {}
        for look in self._looks:
            for channel, count in look.items():
                here[channel] = max(count, here.get(channel, 0))
        return biggest(here)

    def _forget(self, since: float) -> None:
        for process, (at, _) in list(self._others.items()):
            if at <= since:
                del self._others[process]


def biggest(counts: Mapping[str, int]) -> dict[str, int]:
    """The channels with the most visitors, as many as a headcount has room for."""
    return dict(nlargest(MOST_CHANNELS, counts.items(), key=lambda item: item[1]))


def _much(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether somebody who looks at one of them would see it."""
    return any(
        abs(before.get(channel, 0) - after.get(channel, 0)) > MUCH * before.get(channel, 0)
        for channel in before.keys() | after.keys()
    )
