"""What the sources' tests hand posts to, count drops with, and wait by."""

from __future__ import annotations

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from typing import cast

from prometheus_client import CollectorRegistry, Counter
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from stream_reader.drops import Drops
from stream_reader.source import IntakeClosed
from tweet_store.model import Post, Tweet


class FakeSink:
    """A `Sink` with room for `capacity` posts, which keeps them all."""

    def __init__(self, capacity: float = float("inf")) -> None:
        self.posts: list[Post] = []
        self.puts: list[int] = []
        """The size of each put."""
        self.capacity = capacity
        self.closed = False
        self.waiting = 0
        """Threads that wait for room, or have just got it."""
        self._room = threading.Condition()

    def put_from_thread(self, posts: Sequence[Post]) -> None:
        with self._room:
            self.waiting += 1
            self._room.wait_for(
                lambda: self.closed or len(self.posts) + len(posts) <= self.capacity
            )
            self.waiting -= 1
            if self.closed:
                raise IntakeClosed
            self.puts.append(len(posts))
            self.posts.extend(posts)

    def put(self, posts: Sequence[Post]) -> bool:
        raise AssertionError("these sources put from a thread")

    def widen(self, capacity: float) -> None:
        with self._room:
            self.capacity = capacity
            self._room.notify_all()

    def close(self) -> None:
        with self._room:
            self.closed = True
            self._room.notify_all()

    @property
    def ids(self) -> list[str]:
        return [post.id for post in self.posts]

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts if isinstance(post, Tweet)]


class RecordingDrops(Drops):
    """Real drops whose counts can be read."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        super().__init__(
            Counter("dropped", "Dropped.", ["reason"], registry=registry), time.monotonic
        )
        self.reasons: Tally[str] = Tally()
        self.details: list[str] = []

    def count(self, reason: str, detail: str) -> None:
        super().count(reason, detail)
        self.reasons[reason] += 1
        self.details.append(detail)


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the reactor run until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come about within {seconds} s")
        await deferLater(cast(IReactorTime, reactor), 0.005)
