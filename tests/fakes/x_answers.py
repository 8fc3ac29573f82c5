"""How the fake X API answers: one connection's bytes, and every way to behave and to misbehave.

An `Answer` is a function that is given the connection on which a request has come. `NAMED` are
those that the command line of `x_api` knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from twisted.internet.protocol import Protocol
from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from tests.fakes.x_api import XApi

Json = dict[str, Any]
PROBLEMS = "https://api.twitter.com/2/problems/"


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


class Connection(Protocol):
    """One TCP connection. Requests are answered one after the other, until one is a stream."""

    def __init__(self, api: XApi) -> None:
        self.api = api
        self._wire: Any = None
        self.gone = False
        self._received = b""
        self._timers: list[LoopingCall] = []

    def connectionMade(self) -> None:  # noqa: N802
        self._wire = self.transport  # whose type is a zope interface
        self.api.connections.append(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._received += data
        while (asked := self._take_request()) is not None:
            self.api.asked.append(asked)
            self.api.answer(self, asked)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        self.gone = True
        for timer in self._timers:
            if timer.running:
                timer.stop()
        self.api.connections.remove(self)
        if self in self.api.streams:
            self.api.streams.remove(self)

    def _take_request(self) -> Asked | None:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self._received = rest[length:]
        method, target, _ = request.split(" ")
        parts = urlsplit(target)
        return Asked(method, parts.path, parse_qs(parts.query), headers, rest[:length])

    # What an answer may do.

    def write(self, data: bytes) -> None:
        """These very bytes."""
        if not self.gone:
            self._wire.write(data)

    def json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        """A whole answer."""
        content = msgspec.json.encode(body)
        lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        text = "".join(
            f"{name}: {value}\r\n" for name, value in {**lines, **(headers or {})}.items()
        )
        self.write(f"HTTP/1.1 {status} Whatever\r\n{text}\r\n".encode() + content)

    def begin(self) -> None:
        """The head of a stream."""
        self.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        self.api.streams.append(self)

    def chunk(self, data: bytes) -> None:
        """Some of the stream."""
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        """The stream's end, in order."""
        self.write(b"0\r\n\r\n")
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection once all is sent."""
        self._wire.loseConnection()

    def abort(self) -> None:
        """Close the connection at once."""
        self._wire.abortConnection()

    def every(self, seconds: float, do: Callable[[], object]) -> None:
        """Again and again, while the connection lasts."""
        timer = LoopingCall(do)
        timer.clock = self.api.clock
        timer.start(seconds, now=False)
        self._timers.append(timer)


Answer = Callable[[Connection], None]


def stream(connection: Connection) -> None:
    """As X does: what is sent with `XApi.send`, and heartbeats."""
    connection.begin()
    connection.every(connection.api.heartbeat, lambda: connection.chunk(b"\r\n"))


def refuse(status: int, headers: dict[str, str] | None = None, **problem: str) -> Answer:
    """An answer with this status; `problem` is its body."""
    return lambda connection: connection.json(status, problem, headers)


def close_at_once(connection: Connection) -> None:
    """Not even an answer."""
    connection.hang_up()


def no_answer(connection: Connection) -> None:
    """The connection stays, and nothing comes."""


def silence(connection: Connection) -> None:
    """A stream on which nothing comes, not even heartbeats."""
    connection.begin()


def lines_then_end(*lines: bytes) -> Answer:
    """A stream with these lines, which then ends in order."""

    def answer(connection: Connection) -> None:
        connection.begin()
        for line in lines:
            connection.chunk(line + b"\r\n")
        connection.end()

    return answer


def cut(piece: bytes) -> Answer:
    """A stream that breaks off in the middle of a line, and of a chunk."""

    def answer(connection: Connection) -> None:
        connection.begin()
        connection.write(b"%x\r\n%s" % (len(piece) + 100, piece))
        connection.hang_up()

    return answer


def endless_line(connection: Connection) -> None:
    """A stream of one line that never ends."""
    connection.begin()
    connection.every(0.001, lambda: connection.chunk(b"x" * 65536))


def drip(data: bytes, seconds: float) -> Answer:
    """A stream whose bytes come one by one; after the last, the first again."""

    def answer(connection: Connection) -> None:
        connection.begin()
        rest = cycle(data)
        connection.every(seconds, lambda: connection.chunk(bytes([next(rest)])))

    return answer


def unchunked(connection: Connection) -> None:
    """A stream as HTTP/1.0 had it: no chunks, it ends with the connection."""
    connection.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    connection.chunk = connection.write  # type: ignore[method-assign]
    connection.api.streams.append(connection)


NAMED: dict[str, Answer] = {
    "stream": stream,
    "401": refuse(401, title="Unauthorized", detail="Unauthorized"),
    "403": refuse(
        403,
        title="Client Forbidden",
        detail="When authenticating requests to the X API v2 endpoints, you must use keys and "
        "tokens from an app attached to a project.",
        type=PROBLEMS + "client-forbidden",
    ),
    "429": refuse(
        429,
        title="ConnectionException",
        detail="This stream is currently at the maximum allowed connection limit.",
        connection_issue="TooManyConnections",
        type=PROBLEMS + "streaming-connection",
    ),
    "503": refuse(503, title="Service Unavailable", detail="Service Unavailable"),
    "close": close_at_once,
    "no-answer": no_answer,
    "silence": silence,
    "cut": cut(b'{"data": {"id": "1", "te'),
    "endless": endless_line,
    "garbage": lines_then_end(b"<html>", b'{"data": {}}', b"\xff\x00", b"[]"),
    "disconnect": lines_then_end(
        msgspec.json.encode({"errors": [{
            "title": "operational-disconnect",
            "disconnect_type": "UpstreamOperationalDisconnect",
            "detail": "This stream has been disconnected upstream for operational reasons.",
            "type": PROBLEMS + "operational-disconnect",
        }]}),
    ),
    "drip": drip(b"x", 1.0),
}  # fmt: skip
