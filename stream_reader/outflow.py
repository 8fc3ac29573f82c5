"""What one connection to RabbitMQ has in flight: publishes, their confirms, and their deadline.

The `Listener` of its connection, and used for that one only: whatever is not confirmed when the
connection ends is forgotten here and read from the store again. Reactor's thread.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from amqp_specs.notices import BadNotice, Notice
from stream_reader.broker import Publisher
from stream_reader.clock import Clock, DelayedCall
from stream_reader.confirms import BadConfirm, Confirms

log = logging.getLogger("celebwire.reader.outflow")

NACK_PAUSE = 0.5
"""Seconds before what RabbitMQ could not keep is published again."""


class AnnouncerMetrics:
    """Of events on their way from the store to RabbitMQ."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.announced = Counter(
            "celebwire_announced",
            "Events that RabbitMQ confirmed, each counted once.",
            registry=registry,
        )
        self.republished = Counter(
            "celebwire_republished",
            "Events published again: refused once, or unconfirmed when a connection ended.",
            registry=registry,
        )
        self.unannounceable = Counter(
            "celebwire_unannounceable",
            "Events passed over because they do not fit in a notice.",
            registry=registry,
        )
        self.unconfirmed = Gauge(
            "celebwire_unconfirmed", "Events published and not confirmed yet.", registry=registry
        )


class Outflow:
    """One connection's. `moved` is called after each confirm, `ended` once: `Listener.lost`."""

    def __init__(
        self,
        clock: Clock,
        metrics: AnnouncerMetrics,
        window: int,
        confirm_timeout: float,
        watermark: int,
        published_before: int,
        moved: Callable[[], None],
        ended: Callable[[str, bool], None],
    ) -> None:
        """Everything up to the seq `watermark` is confirmed; up to `published_before` it has been
        published before, on other connections. `confirm_timeout`: seconds that the oldest of the
        unconfirmed may wait; then the connection is given up.
        """
        self._clock = clock
        self._metrics = metrics
        self._confirm_timeout = confirm_timeout
        self._published_before = published_before
        self._moved = moved
        self._ended = ended
        self._confirms = Confirms(window, watermark)
        self._notices: deque[Notice] = deque()
        """Those in flight, as `_confirms` has their seqs."""
        self._publisher: Publisher | None = None
        self._skipped: set[int] = set()
        """Those of them that will never be published."""
        self._refused: set[int] = set()
        self._republish: DelayedCall | None = None
        self._deadline: DelayedCall | None = None
        self._oldest: int | None = None
        self._oldest_since = 0.0
        self.sent_up_to = watermark
        """The last seq that was handed over."""
        self.block: str | None = None
        """Why RabbitMQ takes nothing for now; None if it does."""
        self.confirmed = False
        """RabbitMQ has confirmed something on this connection: it works, from end to end."""

    @property
    def watermark(self) -> int:
        """Everything up to and including this seq is confirmed."""
        return self._confirms.watermark

    @property
    def in_flight(self) -> int:
        """How many are past the watermark."""
        return len(self._notices)

    @property
    def unconfirmed(self) -> int:
        """How many RabbitMQ still has to confirm; none when the connection is gone."""
        return self._confirms.unconfirmed if self._publisher is not None else 0

    @property
    def room(self) -> int:
        """How many may be published now."""
        return self._confirms.room if self._publisher is not None and self.block is None else 0

    def begin(self, publisher: Publisher) -> None:
        """The connection is there."""
        self._publisher = publisher

    def publish(self, notice: Notice) -> None:
        """Publish a notice past all before it. At most `room` of them; see `room` after each."""
        self.sent_up_to = notice.seq
        self._notices.append(notice)
        self._send(notice, again=notice.seq <= self._published_before)
        self._look()

    def give_up(self, reason: str) -> None:
        """End the connection, for a reason that goes on where the broker's name ends."""
        if self._publisher is not None:
            self._publisher.abort(reason)

    def stop(self) -> None:
        """Forget everything: no timer runs any more, nothing more is heard."""
        self._publisher = None
        for call in (self._republish, self._deadline):
            if call is not None and call.active():
                call.cancel()

    # The Listener.

    def acked(self, tag: int, multiple: bool) -> None:
        """See `Listener`."""
        try:
            passed = self._confirms.ack(tag, multiple)
        except BadConfirm as error:
            self.give_up(str(error))
            return
        self.confirmed = True
        self._passed(passed)
        self._look()
        self._moved()

    def nacked(self, tag: int, multiple: bool) -> None:
        """See `Listener`."""
        try:
            refused = self._confirms.nack(tag, multiple)
        except BadConfirm as error:
            self.give_up(str(error))
            return
        log.warning("RabbitMQ could not keep %d messages; publishing them again", len(refused))
        self._refused.update(refused)
        if self._republish is None:
            self._republish = self._clock.callLater(NACK_PAUSE, self._send_refused)

    def blocked(self, reason: str | None) -> None:
        """See `Listener`."""
        log.warning("RabbitMQ takes %s", "messages again" if reason is None else f"none: {reason}")
        self.block = reason
        self._oldest_since = self._clock.seconds()
        self._moved()

    def lost(self, reason: str, *, refused: bool = False) -> None:
        """See `Listener`."""
        self.stop()
        self._ended(reason, refused)

    # Inside.

    def _send(self, notice: Notice, *, again: bool) -> None:
        if self._publisher is None:
            return
        try:
            tag = self._publisher.publish(notice)
        except BadNotice as error:
            # It would stand in the way of all after it. The site finds it without us.
            log.error("event %d cannot be announced: %s", notice.seq, error)  # noqa: TRY400
            self._metrics.unannounceable.inc()
            self._skipped.add(notice.seq)
            self._passed(self._confirms.skip(notice.seq))
            return
        self._confirms.published(tag, notice.seq)
        if again:
            self._metrics.republished.inc()

    def _send_refused(self) -> None:
        self._republish = None
        refused, self._refused = self._refused, set()
        for notice in [notice for notice in self._notices if notice.seq in refused]:
            self._send(notice, again=True)

    def _passed(self, count: int) -> None:
        skipped = 0
        for _ in range(count):
            seq = self._notices.popleft().seq
            if seq in self._skipped:
                self._skipped.remove(seq)
                skipped += 1
        self._metrics.announced.inc(count - skipped)

    def _look(self) -> None:
        """See to the deadline, after each publish and confirm."""
        oldest = self._confirms.oldest
        if oldest != self._oldest:
            self._oldest = oldest
            self._oldest_since = self._clock.seconds()
        if oldest is not None and self._deadline is None and self._publisher is not None:
            self._deadline = self._clock.callLater(self._confirm_timeout, self._check)

    def _check(self) -> None:
        self._deadline = None
        waited = self._clock.seconds() - self._oldest_since
        if self._confirms.oldest is None:
            return
        if self.block is not None:
            # It confirms nothing now; whether it lives, the heartbeats tell.
            self._deadline = self._clock.callLater(self._confirm_timeout, self._check)
        elif waited < self._confirm_timeout:
            self._deadline = self._clock.callLater(self._confirm_timeout - waited, self._check)
        else:
            self.give_up(f"has confirmed nothing for {self._confirm_timeout:g} s")
