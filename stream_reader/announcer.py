"""Step 3 of a tweet's way: from the store to RabbitMQ, so that no stored event stays unannounced.

The announcer pulls: it reads the events that are not announced yet, in seq order, publishes them,
and marks them in the store once RabbitMQ has confirmed them. First start, live running, overflow
and recovery are the same code; `wake` only says that there may be more. Whatever dies in between,
what was not marked is read and published again: an id may arrive twice, never not at all.

    IDLE --start--> CONNECTING --connected--> ANNOUNCING --lost--> WAITING --timer--> CONNECTING
                        '------failed------------------------------> WAITING
    any --stop--> STOPPING --nothing left, or deadline--> STOPPED

Reactor's thread. Bounds: at most `window` events in memory; one read and one mark at a time.
What is in flight on a connection is in `outflow.py`, the marking in `marks.py`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from enum import Enum, auto

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeadlinePassed
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from amqp_specs.notices import Notice
from stream_reader.backoff import Backoff
from stream_reader.broker import BrokerRefused, BrokerUnreachable, Connector, Publisher
from stream_reader.clock import Clock
from stream_reader.marks import Marks
from stream_reader.outflow import AnnouncerMetrics, Outflow
from tweet_store.model import Event

log = logging.getLogger("celebwire.reader.announcer")

PAGE = 250
"""Most events read and published in one go: about 10 ms of the reactor's time."""
REFUSED_WAIT = 30.0
"""Seconds to the next try where somebody must change something first."""
READ_RETRY = 1.0
"""Seconds before a read that failed is tried again."""
STOP_CONFIRMS, STOP_MARK, STOP_CLOSE = 1.5, 1.0, 0.5
"""Deadlines of the three steps of stopping, in seconds."""


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
        read_unannounced: Callable[[int, int], Deferred[Sequence[Event]]],
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
        self._read = read_unannounced
        self._backoff = backoff
        self._metrics = metrics
        self._window = window
        self._confirm_timeout = confirm_timeout
        self._marks = Marks(clock, mark_announced)

        self.state = State.IDLE
        self._reason = "has not been tried yet"
        """Why there is no connection; goes on where the broker's name ends."""
        self._attempt: Deferred[Publisher] | None = None
        self._publisher: Publisher | None = None
        self._retry: IDelayedCall | None = None
        self._outflow = self._new_outflow(0, 0)

        self._more = True
        """There may be something to read."""
        self._reading = False
        self._read_problem: str | None = None
        self._read_again: IDelayedCall | None = None
        self._drained: Deferred[None] | None = None

    def start(self) -> None:
        """Connect, and go on for ever. Once."""
        self._connect()

    def wake(self) -> None:
        """There are new events in the store. Cheap; call it after each save."""
        self._more = True
        self._pump()

    def problem(self) -> str | None:
        """None while all is well, else one line for `/readyz`."""
        name = self._connector.name
        if self.state is State.ANNOUNCING:
            if self._outflow.block is not None:
                return f"{name} takes no messages for now: {self._outflow.block}"
            return self._read_problem or self._marks.problem
        if self.state is State.CONNECTING:
            return f"{name} {self._reason}; trying now"
        if self._retry is not None:
            wait = max(0.0, self._retry.getTime() - self._clock.seconds())
            return f"{name} {self._reason}; next try in {math.ceil(wait)} s"
        return f"nothing is announced: {self.state.name.lower()}"

    # Connecting.

    def _connect(self) -> None:
        self.state = State.CONNECTING
        self._retry = None
        self._outflow = self._new_outflow(self._outflow.watermark, self._published)
        self._attempt = self._connector.connect(self._outflow)
        self._attempt.addCallbacks(self._connected, self._not_connected)

    def _connected(self, publisher: Publisher) -> None:
        log.info("%s takes announcements", self._connector.name)
        self.state = State.ANNOUNCING
        self._attempt = None
        self._publisher = publisher
        self._backoff.reset()
        self._outflow.begin(publisher)
        self.wake()

    def _not_connected(self, failure: Failure) -> None:
        self._attempt = None
        if failure.check(CancelledError):
            return
        wait = self._backoff.next()
        if failure.check(BrokerRefused):
            wait = max(wait, REFUSED_WAIT)
        elif not failure.check(BrokerUnreachable):
            log.error("connecting failed in an unforeseen way\n%s", failure.getTraceback())
        self._wait(failure.getErrorMessage(), wait)

    def _lost(self, reason: str) -> None:
        self._publisher = None
        if self.state is State.ANNOUNCING:
            self._wait(reason, self._backoff.next())
        self._settle()

    def _wait(self, reason: str, seconds: float) -> None:
        self.state = State.WAITING
        self._reason = reason
        self._retry = self._clock.callLater(seconds, self._connect)
        log.warning("%s", self.problem())
