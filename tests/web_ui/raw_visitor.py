"""A visitor on a socket of its own, who sends any bytes at any moment and reads or does not.

    visitor = await RawVisitor.connect(port)
    await visitor.send(GET % b"/updates?channel=all")
    answer = await visitor.answer()          # status, headers, body, whether the connection goes on
    await visitor.rest()                     # what comes until the connection ends

HTTP is read by Python's own client, whatever the cut of the bytes.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import socket
import struct
from email.message import Message
from typing import Any, NamedTuple, cast

GET = b"GET %b HTTP/1.1\r\nHost: celebs.example\r\n\r\n"
HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nHost: celebs.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PATIENCE = 10.0
"""Seconds that something which is sure to happen may take on a busy machine."""
RECEIVE = 1 << 16


class HttpAnswer(NamedTuple):
    """An answer, read whole. `last`: the connection ends with it."""

    status: int
    headers: Message
    body: bytes
    last: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.json["events"]]


class RawVisitor:
    """See the module."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()
        self.received = b""
        """What came and was not read as an answer yet."""
        self.ended = False
        """The site has closed its side, or said that it will: a program leaves then."""

    @classmethod
    async def connect(
        cls,
        port: int,
        *,
        host: str = "127.0.0.1",
        source: str | None = None,
        receive_buffer: int | None = None,
    ) -> RawVisitor:
        """`source`: the own address; `receive_buffer`: bytes that the kernel takes unread."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family)
        sock.setblocking(False)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            sock.bind((source, 0))
        try:
            await asyncio.get_running_loop().sock_connect(sock, (host, port))
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    async def send(self, *pieces: bytes) -> None:
        """Each in a packet of its own, as far as the kernel goes along."""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            await asyncio.get_running_loop().sock_sendall(self.sock, piece)
            if len(pieces) > 1:
                await asyncio.sleep(0)

    async def get(self, target: str, method: str = "GET") -> HttpAnswer:
        """A plain request, and its answer."""
        head = f"{method} {target} HTTP/1.1\r\nHost: celebs.example\r\n\r\n"
        await self.send(head.encode())
        return await self.answer(method)

    async def more(self) -> bool:
        """Wait for more bytes. False: the connection has ended."""
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.sock, RECEIVE)
        self.received += data
        self.ended = not data
        return not self.ended

    async def answer(self, method: str = "GET") -> HttpAnswer:
        """The next answer. EOFError: the connection ended before or in it."""
        while True:
            found = _read_answer(self.received, method)
            if found is not None:
                answer, size = found
                self.received = self.received[size:]
                self.ended = answer.last
                return answer
            if not await self.more():
                raise EOFError(self.received[:500])

    async def rest(self) -> bytes:
        """What comes until the site closes the connection."""
        while await self.more():
            pass
        rest, self.received = self.received, b""
        return rest

    async def head(self) -> bytes:
        """The head of an answer that has no end, as of a stream."""
        while b"\r\n\r\n" not in self.received:
            if not await self.more():
                raise EOFError(self.received)
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        return head

    async def event(self) -> dict[str, str]:
        """The next event of a stream: its fields. A comment has none."""
        while b"\n\n" not in self.received:
            if not await self.more():
                raise EOFError(self.received[:500])
        text, _, self.received = self.received.partition(b"\n\n")
        lines = [line for line in text.decode().split("\n") if not line.startswith(":")]
        return dict(cast(tuple[str, str], line.split(": ", 1)) for line in lines)

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame of a WebSocket."""
        while (found := _read_frame(self.received)) is None:
            if not await self.more():
                raise EOFError(self.received[:500])
        opcode, payload, size = found
        self.received = self.received[size:]
        return opcode, payload

    def leave(self) -> None:
        """Close the connection, as a page does that is left."""
        if self.sock.fileno() >= 0:  # whoever waits for it may not have been cancelled in full
            self._loop.remove_reader(self.sock)
            self._loop.remove_writer(self.sock)
            self.sock.close()

    def vanish(self) -> None:
        """Close it so that the site gets a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.leave()


def masked_frame(opcode: int, payload: bytes = b"") -> bytes:
    """A short frame as a browser sends it."""
    mask = b"\x11\x22\x33\x44"
    hidden = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + hidden


class _Received(io.BytesIO):
    """Stands for a socket that all has been received from."""

    def makefile(self, *_: object) -> _Received:
        return self

    def close(self) -> None:
        """The next answer is read from it, too."""


def _read_answer(data: bytes, method: str) -> tuple[HttpAnswer, int] | None:
    """The first answer and its size, None if it is not all there."""
    if b"\r\n\r\n" not in data:
        return None
    stream = _Received(data)
    response = http.client.HTTPResponse(cast(socket.socket, stream), method=method)
    response.begin()
    will_close = response.will_close
    try:
        body = response.read()
    except http.client.IncompleteRead:
        return None
    answer = HttpAnswer(response.status, response.headers, body, will_close)
    return answer, stream.tell()


def _read_frame(data: bytes) -> tuple[int, bytes, int] | None:
    if len(data) < 2:
        return None
    length, at = data[1], 2
    if length >= 126:
        width = 2 if length == 126 else 8
        at += width
        length = int.from_bytes(data[2:at])
    if len(data) < at + length:
        return None
    return data[0] & 0x0F, data[at : at + length], at + length
