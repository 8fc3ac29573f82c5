"""Tornado's own reading of requests for updates, for tests: a real HTTPServer on a real socket.

    with TornadoPeer() as peer:
        peer.reads(head + head)  # what its handlers saw, in order, and what it answered

The server has a thread with an event loop of its own; the caller's is blocked while it asks.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any, NamedTuple, Self

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from web_ui.updates_query import UpdatesQuery
from web_ui.web_socket_frames import CLOSE

MOST = 50
"""Channels in one request."""
PATIENCE = 10.0
"""Seconds for an answer on a busy machine."""
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
"""Sent behind everything: seen as it is only if what came before left no byte and took none."""
GOODBYE = bytes((0x80 | CLOSE, 0x80, 0, 0, 0, 0))
"""An empty masked close frame."""


class Seen(NamedTuple):
    """What a handler was given. `query` is what Tornado's values make, or the reason it is bad."""

    transport: str
    query: UpdatesQuery | str
    encodings: str
    forwarded_for: str
    last_event_id: str | None
    body: bytes


class TornadoPeer:
    """See the module."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        application = Application(
            [
                ("/updates", _Recorder, {"seen": self._seen, "transport": "poll"}),
                ("/updates/sse", _Recorder, {"seen": self._seen, "transport": "sse"}),
                ("/updates/ws", _Socket, {"seen": self._seen, "transport": "ws"}),
                ("/last", _Recorder, {"seen": self._seen, "transport": "last"}),
            ],
            log_function=lambda handler: None,
        )
        server = HTTPServer(application)
        listening, self._port = bind_unused_port()
        server.add_socket(listening)
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await server.close_all_connections()

    def reads(self, sent: bytes) -> tuple[list[Seen], bytes]:
        """What the handlers saw of these bytes, and all that the server answered."""
        self._seen.clear()
        answers = bytearray()
        with socket.create_connection(("127.0.0.1", self._port), PATIENCE) as client:
            client.sendall(sent)
            while received := client.recv(65536):
                answers += received
        return list(self._seen), bytes(answers)


class _Recorder(RequestHandler):
    def initialize(self, seen: list[Seen], transport: str) -> None:
        self.seen = seen
        self.transport = transport

    def prepare(self) -> None:
        headers = self.request.headers
        last = headers.get("Last-Event-ID")

        def values_of(name: str) -> list[str]:
            # So EventSource resumes: what it saw last goes before the address it was made with.
            resumed = self.transport == "sse" and name == "cursor" and last
            return [last] if resumed and last else self.get_query_arguments(name)

        query: UpdatesQuery | str
        try:
            query = UpdatesQuery.read(values_of, MOST)
        except ValueError as error:
            query = str(error)
        self.seen.append(
            Seen(
                self.transport,
                query,
                headers.get("Accept-Encoding", ""),
                headers.get("X-Forwarded-For", ""),
                last,
                self.request.body,
            )
        )

    async def get(self, *args: Any, **kwargs: Any) -> None:
        self.finish("seen\n")


class _Socket(_Recorder, WebSocketHandler):
    async def get(self, *args: Any, **kwargs: Any) -> None:
        await WebSocketHandler.get(self, *args, **kwargs)

    def on_message(self, message: str | bytes) -> None:
        raise AssertionError("nothing was said")
