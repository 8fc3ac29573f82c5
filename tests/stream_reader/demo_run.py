"""The demo run on a clock of the test's own, and what its tests look for in the posts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

from twisted.internet.task import Clock

from stream_reader.clock import DelayedCall
from stream_reader.demo import DemoSource
from stream_reader.demo_director import Director
from stream_reader.demo_script import load
from stream_reader.source import IntakeClosed
from tweet_store.model import Post, Tweet

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Taker:
    """A sink that notes what it took and when, and can be full or closed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.taken: list[tuple[float, Post]] = []
        self.tries = 0
        self.full = False
        self.closed = False

    @property
    def posts(self) -> list[Post]:
        return [post for _, post in self.taken]

    def put(self, posts: Sequence[Post]) -> bool:
        self.tries += 1
        if self.closed:
            raise IntakeClosed
        if self.full:
            return False
        self.taken += [(self._clock.seconds(), post) for post in posts]
        return True

    def put_from_thread(self, posts: Sequence[Post]) -> None:
        raise AssertionError("the demo has no thread")


class Demo:
    """A demo source, the clock it runs on and the sink it fills, started."""

    def __init__(
        self,
        seed: int = 1,
        *,
        catch_up: bool = False,
        full: bool = False,
        begin: datetime = BEGIN,
    ) -> None:
        self.begin = begin
        self.clock = Clock()
        self.sink = Taker(self.clock)
        self.sink.full = full
        self.source = DemoSource(self.clock, Random(seed), self.now, catch_up=catch_up)
        self.source.start(self.sink)

    def now(self) -> datetime:
        return self.begin + timedelta(seconds=self.clock.seconds())

    def run(self, seconds: float) -> None:
        """Let time pass, stopping at each call: `Clock.advance` alone would bunch them."""
        end = self.clock.seconds() + seconds
        while (due := self._next_call()) <= end:
            self.clock.advance(due - self.clock.seconds())
        self.clock.advance(end - self.clock.seconds())

    def _next_call(self) -> float:
        calls = cast("list[DelayedCall]", self.clock.getDelayedCalls())
        return min((call.getTime() for call in calls), default=math.inf)


def directed(seed: int, count: int) -> list[Post]:
    """The first posts of a director, two seconds apart."""
    director = Director(load(), Random(seed))
    return [director.next(BEGIN + timedelta(seconds=2 * n)) for n in range(count)]


def tweets(posts: Iterable[Post]) -> list[Tweet]:
    return [post for post in posts if isinstance(post, Tweet)]
