"""Step 3 of a tweet's way: from the store to RabbitMQ, so that no stored event stays unannounced.

The announcer pulls: it reads the events that are not announced yet, in seq order, publishes them,
and marks them in the store once RabbitMQ has confirmed them. First start, live running, overflow
and recovery are the same code; `wake` only says that there may be more. Whatever dies in between,
what was not marked is read and published again: an id may arrive twice, never not at all.

    IDLE --start--> CONNECTING --connected--> ANNOUNCING --lost--> WAITING --timer--> CONNECTING
                        '------failed------------------------------> WAITING
    any --stop--> STOPPING --nothing left, or deadline--> STOPPED

Reactor's thread. Bounds: at most `window` events in memory; one read and one mark at a time.
The reading is in `outbox.py`, what is in flight on a connection in `outflow.py`, the marking in
`marks.py`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeadlinePassed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from amqp_specs.notices import Notice
from stream_reader.backoff import Backoff
from stream_reader.broker import BrokerRefused, BrokerUnreachable, Connector, Publisher
from stream_reader.clock import Clock, DelayedCall
from stream_reader.marks import Marks
from stream_reader.outbox import PAGE, Outbox
from stream_reader.outflow import AnnouncerMetrics, Outflow
from tweet_store.model import PostEvent

log = logging.getLogger("celebwire.reader.announcer")

REFUSED_WAIT = 30.0
"""Seconds to the next try where somebody must change something first."""
STEADY = 60.0
"""Seconds that a connection with nothing to confirm must have stood to count as one that works."""
STOP_CONFIRMS, STOP_MARK, STOP_CLOSE = 0.6, 0.5, 0.3
"""Deadlines of the three steps of stopping, in seconds. What they leave undone is done again at the
next start; storing, which comes before and cannot be made up for, has the longer part of the 5 s.
"""


class State(Enum):
    """See the module."""

    IDLE = auto()
    CONNECTING = auto()
    ANNOUNCING = auto()
    WAITING = auto()
    STOPPING = auto()
    STOPPED = auto()


class Announcer:
    """The outbox pump. See the module."""

    def __init__(
        self,
        clock: Clock,
        connector: Connector,
        read_unannounced: Callable[[int, int], Deferred[list[PostEvent]]],
        mark_announced: Callable[[int], Deferred[None]],
        backoff: Backoff,
        metrics: AnnouncerMetrics,
        *,
        window: int = 1000,
        confirm_timeout: float = 10.0,
    ) -> None:
        """`read_unannounced(after_seq, limit)` gives the first events past it in seq order.

        `mark_announced(up_to_seq)` notes that all up to it are announced. Both may fail; they are
        then called again. `window`: the most that may be unconfirmed. `confirm_timeout`: seconds
        that the oldest of them may wait; then the connection is given up.
        """
        self._clock = clock
        self._connector = connector
        self._backoff = backoff
        self._metrics = metrics
        self._window = window
        self._confirm_timeout = confirm_timeout
        self._outbox = Outbox(clock, read_unannounced, self._moved)
        self._marks = Marks(clock, mark_announced)

        self.state = State.IDLE
        self._reason = "has not been tried yet"
        """Why there is no connection; goes on where the broker's name ends."""
        self._attempt: Deferred[Publisher] | None = None
        self._publisher: Publisher | None = None
        self._connected_at = 0.0
        self._retry: DelayedCall | None = None
        self._published = 0
        """The last seq that was published on any connection that has ended."""
        self._outflow = self._new_outflow(watermark=0)
        metrics.unconfirmed.set_function(lambda: self._outflow.unconfirmed)

        self._drained: Deferred[None] | None = None

    def start(self) -> None:
        """Connect, and go on for ever. Once."""
        self._connect()

    def wake(self) -> None:
        """There are new events in the store. Cheap; call it after each save."""
        self._outbox.more = True
        self._pump()

    def problem(self) -> str | None:
        """None while all is well, else one line for `/readyz`."""
        name = self._connector.name
        if self.state is State.ANNOUNCING:
            if self._outflow.block is not None:
                return f"{name} takes no messages for now: {self._outflow.block}"
            return self._outbox.problem or self._marks.problem
        if self.state is State.CONNECTING:
            return f"{name} {self._reason}; trying now"
        if self.state is State.WAITING and self._retry is not None:
            wait = max(0.0, self._retry.getTime() - self._clock.seconds())
            return f"{name} {self._reason}; next try in {math.ceil(wait)} s"
        return f"nothing is announced: {self.state.name.lower()}"

    # Connecting.

    def _connect(self) -> None:
        self.state = State.CONNECTING
        self._retry = None
        self._outflow = self._new_outflow(self._outflow.watermark)
        self._attempt = self._connector.connect(self._outflow)
        self._attempt.addCallbacks(self._connected, self._not_connected)

    def _connected(self, publisher: Publisher) -> None:
        log.info("%s takes announcements", self._connector.name)
        self.state = State.ANNOUNCING
        self._attempt = None
        self._publisher = publisher
        self._connected_at = self._clock.seconds()
        self._outflow.begin(publisher)
        self.wake()

    def _not_connected(self, failure: Failure) -> None:
        self._attempt = None
        if self.state is not State.CONNECTING:
            return  # it was cancelled
        wait = self._backoff.next()
        if failure.check(BrokerRefused):
            self._wait(failure.getErrorMessage(), max(wait, REFUSED_WAIT))
        elif failure.check(BrokerUnreachable):
            self._wait(failure.getErrorMessage(), wait)
        else:
            log.error("connecting failed in an unforeseen way\n%s", failure.getTraceback())
            self._wait(f"cannot be used: {failure.getErrorMessage()}", wait)

    def _lost(self, reason: str, refused: bool) -> None:
        self._publisher = None
        self._published = max(self._published, self._outflow.sent_up_to)
        if self.state is State.ANNOUNCING:
            # A broker may let us in and refuse each message: being connected proves nothing yet.
            stood = self._clock.seconds() - self._connected_at
            if self._outflow.confirmed or stood >= STEADY:
                self._backoff.reset()
            wait = self._backoff.next()
            self._wait(reason, max(wait, REFUSED_WAIT) if refused else wait)
        self._settle()

    def _wait(self, reason: str, seconds: float) -> None:
        self.state = State.WAITING
        self._reason = reason
        self._retry = self._clock.callLater(seconds, self._connect)
        log.warning("%s", self.problem())

    def _new_outflow(self, watermark: int) -> Outflow:
        return Outflow(
            self._clock,
            self._metrics,
            self._window,
            self._confirm_timeout,
            watermark,
            self._published,
            self._moved,
            self._lost,
        )

    # Reading and publishing.

    def _pump(self) -> None:
        """Read the next page, if there may be one and there is room for it."""
        room = self._outflow.room
        # A read for a few events costs as much as one for many: wait until there is some room.
        if room >= max(1, min(PAGE, self._window // 2)):
            publish = partial(self._publish_page, self._outflow)
            self._outbox.next_page(self._outflow.sent_up_to, min(PAGE, room), publish)

    def _publish_page(self, outflow: Outflow, events: list[PostEvent]) -> None:
        try:
            for event in events:
                if not outflow.room:  # its connection ended, or is blocked
                    self._outbox.more = True
                    break
                outflow.publish(Notice(event.kind, event.id, event.seq, event.celeb))
        except Exception as error:
            # What was counted is not to be relied on; the next connection begins at the watermark.
            log.exception("what was read could not be published")
            outflow.give_up(f"was left because of a fault of the reader itself: {error}")
        self._moved()

    def _moved(self) -> None:
        """Something was published, confirmed or not read; or the connection was (un)blocked."""
        self._marks.reached(self._outflow.watermark)
        self._pump()
        self._settle()

    # Stopping.

    def stop(self, spare: float = 0.0) -> Deferred[None]:
        """Announce what is in the store, take the confirms, mark them, say goodbye.

        Each step has a deadline; fires after at most 1.4 s, and `spare` seconds that those who
        stopped before did not need. What was left is announced next time.
        """
        return Deferred.fromCoroutine(self._stop(spare))

    async def _stop(self, spare: float) -> None:
        self.state = State.STOPPING
        if self._retry is not None:
            self._retry.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        self._drained = Deferred()
        drained = self._drained
        self._settle()
        await self._within(STOP_CONFIRMS + spare, drained, "confirms")
        await self._within(STOP_MARK, self._marks.flush(), "the last mark")
        self._marks.stop()
        self._outflow.stop()
        self._outbox.stop()
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close(STOP_CLOSE)
        self.state = State.STOPPED

    async def _within(self, seconds: float, step: Deferred[None], name: str) -> None:
        try:
            await step.addTimeout(seconds, cast(IReactorTime, self._clock))
        except DeadlinePassed:
            log.warning("stopping did not wait any longer for %s", name)

    def _settle(self) -> None:
        """If we are stopping: is there anything left to wait for?"""
        outflow = self._outflow
        busy = self._outbox.busy or outflow.in_flight
        if self._drained is not None and (
            self._publisher is None or outflow.block is not None or not busy
        ):
            drained, self._drained = self._drained, None
            drained.callback(None)
