"""The web process's one connection to RabbitMQ, through pika's TornadoConnection.

    broker = Broker(url, loop, [tweet_queue, announcements.outlet, ...])

It carries several tenants, each with a channel of its own: one hears, others publish. Whatever
ends a connection ends in `_down`: after a growing pause a new `Link` starts from the beginning.
Callbacks of an earlier link find that it is over and do nothing.

    start -> Link -> on_connection_open -> each tenant's connected(link)
      '<-- pause <-- _down <-- each tenant's disconnected() <-- whatever fails

A RabbitMQ that is short of memory or disk reads nothing from those who publish, and says so: the
link is `blocked`. What is not answered meanwhile is no fault.

The event loop's thread only. pika has deprecated this class and drops it in 2.0: nothing outside
this file imports pika.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import pika
from pika.adapters.tornado_connection import TornadoConnection
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPConnectionError

from amqp_specs.topology import Exchange

log = logging.getLogger("celebwire.web.broker")

HEARTBEAT = 20
"""Seconds; a peer silent for about twice that is gone."""
STEP_TIMEOUT = 10.0
"""Longest time from connecting to consuming, and for any answer, in seconds."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Pauses between attempts double from the first to the longest; each is shortened by up to half at
random, so that many processes do not come back in the same moment."""


class Tenant(Protocol):
    """Uses each connection in its turn."""

    def connected(self, link: Link) -> None:
        """There is one: open a channel."""

    def disconnected(self) -> None:
        """It is over, and every channel with it. Called for each that was `connected`."""

    def closing(self) -> None:
        """It will be closed in order after this: what is to be said last, now."""


class Broker:
    """See the module."""

    def __init__(
        self,
        url: str,
        loop: asyncio.AbstractEventLoop,
        tenants: Sequence[Tenant],
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = HEARTBEAT
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = STEP_TIMEOUT
        self._parameters.stack_timeout = STEP_TIMEOUT
        self._parameters.blocked_connection_timeout = None
        parts = urlsplit(url)
        self._where = f"RabbitMQ at {parts.hostname}:{self._parameters.port}"
        self._loop = loop
        self._tenants = tenants
        self._uniform = uniform
        self._link: Link | None = None
        self._unclosed: set[asyncio.Future[None]] = set()
        """Of each link whose socket is still open; earlier ones may take a while to close."""
        self._retry: asyncio.TimerHandle | None = None
        self._pause = FIRST_PAUSE
        self._stopping = False
        self._problem: str | None = "not connected yet"

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._retry = None
        self._link = Link(self)
        self._unclosed.add(self._link.closed)
        self._link.closed.add_done_callback(self._unclosed.discard)

    async def stop(self, seconds: float) -> None:
        """Close in order; past the deadline the connection is dropped."""
        self._stopping = True
        if self._retry is not None:
            self._retry.cancel()
        if self._link is not None:
            self._link.close()
        if self._unclosed:
            await asyncio.wait(self._unclosed, timeout=seconds)

    def problem(self) -> str | None:
        """None while notices flow, else what is wrong, in one line without secrets."""
        if self._link is not None and self._link.blocked:
            return f"{self._where} takes no messages for now: {self._link.blocked}"
        return self._problem

    def _established(self) -> None:
        self._pause = FIRST_PAUSE
        self._problem = None
        log.info("consuming from %s", self._where)

    def _down(self, link: Link, reason: object) -> None:
        if link is not self._link:
            return
        self._link = None
        if link.was_open:
            for tenant in self._tenants:
                tenant.disconnected()
        if self._stopping:
            return
        pause = self._pause * self._uniform(0.5, 1)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._problem = f"{self._where} cannot be used: {words(reason)}"
        log.warning("%s; next try in %.1f s", self._problem, pause)
        self._retry = self._loop.call_later(pause, self.start)


class Link:
    """One connection, from the first packet to the last."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.loop = broker._loop
        self.uniform = broker._uniform
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.over = False
        self.closing = False
        self.was_open = False
        self.blocked: str | None = None
        """Why RabbitMQ reads nothing from us for now; None if it does."""
        self._coming_up = Deadline(self)
        self._connection = TornadoConnection(
            broker._parameters,
            on_open_callback=self.on_connection_open,
            on_open_error_callback=self.on_connection_closed,
            on_close_callback=self.on_connection_closed,
        )

    # For the tenants.

    def open_channel(self, then: Callable[[Any], None]) -> None:
        """`then` is called with the channel."""
        self._connection.channel(on_open_callback=then)

    def established(self) -> None:
        """All is as it should be: the next pause will be short again."""
        self._coming_up.cancel()
        self._broker._established()

    def fail(self, reason: object) -> None:
        """The connection is of no use any more; the next one begins after a pause."""
        if self.over:
            return
        self.over = True
        self._coming_up.cancel()
        if not self._connection.is_closed and not self._connection.is_closing:
            self._connection.close()
        self._broker._down(self, reason)

    # From the first packet to the last.

    def on_connection_open(self, connection: Any) -> None:
        """The tenants may open their channels."""
        if self.over:
            return
        connection.add_on_connection_blocked_callback(self.on_blocked)
        connection.add_on_connection_unblocked_callback(self.on_unblocked)
        self.was_open = True
        for tenant in self._broker._tenants:
            tenant.connected(self)

    def on_blocked(self, _connection: Any, frame: Any) -> None:
        """RabbitMQ docs, connection.blocked: it goes on sending, and reads nothing."""
        self.blocked = str(frame.method.reason)
        log.warning("RabbitMQ takes no messages for now: %s", self.blocked)

    def on_unblocked(self, _connection: Any, _frame: Any) -> None:
        """It reads what we sent meanwhile."""
        self.blocked = None
        log.info("RabbitMQ takes messages again")

    def close(self) -> None:
        """In order. `on_connection_closed` follows."""
        if not self._connection.is_open:
            self.fail("stopped")
            return
        self.closing = True
        self._coming_up.cancel()
        for tenant in self._broker._tenants:
            tenant.closing()
        self._connection.close()

    def on_connection_closed(self, _connection: Any, reason: object) -> None:
        """Or it never was open. Either way its socket is closed."""
        if not self.closed.done():
            self.closed.set_result(None)
        self.fail(reason)


class Deadline:
    """An answer of RabbitMQ must come before it is cancelled, or the link fails."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._timer = link.loop.call_later(STEP_TIMEOUT, self._passed)

    def cancel(self) -> None:
        """It came."""
        self._timer.cancel()

    def _passed(self) -> None:
        if self._link.blocked:
            self._timer = self._link.loop.call_later(STEP_TIMEOUT, self._passed)
        else:
            self._link.fail("no answer in time")


def declare_exchange(channel: Any, exchange: Exchange, then: Callable[[Any], None]) -> None:
    """Declaring it again changes nothing; with other flags than it has, RabbitMQ refuses (406)."""
    channel.exchange_declare(
        exchange.name, exchange_type=exchange.type, durable=exchange.durable, callback=then
    )


def publish(
    channel: Any, exchange: Exchange, body: bytes, properties: dict[str, str | int]
) -> None:
    """A message to everybody who listens; `properties` by their names in the AMQP spec."""
    given = {name.replace("-", "_"): value for name, value in properties.items()}
    channel.basic_publish(exchange.name, "", body, pika.BasicProperties(**given))


def words(reason: object) -> str:
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
