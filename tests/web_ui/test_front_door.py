"""Requests of every kind on one connection, in any order, sent ahead and cut anywhere."""

from __future__ import annotations

import asyncio
import json
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.raw_visitor import GET, HANDSHAKE, HttpAnswer, RawVisitor, masked_frame
from tests.web_ui.updates_case import UpdatesCase
from web_ui.web_socket_frames import CLOSE, PING, PONG


class Asked(NamedTuple):
    """A request, and what its answer must be. CURSOR in it stands for a cursor's epoch."""

    sent: bytes
    status: int
    holds: bytes = b""
    """A part of the answer's body."""
    method: str = "GET"
    last: bool | None = False
    """Whether the answer says that the connection ends with it. None: whoever asks knows."""

    def check(self, answer: HttpAnswer) -> None:
        assert answer.status == self.status, (self.sent, answer)
        assert self.holds in answer.body, (self.sent, answer)
        assert self.last in (None, answer.last), (self.sent, answer)
        if answer.headers["Content-Type"].startswith("application/json"):
            json.loads(answer.body)


def _request(line: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    return b"".join(one + b"\r\n" for one in (line, b"Host: a", *fields)) + b"\r\n" + body


_AT_0 = b"/updates?channel=all&html=0&cursor=EPOCH.0"
_FOUND = b'"events":[{"seq":1,'
_NOTHING = b'"events":[]'

GOES_ON = {
    "page": Asked(GET % b"/", 200, b"</html>"),
    "tweet": Asked(GET % b"/ada/status/1", 200, b"</html>"),
    "HEAD": Asked(_request(b"HEAD / HTTP/1.1"), 200, method="HEAD"),
    "static file": Asked(GET % b"/static/live.js", 200, b"updates"),
    "404": Asked(GET % b"/nobody/nothing", 404, b"</html>"),
    "405": Asked(
        _request(b"POST / HTTP/1.1", b"Content-Length: 9", body=b"GET / HTT"), 405, method="POST"
    ),
    "health": Asked(GET % b"/healthz", 200),
    "HTTP/1.0, kept": Asked(_request(b"GET /healthz HTTP/1.0", b"Connection: keep-alive"), 200),
    "poll": Asked(GET % _AT_0, 200, _FOUND),
    "poll in vain": Asked(GET % b"/updates?channel=celeb:bob&wait=0", 200, _NOTHING),
    "poll that waits": Asked(GET % b"/updates?channel=celeb:bob&wait=0.01", 200, _NOTHING),
    "odd poll": Asked(GET % (_AT_0 + b"&odd=1"), 200, _FOUND),
    "odd poll in vain": Asked(GET % b"/updates?wait=0&channel=celeb:bob&odd", 200, _NOTHING),
    "odd poll that waits": Asked(GET % b"/updates?wait=.01&channel=celeb:bob", 200, _NOTHING),
    "poll with a body": Asked(
        _request(b"GET %b HTTP/1.1" % _AT_0, b"Content-Length: 9", body=b"GET / HTT"), 200, _FOUND
    ),
    "bad poll": Asked(GET % b"/updates?channel=nonsense", 400, b"error"),
    "no handshake": Asked(GET % b"/updates/ws?channel=all", 426, b"error"),
}
ENDS = {
    "page": Asked(_request(b"GET / HTTP/1.1", b"Connection: close"), 200, b"</html>", last=True),
    "poll": Asked(
        _request(b"GET %b HTTP/1.1" % _AT_0, b"Connection: close"), 200, _FOUND, last=True
    ),
    "HTTP/1.0": Asked(_request(b"GET / HTTP/1.0"), 200, b"</html>", last=None),
    "HTTP/1.0 poll": Asked(_request(b"GET %b HTTP/1.0" % _AT_0), 200, _FOUND, last=True),
    "HTTP/1.0 poll that waits": Asked(
        _request(b"GET /updates?channel=celeb:bob&wait=0.01 HTTP/1.0"), 200, _NOTHING, last=True
    ),
}
_SSE, _ODD_SSE = b"/updates/sse?channel=all&html=0", b"/updates/sse?channel=all&html=0&odd=1"
_WS, _ODD_WS = b"/updates/ws?channel=all&html=0", b"/updates/ws?channel=all&html=0&odd=1"


class FrontDoorTest(UpdatesCase):
    async def _arrange(self) -> None:
        if self.feed.latest == 0:
            await self.arrive(tweet("1"))

    def _of_this_store(self, sent: bytes) -> bytes:
        return sent.replace(b"EPOCH", self.store.epoch.encode())

    async def _exchange(self, asked: list[Asked], cuts: list[int], end: bytes) -> None:
        await self._arrange()
        visitor = await self.visitor()
        sent = self._of_this_store(b"".join(one.sent for one in asked) + end)
        pieces, at = [], 0
        for cut in cuts:
            pieces.append(sent[at : at + cut])
            at += cut
        await visitor.send(*filter(None, [*pieces, sent[at:]]))
        for one in asked:
            one.check(await visitor.answer(one.method))
        if end.startswith(b"GET /updates/sse"):
            assert b"text/event-stream" in await visitor.head()
            assert (await visitor.event())["id"] == self.cursor(1)
        elif end.startswith(b"GET /updates/ws"):
            assert b" 101 " in await visitor.head()
            assert json.loads((await visitor.frame())[1])["cursor"] == self.cursor(1)
            assert await visitor.frame() == (PONG, b"are you there?")
            assert await visitor.frame() == (CLOSE, (1000).to_bytes(2))
        if (asked and asked[-1].last is not False) or end.startswith(b"GET /updates/ws"):
            assert await visitor.rest() == b""
        visitor.leave()
        await self.until(lambda: len(self.site.connections) == 0)

    def test_each_answer_comes_in_its_turn_and_whole(self) -> None:
        kinds = st.lists(st.sampled_from(sorted(GOES_ON)), min_size=1, max_size=7)
        frames = masked_frame(PING, b"are you there?") + masked_frame(CLOSE)
        ends: st.SearchStrategy[tuple[list[Asked], bytes]] = st.one_of(
            st.sampled_from(sorted(ENDS)).map(lambda kind: ([ENDS[kind]], b"")),
            st.sampled_from([_SSE, _ODD_SSE]).map(lambda target: ([], GET % target)),
            st.sampled_from([_WS, _ODD_WS]).map(lambda target: ([], HANDSHAKE % target + frames)),
        )
        cuts: st.SearchStrategy[list[int]] = st.one_of(
            st.just([]),
            st.lists(st.integers(1, 5), max_size=60),
            st.lists(st.integers(1, 400), max_size=20),
        )

        @settings(max_examples=60)
        @given(kinds, ends, cuts)
        def check(kinds: list[str], end: tuple[list[Asked], bytes], cuts: list[int]) -> None:
            asked = [GOES_ON[kind] for kind in kinds] + end[0]
            self.io_loop.run_sync(lambda: self._exchange(asked, cuts, end[1]), timeout=20)

        check()

    @gen_test(timeout=20)
    async def test_every_pair_of_kinds_follows_each_other_in_one_packet(self) -> None:
        kinds = [asked for kind, asked in GOES_ON.items() if "waits" not in kind]
        for first in kinds:
            pairs = [one for second in kinds for one in (first, second)]
            await self._exchange([*pairs, ENDS["poll"]], [], b"")

    @gen_test
    async def test_byte_by_byte(self) -> None:
        asked = [GOES_ON[kind] for kind in ("poll", "odd poll", "405", "poll with a body", "404")]
        await self._exchange([*asked, ENDS["HTTP/1.0 poll"]], [1] * 2000, b"")

    @gen_test
    async def test_a_poll_that_comes_again_as_it_was_is_known_and_so_is_one_that_differs(
        self,
    ) -> None:
        await self._arrange()
        visitor = await self.visitor()
        for number in range(1, 5):
            found = await visitor.get(f"/updates?channel=all&cursor={self.cursor(number - 1)}")
            assert found.seqs == [number]
            await self.arrive(tweet(str(number + 1)))
        for fields in (b"Accept-Encoding: gzip", b"X-Other: 1", b"Accept-Encoding: gzip"):
            line = self._of_this_store(b"GET /updates?channel=all&cursor=EPOCH.0 HTTP/1.1")
            await visitor.send(_request(line, fields))
            answer = await visitor.answer()
            gzip = "gzip" if b"gzip" in fields else None
            assert answer.headers["Content-Encoding"] == gzip
        assert (await visitor.get("/updates?channel=celeb:bob&wait=0")).seqs == []

    @gen_test
    async def test_a_request_behind_a_waiting_poll_is_answered_after_it(self) -> None:
        await self._arrange()
        for poll in (b"/updates?channel=all", b"/updates?channel=all&odd=1"):
            visitor = await self.visitor()
            await visitor.send(GET % poll + GET % b"/healthz" + (GET % b"/")[:20])
            await self.until(lambda: len(self.room) == 1)
            await self.arrive(tweet(str(self.feed.latest + 1)))
            assert (await visitor.answer()).seqs == [self.feed.latest]
            assert b"</html>" not in (await visitor.answer()).body
            await visitor.send((GET % b"/")[20:])
            assert b"</html>" in (await visitor.answer()).body

    @gen_test
    async def test_who_sends_ahead_without_end_is_not_read_without_end(self) -> None:
        visitor = await self.visitor(receive_buffer=8192)
        await visitor.send(GET % b"/updates?channel=all")
        await self.until(lambda: len(self.room) == 1)
        (connection,) = self.site.connections.all()
        flood = asyncio.ensure_future(visitor.send((GET % b"/healthz") * 200_000))
        await self.until(lambda: not connection.reading)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(connection.inbox) < 64 * 1024
        assert not flood.done()
        await self.arrive(tweet("1"))
        assert (await visitor.answer()).seqs == [1]
        for _ in range(500):
            assert (await visitor.answer()).status == 200
        assert len(connection.inbox) < 256 * 1024
        flood.cancel()


class AtRestTest(UpdatesCase):
    settings = {"idle_timeout": 1.0, "header_timeout": 0.5}  # noqa: RUF012

    @gen_test
    async def test_whatever_was_asked_the_connection_rests_so_long_and_is_counted_for_nobody(
        self,
    ) -> None:
        await self.arrive(tweet("1"))
        resting = []
        for kind in (None, *GOES_ON.values()):
            visitor = await self.visitor()
            if kind is not None:
                sent = kind.sent.replace(b"EPOCH", self.store.epoch.encode())
                await visitor.send(sent.replace(b"\r\n", b"\r\nX-Forwarded-For: 192.0.2.1\r\n", 1))
                kind.check(await visitor.answer(kind.method))
            resting.append(visitor)
        began = asyncio.get_running_loop().time()
        assert self.site.connections.of_address("192.0.2.1") == 0
        for visitor in resting:
            assert await visitor.rest() == b""
        assert 0.5 < asyncio.get_running_loop().time() - began < 5
        assert len(self.site.connections) == 0


class CountedForTheVisitorTest(UpdatesCase):
    settings = {"max_connections_per_address": 3}  # noqa: RUF012

    async def _poll(self, visitor: RawVisitor, whom: str, odd: bool) -> None:
        line = b"GET /updates?channel=all%b HTTP/1.1" % (b"&odd=1" if odd else b"")
        await visitor.send(_request(line, b"X-Forwarded-For: " + whom.encode()))

    @gen_test
    async def test_a_proxys_connection_is_counted_for_whom_it_carries_while_it_does(self) -> None:
        """And is used again for the next, whoever that is."""
        of = self.site.connections.of_address
        proxies = [await self.visitor() for _ in range(8)]
        for number, whom in enumerate(["198.51.100.7", "2001:db8::1", "198.51.100.7"] * 3):
            for proxy in proxies[:3]:
                await self._poll(proxy, whom, odd=number % 2 == 1)
            await self.until(lambda: len(self.room) == 3)
            assert of(whom) == 3
            assert of("127.0.0.1") == 8
            await self.arrive(tweet(str(number)))
            for proxy in proxies[:3]:
                assert (await proxy.answer()).status == 200
            await self.until(lambda whom=whom: of(whom) == 0)  # type: ignore[misc]

    @gen_test
    async def test_one_visitor_too_many_is_told_and_the_others_are_not_disturbed(self) -> None:
        proxies = [await self.visitor() for _ in range(6)]
        # One customer has a /64 of IPv6.
        for number, proxy in enumerate(proxies[:3]):
            await self._poll(proxy, f"2001:db8:0:7::{number}", odd=False)
        await self.until(lambda: len(self.room) == 3)
        for odd in (False, True):
            proxy = proxies.pop()
            await self._poll(proxy, "2001:db8:0:7:ffff::1", odd=odd)
            refused = await proxy.answer()
            assert (refused.status, refused.last) == (429, True)
            assert await proxy.rest() == b""
        assert self.count("celebwire_refused_total", bound="max_connections_per_address") == 2
        await self._poll(proxies[3], "2001:db8:0:8::1", odd=False)
        await self.until(lambda: len(self.room) == 4)
        await self.arrive(tweet("1"))
        for proxy in proxies[:4]:
            assert (await proxy.answer()).seqs == [1]

    @gen_test
    async def test_a_proxy_may_bring_more_than_one_visitor_may(self) -> None:
        proxies = [await self.visitor() for _ in range(20)]
        for number, proxy in enumerate(proxies):
            await self._poll(proxy, f"198.51.100.{number}", odd=number % 2 == 0)
        await self.until(lambda: len(self.room) == 20)
        await self.arrive(tweet("1"))
        for proxy in proxies:
            assert (await proxy.answer()).seqs == [1]
