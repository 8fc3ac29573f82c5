"""Steps 5 and 6 of a tweet's way: the doorbell rings, what is new is fetched, visitors are woken.

    arrivals = Arrivals(recent, room, load=store.entries_after, ...)
    arrivals.post_notify(tweet_id)     # tweet_queue.py, for each id that RabbitMQ delivers

A notice says only *that* there is something. What there is, is asked of the store: everything past
the feed's last seq, in one query however many notices came. So a notice that is lost, doubled or
late costs time and never a tweet; and because a slow timer rings the bell too, the site goes on
without RabbitMQ.

What came while the last news went out goes out together, and so does what comes within TOGETHER
seconds of it. When nothing came for a while, nothing waits. On the event loop's thread; the loading
happens in a worker's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tweet_store.database import StoreUnavailable
from web_ui.feed import Entry
from web_ui.metrics import ArrivalMetrics
from web_ui.recent import MOST_EVENTS, Recent
from web_ui.waiting_room import WaitingRoom

log = logging.getLogger("celebwire.web.arrivals")

TOGETHER = 0.005
"""Seconds from one delivery to the next under load. A query, a hop to a thread and an answer for
each group cost about a millisecond however few events they carry."""
SLOW_TIMER = 5.0
"""Seconds after which the bell rings by itself."""


class Arrivals:
    """Keeps the feed up with the store. `load(after_seq, limit)` gives rendered entries, `latest()`
    the store's newest seq."""

    def __init__(
        self,
        recent: Recent,
        room: WaitingRoom,
        load: Callable[[int, int], Awaitable[list[Entry]]],
        latest: Callable[[], Awaitable[int]],
        metrics: ArrivalMetrics,
    ) -> None:
        self._recent = recent
        self._feed = recent.feed
        self._room = room
        self._load = load
        self._latest = latest
        self._metrics = metrics
        self._bell = asyncio.Event()
        self._catching_up = asyncio.Lock()
        self._problem: str | None = None
        """Why the last look into the store failed."""
        self._went_back: str | None = None
        """It will not be what it was, as far as this process is concerned."""

    def post_notify(self, tweet_id: str) -> None:
        """RabbitMQ says that there is news of this tweet, or of this comment. Cheap; any number of
        times."""
        self._metrics.notices.inc()
        log.debug("notice of %s", tweet_id)
        self._bell.set()

    def ring(self) -> None:
        """Look at once: somebody wrote something in this process, or RabbitMQ is back."""
        self._bell.set()

    async def run(self) -> None:
        """Answer the bell until cancelled."""
        loop = asyncio.get_running_loop()
        not_before = looked_back = 0.0
        while True:
            try:
                async with asyncio.timeout(SLOW_TIMER):
                    await self._bell.wait()
            except TimeoutError:
                self._metrics.slow_rings.inc()
            if (early := not_before - loop.time()) > 0:
                await asyncio.sleep(early)
            self._bell.clear()
            try:
                await self.catch_up()
                if loop.time() >= looked_back + SLOW_TIMER:
                    looked_back = loop.time()
                    await self._look_back()
            except Exception:
                # A fault of ours. Visitors who wait must not wait for ever because of it.
                log.exception("catching up failed")
                self._problem = "catching up failed; the log says why"
            not_before = loop.time() + TOGETHER

    async def catch_up(self) -> None:
        """Bring the feed up to the store, and send what is new to those whom it concerns."""
        async with self._catching_up:
            try:
                while entries := await self._load(self._feed.latest, MOST_EVENTS):
                    before = self._recent.now()
                    self._feed.append(entries)
                    self._metrics.events.inc(len(entries))
                    await self._room.deliver(entries, before)
                    if len(entries) < MOST_EVENTS:
                        break
            except StoreUnavailable as error:
                log.warning("the store cannot be read, next try within %s s: %s", SLOW_TIMER, error)
                self._problem = str(error)
            else:
                self._problem = None

    async def _look_back(self) -> None:
        """Where a standby without the last commits took the database's place, seqs come twice."""
        try:
            latest = await self._latest()
        except StoreUnavailable:
            return  # catching up says so
        if latest < self._feed.latest:
            self._went_back = (
                f"it went back from event {self._feed.latest} to {latest}: start the site again"
            )
            log.error("the store has lost what it had: %s", self._went_back)

    def problem(self) -> str | None:
        """None, or what is wrong with the store."""
        return self._went_back or self._problem
