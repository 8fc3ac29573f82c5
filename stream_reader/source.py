"""What a source of posts is. Nothing behind it knows which one a post came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from tweet_store.model import Post


class IntakeClosed(Exception):  # noqa: N818  (not a fault: the process is stopping)
    """The reader is stopping and takes nothing more: end the source."""


class Sink(Protocol):
    """Where a source puts what it reads: the reader's intake. Bounded, and it never drops."""

    def put_from_thread(self, posts: Sequence[Post]) -> None:
        """Hand over at most 500 posts from a thread of the source's own.

        Blocks while the intake is full, so that the pressure reaches whoever sends.
        Raises `IntakeClosed` when the reader stops; a blocked call is woken for it.
        """

    def put(self, posts: Sequence[Post]) -> bool:
        """Hand over posts on the reactor's thread. False if the intake is full: try again later."""


class Source(Protocol):
    """Something that yields posts between `start` and `stop`. Both run on the reactor's thread."""

    name: str

    def start(self, sink: Sink) -> None:
        """Begin. Must not block; a source that reads blockingly does so in a thread of its own."""

    def stop(self) -> Deferred[None]:
        """End. Fires within a second, after which nothing more is put."""

    def problem(self) -> str | None:
        """None while all is well, else one line for `/readyz`: what is wrong and what mends it."""
