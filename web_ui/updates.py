"""What a visitor is told when memory does not hold it: asked of the store, once for all who ask it.

    answer = await updates.after(channels, cursor)    # None: nothing yet, let it wait

`gap`: more was missed than is given one by one, and the cursor jumps to now. Knows no transport.
Those who were away for long must not hold up the news of the others: AT_ONCE questions are asked at
a time, and who would be one too many is sent away, to come back. Event loop's thread; the store is
read in a worker's.
"""

from __future__ import annotations

import asyncio

from tweet_store.database import StoreUnavailable
from web_ui import channels
from web_ui.answers import Answer
from web_ui.arrivals import Arrivals
from web_ui.cursor import Cursor
from web_ui.metrics import UpdateMetrics
from web_ui.recent import MOST_EVENTS, Recent
from web_ui.store_reader import StoreReader

AT_ONCE = 2
"""Questions that the store is asked at a time. Rendering their answers takes Python's lock."""
MOST_QUESTIONS = 500
"""Different questions that wait for the store."""


class Updates:
    """See the module."""

    def __init__(
        self, recent: Recent, arrivals: Arrivals, store: StoreReader, metrics: UpdateMetrics
    ) -> None:
        self._recent = recent
        self._arrivals = arrivals
        self._store = store
        self._metrics = metrics
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._asking: dict[tuple[frozenset[str], Cursor], asyncio.Task[Answer | None]] = {}

    async def after(self, names: frozenset[str], cursor: Cursor) -> Answer | None:
        """What there is past the cursor, wherever it has to be looked for, None for nothing.

        Raises `StoreUnavailable`: try again later.
        """
        question = names, cursor
        asking = self._asking.get(question)
        if asking is None:
            if len(self._asking) >= MOST_QUESTIONS:
                self._metrics.put_off.inc()
                raise StoreUnavailable("too many visitors are catching up")
            asking = asyncio.create_task(self._ask_in_turn(names, cursor))
            self._asking[question] = asking
            asking.add_done_callback(lambda task: self._answered(question, task))
        return await asyncio.shield(asking)  # others may wait for it as well

    def _answered(
        self, question: tuple[frozenset[str], Cursor], task: asyncio.Task[Answer | None]
    ) -> None:
        del self._asking[question]
        if not task.cancelled():
            task.exception()  # whoever asked may be gone

    async def _ask_in_turn(self, names: frozenset[str], cursor: Cursor) -> Answer | None:
        async with self._turns:
            return await self._ask(names, cursor)

    async def _ask(self, names: frozenset[str], cursor: Cursor) -> Answer | None:
        recent, feed = self._recent, self._recent.feed
        if cursor.seq > feed.latest:
            # Another process may be ahead of this one; nobody is ahead of the store.
            await self._arrivals.catch_up()
            if problem := self._arrivals.problem():
                raise StoreUnavailable(problem)
            if cursor.seq > feed.latest:
                return Answer(recent.now(), "reset")
        selection = channels.selection(names)
        seq = recent.quiet_from(names, cursor)
        while True:
            newest = feed.latest
            if newest - seq > recent.replay_limit:
                missed = await self._store.count_after(seq, recent.replay_limit + 1, selection)
                if missed > recent.replay_limit:
                    return Answer(recent.now(), "gap")
            if seq >= feed.floor:
                fresh = feed.after(names, seq, MOST_EVENTS + 1)
                if fresh:
                    return recent.live(fresh, feed.latest)
                recent.remember_quiet(names, cursor, feed.latest)
                return None
            entries = await self._store.entries_after(seq, MOST_EVENTS + 1, selection)
            if entries:
                return recent.live(entries, newest)
            seq = newest
            recent.remember_quiet(names, cursor, seq)
