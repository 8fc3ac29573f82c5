"""Step 2 of a tweet's way: from the sources into the store, in batches.

Lives on the reactor's thread; only `put_from_thread` runs in a source's. One save is in progress at
a time, in the store's writing thread; what arrives meanwhile is the next batch. A batch leaves when
it holds 500 posts or 5 ms after the one before it left, so a post that finds the intake idle does
not wait at all.

Nothing is dropped for want of room: a full intake blocks the source, and so whoever sends to it. A
store that cannot be used now is tried again for ever, with the batch kept.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence

from twisted.internet import defer
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from stream_reader.clock import Clock, FromThread
from stream_reader.drops import Drops
from stream_reader.metrics import IntakeMetrics
from stream_reader.source import IntakeClosed
from tweet_store.database import StoreUnavailable
from tweet_store.model import Event, Post

log = logging.getLogger("celebwire.reader.intake")

BATCH = 500
SPACING = 0.005
"""Least time between the starts of two saves of less than a full batch, in seconds."""
CAPACITY = 5_000
"""Posts taken and not yet stored; the sources wait at this."""
RETRY = 1.0
"""Pause before a save that failed is tried again, in seconds."""


class Intake:
    """A `Sink`. `save` stores a batch and gives the events made; `on_saved` is told of success."""

    def __init__(
        self,
        clock: Clock,
        threads: FromThread,
        save: Callable[[list[Post]], Deferred[list[Event]]],
        on_saved: Callable[[], None],
        drops: Drops,
        metrics: IntakeMetrics,
    ) -> None:
        self._clock = clock
        self._threads = threads
        self._save = save
        self._on_saved = on_saved
        self._drops = drops
        self._metrics = metrics
        self._queue: deque[Post] = deque()
        self._taken = 0
        """Posts that have a place: on their way from a thread, queued, or being saved."""
        self._room = threading.Condition()
        self._closed = False
        self._busy = False
        """A save, or the timer before one, is in progress."""
        self._singly = 0
        """How many of the queue's first are to be saved one by one."""
        self._last_start = float("-inf")
        self._problem: str | None = None
        self._idle_waiters: list[Deferred[None]] = []

    # The side of the sources.

    def put_from_thread(self, posts: Sequence[Post]) -> None:
        """See `Sink.put_from_thread`."""
        with self._room:
            self._room.wait_for(lambda: self._closed or self._taken + len(posts) <= CAPACITY)
            self._take(posts)
        self._threads.callFromThread(self._accept, posts)

    def put(self, posts: Sequence[Post]) -> bool:
        """See `Sink.put`."""
        with self._room:
            if self._taken + len(posts) > CAPACITY and not self._closed:
                return False
            self._take(posts)
        self._accept(posts)
        return True

    def _take(self, posts: Sequence[Post]) -> None:
        if self._closed:
            raise IntakeClosed
        self._taken += len(posts)

    # The side of the store.

    def _accept(self, posts: Sequence[Post]) -> None:
        self._metrics.received.inc(len(posts))
        self._queue.extend(posts)
        self._metrics.waiting.set(self._taken)
        self._schedule()

    def _schedule(self) -> None:
        if self._busy or not self._queue:
            return
        self._busy = True
        wait = self._last_start + SPACING - self._clock.seconds()
        if wait > 0 and len(self._queue) < BATCH and not self._closed and not self._singly:
            self._clock.callLater(wait, self._start_batch)
        else:
            self._start_batch()

    def _start_batch(self) -> None:
        size = min(1 if self._singly else BATCH, len(self._queue))
        self._singly = max(0, self._singly - 1)
        self._save_batch([self._queue.popleft() for _ in range(size)])

    def _save_batch(self, batch: list[Post]) -> None:
        self._last_start = self._clock.seconds()
        saved = maybeDeferred(self._save, batch)
        over: Deferred[int | None] = saved.addCallbacks(
            self._saved, self._not_saved, callbackArgs=(batch,), errbackArgs=(batch,)
        )
        # Without this, a fault of our own in either would leave the intake busy for ever.
        over.addErrback(self._failed, batch).addCallback(self._over)

    def _saved(self, events: list[Event], batch: list[Post]) -> int:
        self._metrics.save_seconds.observe(self._clock.seconds() - self._last_start)
        for kind, count in Counter(event.kind for event in events).items():
            self._metrics.events.labels(kind).inc(count)
        # A save that failed may have been done: the connection was lost after the commit.
        if events or self._problem:
            self._on_saved()
        self._problem = None
        return len(batch)

    def _not_saved(self, failure: Failure, batch: list[Post]) -> int | None:
        """How many posts are done with; None: the same save will be tried again."""
        if isinstance(failure.value, StoreUnavailable):
            self._problem = failure.getErrorMessage()
            self._metrics.retries.inc()
            log.error("the store cannot be used, next try in %s s: %s", RETRY, self._problem)
            self._clock.callLater(RETRY, self._save_batch, batch)
            return None
        self._problem = None
        if len(batch) > 1:
            # One of them is to blame. The others must not suffer for it: each by itself.
            self._queue.extendleft(reversed(batch))
            self._singly = len(batch)
            return 0
        self._drops.count("unstorable", f"{batch[0].id}: {failure.getErrorMessage()}")
        return 1

    def _failed(self, failure: Failure, batch: list[Post]) -> int:
        log.error("a fault of our own after a save; going on\n%s", failure.getTraceback())
        return len(batch)

    def _over(self, count: int | None) -> None:
        if count is None:
            return
        with self._room:
            self._taken -= count
            self._room.notify_all()
        self._metrics.waiting.set(self._taken)
        self._busy = False
        self._schedule()
        if not self._taken:
            waiters, self._idle_waiters = self._idle_waiters, []
            for waiter in waiters:
                waiter.callback(None)

    # Stopping.

    def close(self) -> None:
        """Take nothing more; whoever waits for room gets `IntakeClosed`."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    def drained(self) -> Deferred[None]:
        """Fires when everything taken is stored. After `close`; give it a deadline."""
        if not self._taken:
            return defer.succeed(None)
        waiter: Deferred[None] = Deferred()
        self._idle_waiters.append(waiter)
        return waiter

    @property
    def unsaved(self) -> int:
        """Posts that were taken and are not stored yet."""
        return self._taken

    def problem(self) -> str | None:
        """None, or why the last save failed."""
        return self._problem
