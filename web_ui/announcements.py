"""From the store to RabbitMQ: what visitors write here is announced to every web process.

    announcements.wake()    # after each write

A comment and its place in the outbox are stored in one transaction (`announcements` in the store).
A round reads what is unannounced, publishes it in order, and takes from the outbox what RabbitMQ
has confirmed. A slow timer begins a round by itself: so what was written while RabbitMQ was away
goes out later, and what a process left that was killed is announced by another. An id may be
announced twice, never not at all.

Bounds: WINDOW events in memory and under way; CONFIRM_TIMEOUT for their confirms. The event loop's
thread; the store is used in workers'.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from amqp_specs import notices
from amqp_specs.notices import BadNotice, Notice
from amqp_specs.topology import Exchange
from tweet_store.database import StoreUnavailable
from tweet_store.model import Event
from web_ui.metrics import AnnouncementMetrics
from web_ui.outlet import Outlet

log = logging.getLogger("celebwire.web.announcements")

WINDOW = 100
"""Events in one round: read, published and confirmed together."""
CONFIRM_TIMEOUT = 10.0
"""Seconds that RabbitMQ may take to confirm them; then the connection is given up."""
SLOW_TIMER = 5.0
"""Seconds after which a round begins by itself. Shortened by up to half at random: all processes
look into the same outbox."""


class Announcements:
    """See the module. `unannounced(limit)` gives the first events that are not announced yet in seq
    order, `announced(seqs)` takes them from the outbox. Both may raise `StoreUnavailable`."""

    def __init__(
        self,
        exchange: Exchange,
        unannounced: Callable[[int], Awaitable[Sequence[Event]]],
        announced: Callable[[Sequence[int]], Awaitable[None]],
        metrics: AnnouncementMetrics,
        uniform: Callable[[float, float], float] = random.uniform,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._unannounced = unannounced
        self._announced = announced
        self._metrics = metrics
        self._uniform = uniform
        self._now = now
        self._bell = asyncio.Event()
        self.outlet = Outlet(exchange, on_ready=self.wake)

    def wake(self) -> None:
        """There may be something to announce. Cheap; any number of times."""
        self._bell.set()

    def problem(self) -> str | None:
        """None, or why nothing can be announced on a connection that stands."""
        return self.outlet.problem

    async def run(self) -> None:
        """Announce until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SLOW_TIMER * self._uniform(0.5, 1)):
                    await self._bell.wait()
            except TimeoutError:
                pass
            self._bell.clear()
            try:
                while self.outlet.ready and await self._round():
                    pass
            except StoreUnavailable as error:
                log.warning(
                    "the outbox cannot be used, next try within %s s: %s", SLOW_TIMER, error
                )
            except Exception:
                log.exception("announcing failed")  # a fault of ours; others still announce

    async def _round(self) -> bool:
        """Whether there may be more that can be announced now."""
        events = await self._unannounced(WINDOW)
        if not events or not self.outlet.ready:
            return False
        done = await self._publish(events)
        if done:
            await self._announced(done)
        # What was refused is left for the next time.
        return len(done) == len(events) == WINDOW

    async def _publish(self, events: Sequence[Event]) -> list[int]:
        """The seqs that are done with."""
        done: list[int] = []
        confirms: dict[int, asyncio.Future[bool]] = {}
        for event in events:
            if not self.outlet.ready:
                break
            notice = Notice(event.kind, event.id, event.seq, event.celeb)
            try:
                message = notices.encode(notice, int(self._now()))
            except BadNotice as error:
                self._metrics.unannounceable.inc()
                log.error("event %d cannot be announced: %s", event.seq, error)  # noqa: TRY400
                done.append(event.seq)
            else:
                confirms[event.seq] = self.outlet.publish(message.body, message.properties)
        await self._settled(list(confirms.values()))
        taken = [seq for seq, confirm in confirms.items() if confirm.done() and confirm.result()]
        self._metrics.announced.inc(len(taken))
        self._metrics.unconfirmed.inc(len(confirms) - len(taken))
        return done + taken

    async def _settled(self, confirms: Sequence[asyncio.Future[bool]]) -> None:
        """Wait until RabbitMQ has said of each whether it took it."""
        waiting = set(confirms)
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=CONFIRM_TIMEOUT)
            if waiting and not self.outlet.blocked:
                self.outlet.give_up()  # settles all
                return
