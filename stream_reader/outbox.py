"""The announcer's view of the store: events that are not announced yet, read a page at a time.

Whatever is stored is in the outbox until it is marked as announced, so a read that fails is just
made again. Reactor's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from stream_reader.clock import Clock, DelayedCall
from tweet_store.database import StoreUnavailable
from tweet_store.model import PostEvent

log = logging.getLogger("celebwire.reader.outbox")

PAGE = 500
"""Most events read and published in one go: about 4 ms of the reactor's time."""
RETRY = 1.0
"""Seconds before a read that failed is tried again."""
FAULT_RETRY = 30.0
"""Seconds before reading goes on by itself after a fault of ours in publishing, which may stay."""


class Outbox:
    """`read(after_seq, limit)` gives the first events past it in seq order, and may fail.

    `moved` is called when a read has failed, and when it may be tried again.
    """

    def __init__(
        self,
        clock: Clock,
        read: Callable[[int, int], Deferred[list[PostEvent]]],
        moved: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._read = read
        self._moved = moved
        self._reading = False
        self._retry: DelayedCall | None = None
        self._stopped = False
        self.more = True
        """There may be something to read."""
        self.problem: str | None = None
        """Why the last read, or publishing what it gave, failed; None if it did not."""

    @property
    def busy(self) -> bool:
        """A read is in progress or to be made."""
        return self._reading or self.more

    def next_page(
        self, after_seq: int, limit: int, take: Callable[[list[PostEvent]], object]
    ) -> None:
        """Read, and hand `take` what there is; does nothing during a read or without `more`."""
        if self.more and not self._reading:
            self.more = False
            self._reading = True
            page = maybeDeferred(self._read, after_seq, limit)
            page.addCallbacks(self._has_read, self._not_read, callbackArgs=(limit, take))
            page.addErrback(self._not_taken)

    def stop(self) -> None:
        """Begin no other read by itself."""
        self._stopped = True
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _has_read(
        self, events: list[PostEvent], limit: int, take: Callable[[list[PostEvent]], object]
    ) -> None:
        self._reading = False
        self.problem = None
        self.more = self.more or len(events) == limit
        take(events)

    def _not_read(self, failure: Failure) -> None:
        self._reading = False
        self._failed("the events to announce cannot be read", failure, RETRY)

    def _not_taken(self, failure: Failure) -> None:
        fault = "publishing what was read failed, a fault of the reader itself"
        self._failed(fault, failure, FAULT_RETRY)

    def _failed(self, problem: str, failure: Failure, retry: float) -> None:
        self.problem = f"{problem}: {failure.getErrorMessage()}"
        log.error("%s; next try in %s s", self.problem, retry)
        if not failure.check(StoreUnavailable):
            log.error("a fault of our own\n%s", failure.getTraceback())
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if not self._stopped:
            self._retry = self._clock.callLater(retry, self._try_again)
        self._moved()

    def _try_again(self) -> None:
        self._retry = None
        self.more = True
        self._moved()
