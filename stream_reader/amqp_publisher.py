"""Step 3 of a tweet's way, the AMQP side: one connection to RabbitMQ, from TCP to confirms.

    connector = AmqpConnector(reactor, url)
    publisher = await connector.connect(listener)
    tag = publisher.publish(notice)            # later: listener.acked(tag, multiple)

Reactor's thread. A connection is never used twice: each attempt has its own client, delegate,
channel and tags. Every step has a deadline, and whatever goes wrong ends the connection.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn

from twisted.internet import error as network
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as NoAnswer
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory
from txamqp import spec as txamqp_spec
from txamqp.client import Closed
from txamqp.message import Message

from amqp_specs import notices
from amqp_specs.notices import Notice
from amqp_specs.spec import SPEC_PATH
from amqp_specs.topology import TWEET_IDS, Exchange
from stream_reader.amqp_client import (
    CHANNEL,
    Client,
    ConnectionEnded,
    describe,
    describe_error,
    printable,
)
from stream_reader.amqp_outgoing import NoticeFrames
from stream_reader.broker import BrokerRefused, BrokerUnreachable, Listener, Publisher
from stream_reader.broker_address import BrokerAddress

log = logging.getLogger("celebwire.reader.amqp")

STEP_SECONDS = 5.0
"""How long RabbitMQ may take for each step of the handshake."""
HEARTBEAT = 10
"""Seconds between heartbeats, both ways. Three unseen ones end the connection."""

REFUSALS = {402, 403, 404, 405, 406, 530}
"""Reply codes that somebody must do something about; the others (shutting down, internal error,
virtual host still starting) pass. AMQP 0-9-1: reply codes."""


class AmqpConnector:
    """Makes connections to one RabbitMQ. `now` gives seconds since 1970 UTC, for the messages.

    `url` as `BrokerAddress.parse` takes it; raises ValueError as that does.
    """

    def __init__(
        self,
        reactor: Any,
        url: str,
        *,
        exchange: Exchange = TWEET_IDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._reactor = reactor
        self._address = BrokerAddress.parse(url)
        self._exchange = exchange
        self._now = now
        self._spec = txamqp_spec.load(str(SPEC_PATH))
        self.name = f"RabbitMQ at {self._address}"

    def connect(self, listener: Listener) -> Deferred[Publisher]:
        """See `broker.Connector.connect`."""
        publisher = AmqpPublisher(listener, self._exchange, self._now)
        return Deferred.fromCoroutine(
            publisher.open(self._reactor, self._address, self._spec),
        )


class AmqpPublisher:
    """A `broker.Publisher`. Made by `AmqpConnector`, usable once `open` has returned."""

    def __init__(self, listener: Listener, exchange: Exchange, now: Callable[[], float]) -> None:
        self._listener = listener
        self._exchange = exchange
        self._now = now
        self._client: Client
        self._frames = NoticeFrames(CHANNEL, exchange.name)
        self._last_tag = 0
        self._open = False
        """Between the exchange's declaration and the end: what the listener hears about."""

    # The handshake.

    async def open(self, reactor: Any, address: BrokerAddress, spec: Any) -> Publisher:
        """Connect, log in, open a channel, switch confirms on, declare the exchange."""
        login = f"\0{address.user}\0{address.password}".encode()
        vhost = address.virtual_host.encode()
        factory: Any = Factory.forProtocol(
            lambda: Client(self, spec, vhost, login, HEARTBEAT, reactor)
        )
        factory.noisy = False
        endpoint = HostnameEndpoint(reactor, address.host, address.port, timeout=STEP_SECONDS)
        try:
            self._client = await endpoint.connect(factory).addTimeout(STEP_SECONDS, reactor)
        except Exception as error:  # whatever it is, there is no connection
            raise BrokerUnreachable(f"cannot be reached: {_network_error(error)}") from None
        try:
            await self._handshake(address)
        except BaseException as error:
            self._client.abort(ConnectionEnded(describe_error(error)))
            raise
        self._open = True
        return self

    async def _handshake(self, address: BrokerAddress) -> None:
        client = self._client
        login = f"user {address.user!r}"
        await self._step(client.started.wait(), login)
        zero = await client.channel(0)
        vhost = f"virtual host {address.virtual_host!r}"
        await self._step(zero.connection_open(client.vhost), vhost)
        channel = await client.channel(CHANNEL)
        await self._step(channel.channel_open(), "a channel")
        await self._step(channel.confirm_select(), "publisher confirms")
        exchange = self._exchange
        await self._step(
            channel.exchange_declare(
                exchange=exchange.name, type=exchange.type, durable=exchange.durable
            ),
            f"exchange {exchange.name}",
        )

    async def _step(self, answer: Deferred[Any], wanted: str) -> None:
        try:
            await answer.addTimeout(STEP_SECONDS, self._client.clock)
        except NoAnswer:
            raise BrokerUnreachable(
                f"gave no answer about {wanted} in {STEP_SECONDS:.0f} s"
            ) from None
        except Closed as closed:
            _refuse(closed, wanted)

    # Publishing.

    def publish(self, notice: Notice) -> int:
        """See `broker.Publisher.publish`."""
        frames = self._frames.encode(notices.encode(notice, int(self._now())))
        # txAMQP's own queue of frames is empty: it writes each at once, as we do.
        self._client.transport.write(frames)
        self._last_tag += 1
        return self._last_tag

    def abort(self, reason: str) -> None:
        """See `broker.Publisher.abort`."""
        self._client.abort(ConnectionEnded(reason))

    def close(self, within: float) -> Deferred[None]:
        """See `broker.Publisher.close`."""
        self._open = False
        return Deferred.fromCoroutine(self._close(within))

    async def _close(self, within: float) -> None:
        client = self._client
        gone = client.disconnected.wait()
        if not client.closed:
            zero = await client.channel(0)
            try:
                await zero.connection_close(reply_code=200, reply_text="goodbye").addTimeout(
                    within, client.clock
                )
            except (NoAnswer, Closed):
                log.info("RabbitMQ did not say goodbye in %s s", within)
        client.abort(ConnectionEnded("was said goodbye to"))
        await gone

    # What the connection tells.

    def acked(self, tag: int, multiple: bool) -> None:
        """See `amqp_client.Events`."""
        if self._open:
            self._listener.acked(tag, multiple)

    def nacked(self, tag: int, multiple: bool) -> None:
        """See `amqp_client.Events`."""
        if self._open:
            self._listener.nacked(tag, multiple)

    def blocked(self, reason: str | None) -> None:
        """See `amqp_client.Events`."""
        if self._open:
            self._listener.blocked(reason)

    def ended(self, reason: str, reply_code: int | None) -> None:
        """See `amqp_client.Events`."""
        if self._open:
            self._open = False
            # 404: somebody deleted the exchange, which the next connection declares again.
            self._listener.lost(reason, refused=reply_code in REFUSALS - {404})


def _refuse(closed: Closed, wanted: str) -> NoReturn:
    """The connection, or the channel, was closed while we waited for `wanted`."""
    reason = closed.args[0]
    if not isinstance(reason, Message):
        raise BrokerUnreachable(f"{describe(reason)}, asked for {wanted}") from None
    if reason.reply_code in REFUSALS:
        raise BrokerRefused(f"refuses {wanted}: {printable(reason.reply_text)}") from None
    raise BrokerUnreachable(describe(reason)) from None


def _network_error(error: Exception) -> str:
    if isinstance(error, network.ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, network.TimeoutError | NoAnswer):
        return f"no answer in {STEP_SECONDS:.0f} s"
    if isinstance(error, network.DNSLookupError):
        return "no such host"
    return describe_error(error)
