"""A comment's own page: edit and delete for its author, report for others."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.discussion.site_case import (
    JSON,
    DiscussionCase,
    FormVisitor,
    comment_ids,
    location,
    text_of,
)
from tweet_store.discussion.model import Sender


class CommentPageTest(DiscussionCase):
    async def commented(self, text: str = "hello") -> FormVisitor:
        """Who wrote c2 under post 1."""
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        sent = await visitor.post("/ada/status/1/comments", text=text, nonce="n1")
        assert location(sent).endswith("#c2")
        return visitor

    @gen_test
    async def test_its_author_may_change_it_for_a_while(self) -> None:
        visitor = await self.commented("helo")
        page = text_of(await visitor.get("/comments/c2"))
        assert "helo</textarea>" in page
        assert 'action="/comments/c2/delete"' in page
        assert "/report" not in page
        sent = await visitor.post("/comments/c2/edit", text="hello")
        assert location(sent) == "/ada/status/1#c2"
        assert "hello</p>" in text_of(await visitor.get("/ada/status/1"))
        assert "<span data-t>Edited</span>" in text_of(await visitor.get("/ada/status/1"))
        sent = await visitor.post("/comments/c2/edit", JSON, text="hello!")
        told = json.loads(sent.body)
        assert (sent.code, told["id"]) == (200, "c2")
        assert "hello!" in told["html"]

    @gen_test
    async def test_after_that_it_stays_as_it_is(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        zoe = self.visitor_of(visitor)
        self.discussion.add_comment(zoe, "hello", long_ago, nonce="n", post_id="1")
        page = text_of(await visitor.get("/comments/c2"))
        assert "<textarea" not in page
        assert "/delete" in page
        sent = await visitor.post("/comments/c2/edit", text="too late")
        assert sent.code == 409
        assert "A comment can be changed for 5 minutes only." in text_of(sent)
        assert "too late</textarea>" in text_of(sent)

    def visitor_of(self, visitor: FormVisitor) -> Sender:
        """The store's view of somebody who signed in."""
        with self.store.reading() as connection:
            row = connection.exec_driver_sql("SELECT id FROM visitors").one()
        found = self.discussion.visitor(row.id)
        assert found
        return Sender(found, b"k")

    @gen_test
    async def test_a_change_that_is_refused_comes_back_with_what_was_typed(self) -> None:
        visitor = await self.commented()
        long = "x" * 1001
        sent = await visitor.post("/comments/c2/edit", text=long)
        assert sent.code == 422
        assert f"{long}</textarea>" in text_of(sent)
        now = datetime.now(UTC)
        self.discussion.set_rule("post:1", now, locked=True)
        sent = await visitor.post("/comments/c2/edit", text="typed for long")
        assert sent.code == 403
        assert "typed for long</textarea>" in text_of(sent)
        self.discussion.moderate_comment("c2", now)
        sent = await visitor.post("/comments/c2/edit", text="typed for long")
        assert sent.code == 410
        assert "typed for long</textarea>" in text_of(sent)
        assert "/delete" not in text_of(sent)

    @gen_test
    async def test_its_author_may_take_it_away(self) -> None:
        visitor = await self.commented("a secret")
        sent = await visitor.post("/comments/c2/delete")
        assert location(sent) == "/ada/status/1#c2"
        assert comment_ids(await visitor.get("/ada/status/1")) == []
        page = await visitor.get("/comments/c2")
        assert page.code == 410
        assert "a secret" not in text_of(page)
        assert "Removed by its author." in text_of(page)
        for act in ("edit", "report"):
            sent = await visitor.post(f"/comments/c2/{act}", text="x", reason="x")
            assert sent.code == 410, act

    @gen_test
    async def test_what_is_answered_leaves_an_empty_place(self) -> None:
        visitor = await self.commented("a secret")
        await visitor.post("/ada/status/1/comments", text="answer", nonce="n2", parent="c2")
        sent = await visitor.post("/comments/c2/delete", JSON)
        assert "data-removed" in json.loads(sent.body)["html"]
        page = await visitor.get("/ada/status/1")
        assert comment_ids(page) == ["c2", "c3"]
        assert "a secret" not in text_of(page)

    @gen_test
    async def test_nobody_else_may(self) -> None:
        await self.commented()
        other, nobody = await self.named("Max"), self.form_visitor()
        page = text_of(await other.get("/comments/c2"))
        assert "/edit" not in page
        assert "/delete" not in page
        for act in ("edit", "delete"):
            assert (await other.post(f"/comments/c2/{act}", text="x")).code == 403
        assert (await nobody.post("/comments/c2/edit", text="x")).code == 403
        sent = await nobody.post("/comments/c2/edit", JSON, text="x")
        assert (sent.code, json.loads(sent.body)["reason"]) == (401, "sign_in")
        assert location(await nobody.post("/comments/c2/delete")).startswith("/sign-in")
        assert "hello</p>" in text_of(await nobody.get("/comments/c2"))

    @gen_test
    async def test_an_edit_outlives_the_loss_of_the_cookie(self) -> None:
        visitor = await self.commented("helo")
        shown = text_of(await visitor.post("/me/recovery-code"))
        found = re.search(r"data-recovery-code>([^<]+)<", shown)
        assert found
        typed = "hello, <all>\n of you"
        # Gone; or in the meantime somebody else signed in here.
        for browser, name in ((self.form_visitor(), "Zoe"), (await self.named("Max"), "Max")):
            sent = await browser.post("/comments/c2/edit", text=typed)
            assert sent.code == 403
            assert "hello, &lt;all&gt;\n of you</textarea>" in text_of(sent)
            assert 'action="/comments/c2/delete"' not in text_of(sent)
            for field in ("name", "code"):
                assert re.search(rf'name="{field}"[^>]* required', text_of(sent))
            sent = await browser.post("/comments/c2/edit", text=typed, name=name, code="k3fd-9x2m")
            assert sent.code == 403
            assert "Name and code do not belong together." in text_of(sent)
            assert "hello, &lt;all&gt;\n of you</textarea>" in text_of(sent)
            assert f'value="{name}"' in text_of(sent)
            assert "k3fd" not in text_of(sent)
        assert "helo</p>" in text_of(await browser.get("/comments/c2"))
        sent = await browser.post("/comments/c2/edit", text=typed, name="Zoe", code=found[1])
        assert location(sent) == "/ada/status/1#c2"
        assert "hello, &lt;all&gt;" in text_of(await browser.get("/ada/status/1"))
        assert "Zoe" in text_of(await browser.get("/me"))

    @gen_test
    async def test_anybody_may_report_it(self) -> None:
        await self.commented()
        visitor = self.form_visitor()
        sent = await visitor.post("/comments/c2/report", reason="rude")
        assert location(sent) == "/comments/c2?reported=1"
        assert "Thank you." in text_of(await visitor.get("/comments/c2?reported=1"))
        named = await self.named("Max")
        await named.post("/comments/c2/report", JSON, reason="so rude")
        found = [(one.target, one.reason, one.visitor) for one in self.discussion.open_reports()]
        assert found == [("c2", "so rude", "Max")]  # from the same address
        sent = await visitor.post("/comments/c2/report", reason="")
        assert sent.code == 422
        assert "Write something first." in text_of(sent)

    @gen_test
    async def test_a_message_of_a_room_leads_back_there(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/room/ada/comments", text="hello", nonce="n1")
        page = text_of(await visitor.get("/comments/c2"))
        assert 'href="/room/ada#c2">To the room' in page

    @gen_test
    async def test_what_never_was_a_comment(self) -> None:
        visitor = await self.named("Zoe")
        for path in ("/comments/c99", "/comments/99", "/comments/c", "/comments/c" + "9" * 30):
            assert (await visitor.get(path)).code == 404, path
        for act in ("edit", "delete", "report"):
            sent = await visitor.post(f"/comments/c99/{act}", text="x", reason="x")
            assert sent.code in (404, 410)
            sent = await visitor.get(f"/comments/c99/{act}")
            assert location(sent) == "/comments/c99"
