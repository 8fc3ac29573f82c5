"""The source `demo`: forty invented celebs who post for ever, so that a new site is never empty.

Where the story of a post begins when there is no X. Runs on the reactor's thread by `callLater` and
never blocks: a post is made (`demo_director`, `demo_posts`) when it is due, and handed over. Given
the same randomness and clock it does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from twisted.internet.defer import Deferred, succeed

from stream_reader.clock import Clock, DelayedCall
from stream_reader.demo_director import Director
from stream_reader.demo_script import load
from stream_reader.source import IntakeClosed, Sink
from tweet_store.model import Post

BACK_CATALOGUE = 120
"""Posts that are there at once in an empty store."""
BACK = timedelta(hours=5)
"""How long ago the first of them was made."""
RETRY = 0.5
"""Pause before posts that found the intake full are put again, in seconds."""


def gaps(random: Random) -> Iterator[float]:
    """Seconds from post to post, without end: talk, rushes of a few a second, and quiet spells."""
    while True:
        if random.random() < 0.6:
            for _ in range(random.randint(8, 24)):
                yield random.uniform(0.8, 3.5)
        else:
            for _ in range(random.randint(6, 20)):
                yield random.uniform(0.26, 0.7)
        if random.random() < 0.4:
            yield random.uniform(6, 20)


class DemoSource:
    """A `Source`. With `catch_up` (the store is empty) it begins with a back catalogue."""

    name = "demo"

    def __init__(
        self, clock: Clock, random: Random, now: Callable[[], datetime], *, catch_up: bool
    ) -> None:
        self._clock = clock
        self._now = now
        self._catch_up = catch_up
        self._director = Director(load(), random)
        self._gaps = gaps(random)
        self._posts: list[Post] = []
        """Made and not yet taken by the sink. Nothing more is made meanwhile."""
        self._call: DelayedCall | None = None

    def start(self, sink: Sink) -> None:
        """See `Source.start`."""
        if self._catch_up:
            self._posts = self._back_catalogue()
        self._put(sink)

    def stop(self) -> Deferred[None]:
        """See `Source.stop`."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        return succeed(None)

    def problem(self) -> None:
        """See `Source.problem`: there is none to be had."""

    def _put(self, sink: Sink) -> None:
        try:
            if self._posts and not sink.put(self._posts):
                self._call = self._clock.callLater(RETRY, self._put, sink)
                return
        except IntakeClosed:
            return
        self._posts = []
        self._call = self._clock.callLater(next(self._gaps), self._post, sink)

    def _post(self, sink: Sink) -> None:
        self._posts = [self._director.next(self._now())]
        self._put(sink)

    def _back_catalogue(self) -> list[Post]:
        """Posts of the last hours, the closer together the later."""
        now = self._now()
        shares = ((1 - n / BACK_CATALOGUE) ** 2 for n in range(BACK_CATALOGUE))
        return [self._director.next(now - share * BACK) for share in shares]
