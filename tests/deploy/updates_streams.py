"""An event stream and a WebSocket as a plain client has them: sockets, and the bytes on them."""

from __future__ import annotations

import base64
import http.client
import os
import socket
from typing import Any, Self

import msgspec


class EventStream:
    """`/updates/sse`; reading waits for the next answer, 10 s at most."""

    def __init__(self, port: int, arguments: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", f"/updates/sse?{arguments}")
        self._response = self._connection.getresponse()
        self.status = self._response.status

    def next(self) -> dict[str, Any] | None:
        """The next answer; None where the stream ended."""
        while line := self._response.readline():
            if line.startswith(b"data: "):
                answer: dict[str, Any] = msgspec.json.decode(line[len(b"data: ") :])
                return answer
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._connection.close()


class WebSocket:
    """`/updates/ws`, RFC 6455; reading waits for the next message, 10 s at most."""

    def __init__(self, port: int, arguments: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /updates/ws?{arguments} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass

    def next(self) -> dict[str, Any] | None:
        """The next answer; None where the server closed. Its frames are not masked."""
        while head := self._file.read(2):
            kind, length = head[0] & 0x0F, head[1]
            if length >= 126:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8))
            payload = self._file.read(length)
            if kind == 1:
                answer: dict[str, Any] = msgspec.json.decode(payload)
                return answer
            if kind == 8:
                return None
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()
