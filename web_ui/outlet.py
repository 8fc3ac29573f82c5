"""A channel by which this process publishes to one exchange, with confirms. A tenant of `Broker`.

    connected -> on_channel_open -> on_exchange_declared -> on_confirming: ready, on_confirm, ...
                        '<------ pause <------ on_channel_closed

A channel that RabbitMQ closes is opened anew after a growing pause, and nobody else on the
connection is disturbed. The event loop's thread only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from amqp_specs.topology import Exchange
from web_ui.broker import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Deadline,
    Link,
    declare_exchange,
    publish,
    words,
)

log = logging.getLogger("celebwire.web.outlet")


class NotReady(Exception):  # noqa: N818  (reads as what it is)
    """Nothing can be published now. Wait for `on_ready`."""


def _nothing() -> None:
    """Nobody wants to know."""


class Outlet:
    """See the module. `on_ready` is called when one may publish, `on_closing` when it is the last
    chance to."""

    def __init__(
        self,
        exchange: Exchange,
        on_ready: Callable[[], None] = _nothing,
        on_closing: Callable[[], None] = _nothing,
    ) -> None:
        self._exchange = exchange
        self._on_ready = on_ready
        self._on_closing = on_closing
        self._link: Link | None = None
        self._channel: _Channel | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._pause = FIRST_PAUSE
        self.problem: str | None = None
        """Why RabbitMQ closed the channel; None if it did not."""

    @property
    def ready(self) -> bool:
        """Whether one may publish now."""
        return self._channel is not None and self._channel.confirming and not self.blocked

    @property
    def blocked(self) -> bool:
        """Whether RabbitMQ reads nothing for now: what is not confirmed is no fault."""
        return self._link is not None and self._link.blocked is not None

    def publish(self, body: bytes, properties: dict[str, str | int]) -> asyncio.Future[bool]:
        """The answer is whether RabbitMQ took it; False also where the channel ended before it said
        so. How many are under way, and for how long, is the caller's care. Raises `NotReady`."""
        if self._channel is None or not self.ready:
            raise NotReady
        return self._channel.publish(body, properties)

    def give_up(self) -> None:
        """RabbitMQ did not confirm in time: nothing on this connection is to be relied on."""
        if self._link is not None:
            self._link.fail("no confirm in time")

    # For the broker.

    def connected(self, link: Link) -> None:
        """See `Tenant`."""
        self._link = link
        self._open()

    def disconnected(self) -> None:
        """See `Tenant`."""
        self._link = None
        if self._retry is not None:
            self._retry.cancel()
        self._forget_channel()

    def closing(self) -> None:
        """See `Tenant`."""
        if self.ready:
            self._on_closing()

    # For the channel.

    def _open(self) -> None:
        if self._link is not None:
            self._channel = _Channel(self, self._link)

    def _opened(self) -> None:
        self.problem = None
        self._on_ready()

    def _taken(self) -> None:
        self._pause = FIRST_PAUSE

    def _closed(self, channel: _Channel, reason: object) -> None:
        if channel is not self._channel:
            return
        self._forget_channel()
        if self._link is None or self._link.over or self._link.closing:
            return
        pause = self._pause * self._link.uniform(0.5, 1)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.problem = f"nothing can be published to {self._exchange.name}: {words(reason)}"
        log.warning("%s; next try in %.1f s", self.problem, pause)
        self._retry = self._link.loop.call_later(pause, self._open)

    def _forget_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.end()


class _Channel:
    """From its opening to its end."""

    def __init__(self, outlet: Outlet, link: Link) -> None:
        self._outlet = outlet
        self._link = link
        self._over = False
        self.confirming = False
        self._channel: Any = None
        self._tag = 0
        """The last delivery tag."""
        self._unconfirmed: dict[int, asyncio.Future[bool]] = {}
        """By delivery tag."""
        self._answer_due = Deadline(link)
        link.open_channel(self.on_channel_open)

    def on_channel_open(self, channel: Any) -> None:
        if self._over:
            return
        self._channel = channel
        channel.add_on_close_callback(self.on_channel_closed)
        declare_exchange(channel, self._outlet._exchange, self.on_exchange_declared)

    def on_exchange_declared(self, _frame: Any) -> None:
        if not self._over:
            self._channel.confirm_delivery(self.on_confirm, callback=self.on_confirming)

    def on_confirming(self, _frame: Any) -> None:
        if self._over:
            return
        self._answer_due.cancel()
        self.confirming = True
        self._outlet._opened()

    def publish(self, body: bytes, properties: dict[str, str | int]) -> asyncio.Future[bool]:
        publish(self._channel, self._outlet._exchange, body, properties)
        self._tag += 1
        confirmed = self._unconfirmed[self._tag] = self._link.loop.create_future()
        return confirmed

    def on_confirm(self, frame: Any) -> None:
        """An ack or a nack, of one message or of all up to it."""
        taken = frame.method.NAME == "Basic.Ack"
        last = frame.method.delivery_tag
        tags = [last]
        if frame.method.multiple:
            tags = [tag for tag in self._unconfirmed if tag <= last or not last]
        for tag in tags:
            self._settle(tag, taken)
        if taken:
            self._outlet._taken()

    def on_channel_closed(self, _channel: Any, reason: object) -> None:
        self._outlet._closed(self, reason)

    def end(self) -> None:
        self._over = True
        self.confirming = False
        self._answer_due.cancel()
        for tag in list(self._unconfirmed):
            self._settle(tag, False)

    def _settle(self, tag: int, taken: bool) -> None:
        confirmed = self._unconfirmed.pop(tag, None)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(taken)
