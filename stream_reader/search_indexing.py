"""What was stored becomes findable: a little of it at a time, when the intake has nothing to do.

Beside a tweet's way, on the reactor's thread; each step runs in the store's writing thread, where
no save can run meanwhile. So a step is short, and waits until the intake is idle, but no longer
than a second: under load the search falls behind, and never stands still.

When all is in the index, words of deleted posts leave the file in the same way. And whatever was
deleted, by whichever process, leaves the store's write-ahead log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter
from twisted.internet.defer import CancelledError, Deferred

from stream_reader.clock import Clock
from tweet_store.fts5 import Leftovers

log = logging.getLogger("celebwire.reader.search")

BATCH = 250
"""Posts of one step: about 5 ms."""
PAUSE = 0.01
"""Seconds between two steps while there is more: other processes write then."""
PAGES = 64
"""Pages of the index that one step of forgetting rewrites: about 10 ms."""
GATHERING = 0.25
"""Seconds between a save and the step that it asks for: the saves after it join in."""
LOOKING = 0.05
"""Seconds between two looks whether the intake is idle."""
PATIENCE = 1.0
"""Seconds that a step waits for that at most."""
FORGETTING_PAUSE = 0.05
"""Seconds between two steps of forgetting."""
FORGETTING_EVERY = 300.0
"""Seconds between two beginnings of it: it rewrites the index, however little was deleted."""
LOG_LOOKING = 5.0
"""Seconds between two looks whether deleted words are in the log."""
LOG_RETRY = 0.5
"""The same where somebody was in the way of emptying it."""
RETRY = 5.0
"""Seconds until the next step where one failed."""


class SearchMetrics:
    """Of the search index."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.indexed = Counter(
            "celebwire_search_indexed",
            "Posts that were put into the search index.",
            registry=registry,
        )
        self.failures = Counter(
            "celebwire_search_failures",
            "Steps of the search index that failed and were tried again.",
            registry=registry,
        )


class SearchIndexing:
    """`index`, `forget` and `empty_log` are `TweetStore.index_posts`, `forget_words` and
    `empty_log`, in a thread."""

    def __init__(
        self,
        clock: Clock,
        intake_is_idle: Callable[[], bool],
        index: Callable[[int], Deferred[int]],
        forget: Callable[[int, bool], Deferred[Leftovers]],
        empty_log: Callable[[], Deferred[bool]],
        metrics: SearchMetrics,
    ) -> None:
        self._clock = clock
        self._intake_is_idle = intake_is_idle
        self._index = index
        self._forget = forget
        self._empty_log = empty_log
        self._metrics = metrics
        self._asked = False
        """Something was saved since the last step began."""
        self._resting: Deferred[None] | None = None
        """Fires when something is saved, or when it is time."""
        self._begin_from = float("-inf")
        """When forgetting may begin again."""
        self._merging = False
        """It has begun."""
        self._look_from = float("-inf")
        """When to look at the log again."""
        self._run: Deferred[None] | None = None

    def start(self) -> None:
        """Begin with what is not in the index yet."""
        self._run = Deferred.fromCoroutine(self._steps())
        self._run.addErrback(lambda failure: failure.trap(CancelledError))

    def stop(self) -> None:
        """Take no further step. What is missing will be put into the index after the next start."""
        if self._run is not None:
            self._run.cancel()

    def wake(self) -> None:
        """Something was saved."""
        self._asked = True
        if self._resting is not None:
            resting, self._resting = self._resting, None
            resting.callback(None)

    async def _steps(self) -> None:
        while True:
            await self._idle_intake()
            self._asked = False
            try:
                rest = await self._step()
            except CancelledError:
                raise
            except Exception as error:
                # Whatever it was, posts come in and go out without it.
                self._metrics.failures.inc()
                log.warning("the search index failed, next try in %s s: %r", RETRY, error)
                await self._wait(RETRY)
                continue
            if rest > GATHERING:
                await self._rest(rest)
                rest = GATHERING
            await self._wait(rest)

    async def _step(self) -> float:
        """Do some of what there is to do. Seconds until the next step, if none is asked for."""
        now = self._clock.seconds()
        if now >= self._look_from:
            self._look_from = now + LOG_RETRY
            if await self._empty_log():
                self._look_from = now + LOG_LOOKING
        count = await self._index(BATCH)
        self._metrics.indexed.inc(count)
        if count == BATCH:
            return PAUSE
        left = await self._forget(PAGES, now >= self._begin_from)
        began, self._merging = self._merging, left.startswith("merging")
        if self._merging:
            if not began:
                self._begin_from = now + FORGETTING_EVERY
            return FORGETTING_PAUSE
        rest = self._look_from - now
        if left != "none":
            rest = min(rest, self._begin_from - now)
        return max(FORGETTING_PAUSE, rest)

    async def _idle_intake(self) -> None:
        until = self._clock.seconds() + PATIENCE
        while not self._intake_is_idle() and self._clock.seconds() < until:
            await self._wait(LOOKING)

    async def _rest(self, seconds: float) -> None:
        """Wait until something is saved, or until it is time."""
        if not self._asked:
            self._resting = Deferred()
            await self._wait(seconds, self._resting)

    async def _wait(self, seconds: float, over: Deferred[None] | None = None) -> None:
        """Wait for `over`, which fires after `seconds` at the latest."""
        over = over or Deferred()
        timer = self._clock.callLater(seconds, over.callback, None)
        try:
            await over
        finally:
            self._resting = None
            if timer.active():
                timer.cancel()
