"""Where visitors come in, and the phase of a connection between two requests.

Reads the head of each request. A plain one for updates goes to the waiting room; every other one,
and every one that is in any way unusual, goes with all its bytes to Tornado, which answers that one
request and gives the connection back. So pages, polls and whatever else share the port and their
connections in any order. A poll whose bytes after the request line are those of the poll before is
not read again.

Past a bound the visitor is told so, and is counted: 503 connections in all, 429 of one address,
408 a head that does not come to its end, 431 one that is too large, 413 a body that is, 411 one
that does not tell. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from typing import NamedTuple

from web_ui.answers import RETRY_AFTER, refusal, refusal_page
from web_ui.client_address import ClientAddresses
from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.held_polls import HeldPolls
from web_ui.leaving import Leaving
from web_ui.metrics import DoorMetrics
from web_ui.streams import Streams
from web_ui.update_request import RequestFields, RequestReader, UpdatesTarget

LONGEST_BLOCK_KEPT = 1024
"""Bytes of a poll's header fields that are kept to know them again: a browser's are about 500."""
IN_A_TURN = 8
"""Requests sent ahead on one connection that are answered before others have their turn."""
FIRST_REQUEST = 0.5
"""Seconds for a new connection to ask for something when the process stops."""
FAREWELLS = 64
"""Connections past the bound that are told so at the same time; more are closed without a word."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")  # Tornado's
_BODY_LENGTH = re.compile(rb"\n(?i:content-length):[ \t]*0*([0-9]+)")
_WANTS_PAGE = re.compile(rb"\n(?i:accept):[^\r\n]*\btext/html\b")
_NO_LENGTH = re.compile(rb"\n(?i:transfer-encoding):")

_REFUSALS: dict[str, tuple[bytes, str, int | None]] = {
    "max_connections": (b"503 Service Unavailable", "too many visitors", RETRY_AFTER),
    "max_connections_per_address": (
        b"429 Too Many Requests",
        "too many connections from this address",
        RETRY_AFTER,
    ),
    "max_header_bytes": (b"431 Request Header Fields Too Large", "the head is too large", None),
    "max_body_bytes": (b"413 Content Too Large", "the body is too large", None),
    "body_length": (b"411 Length Required", "a body must tell its length", None),
    "header_timeout": (b"408 Request Timeout", "the request did not come to its end", None),
}
"""Status, reason and seconds until the next try, by the setting that is the bound, or by its own
name."""


class Bounds(NamedTuple):
    """Settings of the same names, and what they say."""

    max_connections: int
    max_connections_per_address: int
    max_header_bytes: int
    max_body_bytes: int
    header_timeout: float
    idle_timeout: float


class FrontDoor:
    """See the module. A `Phase`. `to_tornado(connection, data)` has a request answered."""

    def __init__(
        self,
        bounds: Bounds,
        reader: RequestReader,
        addresses: ClientAddresses,
        connections: Connections,
        polls: HeldPolls,
        streams: Streams,
        leaving: Leaving,
        to_tornado: Callable[[Connection, bytes], None],
        metrics: DoorMetrics,
    ) -> None:
        self._closing = False
        self._bounds = bounds
        self._reader = reader
        self._addresses = addresses
        self._connections = connections
        self._polls = polls
        self._streams = streams
        self._leaving = leaving
        self._to_tornado = to_tornado
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Each connection ends with its next answer."""
        self._closing = True

    def let_in(self, sock: socket.socket, address: str) -> None:
        """A new connection, if it is within the bounds."""
        bounds = self._bounds
        connection = self._connections.add(sock, address, self)
        self._connections.expire(connection, bounds.idle_timeout)
        over = len(self._connections) - bounds.max_connections
        if over > 0:
            self._turn_away(connection, "max_connections", over)
            return
        over = self._connections.of_address(address) - bounds.max_connections_per_address
        if over > 0 and not self._addresses.trusts(address):
            self._turn_away(connection, "max_connections_per_address", over)

    def _turn_away(self, connection: Connection, bound: str, over: int) -> None:
        if over <= FAREWELLS:
            self._refuse(connection, bound)
        else:
            self._metrics.refused.labels(bound).inc()
            self._connections.end(connection)

    def received(self, connection: Connection, data: bytes) -> None:
        """A request, or part of one, or several."""
        if connection.unsent is not None:
            self._connections.keep(connection, data)
            return
        if connection.fields is not None and not connection.inbox:
            end = data.find(b"\r\n") + 2
            if data[end:] == connection.block:  # as last time
                target = self._reader.line(data[: end - 2])
                if target is not None and target.transport == "poll":
                    self._answer(connection, target, connection.fields, last=self._closing)
                    if connection.phase is self:
                        self._settle(connection)
                    return
        begun = bool(connection.inbox)
        connection.inbox += data
        self._serve(connection, begun)

    def written(self, connection: Connection) -> None:
        """The last request has been answered, and the answer read."""
        if connection.inbox:
            self._connections.read_on(connection, True)
            self._serve(connection, begun=False)
        else:
            self._settle(connection)

    def expired(self, connection: Connection) -> None:
        """Slow in reading, slow in asking, or at rest for too long."""
        if connection.unsent is not None:
            self._metrics.slow.inc()
            self._connections.end(connection)
        elif connection.inbox:
            self._refuse(connection, "header_timeout")
        else:
            self._connections.end(connection)

    def dismiss(self, connection: Connection) -> None:
        """It rests, and nobody is disappointed, unless its first request is still on the way."""
        if connection.fresh:
            self._connections.expire(connection, FIRST_REQUEST)
        elif connection.unsent is None:
            self._connections.end(connection)

    def lost(self, connection: Connection) -> None:
        """Nothing to forget."""

    def answer(
        self,
        connection: Connection,
        target: UpdatesTarget,
        fields: RequestFields,
        *,
        last: bool,
    ) -> None:
        """Answer a request for updates that Tornado read. `last`: and end the connection."""
        self._answer(connection, target, fields, last=last or self._closing)
        if connection.phase is self and connection.unsent is None:
            self.written(connection)

    def _answer(
        self,
        connection: Connection,
        target: UpdatesTarget,
        fields: RequestFields,
        *,
        last: bool,
    ) -> None:
        connection.fresh = False
        if fields.forwarded_for and not self._claim(connection, fields.forwarded_for):
            return
        if target.transport == "poll":
            self._polls.hold(connection, target.query, gzip=fields.gzip, last=last)
        elif fields.upgrade is None:
            self._streams.begin_sse(connection, target.query)
        else:
            self._streams.begin_socket(connection, target.query, fields.upgrade)

    def _serve(self, connection: Connection, begun: bool) -> None:
        """Every whole request of the inbox. `begun`: the first of them was there in part before."""
        for _ in range(IN_A_TURN):
            ready = connection.phase is self and connection.unsent is None
            if not (ready and connection.inbox and self._serve_next(connection)):
                break
            begun = False
        else:
            # Many were sent ahead: others have their turn first.
            self._loop.call_soon(self._serve, connection, False)
            return
        if connection.phase is self and connection.unsent is None:
            if not connection.inbox:
                self._settle(connection)
            elif not begun:
                self._connections.expire(connection, self._bounds.header_timeout)

    def _serve_next(self, connection: Connection) -> bool:
        """The first request of the inbox. False: it is not all there."""
        data = connection.inbox
        match = _HEAD_END.search(data)
        end = match.end() if match else len(data)
        if end > self._bounds.max_header_bytes:
            self._refuse(connection, "max_header_bytes")
        if match is None or connection.phase is not self:
            return False
        line, _, block = data[:end].partition(b"\r\n")
        target = self._reader.line(line)
        fields = self._reader.fields(block) if target else None
        target = target.with_fields(fields) if target and fields else None
        if target is None or fields is None:
            self._hand_over(connection, data, end)
        else:
            connection.inbox = data[end:]
            if target.transport == "poll" and len(block) <= LONGEST_BLOCK_KEPT:
                connection.block, connection.fields = self._reader.shared(block), fields
            self._answer(connection, target, fields, last=self._closing)
        return True

    def _hand_over(self, connection: Connection, data: bytes, end: int) -> None:
        length = _BODY_LENGTH.search(data, 0, end)
        if length is not None and int(length[1][:18]) > self._bounds.max_body_bytes:
            page = _WANTS_PAGE.search(data, 0, end) is not None
            self._refuse(connection, "max_body_bytes", page=page)
            return
        if _NO_LENGTH.search(data, 0, end):
            self._refuse(connection, "body_length")  # nobody knows when it will be too large
            return
        connection.inbox = b""
        connection.fresh = False
        self._metrics.handed_over.inc()
        self._to_tornado(connection, data)

    def _settle(self, connection: Connection) -> None:
        """Wait for the next request."""
        if connection.claimed:
            self._connections.unclaim(connection)
        if connection.unsent is None:
            if not connection.reading:
                self._connections.read_on(connection, True)
            self._connections.expire(connection, self._bounds.idle_timeout)

    def _claim(self, connection: Connection, forwarded_for: str) -> bool:
        visitor = self._addresses.of(connection.address, forwarded_for)
        if visitor == connection.address:
            return True  # a stranger, and whatever it claims is not believed
        self._connections.unclaim(connection)
        if self._connections.of_address(visitor) < self._bounds.max_connections_per_address:
            self._connections.claim(connection, visitor)
            return True
        self._refuse(connection, "max_connections_per_address")
        return False

    def _refuse(self, connection: Connection, bound: str, *, page: bool = False) -> None:
        """`page`: somebody sent a form, and reads the answer."""
        self._metrics.refused.labels(bound).inc()
        status, reason, retry_after = _REFUSALS[bound]
        if page:
            said = refusal_page(status, "That is too long", "Go back, make it shorter, send it.")
        else:
            said = refusal(status, reason, retry_after, last=True)
        self._leaving.begin(connection, said)
