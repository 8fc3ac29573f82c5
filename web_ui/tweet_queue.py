"""Step 4 of a tweet's way: RabbitMQ's notices, through pika's TornadoConnection.

Every web process has a queue of its own, bound to the exchange, and so gets every id. It is
declared in the connection's callbacks, one named method a step:

    connect -> on_connection_open -> on_channel_open -> on_exchange_declared -> on_queue_declared
            -> on_queue_bound -> on_qos_set -> on_consume_ok -> on_message, on_message, ...

Whatever fails, at any step, ends in `_down`: the connection is dropped and, after a growing pause,
a new `_Attempt` starts from the beginning. Callbacks of an earlier attempt find that it is over and
do nothing. A queue lost meanwhile costs nothing: it was a doorbell, and the slow timer rings too.

Of a lost binding RabbitMQ tells nobody: whoever deletes the exchange deletes it too, and the reader
soon makes the exchange again, without it. So while consuming, exchange and binding are declared
again and again, which changes nothing where they are:

    on_consume_ok -> pause -> bind_again -> on_exchange_declared_again
                  -> on_queue_bound_again -> pause -> bind_again -> ...

What did not come meanwhile shows in the seqs of the notices: the log says how many.

The event loop's thread only. pika has deprecated this class and drops it in 2.0: nothing outside
this file knows of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pika
from pika.adapters.tornado_connection import TornadoConnection
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPConnectionError

from amqp_specs import notices, topology
from amqp_specs.notices import BadNotice, Notice
from amqp_specs.topology import Exchange
from web_ui.metrics import QueueMetrics

log = logging.getLogger("celebwire.web.queue")

PREFETCH = 1_000
"""Messages under way to us that are not acknowledged yet."""
HEARTBEAT = 20
"""Seconds; a peer silent for about twice that is gone."""
STEP_TIMEOUT = 10.0
"""Longest time from connecting to consuming, in seconds."""
BIND_AGAIN = 10.0
"""Seconds between two declarations of the binding: the longest that its loss goes unmended."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Pauses between attempts double from the first to the longest; each is shortened by up to half at
random, so that many processes do not come back in the same moment."""


class TweetQueue:
    """This process's queue. `on_notice` is called for every good message."""

    def __init__(
        self,
        url: str,
        exchange: Exchange,
        on_notice: Callable[[Notice], None],
        metrics: QueueMetrics,
        loop: asyncio.AbstractEventLoop,
        uniform: Callable[[float, float], float] = random.uniform,
        bind_again: float = BIND_AGAIN,
    ) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = HEARTBEAT
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = STEP_TIMEOUT
        self._parameters.stack_timeout = STEP_TIMEOUT
        self._parameters.blocked_connection_timeout = None
        parts = urlsplit(url)
        self._where = f"RabbitMQ at {parts.hostname}:{self._parameters.port}"
        self._exchange = exchange
        self._on_notice = on_notice
        self._metrics = metrics
        self._loop = loop
        self._uniform = uniform
        self._bind_again = bind_again
        self._newest = 0
        """The highest seq of a notice; 0: none came yet."""
        self._skipped = 0
        """Seqs passed over since the log last spoke of them."""
        self._attempt: _Attempt | None = None
        self._unclosed: set[asyncio.Future[None]] = set()
        """Of each attempt whose socket is still open; earlier ones may take a while to close."""
        self._retry: asyncio.TimerHandle | None = None
        self._pause = FIRST_PAUSE
        self._stopping = False
        self._problem: str | None = "not connected yet"

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._retry = None
        self._attempt = _Attempt(self)
        self._unclosed.add(self._attempt.closed)
        self._attempt.closed.add_done_callback(self._unclosed.discard)

    async def stop(self, seconds: float) -> None:
        """Acknowledge and close in order; past the deadline the connection is dropped."""
        self._stopping = True
        if self._retry is not None:
            self._retry.cancel()
        if self._attempt is not None:
            self._attempt.close()
        if self._unclosed:
            await asyncio.wait(self._unclosed, timeout=seconds)

    def problem(self) -> str | None:
        """None while notices flow, else what is wrong, in one line without secrets."""
        return self._problem

    def _consuming(self) -> None:
        self._newest = 0  # what came while we were away is not missed: `_down` has told
        self._pause = FIRST_PAUSE
        self._problem = None
        self._metrics.connects.inc()
        log.info("consuming from %s", self._where)

    def _message(self, body: bytes, kind: str | None) -> None:
        try:
            notice = notices.decode(body, kind)
        except BadNotice as error:
            self._metrics.bad_notices.inc()
            log.warning("dropped a message that is no notice: %s", error)
            return
        if self._newest and notice.seq > self._newest + 1:
            self._skipped += notice.seq - self._newest - 1
            self._metrics.missed.inc(notice.seq - self._newest - 1)
        self._newest = max(self._newest, notice.seq)
        self._on_notice(notice)

    def _tell_of_skipped(self) -> None:
        """At most once a pause, however many there are."""
        if self._skipped:
            log.warning(
                "%d notices were late or did not come: the binding was lost, or the queue was full",
                self._skipped,
            )
            self._skipped = 0

    def _down(self, attempt: _Attempt, reason: object) -> None:
        if attempt is not self._attempt:
            return
        self._attempt = None
        if self._stopping:
            return
        pause = self._pause * self._uniform(0.5, 1)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._problem = f"{self._where} cannot be used: {_words(reason)}"
        log.warning("%s; next try in %.1f s", self._problem, pause)
        self._retry = self._loop.call_later(pause, self.start)


class _Attempt:
    """One connection, from the first packet to the last."""

    def __init__(self, queue: TweetQueue) -> None:
        self._queue = queue
        self._own = topology.web_queue(socket.gethostname(), secrets.token_hex(8))
        self.closed: asyncio.Future[None] = queue._loop.create_future()
        self._over = False
        self._channel: Any = None
        self._unacked: int | None = None
        """The newest delivery tag that was handled and not acknowledged yet."""
        self._timer = queue._loop.call_later(STEP_TIMEOUT, self._fail, "no answer in time")
        """For an answer of RabbitMQ, or for the pause before the next `bind_again`."""
        self._connection = TornadoConnection(
            queue._parameters,
            on_open_callback=self.on_connection_open,
            on_open_error_callback=self.on_connection_open_error,
            on_close_callback=self.on_connection_closed,
        )

    # From nothing to consuming.

    def on_connection_open(self, _connection: Any) -> None:
        if self._over:
            return
        self._connection.channel(on_open_callback=self.on_channel_open)

    def on_channel_open(self, channel: Any) -> None:
        if self._over:
            return
        self._channel = channel
        channel.add_on_close_callback(self.on_channel_closed)
        channel.add_on_cancel_callback(self.on_cancelled)
        self._declare_exchange(self.on_exchange_declared)

    def on_exchange_declared(self, _frame: Any) -> None:
        if self._over:
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
        if self._over:
            return
        self._bind_queue(self.on_queue_bound)

    def on_queue_bound(self, _frame: Any) -> None:
        if self._over:
            return
        self._channel.basic_qos(prefetch_count=PREFETCH, callback=self.on_qos_set)

    def on_qos_set(self, _frame: Any) -> None:
        if self._over:
            return
        self._channel.basic_consume(
            self._own.name, self.on_message, exclusive=True, callback=self.on_consume_ok
        )

    def on_consume_ok(self, _frame: Any) -> None:
        if self._over:
            return
        self._queue._consuming()
        self._pause()

    # Bound, and staying so.

    def bind_again(self) -> None:
        """RabbitMQ may have lost exchange and binding, and does not tell."""
        if self._over or not self._channel.is_open:
            return
        self._queue._tell_of_skipped()
        self._timer = self._queue._loop.call_later(STEP_TIMEOUT, self._fail, "no answer in time")
        self._declare_exchange(self.on_exchange_declared_again)

    def on_exchange_declared_again(self, _frame: Any) -> None:
        if self._over:
            return
        self._bind_queue(self.on_queue_bound_again)

    def on_queue_bound_again(self, _frame: Any) -> None:
        if self._over:
            return
        self._pause()

    def _pause(self) -> None:
        self._timer.cancel()
        self._timer = self._queue._loop.call_later(self._queue._bind_again, self.bind_again)

    def _declare_exchange(self, then: Callable[[Any], None]) -> None:
        exchange = self._queue._exchange
        self._channel.exchange_declare(
            exchange.name, exchange_type=exchange.type, durable=exchange.durable, callback=then
        )

    def _bind_queue(self, then: Callable[[Any], None]) -> None:
        self._channel.queue_bind(self._own.name, self._queue._exchange.name, callback=then)

    # Messages.

    def on_message(self, _channel: Any, deliver: Any, properties: Any, body: bytes) -> None:
        if self._unacked is None:
            self._queue._loop.call_soon(self.acknowledge)
        self._unacked = deliver.delivery_tag
        try:
            self._queue._message(body, properties.type)
        except Exception:
            # pika would drop the connection for it, and the next message may be good.
            log.exception("a notice could not be handled")

    def acknowledge(self) -> None:
        """Everything handled in this turn of the loop, in one frame."""
        tag, self._unacked = self._unacked, None
        if tag is not None and self._channel.is_open:
            self._channel.basic_ack(tag, multiple=True)

    # The end.

    def close(self) -> None:
        """In order: acknowledge, close. `on_connection_closed` follows."""
        if self._channel is None or not self._channel.is_open:
            self._fail("stopped")
            return
        self._timer.cancel()
        self.acknowledge()
        self._connection.close()

    def on_cancelled(self, _frame: Any) -> None:
        self._fail("the queue was deleted")

    def on_channel_closed(self, _channel: Any, reason: object) -> None:
        self._fail(reason)

    def on_connection_open_error(self, _connection: Any, reason: object) -> None:
        self.on_connection_closed(_connection, reason)

    def on_connection_closed(self, _connection: Any, reason: object) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        self._fail(reason)

    def _fail(self, reason: object) -> None:
        if self._over:
            return
        self._over = True
        self._timer.cancel()
        if not self._connection.is_closed and not self._connection.is_closing:
            self._connection.close()
        self._queue._down(self, reason)


def _words(reason: object) -> str:
    """What went wrong, out of the errors that pika wraps in one another."""
    while isinstance(reason, AMQPConnectionError | AMQPConnectorException):
        wrapped = (
            *reason.args,
            *getattr(reason, "exceptions", ()),
            getattr(reason, "exception", None),
        )
        causes = [error for error in wrapped if isinstance(error, Exception)]
        if not causes:
            break
        reason = causes[-1]
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__
