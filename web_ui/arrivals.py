"""Steps 5 and 6 of a tweet's way: the doorbell rings, what is new is fetched, visitors are woken.

    arrivals = Arrivals(feed, room, load=store.entries_after, ...)
    arrivals.post_notify(tweet_id)     # tweet_queue.py, for each id that RabbitMQ delivers

A notice says only *that* there is something. What there is, is asked of the store: everything past
the feed's last seq, in one query however many notices came. So a notice that is lost, doubled or
late costs time and never a tweet; and because a slow timer rings the bell too, the site goes on
without RabbitMQ. On the event loop's thread; the loading happens in a worker's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tweet_store.database import StoreUnavailable
from web_ui.feed import Entry, Feed
from web_ui.metrics import ArrivalMetrics
from web_ui.waiting_room import WaitingRoom

log = logging.getLogger("celebwire.web.arrivals")

PAGE = 500
"""Events loaded and rendered at a time."""
SLOW_TIMER = 5.0
"""Seconds after which the bell rings by itself."""


class Arrivals:
    """Keeps the feed up with the store. `load(after_seq, limit)` gives rendered entries."""

    def __init__(
        self,
        feed: Feed,
        room: WaitingRoom,
        load: Callable[[int, int], Awaitable[list[Entry]]],
        metrics: ArrivalMetrics,
    ) -> None:
        self._feed = feed
        self._room = room
        self._load = load
        self._metrics = metrics
        self._bell = asyncio.Event()
        self._catching_up = asyncio.Lock()
        self._problem: str | None = None

    def post_notify(self, tweet_id: str) -> None:
        """RabbitMQ says that there is news of this tweet. Cheap; any number of times."""
        self._metrics.notices.inc()
        log.debug("notice of %s", tweet_id)
        self._bell.set()

    async def run(self) -> None:
        """Answer the bell until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SLOW_TIMER):
                    await self._bell.wait()
            except TimeoutError:
                self._metrics.slow_rings.inc()
            self._bell.clear()
            try:
                await self.catch_up()
            except Exception:
                # A fault of ours. Visitors who wait must not wait for ever because of it.
                log.exception("catching up failed")
                self._problem = "catching up failed; the log says why"

    async def catch_up(self) -> None:
        """Bring the feed up to the store, and wake those whom it concerns."""
        async with self._catching_up:
            try:
                while entries := await self._load(self._feed.latest, PAGE):
                    self._feed.append(entries)
                    self._metrics.events.inc(len(entries))
                    self._room.wake({name for entry in entries for name in entry.channels})
                    if len(entries) < PAGE:
                        break
            except StoreUnavailable as error:
                log.warning("the store cannot be read, next try within %s s: %s", SLOW_TIMER, error)
                self._problem = str(error)
            else:
                self._problem = None

    def problem(self) -> str | None:
        """None, or why the last look into the store failed."""
        return self._problem
