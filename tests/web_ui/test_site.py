"""A whole site: how it stops, what it leaves, what time it tells."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from itertools import chain
from unittest import mock

from tornado.testing import gen_test
from tornado.web import Finish

from tests.tweet_store.posts import tweet
from tests.web_ui.raw_visitor import GET, HANDSHAKE, RawVisitor
from tests.web_ui.updates_case import UpdatesCase
from web_ui.web_socket_frames import CLOSE

POLL, ODD_POLL = GET % b"/updates?channel=all", GET % b"/updates?channel=all&odd=1"
SSE, WS = GET % b"/updates/sse?channel=all", HANDSHAKE % b"/updates/ws?channel=all"


class StopTest(UpdatesCase):
    settings = {"drain_time": 1.0}  # noqa: RUF012

    async def _all_kinds(self, of_each: int) -> dict[str, list[RawVisitor]]:
        sent = {"poll": POLL, "odd": ODD_POLL, "sse": SSE, "ws": WS, "rest": GET % b"/healthz"}
        visitors: dict[str, list[RawVisitor]] = {kind: [] for kind in sent}
        for kind, request in sent.items():
            for _ in range(of_each):
                visitor = await self.visitor()
                await visitor.send(request)
                visitors[kind].append(visitor)
        for visitor in visitors["rest"]:
            assert (await visitor.answer()).status == 200
        for visitor in visitors["sse"]:
            await visitor.head()
            await visitor.event()
        for visitor in visitors["ws"]:
            await visitor.head()
            await visitor.frame()
        await self.until(lambda: len(self.room) == 4 * of_each)
        return visitors

    @gen_test
    async def test_everybody_is_told_and_nothing_is_left(self) -> None:
        visitors = await self._all_kinds(10)
        before = asyncio.all_tasks()
        stopping = asyncio.ensure_future(self.stop_site())
        for visitor in visitors["poll"] + visitors["odd"]:
            answer = await visitor.answer()
            assert (answer.status, answer.seqs, answer.last) == (200, [], True)
            assert answer.json["cursor"] == self.cursor(0)
            assert await visitor.rest() == b""
        for visitor in visitors["sse"]:
            event = await visitor.event()
            assert (event["event"], event["data"]) == ("bye", '{"reason": "stopping"}')
            assert 1000 <= int(event["retry"]) <= 5000
            assert await visitor.rest() == b""
        for visitor in visitors["ws"]:
            assert await visitor.frame() == (CLOSE, (1001).to_bytes(2) + b"stopping")
            assert await visitor.rest() == b""
        for visitor in visitors["rest"]:
            assert await visitor.rest() == b""
        for visitor in chain(*visitors.values()):
            visitor.leave()
        await stopping
        assert len(self.site.connections) == len(self.room) == 0
        assert asyncio.all_tasks() <= before
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert left == set(), left

    @gen_test
    async def test_they_are_sent_away_one_after_another(self) -> None:
        """Many of them; of few, at most FASTEST_DRAIN a second go."""
        with mock.patch("web_ui.site.FASTEST_DRAIN", 40):
            visitors = await self._all_kinds(4)
            loop = asyncio.get_running_loop()
            began = loop.time()
            stopping = asyncio.ensure_future(self.stop_site())
            ends: list[float] = []

            async def watch(visitor: RawVisitor) -> None:
                await visitor.rest()
                ends.append(loop.time() - began)
                visitor.leave()

            await asyncio.gather(*map(watch, chain(*visitors.values())))
            await stopping
        assert min(ends) < 0.3
        assert 0.25 < max(ends) < 1.5

    @gen_test
    async def test_a_page_in_progress_is_finished(self) -> None:
        reader = self.site._reader
        release = asyncio.Event()
        timeline = reader.timeline

        async def slowly(**arguments: object) -> object:
            await release.wait()
            return await timeline(**arguments)  # type: ignore[arg-type]

        with mock.patch.object(reader, "timeline", slowly):
            visitor = await self.visitor()
            await visitor.send(GET % b"/")
            await self.until(lambda: self.count("celebwire_requests_to_tornado_total") == 1)
            stopping = asyncio.ensure_future(self.stop_site())
            await asyncio.sleep(0.1)
            release.set()
            answer = await visitor.answer()
        assert (answer.status, b"</html>" in answer.body) == (200, True)
        await stopping
        assert await visitor.rest() == b""

    @gen_test
    async def test_a_page_that_does_not_end_holds_nobody_up(self) -> None:
        for_ever = asyncio.Event()

        async def never(**_: object) -> None:
            await for_ever.wait()
            raise Finish

        with (
            mock.patch.object(self.site._reader, "timeline", never),
            mock.patch("web_ui.site.STOP_TIME", 0.5),
        ):
            visitor = await self.visitor()
            await visitor.send(GET % b"/")
            await self.until(lambda: self.count("celebwire_requests_to_tornado_total") == 1)
            async with asyncio.timeout(2):
                await self.stop_site()
        assert await visitor.rest() == b""
        for_ever.set()
        await self.until(lambda: len(asyncio.all_tasks()) == 1)

    @gen_test
    async def test_who_does_not_read_holds_nobody_up(self) -> None:
        await self.arrive(*(tweet(str(n), text="x" * 20_000) for n in range(1, 60)))
        visitor = await self.visitor(receive_buffer=4096)
        head = GET % f"/updates?channel=all&cursor={self.cursor(0)}".encode()
        await visitor.send(head)
        await self.until(lambda: any(c.unsent for c in self.site.connections.all()))
        with mock.patch("web_ui.site.STOP_TIME", 0.5):
            async with asyncio.timeout(2):
                await self.stop_site()
        assert len(self.site.connections) == 0

    @gen_test
    async def test_to_stop_twice_does_no_harm(self) -> None:
        await self._all_kinds(1)
        await asyncio.gather(self.site.stop(), self.site.stop())
        await self.site.stop()

    @gen_test
    async def test_in_the_middle_of_a_delivery(self) -> None:
        visitors = await self._all_kinds(8)
        with mock.patch("web_ui.waiting_room.SLICE", 1):
            self.store.save([tweet("1")])
            arriving = asyncio.ensure_future(self.site.arrivals.catch_up())
            await self.until(lambda: self.feed.latest == 1)
            await asyncio.gather(arriving, self.stop_site())
        for visitor in visitors["poll"] + visitors["odd"]:
            answer = await visitor.answer()
            assert answer.seqs == ([1] if answer.json["cursor"] == self.cursor(1) else [])


class TimeOfDayTest(UpdatesCase):
    @gen_test
    async def test_an_answer_that_is_told_again_tells_the_time_as_it_is(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.visitor()
        began = time.monotonic()
        dates = set()
        while time.monotonic() - began < 2.2:
            for cursor, wait in ((self.cursor(0), "0"), (self.cursor(1), "0")):
                answer = await visitor.get(f"/updates?channel=all&cursor={cursor}&wait={wait}")
                date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
                assert -0.5 < time.time() - date < 2.6
                dates.add((cursor, date))
            await asyncio.sleep(0.05)
        assert len(dates) >= 4
