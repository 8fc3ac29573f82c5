"""Updates over a real WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.testing import gen_test
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.tweet_store.posts import author, tweet
from tests.web_ui.updates_case import UpdatesCase


class WebSocketTest(UpdatesCase):
    async def connect(self, **arguments: str) -> WebSocketClientConnection:
        url = f"ws://127.0.0.1:{self.port}/updates/ws?{urlencode(arguments)}"
        connection = await websocket_connect(url)
        self.addCleanup(connection.close)
        return connection

    async def answer(self, connection: WebSocketClientConnection) -> Any:
        async with asyncio.timeout(5):
            message = await connection.read_message()
        return None if message is None else json.loads(message)

    @gen_test
    async def test_the_first_message_tells_the_cursor_and_news_follows(self) -> None:
        await self.arrive(tweet("1"), tweet("2", author=author("bob")))
        connection = await self.connect(channel="celeb:ada", cursor=f"{self.store.epoch}.0")
        first = await self.answer(connection)
        assert [event["seq"] for event in first["events"]] == [1]
        assert first["cursor"] == f"{self.store.epoch}.2"
        await self.arrive(tweet("3"))
        assert [e["seq"] for e in (await self.answer(connection))["events"]] == [3]
        connection.close()
        await self.until(lambda: len(self.room) == 0)

    @gen_test
    async def test_a_client_may_change_transport_in_mid_stream(self) -> None:
        connection = await self.connect(channel="all")
        cursor = (await self.answer(connection))["cursor"]
        await self.arrive(tweet("1"), tweet("2"))
        answer = await self.answer(connection)
        assert [e["seq"] for e in answer["events"]] == [1, 2]
        connection.close()
        await self.arrive(tweet("3"))
        url = self.get_url(f"/updates?channel=all&cursor={answer['cursor']}")
        polled = json.loads((await self.http_client.fetch(url)).body)
        assert [e["seq"] for e in polled["events"]] == [3]
        again = await self.connect(channel="all", cursor=cursor)
        assert [e["seq"] for e in (await self.answer(again))["events"]] == [1, 2, 3]
        again.close()

    @gen_test
    async def test_a_reset_and_a_stopping_process_say_why_they_close(self) -> None:
        connection = await self.connect(channel="all", cursor="0000.1")
        assert (await self.answer(connection))["verdict"] == "reset"
        assert await self.answer(connection) is None
        assert (connection.close_code, connection.close_reason) == (4000, "reset")
        waiting = await self.connect(channel="all")
        await self.answer(waiting)
        await self.until(lambda: len(self.room) == 1)
        stopping = asyncio.ensure_future(self.stop_site())
        assert await self.answer(waiting) is None
        assert (waiting.close_code, waiting.close_reason) == (1001, "stopping")
        await stopping

    @gen_test
    async def test_malformed_input_is_refused_with_400(self) -> None:
        with pytest.raises(HTTPClientError) as caught:
            await self.connect(channel="nonsense")
        assert caught.value.code == 400

    @gen_test
    async def test_a_page_of_another_origin_is_refused(self) -> None:
        url = f"ws://127.0.0.1:{self.port}/updates/ws?channel=all"
        request = HTTPRequest(url, headers={"Origin": "https://elsewhere.example"})
        with pytest.raises(HTTPClientError) as caught:
            await websocket_connect(request)
        assert caught.value.code == 403

    @gen_test
    async def test_a_visitor_who_talks_too_much_is_cut_off(self) -> None:
        connection = await self.connect(channel="all")
        await self.answer(connection)
        await connection.write_message("x" * 2000)
        assert await self.answer(connection) is None
        await self.until(lambda: len(self.room) == 0)
