"""txAMQP's client and delegate, made fit for a connection that publishes for months.

txAMQP 0.8.2 does the protocol. Mended here, each by overriding the method at fault:

- A frame that cannot be written, or read, stops txAMQP without a word: here it ends the connection.
- A server method that the delegate lacks closes the connection: here all of them are known.
- `close` waits for ever for a peer that does not read: here the socket is cut a second later.
- A server that sets no frame limit (0) would make it send no bodies at all.
- It cannot tell the server what it understands: see `amqp_frames.py`.
- It restarts its heartbeat timers for each frame, takes each confirm through three queues and
  encodes each publish field by field: see `amqp_incoming.py` and `amqp_outgoing.py`.

One `Client` and one `Delegate` for each connection, on the reactor's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from txamqp.client import TwistedDelegate
from txamqp.connection import Frame
from txamqp.message import Message
from txamqp.protocol import AMQClient

from stream_reader.amqp_frames import start_ok
from stream_reader.amqp_incoming import AckReader, FrameSplitter
from stream_reader.clock import Clock

P = ParamSpec("P")

log = logging.getLogger("celebwire.reader.amqp")

FRAME_MAX = 131_072
"""Bytes; RabbitMQ's own default. The least that AMQP allows is 4096."""
FRAME_MIN = 4_096
CHANNEL = 1
"""The one channel that we publish on, and get confirms from."""
CUT_AFTER = 1.0
"""Seconds that a closing connection has to flush what it still holds."""


class ConnectionEnded(Exception):  # noqa: N818  (reads as what it is)
    """Why we ended a connection; goes on where the broker's name ends."""


class Events(Protocol):
    """What a connection tells of itself."""

    def acked(self, tag: int, multiple: bool) -> None:
        """`basic.ack`."""

    def nacked(self, tag: int, multiple: bool) -> None:
        """`basic.nack`."""

    def blocked(self, reason: str | None) -> None:
        """`connection.blocked`, or None: unblocked."""

    def ended(self, reason: str, reply_code: int | None) -> None:
        """The connection can no longer be used. May come more than once.

        `reply_code` is the server's, if it was the server who said so.
        """


class Client(AMQClient):  # type: ignore[misc]  # untyped
    """See the module. `login` is the response of SASL PLAIN."""

    def __init__(
        self, events: Events, spec: Any, vhost: bytes, login: bytes, heartbeat: int, clock: Clock
    ) -> None:
        super().__init__(Delegate(events), vhost, spec, heartbeat=heartbeat, clock=clock)
        self.login = login
        self._frames = FrameSplitter(FRAME_MAX)
        self._acks = AckReader(CHANNEL)
        self._cut: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """Twisted calls this."""
        # An announcement is a small packet behind others that are not acknowledged yet: Nagle's
        # algorithm would hold it back.
        self.transport.setTcpNoDelay(True)
        super().connectionMade()

    def abort(self, reason: Exception) -> None:
        """End the connection at once."""
        if not self.closed:
            self.do_close(Failure(reason))
        self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Twisted calls this. Confirms take the short way, all other frames txAMQP's."""
        self.reschedule_check_heartbeat()
        try:
            for frame in self._frames.feed(data):
                if self.closed:
                    return
                ack = self._acks.read(frame)
                if ack is not None:
                    self.delegate.acked(*ack)
                else:
                    super().dataReceived(frame)
        except Exception as error:  # txAMQP lets out what garbage makes it raise
            log.info("while reading what a broker sent", exc_info=True)
            self.abort(ConnectionEnded(f"sent what is not AMQP: {describe_error(error)}"))

    def frame_received(self, frame: Any) -> None:
        """Called for each of the others."""
        self.process_frame(frame).addErrback(self._bad_frame)

    def _bad_frame(self, failure: Failure) -> None:
        self.abort(ConnectionEnded(f"sent what is not AMQP: {describe_error(failure.value)}"))

    def writer(self, frame: Any) -> None:
        """Called for each frame that goes out."""
        try:
            super().writer(frame)
        except Exception as error:
            log.exception("a frame cannot be encoded: %s", frame)
            self.abort(ConnectionEnded(f"cannot be sent a frame: {describe_error(error)}"))

    def check_heartbeat(self) -> None:
        """Nothing has come for three heartbeats."""
        silent = self.heartbeatInterval * self.MAX_UNSEEN_HEARTBEAT
        self.abort(ConnectionEnded(f"has been silent for {silent} s"))

    def reschedule_send_heartbeat(self) -> None:
        """One heartbeat an interval, other traffic or not, which the protocol allows."""
        if self.heartbeatInterval > 0 and not self.sendHB.running and not self.closed:
            self.sendHB.start(self.heartbeatInterval, now=False)

    def reschedule_check_heartbeat(self) -> None:
        """Something came."""
        if self.heartbeatInterval > 0 and self.checkHB.active():
            self.checkHB.reset(self.heartbeatInterval * self.MAX_UNSEEN_HEARTBEAT)

    def do_close(self, reason: Any) -> None:
        """The connection ends: close what hangs on it, and cut the socket if it lingers."""
        super().do_close(reason)
        if self._cut is None:
            self._cut = self.clock.callLater(CUT_AFTER, self.transport.abortConnection)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """Twisted calls this."""
        super().connectionLost(reason)
        if self._cut.active():
            self._cut.cancel()


class Delegate(TwistedDelegate):  # type: ignore[misc]  # untyped
    """Answers every method that a server may send unasked."""

    def __init__(self, events: Events) -> None:
        super().__init__()
        self._events = events

    def connection_start(self, channel: Any, message: Any) -> None:
        """Log in."""
        if "PLAIN" not in message.mechanisms.split():
            raise ConnectionEnded(f"cannot log in with PLAIN, only {message.mechanisms}")
        methods = self.client.spec.classes.byname["connection"].methods
        answer = start_ok(methods.byname["start-ok"], self.client.login)
        self.client.outgoing.put(Frame(channel.id, answer))

    def connection_tune(self, channel: Any, message: Any) -> None:
        """Agree on limits. 0 means none."""
        frame_max = min(message.frame_max or FRAME_MAX, FRAME_MAX)
        if frame_max < FRAME_MIN:
            raise ConnectionEnded(f"allows frames of {frame_max} bytes only")
        self.client.MAX_LENGTH = frame_max
        channel.connection_tune_ok(message.channel_max, frame_max, self.client.heartbeatInterval)
        self.client.started.fire()

    def connection_secure(self, _channel: Any, _message: Any) -> None:
        """PLAIN has no second step."""
        raise ConnectionEnded("asks for more than PLAIN to log in")

    def connection_blocked(self, _channel: Any, message: Any) -> None:
        """An alarm: RabbitMQ reads nothing more from this connection."""
        self._tell(self._events.blocked, printable(message.reason))

    def connection_unblocked(self, _channel: Any, _message: Any) -> None:
        """The alarm is over."""
        self._tell(self._events.blocked, None)

    def channel_flow(self, channel: Any, message: Any) -> None:
        """The old way to say the same of one channel."""
        super().channel_flow(channel, message)
        self._tell(self._events.blocked, None if message.active else "channel.flow")

    def channel_close(self, channel: Any, message: Any) -> None:
        """We have but one channel, and a closed one stays closed in txAMQP: a new connection."""
        super().channel_close(channel, message)
        self.client.do_close(message)

    def acked(self, tag: int, multiple: bool) -> None:
        """basic.ack, a confirm. The client brings it here itself."""
        self._tell(self._events.acked, tag, multiple)

    def basic_nack(self, _channel: Any, message: Any) -> None:
        """A confirm that says no."""
        self._tell(self._events.nacked, message.delivery_tag, message.multiple)

    def basic_return_(self, _channel: Any, message: Any) -> None:
        """Comes for mandatory messages only, of which we send none."""
        log.warning("a message was returned: %s", printable(message.reply_text))

    def basic_cancel(self, _channel: Any, message: Any) -> None:
        """Tells a consumer that its queue is gone; we consume nothing."""
        log.warning(
            "a consumer that we never had was cancelled: %s", printable(message.consumer_tag)
        )

    def basic_deliver(self, _channel: Any, _message: Any) -> None:
        """We consume nothing."""
        raise ConnectionEnded("delivers messages that nobody asked for")

    def close(self, reason: Any) -> None:
        """The connection ends, whoever ends it."""
        super().close(reason)
        code = reason.reply_code if isinstance(reason, Message) else None
        self._events.ended(describe(reason), code)

    def _tell(self, event: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell our side, which may fail: nothing that it has counted here is to be relied on."""
        try:
            event(*args, **kwargs)
        except Exception as error:
            log.exception("what a broker said could not be dealt with")
            reason = f"was left because of a fault of the reader itself: {describe_error(error)}"
            self.client.abort(ConnectionEnded(reason))


def describe(reason: Any) -> str:
    """Why a connection ended; goes on where the broker's name ends.

    `reason` is what txAMQP passes on: the server's close message, or a Failure.
    """
    if isinstance(reason, Message):
        return f"closed the {reason.method.klass.name}: {printable(reason.reply_text)}"
    error = reason.value if isinstance(reason, Failure) else reason
    if isinstance(error, ConnectionEnded):
        return str(error)
    if isinstance(error, ConnectionDone):
        return "closed the connection without a word"
    if isinstance(error, ConnectionLost | ConnectionAborted):
        return "broke off the connection"
    log.error("unexpected end of a connection", exc_info=error)
    return f"ended the connection over {describe_error(error)}"


def describe_error(error: BaseException | None) -> str:
    """One short line."""
    return f"{type(error).__name__}: {printable(str(error))}"


def printable(text: object) -> str:
    """What a peer sent, fit for a log and for one line of `/readyz`."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return "".join(c if c.isprintable() else "?" for c in shown[:300])
