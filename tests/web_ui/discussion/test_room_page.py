"""A celeb's room as a visitor without a script uses it, and who is there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.discussion.site_case import (
    JSON,
    DiscussionCase,
    comment_ids,
    field,
    location,
    text_of,
)
from tweet_store.discussion.model import Sender


class RoomTest(DiscussionCase):
    @gen_test
    async def test_two_visitors_talk(self) -> None:
        await self.arrive(tweet("1"))
        zoe, max_ = await self.named("Zoe"), self.form_visitor()
        page = await zoe.get("/room/ada")
        assert page.code == 200
        assert "It is quiet here. Say something." in text_of(page)
        assert 'data-channel="room:ada"' in text_of(page)
        nonce = field(page, "nonce")
        sent = await zoe.post("/room/ada/comments", text="hello", nonce=nonce, parent="")
        assert location(sent) == "/room/ada#c2"
        form = await max_.get("/room/ada?answer=c2")
        assert "@Zoe </textarea>" in text_of(form)
        sent = await max_.post(
            "/room/ada/comments", name="Max", text="@Zoe hi", nonce="n1", parent="c2"
        )
        assert location(sent) == "/room/ada#c3"
        page = await zoe.get("/room/ada")
        assert comment_ids(page) == ["c2", "c3"]
        assert 'data-parent="c2"' in text_of(page)

    @gen_test
    async def test_slow_mode_is_told_and_whom_a_message_answers(self) -> None:
        await self.arrive(tweet("1"))
        zoe = await self.named("Zoe")
        for parent in ("", "c2"):
            await zoe.post("/room/ada/comments", text="hello", nonce=f"n{parent}", parent=parent)
        page = text_of(await zoe.get("/room/ada"))
        assert "in reply to</span> <bdi>Zoe</bdi>" in page
        assert "Slow mode" not in page
        for scope, seconds, told in (("everywhere", 30, "30 s"), ("room:ada", 300, "5 min")):
            self.discussion.set_rule(scope, datetime.now(UTC), slow_seconds=seconds)
            page = text_of(await zoe.get("/room/ada"))
            assert f"Slow mode: one message every {told}" in page

    @gen_test
    async def test_older_messages_are_a_link_away_without_gap_or_overlap(self) -> None:
        await self.arrive(tweet("1"))
        now = datetime.now(UTC)
        sender = Sender(self.discussion.sign_in("Bob", b"k", now), b"k")
        for number in range(120):
            when = now + timedelta(minutes=number)
            self.discussion.add_comment(sender, "x", when, nonce=f"n{number}", room="ada")
        visitor, query, seen = self.form_visitor(), "", list[str]()
        for page in range(3):
            found = await visitor.get(f"/room/ada{query}")
            seen = comment_ids(found) + seen
            assert ('data-new="bottom"' in text_of(found)) == (page == 0)
            assert ("data-write" in text_of(found)) == (page == 0)
            link = text_of(found).partition("data-older href=")[2].partition(">")[0]
            assert link.endswith(" hidden") == (page == 2)
            query = link.partition('"')[2].partition('"')[0]
        assert seen == [f"c{n}" for n in range(2, 122)]
        assert (await visitor.get("/room/ada?before=x")).code == 400

    @gen_test
    async def test_a_refused_message_comes_back_with_what_was_typed(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        sent = await visitor.post("/room/ada/comments", name="?", text="keep this", nonce="n")
        assert sent.code == 422
        assert "keep this</textarea>" in text_of(sent)
        sent = await visitor.post("/room/ada/comments", JSON, name="?", text="x", nonce="n")
        assert (sent.code, json.loads(sent.body)["reason"]) == (422, "bad_name")

    @gen_test
    async def test_a_room_is_a_known_celebs(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        assert (await visitor.get("/room/nobody")).code == 404
        assert (await visitor.post("/room/nobody/comments", text="x", nonce="n")).code == 404
        sent = await visitor.post("/room/nobody/comments", JSON, text="x", nonce="n")
        assert (sent.code, json.loads(sent.body)["reason"]) == (410, "gone")
        found = await visitor.get("/room/Ada?before=3")
        assert (found.code, found.headers["Location"]) == (302, "/room/ada?before=3")
        found = await visitor.get("/room/ada/comments")
        assert location(found) == "/room/ada#write"

    @gen_test
    async def test_a_closed_room_can_be_read(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/room/ada/comments", text="hello", nonce="n1")
        self.discussion.set_rule("room:ada", datetime.now(UTC), locked=True, slow_seconds=0)
        page = await visitor.get("/room/ada")
        assert comment_ids(page) == ["c2"]
        assert "This room is closed." in text_of(page)
        assert "data-write" not in text_of(page)
        assert (await visitor.post("/room/ada/comments", text="x", nonce="n2")).code == 403

    @gen_test
    async def test_how_many_are_here(self) -> None:
        visitor = self.form_visitor()
        for channel in ("room:ada", "thread:1"):
            found = await visitor.get(f"/here?channel={channel}")
            assert (found.code, json.loads(found.body)) == (200, {"here": 0})
            assert found.headers["Cache-Control"] == "no-store"
        for channel in ("", "all", "room:", "room:ada,room:bob", "tag:x", "thread:%20", "%FF"):
            found = await visitor.get(f"/here?channel={channel}")
            assert found.code == 400, channel

    @gen_test
    async def test_what_is_said_reaches_open_pages(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        sent = await visitor.post("/room/ada/comments", JSON, text="hello", nonce="n1")
        told = json.loads(sent.body)
        found = await visitor.get(f"/updates?channel=room:ada&cursor={self.cursor(1)}&wait=3")
        (event,) = json.loads(found.body)["events"]
        assert (event["kind"], event["id"], event["seq"]) == ("comment", told["id"], told["seq"])
        assert event["html"] == told["html"]
