"""A server that speaks AMQP well, up to the point where a test has it misbehave.

    peer = AmqpPeer({"Basic.Publish": lambda connection, frame: None})   # never confirms
    peer.listen(reactor)
    connect(peer.url)
    peer.stop()

It speaks through pika's frames, so that it shares no code with what is under test. `deviations`
maps what arrives ("connect", "ProtocolHeader", or a method such as "Connection.Open") to what is
done instead of the proper answer. Reactor's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pika.frame
import pika.spec as amqp
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

PROTOCOL_HEADERS = (b"AMQP\x00\x00\x09\x01", b"AMQP\x01\x01\x00\x09")

Deviation = Callable[["PeerConnection", Any], object]


def hang_up(connection: PeerConnection, _frame: Any) -> None:
    """Close the socket without a word."""
    connection.transport.loseConnection()


def say_nothing(_connection: PeerConnection, _frame: Any) -> None:
    """Leave the question open."""


def send(data: bytes) -> Deviation:
    """Answer with these bytes."""
    return lambda connection, _frame: connection.transport.write(data)


def answer(*methods: Any, channel: int = 0) -> Deviation:
    """Answer with these methods."""
    data = b"".join(pika.frame.Method(channel, method).marshal() for method in methods)
    return send(data)


class AmqpPeer(Factory):
    """Listens on a free port of loopback; keeps its connections and what they sent."""

    def __init__(self, deviations: Mapping[str, Deviation] | None = None) -> None:
        self.deviations = dict(deviations or {})
        self.connections: list[PeerConnection] = []
        self._port: Any = None

    @property
    def url(self) -> str:
        """Of this peer; user and password hold what must be percent-encoded."""
        return f"amqp://us%40er:p%2Fss%3A%C3%A9@127.0.0.1:{self._port.getHost().port}/v%2Fh%C3%A9"

    def listen(self, reactor: Any) -> None:
        """Begin."""
        self._port = reactor.listenTCP(0, self, interface="127.0.0.1")

    def stop(self) -> Deferred[None]:
        """End, connections too."""
        for connection in self.connections:
            if connection.open:
                connection.transport.abortConnection()
        stopped: Deferred[None] = self._port.stopListening()
        return stopped

    def buildProtocol(self, addr: object) -> PeerConnection:  # noqa: N802
        """Twisted calls this."""
        connection = PeerConnection(self)
        self.connections.append(connection)
        return connection


class PeerConnection(Protocol):
    """One connection: keeps the methods and message bodies that arrived."""

    transport: Any

    def __init__(self, peer: AmqpPeer) -> None:
        self._peer = peer
        self._buffer = b""
        self._greeted = False
        self.open = True
        self.methods: list[Any] = []
        self.heartbeats = 0
        self.bodies: list[bytes] = []

    @property
    def names(self) -> list[str]:
        """Of the methods that arrived."""
        return [method.NAME for method in self.methods]

    def send(self, channel: int, method: Any) -> None:
        """Send a method frame."""
        self.transport.write(pika.frame.Method(channel, method).marshal())

    def connectionMade(self) -> None:  # noqa: N802
        """Twisted calls this."""
        self._handle("connect", None, say_nothing)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Twisted calls this."""
        self.open = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Twisted calls this."""
        self._buffer += data
        if not self._greeted and len(self._buffer) >= 8:
            header, self._buffer = self._buffer[:8], self._buffer[8:]
            assert header in PROTOCOL_HEADERS
            self._greeted = True
            self._handle("ProtocolHeader", None, answer(_START))
        while self._greeted:
            used, frame = pika.frame.decode_frame(self._buffer)
            if frame is None:
                return
            self._buffer = self._buffer[used:]
            self._frame(frame)

    def _frame(self, frame: Any) -> None:
        if isinstance(frame, pika.frame.Method):
            self.methods.append(frame.method)
            name = frame.method.NAME
            if name != "Basic.Publish":
                self._handle(name, frame, _ANSWERS.get(name, say_nothing))
        elif isinstance(frame, pika.frame.Body):
            self.bodies.append(frame.fragment)
            self._handle("Basic.Publish", frame, PeerConnection.confirm)
        elif isinstance(frame, pika.frame.Heartbeat):
            self.heartbeats += 1

    def confirm(self, _frame: Any = None) -> None:
        """Ack the last message that arrived."""
        self.send(1, amqp.Basic.Ack(len(self.bodies), False))

    def _handle(self, what: str, frame: Any, otherwise: Deviation) -> None:
        self._peer.deviations.get(what, otherwise)(self, frame)


def _finish(connection: PeerConnection, _frame: Any) -> None:
    connection.send(0, amqp.Connection.CloseOk())
    connection.transport.loseConnection()


_START = amqp.Connection.Start(server_properties={"product": "peer"})
_ANSWERS: dict[str, Deviation] = {
    "Connection.StartOk": answer(amqp.Connection.Tune(2047, 131072, 60)),
    "Connection.Open": answer(amqp.Connection.OpenOk()),
    "Connection.Close": _finish,
    "Channel.Open": answer(amqp.Channel.OpenOk(), channel=1),
    "Confirm.Select": answer(amqp.Confirm.SelectOk(), channel=1),
    "Exchange.Declare": answer(amqp.Exchange.DeclareOk(), channel=1),
}
