"""Each event once and in order, whatever happens while it is being delivered.

Deliveries go out one visitor at a time here, so everything else happens in their middle; the feed
is smaller than what is missed, answers are small, and what is sent to the slow soon has to wait.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.testing import gen_test

from tests.tweet_store.posts import author, tweet
from tests.web_ui.raw_visitor import GET, HANDSHAKE, RawVisitor, masked_frame
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.model import Post, Reference, Tombstone
from tweet_store.store import Selection
from web_ui import channels
from web_ui.web_socket_frames import PING, TEXT

TRANSPORTS = ("poll", "odd poll", "sse", "ws", "short polls")
CHANNELS = ("all", "celeb:ada", "celeb:bob", "celeb:ada,celeb:bob", "thread:1")
LONG = "x" * 3000


class Follower:
    """Follows over one transport after another, and writes down what it was told."""

    def __init__(self, case: WaitingRoomTest, channel: str, cursor: str) -> None:
        self.seqs: list[int] = []
        self.cursor = cursor
        self.transport = "poll"
        self._case = case
        self._channel = channel
        self._visitor: RawVisitor | None = None
        self._following = ""
        self.resting = False
        """It does not read."""
        self._task = asyncio.ensure_future(self._run())

    def change(self, transport: str) -> None:
        """Leave in the middle of whatever it is, and go on over another transport."""
        self.transport = transport
        self._task.cancel()
        self._hang_up()
        self._task = asyncio.ensure_future(self._run())

    def ping(self) -> None:
        if self._visitor is not None and self._following == "ws":
            with suppress(OSError):
                self._visitor.sock.send(masked_frame(PING, b"p" * 100))

    async def stop(self) -> None:
        self._task.cancel()
        self._hang_up()
        await asyncio.gather(self._task, return_exceptions=True)

    def check(self) -> None:
        """Nothing went wrong so far."""
        if self._task.done():
            self._task.result()

    def _hang_up(self) -> None:
        if self._visitor is not None:
            self._visitor.leave()
            self._visitor = None

    async def _run(self) -> None:
        while True:
            try:
                await self._follow(self.transport)
            except (EOFError, ConnectionError):
                self._hang_up()  # told that it was slow, perhaps

    async def _follow(self, transport: str) -> None:
        self._visitor = visitor = await RawVisitor.connect(self._case.port, receive_buffer=16384)
        self._following = transport
        arguments = f"?channel={self._channel}&html={int(transport != 'short polls')}"
        if transport == "ws":
            await visitor.send(HANDSHAKE % f"/updates/ws{arguments}&cursor={self.cursor}".encode())
            assert b" 101 " in await visitor.head()
            while True:
                await self._rest()
                opcode, payload = await visitor.frame()
                if opcode == TEXT:
                    self._told(json.loads(payload))
        if transport == "sse":
            await visitor.send(GET % f"/updates/sse{arguments}&cursor={self.cursor}".encode())
            assert b" 200 " in await visitor.head()
            while True:
                await self._rest()
                event = await visitor.event()
                if "id" in event:
                    answer = json.loads(event["data"])
                    assert event["id"] == answer["cursor"]
                    self._told(answer)
        wait = "0.01" if transport == "short polls" else "5"
        arguments += f"&wait={wait}" + ("&odd=1" if transport == "odd poll" else "")
        while True:
            await visitor.send(GET % f"/updates{arguments}&cursor={self.cursor}".encode())
            await self._rest()
            self._told((await visitor.answer()).json)

    async def _rest(self) -> None:
        while self.resting:
            await asyncio.sleep(0.005)

    def _told(self, answer: dict[str, object]) -> None:
        assert answer["verdict"] == "live"
        events = answer["events"]
        assert isinstance(events, list)
        seqs = [event["seq"] for event in events]
        before, after = _seq(self.cursor), _seq(str(answer["cursor"]))
        assert seqs == sorted(set(seqs))
        assert all(before < seq <= after for seq in seqs), (self.cursor, seqs, answer["cursor"])
        self.seqs += seqs
        self.cursor = str(answer["cursor"])


def _seq(cursor: str) -> int:
    return int(cursor.partition(".")[2])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.sampled_from([1, 1, 2, 5, 30, 210]), st.integers(0, 2)),
        st.tuples(st.just("change"), st.integers(0, 9), st.sampled_from(TRANSPORTS)),
        st.tuples(st.just("rest"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("ping"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("turns"), st.sampled_from([1, 2, 3, 10, 50]), st.just(0)),
    ),
    min_size=5,
    max_size=30,
)


class WaitingRoomTest(UpdatesCase):
    settings = {"feed_size": 200, "replay_limit": 100_000, "slow_timeout": 1.0}  # noqa: RUF012

    def setUp(self) -> None:
        self._patches = ExitStack()
        self.addCleanup(self._patches.close)
        for name, value in {
            "web_ui.waiting_room.SLICE": 1,
            "web_ui.listeners.SEND_BUFFER": 16384,
            "web_ui.recent.MOST_BYTES": 40_000,
            "web_ui.arrivals.TOGETHER": 0.0,
            "web_ui.streams.QUIET": 0.1,
        }.items():
            self._patches.enter_context(mock.patch(name, value))
        super().setUp()
        self._made = 0

    def _post(self, kind: int) -> Post:
        """Of Ada or Bob, some long, some in the thread; kind 2: or an edit or a deletion."""
        self._made = made = self._made + 1
        if kind == 2 and made > 10:
            earlier = str(made - 7)
            if made % 2:
                return Tombstone(earlier)
            return tweet(str(made), edit_ids=(earlier, str(made)), text="edited")
        text = LONG if made % 5 == 0 else "short"
        whose = author("ada" if made % 3 else "bob")
        if made % 4:
            return tweet(str(made), author=whose, text=text)
        root = (Reference("replied_to", "1"),)
        return tweet(str(made), author=whose, text=text, reply_to_id="1", references=root)

    @contextmanager
    def _followers(self) -> Iterator[list[Follower]]:
        start = self.cursor(self.feed.latest)
        yield [Follower(self, channel, start) for channel in CHANNELS for _ in range(2)]

    async def _live_through(self, steps: list[tuple[str, int, object]]) -> None:
        start = self.store.latest_seq()
        await self.site.arrivals.catch_up()
        with self._followers() as followers:
            for step, number, how in steps:
                follower = followers[number % len(followers)]
                if step == "arrive":
                    assert isinstance(how, int)
                    self.store.save([self._post(how) for _ in range(number)])
                    self.site.arrivals.post_notify("something")
                elif step == "change":
                    follower.change(str(how))
                elif step == "rest":
                    follower.resting = bool(how)
                elif step == "ping":
                    follower.ping()
                else:
                    for _ in range(number):
                        await asyncio.sleep(0)
            for follower in followers:
                follower.resting = False
            for channel, follower in zip(
                [c for c in CHANNELS for _ in range(2)], followers, strict=True
            ):
                selection = channels.selection(channels.parse(channel, 5))
                wanted = self._seqs(start, selection)
                async with asyncio.timeout(8):
                    while follower.seqs[-1:] != wanted[-1:]:
                        follower.check()
                        await asyncio.sleep(0.002)
                assert follower.seqs == wanted, (channel, follower.transport)
            for follower in followers:
                await follower.stop()
        await self.until(lambda: len(self.site.connections) == 0)
        assert len(self.room) == 0
        assert (self.room._groups, self.room._by_channel) == ({}, {})

    def _seqs(self, start: int, selection: Selection) -> list[int]:
        return [one.event.seq for one in self.store.events_after(start, 100_000, selection)]

    def test_each_event_comes_once_and_in_order(self) -> None:
        @settings(max_examples=40)
        @given(STEPS)
        def check(steps: list[tuple[str, int, object]]) -> None:
            self.io_loop.run_sync(lambda: self._live_through(steps), timeout=60)

        check()

    @gen_test
    async def test_who_comes_in_the_middle_is_told_by_the_feed_and_not_again(self) -> None:
        first = [await self.visitor() for _ in range(5)]
        for visitor in first:
            await visitor.send(GET % b"/updates?channel=all")
        await self.until(lambda: len(self.room) == 5)
        late = [await self.visitor() for _ in range(5)]
        self.store.save([tweet("1")])
        delivery = asyncio.ensure_future(self.site.arrivals.catch_up())
        while self.feed.latest == 0:
            await asyncio.sleep(0)
        for visitor, seq in zip(late, (0, 1, 0, 1, 1), strict=True):
            await visitor.send(GET % f"/updates?channel=all&cursor={self.cursor(seq)}".encode())
        await delivery
        for visitor in [*first, late[0], late[2]]:
            assert (await visitor.answer()).seqs == [1]
        await self.until(lambda: len(self.room) == 3)
        await self.arrive(tweet("2"))
        for visitor in (late[1], late[3], late[4]):
            assert (await visitor.answer()).seqs == [2]

    @gen_test
    async def test_who_expires_in_the_middle_keeps_its_cursor_and_is_told_the_next_time(
        self,
    ) -> None:
        visitors = [await self.visitor() for _ in range(40)]
        for visitor in visitors:
            await visitor.send(GET % f"/updates?channel=all&cursor={self.cursor(0)}".encode())
        await self.until(lambda: len(self.room) == 40)
        self.store.save([tweet("1")])
        delivery = asyncio.ensure_future(self.site.arrivals.catch_up())
        while self.feed.latest == 0:
            await asyncio.sleep(0)
        in_vain = [c for c in self.site.connections.all() if c.group is not None][:10]
        assert len(in_vain) == 10
        for connection in in_vain:
            connection.phase.expired(connection)
        await delivery
        found = [(await visitor.answer()).json for visitor in visitors]
        empty = [answer for answer in found if not answer["events"]]
        assert len(empty) == 10
        assert {answer["cursor"] for answer in empty} == {self.cursor(0)}

    @gen_test
    async def test_a_fault_in_a_delivery_sends_those_away_who_were_not_told(self) -> None:
        """They come back with their cursors; the site goes on."""
        visitors = [await self.visitor() for _ in range(10)]
        for visitor in visitors:
            await visitor.send(GET % b"/updates?channel=all")
        await self.until(lambda: len(self.room) == 10)
        give = self.site.door._polls.give
        told: list[int] = []

        def fail_later(*arguments: object) -> int:
            told.append(1)
            if len(told) > 5:
                raise RuntimeError("bug")
            return give(*arguments)  # type: ignore[arg-type]

        with mock.patch.object(self.site.door._polls, "give", fail_later):
            self.store.save([tweet("1")])
            self.site.arrivals.post_notify("1")
            await self.until(lambda: len(self.room) == 0 and self.feed.latest == 1)
            await self.until(lambda: len(self.site.connections) == 5)
        self.expect_errors("catching up failed")
        assert not self.site.connections.delivering
        await self.arrive(tweet("2"))
        again = await self.visitor()
        assert (await again.get(f"/updates?channel=all&cursor={self.cursor(0)}")).seqs == [1, 2]
