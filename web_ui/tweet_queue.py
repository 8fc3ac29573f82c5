"""Step 4 of a tweet's way: RabbitMQ's notices.

Every web process has a queue of its own, bound to the exchanges, and so gets every id, of posts and
of what visitors write. It is declared in the channel's callbacks, one named method a step; the
exchanges and bindings one after the other:

    connected -> on_channel_open -> on_exchange_declared, ... -> on_queue_declared
              -> on_queue_bound, ... -> on_qos_set -> on_consume_ok -> on_message, on_message, ...

Whatever fails, at any step, ends the connection, and the next one begins anew (`broker.py`). A
queue lost meanwhile costs nothing: it was a doorbell, and one look makes up for it.

Of a lost binding RabbitMQ tells nobody: whoever deletes the exchange deletes it too, and the reader
soon makes the exchange again, without it. So while consuming, exchanges and bindings are declared
again and again, which changes nothing where they are:

    on_consume_ok -> pause -> bind_again -> on_exchange_declared_again, ...
                  -> on_queue_bound_again, ... -> pause -> bind_again -> ...

What did not come meanwhile shows in the seqs of the notices: the log says how many. The event
loop's thread only.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any

from amqp_specs import notices, topology
from amqp_specs.headcounts import BadHeadcount
from amqp_specs.notices import BadNotice, Kinds, Notice
from amqp_specs.topology import Exchange
from web_ui.broker import Deadline, Link, declare_exchange
from web_ui.metrics import QueueMetrics
from web_ui.missed_notices import MissedNotices

log = logging.getLogger("celebwire.web.queue")

PREFETCH = 1_000
"""Messages under way to us that are not acknowledged yet."""
BIND_AGAIN = 10.0
"""Seconds between two declarations of the bindings: the longest that a loss goes unmended."""


class TweetQueue:
    """This process's queue. `on_consuming` is called when from now on nothing is missed, and then
    `on_notice` for every good message of the exchanges in `kinds`, which says what their types
    mean; `others` are called with the bodies of theirs."""

    def __init__(
        self,
        kinds: Mapping[Exchange, Kinds],
        on_consuming: Callable[[], None],
        on_notice: Callable[[Notice], None],
        others: Mapping[Exchange, Callable[[bytes], None]],
        metrics: QueueMetrics,
        bind_again: float = BIND_AGAIN,
    ) -> None:
        self._exchanges = [*kinds, *others]
        self._kinds = {exchange.name: of_types for exchange, of_types in kinds.items()}
        self._others = {exchange.name: hear for exchange, hear in others.items()}
        self._on_consuming = on_consuming
        self._on_notice = on_notice
        self._metrics = metrics
        self._bind_again = bind_again
        self._missed = MissedNotices()
        self._consumer: _Consumer | None = None

    def connected(self, link: Link) -> None:
        """See `Tenant`."""
        self._consumer = _Consumer(self, link)

    def disconnected(self) -> None:
        """See `Tenant`."""
        if self._consumer is not None:
            self._consumer.end()
            self._consumer = None

    def closing(self) -> None:
        """See `Tenant`."""
        if self._consumer is not None:
            self._consumer.end()

    def _consuming(self) -> None:
        self._missed = MissedNotices()  # what came while we were away is asked for now
        self._metrics.connects.inc()
        self._on_consuming()

    def _message(self, exchange: str, body: bytes, kind: str | None) -> None:
        try:
            if exchange in self._others:
                self._others[exchange](body)
                return
            notice = notices.decode(body, kind, self._kinds[exchange])
        except (BadNotice, BadHeadcount) as error:
            self._metrics.bad_notices.inc()
            log.warning("dropped a message that is no notice: %s", error)
            return
        self._missed.came(notice.seq)
        self._on_notice(notice)

    def _tell_of_missed(self) -> None:
        """At most once a pause, however many there are."""
        if missed := self._missed.look():
            self._metrics.missed.inc(missed)
            log.warning(
                "%d notices were late or did not come: the binding was lost, or the queue was full",
                missed,
            )


class _Consumer:
    """The queue on one connection."""

    def __init__(self, queue: TweetQueue, link: Link) -> None:
        self._queue = queue
        self._link = link
        self._own = topology.web_queue(socket.gethostname(), secrets.token_hex(8))
        self._channel: Any = None
        self._left: list[Exchange] = []
        """Exchanges that are still to be declared, or to be bound to."""
        self._unacked: int | None = None
        """The newest delivery tag that was handled and not acknowledged yet."""
        self._answer_due: Deadline | None = None
        self._pause: asyncio.TimerHandle | None = None
        """The one before the next `bind_again`."""
        link.open_channel(self.on_channel_open)

    # From nothing to consuming. Each callback may come after the end of the link.

    def on_channel_open(self, channel: Any) -> None:
        if self._link.over:
            return
        self._channel = channel
        channel.add_on_close_callback(self.on_channel_closed)
        channel.add_on_cancel_callback(self.on_cancelled)
        self._left = list(self._queue._exchanges)
        declare_exchange(channel, self._left.pop(), self.on_exchange_declared)

    def on_exchange_declared(self, _frame: Any) -> None:
        if self._link.over:
            return
        if self._left:
            declare_exchange(self._channel, self._left.pop(), self.on_exchange_declared)
            return
        own = self._own
        self._channel.queue_declare(
            own.name,
            durable=own.durable,
            exclusive=own.exclusive,
            auto_delete=own.auto_delete,
            arguments=dict(own.arguments),
            callback=self.on_queue_declared,
        )

    def on_queue_declared(self, _frame: Any) -> None:
        if self._link.over:
            return
        self._left = list(self._queue._exchanges)
        self._bind_next(self.on_queue_bound)

    def on_queue_bound(self, _frame: Any) -> None:
        if self._link.over:
            return
        if self._left:
            self._bind_next(self.on_queue_bound)
            return
        self._channel.basic_qos(prefetch_count=PREFETCH, callback=self.on_qos_set)

    def on_qos_set(self, _frame: Any) -> None:
        if self._link.over:
            return
        self._channel.basic_consume(
            self._own.name, self.on_message, exclusive=True, callback=self.on_consume_ok
        )

    def on_consume_ok(self, _frame: Any) -> None:
        if self._link.over:
            return
        self._queue._consuming()
        self._link.established()
        self._rest()

    # Bound, and staying so.

    def bind_again(self) -> None:
        """RabbitMQ may have lost exchanges and bindings, and does not tell."""
        if self._link.over or not self._channel.is_open:
            return
        self._queue._tell_of_missed()
        if self._link.blocked:  # it would not read it
            self._rest()
            return
        self._answer_due = Deadline(self._link)
        self._left = list(self._queue._exchanges)
        declare_exchange(self._channel, self._left.pop(), self.on_exchange_declared_again)

    def on_exchange_declared_again(self, _frame: Any) -> None:
        if self._link.over:
            return
        if self._left:
            declare_exchange(self._channel, self._left.pop(), self.on_exchange_declared_again)
            return
        self._left = list(self._queue._exchanges)
        self._bind_next(self.on_queue_bound_again)

    def on_queue_bound_again(self, _frame: Any) -> None:
        if self._link.over:
            return
        if self._left:
            self._bind_next(self.on_queue_bound_again)
            return
        self._rest()

    def _bind_next(self, then: Callable[[Any], None]) -> None:
        self._channel.queue_bind(self._own.name, self._left.pop().name, callback=then)

    def _rest(self) -> None:
        if self._answer_due is not None:
            self._answer_due.cancel()
        self._pause = self._link.loop.call_later(self._queue._bind_again, self.bind_again)

    # Messages.

    def on_message(self, _channel: Any, deliver: Any, properties: Any, body: bytes) -> None:
        if self._unacked is None:
            self._link.loop.call_soon(self.acknowledge)
        self._unacked = deliver.delivery_tag
        try:
            self._queue._message(deliver.exchange, body, properties.type)
        except Exception:
            # pika would drop the connection for it, and the next message may be good.
            log.exception("a notice could not be handled")

    def acknowledge(self) -> None:
        """Everything handled in this turn of the loop, in one frame."""
        tag, self._unacked = self._unacked, None
        if tag is not None and self._channel.is_open:
            self._channel.basic_ack(tag, multiple=True)

    # The end.

    def end(self) -> None:
        """Acknowledge what was handled, if that can still be said."""
        for timer in (self._pause, self._answer_due):
            if timer is not None:
                timer.cancel()
        self.acknowledge()

    def on_cancelled(self, _frame: Any) -> None:
        self._link.fail("the queue was deleted")

    def on_channel_closed(self, _channel: Any, reason: object) -> None:
        self._link.fail(reason)
