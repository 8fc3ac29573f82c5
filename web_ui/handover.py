"""Gives a connection to Tornado for one request, and takes it back.

    front door -- all bytes read --> HandedStream -> HTTP1Connection -> Application
               <-- what is left over --

Tornado reads the request from a stream that yields the bytes already read before it asks the
socket, and so notices nothing. Its HTTP1Connection serves one message at a time in any case; where
it would wait for the next, the connection goes back to the front door. A handler that finds an
unusual request for updates `detach`es the stream and calls `take_back` itself. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

from web_ui.client_address import ClientAddresses
from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.metrics import DoorMetrics

log = logging.getLogger("celebwire.web.handover")

LONGEST = 60.0
"""Seconds in which a request must be answered and the answer read."""


class HandedStream(IOStream):
    """A connection's socket, with the bytes that were read from it before."""

    def __init__(self, connection: Connection, data: bytes) -> None:
        super().__init__(connection.sock)
        self.connection = connection
        self.taken_back = False
        self._before = data

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Tornado asks: the bytes read before, then the socket's."""
        if not self._before:
            return super().read_from_fd(buf)
        data, self._before = self._before[: len(buf)], self._before[len(buf) :]
        buf[: len(data)] = data
        return len(data)

    def set_nodelay(self, value: bool) -> None:
        """Tornado turns Nagle's algorithm on again behind each answer. Long polls and streams would
        suffer from it: it stays as the front door set it."""

    def take_back(self) -> Connection:
        """The connection, with what Tornado did not use in its inbox. The stream is of no use
        then; it must not be closed."""
        self.taken_back = True
        self.connection.inbox = bytes(self._read_buffer) + self._before
        self.io_loop.remove_handler(self.socket)
        return self.connection


class RequestContext:
    """What Tornado's `HTTPServerRequest` takes from a connection's context."""

    def __init__(self, remote_ip: str) -> None:
        self.remote_ip = remote_ip
        self.protocol = "http"

    def __str__(self) -> str:
        return self.remote_ip


class _FromProxy(HTTPMessageDelegate):
    """Believes what a trusted proxy says of the visitor, and passes the request on."""

    def __init__(
        self, delegate: HTTPMessageDelegate, context: RequestContext, addresses: ClientAddresses
    ) -> None:
        self._delegate = delegate
        self._context = context
        self._addresses = addresses

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        context = self._context
        forwarded_for = headers.get("X-Forwarded-For", "")
        if headers.get("X-Forwarded-Proto") == "https":
            context.protocol = "https"
        context.remote_ip = self._addresses.of(context.remote_ip, forwarded_for)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()


class Handover:
    """See the module. `start_request` is Tornado's Application's."""

    def __init__(
        self,
        start_request: Callable[[HTTP1Connection], HTTPMessageDelegate],
        connections: Connections,
        addresses: ClientAddresses,
        metrics: DoorMetrics,
        *,
        max_body_bytes: int,
        header_timeout: float,
    ) -> None:
        self._start_request = start_request
        self._connections = connections
        self._addresses = addresses
        self._metrics = metrics
        self._parameters = HTTP1ConnectionParameters(
            header_timeout=header_timeout,
            max_body_size=max_body_bytes,
            body_timeout=header_timeout,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def begin_closing(self) -> None:
        """Each connection ends with its answer."""
        self._parameters.no_keep_alive = True

    def to_tornado(self, connection: Connection, data: bytes) -> None:
        """Have the request at the beginning of `data` answered."""
        self._connections.lend(connection)
        task = asyncio.create_task(self._serve(connection, data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Let requests in progress come to their end for so long, then cut them off."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: Connection, data: bytes) -> None:
        stream = HandedStream(connection, data)
        context = RequestContext(self._addresses.of(connection.address, ""))
        again = False
        try:
            http = HTTP1Connection(stream, False, self._parameters, context)
            delegate = self._start_request(http)
            if self._addresses.trusts(connection.address):
                delegate = _FromProxy(delegate, context, self._addresses)
            async with asyncio.timeout(LONGEST):
                again = await http.read_response(delegate)
        except TimeoutError:
            self._metrics.slow.inc()
            log.info("gave up on %s: not done within %.0f s", context, LONGEST)
        except (StreamClosedError, UnsatisfiableReadError):
            pass  # the visitor left
        except Exception:
            log.exception("a request could not be served")
        finally:
            self._done(stream, again=again)

    def _done(self, stream: HandedStream, *, again: bool) -> None:
        if stream.taken_back:
            return  # by a handler
        if again and not stream.closed():
            connection = self.take_back(stream)
            connection.phase.written(connection)
        else:
            stream.close()
            self._connections.end(stream.connection)

    def take_back(self, stream: HandedStream) -> Connection:
        """Watch the stream's connection again: it is at its front door."""
        connection = stream.take_back()
        self._connections.take_back(connection, connection.home)
        return connection
