"""A peer: what Tornado's documentation shows for a chat, with its three ways to tell a browser.

A message buffer with a Condition for whoever waits (long poll: `RequestHandler` and `finish`; SSE:
`write` and `flush`), and a set of open sockets to which each message is written (`write_message`).
Every message is kept as the text that is sent, so nothing is encoded again for each client.

    python -m tests.benchmarks.peers.tornado_demo PORT

One event loop, asyncio's own, as Tornado starts it. On loopback only. Ends when stdin ends.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.locks import Condition
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

KEPT = 2_000
"""Newest messages for those who come back."""
AN_ANSWER = 200
"""Messages in one answer, at most."""


class MessageBuffer:
    """The newest messages, numbered from 1, and a Condition that tells of more."""

    def __init__(self) -> None:
        self.more = Condition()
        self.latest = 0
        self._messages: list[str] = []

    def since(self, cursor: int) -> list[str]:
        """What came after `cursor`, the oldest first."""
        missed = min(self.latest - cursor, len(self._messages))
        return self._messages[-missed:][:AN_ANSWER] if missed > 0 else []

    def add(self, message: str) -> None:
        """Keep it and wake whoever waits."""
        self.latest += 1
        self._messages.append(message)
        if len(self._messages) > KEPT:
            del self._messages[: -KEPT // 2]
        self.more.notify_all()


def answer(cursor: int, messages: list[str]) -> str:
    """As our own answers look."""
    return f'{{"cursor":"{cursor}","verdict":"live","events":[{",".join(messages)}]}}'


class Handler(RequestHandler):
    """What the handlers share."""

    def initialize(self, buffer: MessageBuffer, sockets: set[Socket]) -> None:
        self.buffer = buffer
        self.sockets = sockets

    def cursor(self) -> int:
        return int(self.get_argument("cursor", str(self.buffer.latest)))


class Poll(Handler):
    """`GET /updates`: held back until there is a message."""

    async def get(self) -> None:
        cursor = self.cursor()
        messages = self.buffer.since(cursor)
        while not messages and self.get_argument("wait", "") != "0":
            self.waiting = asyncio.ensure_future(self.buffer.more.wait())
            try:
                await self.waiting
            except asyncio.CancelledError:
                return
            messages = self.buffer.since(cursor)
        self.set_header("Content-Type", "application/json")
        self.finish(answer(cursor + len(messages), messages))

    def on_connection_close(self) -> None:
        if hasattr(self, "waiting"):
            self.waiting.cancel()


class Events(Handler):
    """`GET /updates/sse`: a message each."""

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        cursor = self.cursor()
        self.write(f"id: {cursor}\ndata: {answer(cursor, [])}\n\n")
        try:
            await self.flush()
            while not self.request.connection.stream.closed():  # type: ignore[union-attr]
                messages = self.buffer.since(cursor)
                if not messages:
                    await self.buffer.more.wait()
                    continue
                cursor += len(messages)
                self.write(f"id: {cursor}\ndata: {answer(cursor, messages)}\n\n")
                await self.flush()
        except StreamClosedError:
            return


class Socket(WebSocketHandler):
    """`GET /updates/ws`: the same."""

    def initialize(self, buffer: MessageBuffer, sockets: set[Socket]) -> None:
        self.buffer = buffer
        self.sockets = sockets

    def open(self, *args: Any) -> None:
        cursor = int(self.get_argument("cursor", str(self.buffer.latest)))
        messages = self.buffer.since(cursor)
        self.write_message(answer(cursor + len(messages), messages))
        self.sockets.add(self)

    def on_message(self, message: str | bytes) -> None:
        """Visitors have nothing to say here."""

    def on_close(self) -> None:
        self.sockets.discard(self)


class Publisher(WebSocketHandler):
    """`GET /publish`: each message that comes is the next one."""

    def initialize(self, buffer: MessageBuffer, sockets: set[Socket]) -> None:
        self.buffer = buffer
        self.sockets = sockets

    def on_message(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        self.buffer.add(message)
        text = answer(self.buffer.latest, [message])
        for socket in self.sockets:
            socket.write_message(text)


async def main(port: int) -> None:
    """Serve until stdin ends."""
    parts = {"buffer": MessageBuffer(), "sockets": set()}
    application = Application(
        [
            ("/publish", Publisher, parts),
            ("/updates", Poll, parts),
            ("/updates/sse", Events, parts),
            ("/updates/ws", Socket, parts),
        ],
        log_function=lambda handler: None,
    )
    application.listen(port, "127.0.0.1")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
