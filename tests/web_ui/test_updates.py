"""The long poll: over real HTTP, on a real store, with arrivals as in production."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from tornado.httpclient import HTTPResponse
from tornado.testing import gen_test

from tests.tweet_store.posts import author, tweet
from tests.web_ui.updates_case import REPLAY_LIMIT, UpdatesCase
from tweet_store.model import Tombstone
from tweet_store.store import TweetStore
from web_ui.arrivals import Arrivals
from web_ui.client_address import ClientAddresses
from web_ui.connections import Connections
from web_ui.feed import Feed
from web_ui.metrics import ArrivalMetrics
from web_ui.recent import Recent
from web_ui.store_reader import StoreReader
from web_ui.waiting_room import WaitingRoom


class UpdatesTest(UpdatesCase):
    settings = {"feed_size": 200}  # noqa: RUF012

    async def poll(self, **arguments: str) -> HTTPResponse:
        url = self.get_url(f"/updates?{urlencode(arguments)}")
        return await self.http_client.fetch(url, raise_error=False)

    async def answer(self, channel: str, seq: int | None, **arguments: str) -> dict[str, Any]:
        if seq is not None:
            arguments["cursor"] = f"{self.store.epoch}.{seq}"
        response = await self.poll(channel=channel, **arguments)
        assert response.code == 200, response.body
        assert response.headers["Cache-Control"] == "no-store"
        found: dict[str, Any] = msgspec.json.decode(response.body)
        return found

    # What there is, is given at once.

    @gen_test
    async def test_what_is_past_the_cursor_is_given_at_once(self) -> None:
        await self.arrive(tweet("1"), tweet("2", author=author("bob")), tweet("3"))
        found = await self.answer("all", 1, wait="5")
        assert (found["verdict"], found["cursor"]) == ("live", f"{self.store.epoch}.3")
        assert [(e["seq"], e["kind"], e["id"], e["celeb"]) for e in found["events"]] == [
            (2, "tweet", "2", "bob"),
            (3, "tweet", "3", "ada"),
        ]
        assert 'data-id="2"' in found["events"][0]["html"]

    @gen_test
    async def test_html_may_be_left_out(self) -> None:
        await self.arrive(tweet("1"))
        found = await self.answer("all", 0, html="0")
        assert found["events"] == [{"seq": 1, "kind": "tweet", "id": "1", "celeb": "ada"}]

    @gen_test
    async def test_only_the_channels_asked_for(self) -> None:
        await self.arrive(tweet("1"), tweet("2", author=author("bob")), tweet("3", reply_to_id="1"))
        for channel, seqs in [
            ("celeb:bob", [2]),
            ("celeb:bob,celeb:ada", [1, 2, 3]),
            ("thread:1", [1, 3]),
            ("celeb:bob,thread:3", [2, 3]),
        ]:
            found = await self.answer(channel, 0)
            assert [e["seq"] for e in found["events"]] == seqs

    @gen_test
    async def test_an_answer_holds_200_events_and_the_next_goes_on(self) -> None:
        await self.arrive(*(tweet(str(n)) for n in range(1, 252)))
        seqs: list[int] = []
        sizes = []
        cursor = f"{self.store.epoch}.0"
        while len(seqs) < 251:
            found = msgspec.json.decode((await self.poll(channel="all", cursor=cursor)).body)
            sizes.append(len(found["events"]))
            seqs += [e["seq"] for e in found["events"]]
            cursor = found["cursor"]
        assert seqs == list(range(1, 252))
        assert sizes == [200, 51]

    @gen_test
    async def test_what_memory_has_dropped_comes_from_the_store(self) -> None:
        await self.arrive(*(tweet(str(n), author=author("ab"[n % 2])) for n in range(1, 252)))
        assert self.feed.floor == 51
        everything = await self.answer("all", 10)
        assert [e["seq"] for e in everything["events"]] == list(range(11, 211))
        one = await self.answer("celeb:a", 100)
        assert [e["seq"] for e in one["events"]] == list(range(102, 252, 2))
        assert one["cursor"].endswith(".251")

    # What there is not is waited for.

    @gen_test
    async def test_a_waiting_poll_is_answered_when_something_comes(self) -> None:
        polls = [asyncio.ensure_future(self.answer("all", 0)) for _ in range(3)]
        other = asyncio.ensure_future(self.answer("celeb:bob", 0))
        await self.until(lambda: len(self.room) == 4)
        await self.arrive(tweet("1"))
        for found in await asyncio.gather(*polls):
            assert [e["seq"] for e in found["events"]] == [1]
        assert len(self.room) == 1
        await self.arrive(tweet("2", author=author("bob")))
        assert [e["seq"] for e in (await other)["events"]] == [2]
        assert self.count("celebwire_events_delivered_total") == 4

    @gen_test
    async def test_nothing_within_the_wait_leaves_the_cursor_as_it_was(self) -> None:
        await self.arrive(tweet("1"), tweet("2"))
        found = await self.answer("celeb:bob", 1, wait="0.01")
        assert found == {"cursor": f"{self.store.epoch}.1", "verdict": "live", "events": []}
        assert len(self.room) == 0

    @gen_test
    async def test_without_a_cursor_it_begins_now(self) -> None:
        await self.arrive(tweet("1"))
        found = await self.answer("all", None, wait="0")
        assert found == {"cursor": f"{self.store.epoch}.1", "verdict": "live", "events": []}
        poll = asyncio.ensure_future(self.answer("all", None))
        await self.until(lambda: len(self.room) == 1)
        await self.arrive(tweet("2"))
        assert [e["seq"] for e in (await poll)["events"]] == [2]

    @gen_test
    async def test_a_wait_that_news_of_others_interrupts_loses_nothing(self) -> None:
        """More than the feed holds goes by while a poll waits for something else."""
        poll = asyncio.ensure_future(self.answer("celeb:bob", 0))
        await self.until(lambda: len(self.room) == 1)
        wanted = tweet("1", author=author("bob"))
        await self.arrive(wanted, *(tweet(str(n)) for n in range(2, 100)))
        found = await poll
        assert [e["seq"] for e in found["events"]] == [1]

    @gen_test
    async def test_a_visitor_who_leaves_leaves_no_waiter(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"GET /updates?channel=all HTTP/1.1\r\nHost: a\r\n\r\n")
            await self.until(lambda: len(self.room) == 1)
        await self.until(lambda: len(self.room) == 0)
        assert self.room._by_channel == {}
        assert self.room._groups == {}

    @gen_test
    async def test_a_closing_site_sends_the_waiting_away(self) -> None:
        poll = asyncio.ensure_future(self.answer("all", 0))
        await self.until(lambda: len(self.room) == 1)
        stopping = asyncio.ensure_future(self.stop_site())
        assert (await poll)["events"] == []
        await stopping
        assert len(self.site.connections) == 0

    # Gaps and resets.

    @gen_test
    async def test_too_much_missed_is_a_gap_and_the_cursor_jumps(self) -> None:
        posts = [tweet(str(n)) for n in range(1, REPLAY_LIMIT + 2)]
        await self.arrive(tweet("0", author=author("bob")), *posts)
        found = await self.answer("all", 0)
        now = f"{self.store.epoch}.{REPLAY_LIMIT + 2}"
        assert found == {"cursor": now, "verdict": "gap", "events": []}
        for_bob = await self.answer("celeb:bob", 0)
        assert (for_bob["verdict"], [e["seq"] for e in for_bob["events"]]) == ("live", [1])
        assert (await self.answer("all", 2))["verdict"] == "live"

    @gen_test
    async def test_a_cursor_of_another_store_is_a_reset(self) -> None:
        await self.arrive(tweet("1"))
        response = await self.poll(channel="all", cursor="0000.1")
        assert msgspec.json.decode(response.body) == {
            "cursor": f"{self.store.epoch}.1",
            "verdict": "reset",
            "events": [],
        }

    @gen_test
    async def test_a_cursor_that_another_process_gave_first_is_good(self) -> None:
        self.store.save([tweet("1"), tweet("2")])
        assert self.feed.latest == 0
        found = await self.answer("all", 2, wait="0")
        assert (found["verdict"], found["events"]) == ("live", [])
        assert (await self.answer("all", 3, wait="0"))["verdict"] == "reset"

    # Edits and deletes.

    @gen_test
    async def test_a_deleted_post_keeps_its_event_and_loses_its_words(self) -> None:
        await self.arrive(tweet("1", text="unsayable"), tweet("2"))
        await self.arrive(Tombstone("1"))
        found = await self.answer("all", 0)
        assert [(e["seq"], e["kind"]) for e in found["events"]] == [
            (1, "tweet"),
            (2, "tweet"),
            (3, "delete"),
        ]
        assert found["events"][0]["html"] == ""
        assert found["events"][2]["html"] == ""

    @gen_test
    async def test_an_edit_and_a_delete_name_the_post_by_its_first_id_too(self) -> None:
        await self.arrive(tweet("1"), tweet("2", edit_ids=("1", "2")), Tombstone("2"))
        found = await self.answer("all", 0, html="0")
        assert [(e["kind"], e["id"], e.get("chain")) for e in found["events"]] == [
            ("tweet", "1", None),
            ("edit", "2", "1"),
            ("delete", "2", "1"),
        ]

    # Bad input.

    @gen_test
    async def test_malformed_input_is_a_400_with_a_reason(self) -> None:
        for arguments, reason in [
            ({}, "a channel is"),
            ({"channel": "nonsense"}, "a channel is"),
            ({"channel": "all\n"}, "a channel is"),
            ({"channel": " all"}, "a channel is"),
            ({"channel": "all", "cursor": "\n"}, "the cursor must"),
            ({"channel": "all", "cursor": "x"}, "the cursor must"),
            ({"channel": "all", "cursor": "a.1;DROP"}, "the cursor must"),
            ({"channel": "all", "wait": "soon"}, "wait must"),
            ({"channel": "all", "wait": "-1"}, "wait must"),
            ({"channel": "all", "wait": "nan"}, "wait must"),
            ({"channel": "all", "html": "maybe"}, "html must"),
        ]:
            response = await self.poll(**arguments)
            assert response.code == 400
            assert response.headers["Content-Type"].startswith("application/json")
            assert msgspec.json.decode(response.body)["error"].startswith(reason)
        twice = await self.http_client.fetch(
            self.get_url("/updates?channel=all&channel=all"), raise_error=False
        )
        assert twice.code == 400
        assert self.count("celebwire_polls_rejected_total") == 12
        assert (await self.answer("all", None, wait="0"))["verdict"] == "live"


@pytest.mark.parametrize("how_many", [1, 40])
def test_the_slow_timer_fetches_what_no_notice_told_of(
    how_many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_ui.arrivals.SLOW_TIMER", 0.01)
    store = TweetStore.open(f"sqlite:///{tmp_path}/store.db")

    async def scenario() -> None:
        reader = StoreReader(store, lambda _: "card")
        feed = Feed(100, start=0)
        recent = Recent(store.epoch, feed, REPLAY_LIMIT)
        room = WaitingRoom(recent, Connections(ClientAddresses([]), 1.0, 10**6, lambda: None))
        metrics = ArrivalMetrics(CollectorRegistry())
        arrivals = Arrivals(recent, room, reader.entries_after, reader.latest_seq, metrics)
        bell = asyncio.create_task(arrivals.run())
        store.save([tweet(str(n)) for n in range(how_many)])
        async with asyncio.timeout(5):
            while feed.latest < how_many:
                await asyncio.sleep(0.005)
        assert arrivals.problem() is None
        with store.writing() as connection:  # as a standby that lacks the last commits has it
            connection.exec_driver_sql(
                "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)"
            )
        async with asyncio.timeout(5):
            while arrivals.problem() is None:
                await asyncio.sleep(0.005)
        assert arrivals.problem() == (
            f"it went back from event {how_many} to {how_many - 1}: start the site again"
        )
        bell.cancel()
        reader.close()

    asyncio.run(scenario())
    store.close()
