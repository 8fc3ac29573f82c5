"""Streams whose visitors do not read, talk, fall behind or stay quiet."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from unittest import mock

from tornado.testing import gen_test

from tests.tweet_store.posts import author, tweet
from tests.web_ui.raw_visitor import GET, HANDSHAKE, RawVisitor, masked_frame
from tests.web_ui.updates_case import UpdatesCase
from web_ui.recent import MOST_BYTES
from web_ui.web_socket_frames import CLOSE, PING, PONG, TEXT

SEND_BUFFER = 32 * 1024


class StreamsCase(UpdatesCase):
    settings = {"slow_timeout": 1.0, "feed_size": 200, "replay_limit": 5000}  # noqa: RUF012

    def setUp(self) -> None:
        patch = mock.patch("web_ui.listeners.SEND_BUFFER", SEND_BUFFER)
        patch.start()
        self.addCleanup(patch.stop)
        super().setUp()

    async def follow(self, transport: str, arguments: str = "", **options: Any) -> RawVisitor:
        """A stream of `all` whose head has been read."""
        visitor = await self.visitor(**options)
        head = GET if transport == "sse" else HANDSHAKE
        await visitor.send(head % f"/updates/{transport}?channel=all{arguments}".encode())
        await visitor.head()
        return visitor

    async def answer(self, transport: str, visitor: RawVisitor) -> Any:
        """The next answer; the reason where it is the last word."""
        if transport == "sse":
            event = await visitor.event()
            return json.loads(event["data"]) if "data" in event else None
        opcode, payload = await visitor.frame()
        if opcode == CLOSE:
            return {"reason": payload[2:].decode(), "code": int.from_bytes(payload[:2])}
        return json.loads(payload) if opcode == TEXT else None

    async def answers(self, transport: str, visitor: RawVisitor) -> tuple[list[int], Any]:
        """The seqs of every event up to the last word, and that."""
        seqs: list[int] = []
        while True:
            answer = await self.answer(transport, visitor)
            if answer is not None and "reason" in answer:
                return seqs, answer
            seqs += [event["seq"] for event in answer["events"]] if answer else []


class SlowTest(StreamsCase):
    async def _is_slow(self, transport: str) -> None:
        slow = await self.follow(transport, receive_buffer=8192)
        reader = await self.follow("ws", "&html=0")
        await self.until(lambda: len(self.room) == 2)
        most = 0
        unsent = [c for c in self.site.connections.all() if c.follows and c.form.html]
        async with asyncio.timeout(20):
            while not self.count("celebwire_slow_visitors_total"):
                await self.arrive(
                    *(tweet(str(self.feed.latest + n), text="x" * 9000) for n in (1, 2))
                )
                await self.answer("ws", reader)
                kept = sum(len(c.unsent) for c in unsent if c.unsent is not None)
                most = max(most, kept)
                await asyncio.sleep(0.005)
        assert 0 < most < MOST_BYTES + 50_000
        seqs, last = await self.answers(transport, slow)
        assert last == {"reason": "slow"} | ({"code": 4001} if transport == "ws" else {})
        assert await slow.rest() == b""
        assert seqs == list(range(1, len(seqs) + 1))
        again = await self.follow(transport, f"&html=0&cursor={self.cursor(len(seqs))}")
        missed: list[int] = []
        while len(seqs) + len(missed) < self.feed.latest:
            answer = await self.answer(transport, again)
            assert answer["verdict"] == "live"
            missed += [event["seq"] for event in answer["events"]]
        assert seqs + missed == list(range(1, self.feed.latest + 1))
        assert self.count("celebwire_slow_visitors_total") == 1

    @gen_test(timeout=30)
    async def test_an_event_stream_is_told_that_it_is_slow_behind_what_it_had_yet_to_read(
        self,
    ) -> None:
        await self._is_slow("sse")

    @gen_test(timeout=30)
    async def test_a_web_socket_is_told_so_too(self) -> None:
        await self._is_slow("ws")

    @gen_test(timeout=30)
    async def test_a_visitor_who_never_reads_ends_all_the_same(self) -> None:
        with mock.patch("web_ui.leaving.PATIENCE", 0.1):
            await self.follow("sse", receive_buffer=4096)
            await self.follow("ws", receive_buffer=4096)
            await self.until(lambda: len(self.room) == 2)
            await self.arrive(*(tweet(str(n), text="x" * 9000) for n in range(1, 30)))
            assert len(self.room) == 0
            await self.until(lambda: len(self.site.connections) == 0)
        assert self.count("celebwire_slow_visitors_total") == 2

    @gen_test(timeout=30)
    async def test_a_poll_whose_answer_is_not_read(self) -> None:
        await self.arrive(*(tweet(str(n), text="x" * 9000) for n in range(1, 50)))
        head = GET % f"/updates?channel=all&cursor={self.cursor(0)}".encode()
        reader = await self.visitor()
        for _ in range(3):
            await (await self.visitor(receive_buffer=4096)).send(head * 20)
        await self.until(
            lambda: sum(c.unsent is not None for c in self.site.connections.all()) == 3
        )
        assert all(len(c.unsent or b"") < MOST_BYTES for c in self.site.connections.all())
        await reader.send(head)
        assert len((await reader.answer()).seqs) == 49
        await self.until(lambda: len(self.site.connections) == 1)
        assert self.count("celebwire_slow_requests_total") == 3

    @gen_test(timeout=30)
    async def test_who_reads_in_time_stays_and_misses_nothing(self) -> None:
        for transport in ("sse", "ws"):
            late = await self.follow(transport, receive_buffer=8192)
            await self.until(lambda: len(self.room) == 1)
            seqs: list[int] = []
            start = self.feed.latest
            for _ in range(6):
                first = self.feed.latest + 1
                await self.arrive(
                    *(tweet(str(n), text="x" * 9000) for n in range(first, first + 30))
                )
                assert len(self.room) == 0  # it steps aside
                while len(seqs) < self.feed.latest - start:
                    answer = await self.answer(transport, late)
                    seqs += [event["seq"] for event in answer["events"]]
                await self.until(lambda: len(self.room) == 1)  # and is back
            assert seqs == list(range(start + 1, self.feed.latest + 1))
            late.leave()
            await self.until(lambda: len(self.room) == 0)
        assert self.count("celebwire_slow_visitors_total") == 0


class TalkTest(StreamsCase):
    @gen_test
    async def test_a_quiet_stream_is_sent_something_and_news_still_comes(self) -> None:
        with mock.patch("web_ui.streams.QUIET", 0.1):
            for transport in ("sse", "ws"):
                visitor = await self.follow(transport)
                assert (await self.answer(transport, visitor))["events"] == []
                for _ in range(2):
                    if transport == "sse":
                        assert await visitor.event() == {}
                    else:
                        assert await visitor.frame() == (PING, b"")
                        await visitor.send(masked_frame(PONG))
                await self.arrive(tweet(str(self.feed.latest + 1)))
                answer = None
                while answer is None:
                    answer = await self.answer(transport, visitor)
                assert [event["seq"] for event in answer["events"]] == [self.feed.latest]

    @gen_test
    async def test_pings_are_answered_in_turn_and_what_else_is_said_is_passed_over(self) -> None:
        visitor = await self.follow("ws")
        await self.answer("ws", visitor)
        frames = [masked_frame(PING, b"%d" % n) + masked_frame(TEXT, b"hello") for n in range(20)]
        sent = b"".join(frames)
        await visitor.send(*(sent[at : at + 7] for at in range(0, len(sent), 7)))
        for number in range(20):
            assert await visitor.frame() == (PONG, b"%d" % number)
        await visitor.send(masked_frame(CLOSE) + masked_frame(PING) * 50)
        assert await visitor.frame() == (CLOSE, (1000).to_bytes(2))
        assert await visitor.rest() == b""

    @gen_test(timeout=30)
    async def test_who_pings_without_end_and_never_reads_is_kept_nothing_more(self) -> None:
        visitor = await self.follow("ws", "&html=0", receive_buffer=4096)
        await self.until(lambda: len(self.room) == 1)
        (connection,) = self.site.connections.all()
        with mock.patch("web_ui.connections.RECEIVE", 256):  # a pong for two pings
            flood = asyncio.ensure_future(visitor.send(masked_frame(PING, b"p" * 120) * 50_000))
            await self.until(lambda: connection.unsent is not None)
        assert len(self.room) == 0
        await self.arrive(tweet("1"))
        assert len(connection.unsent or b"") < 200
        flood.cancel()
        found = [await self.answer("ws", visitor)]
        while not (found[-1] and found[-1]["events"]):  # behind some of the pongs
            found.append(await self.answer("ws", visitor))
        assert [event["seq"] for event in found[-1]["events"]] == [1]

    @gen_test
    async def test_what_an_event_stream_says_is_not_kept(self) -> None:
        visitor = await self.visitor()
        await visitor.send(GET % b"/updates/sse?channel=all" + b"G" * 9000)
        await visitor.head()
        await visitor.send(b"GET / HTTP/1.1\r\n" * 10_000)
        await self.arrive(tweet("1"))
        (connection,) = self.site.connections.all()
        assert connection.inbox == b""
        await self.answer("sse", visitor)
        assert [e["seq"] for e in (await self.answer("sse", visitor))["events"]] == [1]

    @gen_test
    async def test_who_is_far_behind_is_led_up_to_the_news(self) -> None:
        posts = [tweet(str(n), author=author("ab"[n % 2])) for n in range(1, 290)]
        await self.arrive(*posts)
        assert self.feed.floor > 50
        for transport in ("sse", "ws"):
            visitor = await self.follow(transport, f"&html=0&cursor={self.cursor(10)}")
            latest = self.feed.latest
            seqs: list[int] = []
            while len(seqs) < latest - 10:
                seqs += [e["seq"] for e in (await self.answer(transport, visitor))["events"]]
            assert seqs == list(range(11, latest + 1))
            await self.until(lambda: len(self.room) == 1)
            await self.arrive(tweet(str(latest + 1)))
            answer = await self.answer(transport, visitor)
            assert [event["seq"] for event in answer["events"]] == [latest + 1]
            visitor.leave()
            await self.until(lambda: len(self.room) == 0)

    @gen_test
    async def test_a_fault_of_ours_ends_the_stream_for_a_silent_one_would_look_alive(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 290)))
        with mock.patch.object(self.site._reader, "entries_after", side_effect=RuntimeError("bug")):
            for transport in ("sse", "ws"):
                visitor = await self.follow(transport, f"&cursor={self.cursor(1)}")
                await visitor.rest()
        assert len(self.site.connections) == 0
        self.expect_errors("bug")
