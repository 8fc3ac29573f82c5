"""A server that sends just what it is told to, right or wrong: for the tests of the visitors.

    with MisbehavingServer("poll", [[0], [1, 2], [2]]) as server:  # three answers: their events
        ...
        server.go.set()

Every connection gets the same answers, one after another; then silence. `pieces` cuts what is sent
into so many bytes at a time, `chunked` sends long polls without a length. One thread a connection.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Self

from tests.benchmarks.heads import Transport

BASE = 1_000_000
HEADS: dict[Transport, bytes] = {
    "sse": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
    "ws": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}


def body(cursor: int, events: Sequence[int]) -> bytes:
    """An answer as ours look."""
    texts = ",".join(f'{{"seq":{n + 1},"id":"{BASE + n}","celeb":"ada"}}' for n in events)
    return f'{{"cursor":"e.{cursor}","verdict":"live","events":[{texts}]}}'.encode()


def sized(text: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def packed(text: bytes) -> bytes:
    return sized(gzip.compress(text), "Content-Encoding: gzip\r\n")


def chunked(text: bytes) -> bytes:
    half = len(text) // 2
    chunks = b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in (text[:half], text[half:]))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % chunks


def message(text: bytes) -> bytes:
    return b"id: 1\ndata: %b\n\n" % text


def frame(text: bytes, opcode: int = 1) -> bytes:
    head = bytes([0x80 | opcode, 126]) + len(text).to_bytes(2, "big")
    return head + text


class MisbehavingServer:
    """See the module."""

    def __init__(
        self,
        transport: Transport,
        answers: Sequence[Sequence[int]],
        *,
        pieces: int = 0,
        wrap: Callable[[bytes], bytes] | None = None,
        raw: bytes = b"",
    ) -> None:
        self.go = threading.Event()
        self.requests: list[bytes] = []
        self._transport = transport
        self._answers = answers
        self._pieces = pieces
        default = {"poll": sized, "sse": message, "ws": frame}
        self._wrap = wrap or default[transport]
        self._raw = raw
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.go.set()
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._read_request(connection)
            if self._transport == "poll":
                self._send(connection, sized(body(0, [])))
            else:
                self._send(connection, HEADS[self._transport])
            self.go.wait(30)
            for cursor, events in enumerate(self._answers, 1):
                if self._transport == "poll":
                    self._read_request(connection)
                self._send(connection, self._wrap(body(cursor, events)))
            if self._raw:
                self._send(connection, self._raw)
            while connection.recv(4096):
                pass
        except OSError:
            pass  # the visitor left, or the test is over

    def _read_request(self, connection: socket.socket) -> None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            part = connection.recv(4096)
            if not part:
                raise OSError("gone")
            request += part
        self.requests.append(request)

    def _send(self, connection: socket.socket, data: bytes) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        step = self._pieces or len(data)
        for at in range(0, len(data), step):
            connection.sendall(data[at : at + step])
