"""Server-Sent Events over real HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.updates_case import UpdatesCase


class Stream:
    """An event stream, read as it comes."""

    def __init__(self) -> None:
        self.text = ""

    def take(self, chunk: bytes) -> None:
        self.text += chunk.decode()

    @property
    def messages(self) -> list[tuple[str, Any]]:
        """(id, data) of every whole message so far."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "id" in fields:
                found.append((fields["id"], json.loads(fields["data"])))
        return found

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for _, answer in self.messages for event in answer["events"]]


class SseTest(UpdatesCase):
    settings = {"slow_timeout": 1.0}  # noqa: RUF012

    def listen(
        self, arguments: str, headers: dict[str, str] | None = None
    ) -> tuple[Stream, asyncio.Future[Any]]:
        stream = Stream()
        request = HTTPRequest(
            self.get_url(f"/updates/sse?{arguments}"),
            headers=headers,
            streaming_callback=stream.take,
            request_timeout=20,
        )
        return stream, asyncio.ensure_future(self.http_client.fetch(request, raise_error=False))

    @gen_test
    async def test_the_first_message_tells_the_cursor_and_news_follows(self) -> None:
        await self.arrive(tweet("1"))
        stream, fetch = self.listen("channel=all&html=0")
        await self.until(lambda: len(stream.messages) == 1)
        epoch = self.store.epoch
        assert stream.messages == [
            (f"{epoch}.1", {"cursor": f"{epoch}.1", "verdict": "live", "events": []})
        ]
        for number in range(2, 6):
            await self.arrive(tweet(str(number)))
        await self.until(lambda: stream.seqs == [2, 3, 4, 5])
        assert stream.messages[-1][0] == f"{epoch}.5"
        await self.stop_site()
        response = await fetch
        assert response.headers["Content-Type"] == "text/event-stream"

    @gen_test
    async def test_a_browser_that_reconnects_resumes(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 6)))
        last = {"Last-Event-ID": f"{self.store.epoch}.3"}
        stream, fetch = self.listen(f"channel=all&cursor={self.store.epoch}.0", last)
        await self.until(lambda: stream.seqs == [4, 5])
        await self.stop_site()
        await fetch

    @gen_test
    async def test_a_cursor_of_another_store_is_a_reset_and_the_end(self) -> None:
        stream, fetch = self.listen("channel=all&cursor=0000.1")
        await fetch
        assert [answer["verdict"] for _, answer in stream.messages] == ["reset"]
        assert stream.text.count('event: bye\ndata: {"reason": "reset"}\nretry: ') == 1

    @gen_test
    async def test_malformed_input_is_a_400(self) -> None:
        for arguments in ("", "channel=x", "channel=all&cursor=x"):
            stream, fetch = self.listen(arguments)
            assert (await fetch).code == 400
            assert "error" in json.loads(stream.text)

    @gen_test
    async def test_a_visitor_who_leaves_leaves_nothing(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"GET /updates/sse?channel=all HTTP/1.1\r\nHost: a\r\n\r\n")
            await self.until(lambda: len(self.room) == 1)
        await self.until(lambda: len(self.room) == 0)

    @gen_test(timeout=20)
    async def test_a_visitor_who_never_reads_is_let_go_and_keeps_nobody_waiting(self) -> None:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", self.port))
            deaf.sendall(b"GET /updates/sse?channel=all HTTP/1.1\r\nHost: a\r\n\r\n")
            await self.until(lambda: len(self.room) == 1)
            stream, fetch = self.listen("channel=all&html=0")
            await self.until(lambda: len(self.room) == 2)
            number = 0
            async with asyncio.timeout(15):
                while not self.count("celebwire_slow_visitors_total"):
                    number += 1
                    await self.arrive(tweet(str(number), text="x" * 20_000))
                    await asyncio.sleep(0)
            await self.until(lambda: stream.seqs == list(range(1, number + 1)))
            await self.stop_site()
            await fetch
