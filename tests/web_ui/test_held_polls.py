"""Polls that are abandoned, by the thousand, at any moment: nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import threading
from typing import Any
from unittest import mock

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.raw_visitor import GET, RawVisitor
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.database import StoreUnavailable

HEADS = [
    b"/updates?channel=all",
    b"/updates?channel=celeb:ada&html=0",
    b"/updates?channel=all&odd=1",
    b"/updates/sse?channel=all",
    b"/updates?channel=all&cursor=EPOCH.1&html=0",  # the store knows
]
AT_ONCE, ROUNDS = 300, 8


class AbandonedTest(UpdatesCase):
    settings = {"feed_size": 200, "replay_limit": 100_000}  # noqa: RUF012

    async def _abandon(self, chance: random.Random) -> None:
        visitors = await asyncio.gather(*(RawVisitor.connect(self.port) for _ in range(AT_ONCE)))
        for visitor in visitors:
            target = chance.choice(HEADS).replace(b"EPOCH", self.store.epoch.encode())
            await visitor.send((GET % target)[: chance.choice([30, 1000, 1000, 1000])])
        for _ in range(chance.choice([0, 1, 5, 30])):
            await asyncio.sleep(0)
        arriving = asyncio.ensure_future(self.arrive(tweet(str(self.feed.latest + 1))))
        for number, visitor in enumerate(visitors):
            visitor.vanish() if chance.random() < 0.5 else visitor.leave()
            if number % 20 == 0:
                await asyncio.sleep(0)
        await arriving
        await self.until(lambda: len(self.site.connections) == 0)

    @gen_test(timeout=60)
    async def test_whatever_they_wait_for_and_however_they_go(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 260)))
        chance = random.Random(7)
        with mock.patch("web_ui.waiting_room.SLICE", 3):
            await self._abandon(chance)
            tasks = len(asyncio.all_tasks())
            blocks = []
            for _ in range(ROUNDS):
                await self._abandon(chance)
                self.site.recent.forget_answers()
                gc.collect()
                blocks.append(sys.getallocatedblocks())
        connections = self.site.connections
        await self.until(lambda: len(asyncio.all_tasks()) <= tasks)
        assert len(self.room) == 0
        assert (self.room._groups, self.room._by_channel) == ({}, {})
        assert connections._of_address == {}
        assert connections._by_fd == {}
        assert connections._lent == set()
        assert len(connections._wheel) == 0
        assert self.site.door._polls._asking == self.site.door._streams._tasks == set()
        # Not one block of Python's memory for each visitor, of whom each had dozens.
        rounds = ROUNDS - 1 - ROUNDS // 2
        assert blocks[-1] - blocks[ROUNDS // 2] < AT_ONCE * rounds, blocks

    @gen_test
    async def test_in_the_middle_of_a_question_to_the_store(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 260)))
        released = threading.Event()
        events_after = self.store.events_after

        def slowly(*arguments: Any) -> Any:
            released.wait(10)
            return events_after(*arguments)

        head = GET % f"/updates?channel=all&cursor={self.cursor(1)}".encode()
        with mock.patch.object(self.store, "events_after", side_effect=slowly) as asked:
            visitors = [await self.visitor() for _ in range(50)]
            for visitor in visitors:
                await visitor.send(head)
            await self.until(lambda: len(self.site.door._polls._asking) == 50)
            for visitor in visitors[1:]:
                visitor.vanish()
            await self.until(lambda: len(self.site.connections) == 1)
            released.set()
            assert len((await visitors[0].answer()).seqs) == 200
            assert asked.call_count == 1  # they all asked the same
        await self.until(lambda: self.site.door._polls._asking == set())


class StoreTest(UpdatesCase):
    settings = {"feed_size": 200, "replay_limit": 100_000}  # noqa: RUF012

    @gen_test
    async def test_a_store_that_is_down_is_told_and_is_asked_again_when_it_is_back(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 260)))
        target = f"?channel=all&cursor={self.cursor(1)}"
        down = mock.patch.object(self.store, "events_after", side_effect=StoreUnavailable("gone"))
        poll = await self.visitor()
        with down:
            for odd in ("", "&odd=1", ""):
                answer = await poll.get(f"/updates{target}{odd}")
                assert (answer.status, answer.last) == (503, False)
                assert answer.headers["Retry-After"] == "5"
                assert "store" in answer.json["error"]
            sse, ws = await self.visitor(), await self.visitor()
            await sse.send(GET % f"/updates/sse{target}".encode())
            await sse.head()
            assert "store" in (await sse.event())["data"]
            assert await sse.rest() == b""
            await ws.send(
                b"GET /updates/ws%b HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % target.encode()
            )
            await ws.head()
            assert (await ws.frame())[1][:2] == (1013).to_bytes(2)
            assert await ws.rest() == b""
            # What memory knows is still told.
            recent = await poll.get(f"/updates?channel=all&cursor={self.cursor(258)}")
            assert recent.seqs == [259]
            ahead = await poll.get(f"/updates?channel=all&cursor={self.cursor(999)}")
            assert ahead.status == 503
        assert len((await poll.get(f"/updates{target}")).seqs) == 200

    @gen_test
    async def test_a_fault_of_ours_is_an_answer_too(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 260)))
        poll = await self.visitor()
        with mock.patch.object(self.store, "events_after", side_effect=RuntimeError("bug")):
            answer = await poll.get(f"/updates?channel=all&cursor={self.cursor(1)}")
        assert answer.status == 500
        self.expect_errors("could not be answered")
        assert (await poll.get("/updates?channel=all&wait=0")).status == 200
