"""A post's page as a visitor without a script uses it: comments, answers, tags."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from tornado.httpclient import HTTPResponse
from tornado.testing import gen_test

from tests.tweet_store.posts import author, tweet
from tests.web_ui.discussion.site_case import (
    JSON,
    DiscussionCase,
    FormVisitor,
    comment_ids,
    field,
    location,
    text_of,
)
from tweet_store.discussion import comments
from tweet_store.discussion.model import Sender
from tweet_store.model import Media, Reference, Tombstone, Tweet


def answer(id_: str, to: str) -> Tweet:
    reference = Reference("replied_to", to)
    return tweet(id_, author=author("bob"), reply_to_id=to, references=(reference,))


class CommentsTest(DiscussionCase):
    @gen_test
    async def test_who_has_no_name_chooses_one_and_comments_in_one_step(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        page = await visitor.get("/ada/status/1")
        assert page.code == 200
        assert 'name="name"' in text_of(page)
        assert "Nobody has said anything yet." in text_of(page)
        sent = await visitor.post(
            "/ada/status/1/comments",
            name="Zoë",
            text="Well <b>said</b>, @Ada!",
            nonce=field(page, "nonce"),
            parent="",
        )
        assert location(sent) == "/ada/status/1#c2"
        page = await visitor.get("/ada/status/1")
        assert comment_ids(page) == ["c2"]
        assert "Well &lt;b&gt;said&lt;/b&gt;, " in text_of(page)
        assert 'name="name"' not in text_of(page)
        assert "Zoë" in text_of(await visitor.get("/me"))

    @gen_test
    async def test_a_form_with_a_name_sent_twice_is_one_visitor_and_one_comment(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        await visitor.get("/ada/status/1")
        before = dict(visitor.cookies)
        for _ in range(2):
            visitor.cookies = dict(before)  # sent again before the first answer was there
            sent = await visitor.post(
                "/ada/status/1/comments", name="Zoë", text="hello", nonce="once"
            )
            assert location(sent) == "/ada/status/1#c2"
        assert comment_ids(await visitor.get("/ada/status/1")) == ["c2"]
        assert "Zoë" in text_of(await visitor.get("/me"))

    @gen_test
    async def test_a_form_sent_twice_is_one_comment(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        for _ in range(2):
            sent = await visitor.post("/ada/status/1/comments", text="hello", nonce="once")
            assert location(sent).endswith("#" + comment_ids(await visitor.get("/ada/status/1"))[0])
        assert len(comment_ids(await visitor.get("/ada/status/1"))) == 1

    @gen_test
    async def test_an_answer_stands_under_what_it_answers(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        for text, parent in (("first", ""), ("second", ""), ("answer", "c2")):
            if parent:
                form = await visitor.get(f"/ada/status/1?answer={parent}")
                assert "In reply to" in text_of(form)
                assert field(form, "parent") == parent
            sent = await visitor.post(
                "/ada/status/1/comments", text=text, nonce=text, parent=parent
            )
            assert sent.code == 303
        page = await visitor.get("/ada/status/1")
        assert comment_ids(page) == ["c2", "c4", "c3"]

    @gen_test
    async def test_a_refused_form_comes_back_with_what_was_typed(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        sent = await visitor.post(
            "/ada/status/1/comments", name="Ada", text="keep <this>", nonce="n1"
        )
        assert sent.code == 409
        assert "This is the name of a celeb. Choose another." in text_of(sent)
        assert 'value="Ada"' in text_of(sent)
        assert "keep &lt;this&gt;</textarea>" in text_of(sent)
        assert field(sent, "nonce") == "n1"
        sent = await visitor.post("/ada/status/1/comments", name="Zoe", text="  ", nonce="n1")
        assert sent.code == 422
        assert "Write something first." in text_of(sent)
        # The name was taken all the same: the page no longer asks for one.
        assert 'id="write-name"' not in text_of(sent)
        assert location(await visitor.post("/ada/status/1/comments", text="x", nonce="n1"))

    @gen_test
    async def test_what_was_typed_outlives_whatever_came_in_between(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        with self.store.reading() as connection:
            zoe = connection.exec_driver_sql("SELECT id FROM visitors").one().id
        post, room = "/ada/status/1/comments", "/room/ada/comments"
        now = datetime.now(UTC)
        self.discussion.set_rule("everywhere", now, slow_seconds=300)
        assert location(await visitor.post(post, text="first", nonce="n0"))
        for path in (post, room):
            await self.comes_back(visitor, path, 429)
        self.discussion.set_rule("everywhere", now, locked=True, slow_seconds=0)
        for path in (post, room):
            sent = await self.comes_back(visitor, path, 403)
            assert "This discussion is closed." in text_of(sent)
        self.discussion.set_rule("everywhere", now, locked=False)
        number = self.discussion.sanction("mute", zoe, "", now)
        for path in (post, room):
            await self.comes_back(visitor, path, 403)
        self.discussion.lift(number, now)
        number = self.discussion.sanction("name", "Zoe", "", now)
        for path in (post, room):
            await self.comes_back(visitor, path, 403)
        self.discussion.lift(number, now)
        await self.arrive(Tombstone("1"))
        await self.comes_back(visitor, post, 410)

    async def comes_back(self, visitor: FormVisitor, path: str, status: int) -> HTTPResponse:
        sent = await visitor.post(path, text="keep <this>", nonce="n1")
        assert sent.code == status
        assert "keep &lt;this&gt;</textarea>" in text_of(sent)
        assert re.search(r"data-problem>\w", text_of(sent))
        return sent

    @gen_test
    async def test_the_script_is_answered_in_json(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        sent = await visitor.post("/ada/status/1/comments", JSON, text="hello", nonce="n1")
        assert (sent.code, json.loads(sent.body)["reason"]) == (401, "sign_in")
        sent = await visitor.post(
            "/ada/status/1/comments", JSON, name="Zoe", text="hello", nonce="n1"
        )
        told = json.loads(sent.body)
        assert (sent.code, told["id"], told["seq"], told["name"]) == (201, "c2", 2, "Zoe")
        assert told["html"].startswith('<li class="comment" id="c2"')
        for number in range(4):
            await visitor.post("/ada/status/1/comments", JSON, text="more", nonce=f"m{number}")
        sent = await visitor.post("/ada/status/1/comments", JSON, text="hello", nonce="n7")
        told = json.loads(sent.body)
        assert (sent.code, told["reason"]) == (429, "too_fast")
        assert int(sent.headers["Retry-After"]) == told["retry_after"] >= 1

    @gen_test
    async def test_who_has_no_name_and_gives_none_is_asked_for_one(self) -> None:
        await self.arrive(tweet("1"))
        await (await self.named("Zoe")).post("/ada/status/1/tags", tag="red")
        for path in ("/ada/status/1/comments", "/room/ada/comments"):
            visitor = self.form_visitor()
            sent = await visitor.post(path, text="keep this", nonce="n1")
            assert sent.code == 422
            assert "Choose a name first." in text_of(sent)
            assert "keep this</textarea>" in text_of(sent)
            assert 'id="write-name" name="name"' in text_of(sent)
            sent = await visitor.post(path, text="keep this", nonce="n1", name=f"Odile{path[1]}")
            assert sent.code == 303
        sent = await self.form_visitor().post("/ada/status/1/tags", tag="keep this")
        assert sent.code == 422
        assert "Choose a name first." in text_of(sent)
        assert 'value="keep this"' in text_of(sent)
        assert 'id="tag-name" name="name"' in text_of(sent)

    @gen_test
    async def test_an_answer_keeps_what_it_answers_when_the_cookie_is_lost(self) -> None:
        await self.arrive(tweet("1"))
        zoe = await self.named("Zoe")
        await zoe.post("/ada/status/1/comments", text="first", nonce="n1")
        await zoe.post("/room/ada/comments", text="first", nonce="n2")
        for path, parent in (("/ada/status/1/comments", "c2"), ("/room/ada/comments", "c3")):
            fields = {"text": "keep this", "nonce": "n3", "parent": parent}
            sent = await self.form_visitor().post(path, None, **fields)
            assert sent.code == 422
            assert "keep this</textarea>" in text_of(sent)
            assert (field(sent, "parent"), field(sent, "nonce")) == (parent, "n3")

    @gen_test
    async def test_a_form_that_back_brought_writes_another_text(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        for text in ("first", "second", "second"):
            await visitor.post("/ada/status/1/comments", text=text, nonce="once")
        assert comment_ids(await visitor.get("/ada/status/1")) == ["c2", "c3"]

    @gen_test
    async def test_a_form_without_its_token_is_refused(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        for path in (
            "/ada/status/1/comments", "/ada/status/1/tags", "/ada/status/1/tags/x/delete",
            "/room/ada/comments", "/comments/c1/edit", "/comments/c1/delete",
            "/comments/c1/report", "/tag/x/report",
        ):  # fmt: skip
            sent = await visitor.post(path, _xsrf="another", text="hello", nonce="n1")
            assert sent.code == 403, path

    @gen_test
    async def test_what_is_not_there_cannot_be_commented_on(self) -> None:
        visitor = await self.named("Zoe")
        sent = await visitor.post("/ada/status/404/comments", text="hello", nonce="n1")
        assert sent.code == 410
        sent = await visitor.post("/ada/status/404/comments", JSON, text="hello", nonce="n1")
        assert (sent.code, json.loads(sent.body)["reason"]) == (410, "gone")
        await self.arrive(tweet("1"))
        sent = await visitor.post("/ada/status/1/comments", text="x", nonce="n", parent="c99")
        assert sent.code == 410
        sent = await visitor.post("/ada/status/1/comments", text="x", nonce="n", parent="99")
        assert sent.code == 400

    @gen_test
    async def test_the_discussion_of_a_deleted_post_stays(self) -> None:
        await self.arrive(tweet("1", text="secret"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/comments", text="I saw it", nonce="n1")
        await self.arrive(Tombstone("1"))
        page = await visitor.get("/ada/status/1")
        assert page.code == 410
        assert "secret" not in text_of(page)
        assert "What visitors said about it is still here." in text_of(page)
        assert comment_ids(page) == ["c2"]
        assert "noindex" not in text_of(page)

    @gen_test
    async def test_a_closed_discussion_can_be_read(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/comments", text="hello", nonce="n1")
        self.discussion.set_rule("post:1", datetime.now(UTC), locked=True, slow_seconds=0)
        page = await visitor.get("/ada/status/1")
        assert comment_ids(page) == ["c2"]
        assert "This discussion is closed." in text_of(page)
        assert "data-write" not in text_of(page)
        sent = await visitor.post("/ada/status/1/comments", text="again", nonce="n2")
        assert sent.code == 403

    @gen_test
    async def test_a_long_discussion_has_pages_and_each_comment_a_place(self) -> None:
        await self.arrive(tweet("1"))
        now = datetime.now(UTC)
        sender = Sender(self.discussion.sign_in("Bob", b"k", now), b"k")
        with self.store.writing() as connection:  # one transaction, not 210
            for number in range(210):
                when = now + timedelta(minutes=number)
                comments.add(connection, sender, "x", when, f"n{number}", "1", None, None)
        visitor = await self.named("Zoe")
        first = await visitor.get("/ada/status/1")
        assert len(comment_ids(first)) == 200
        assert 'data-comments="thread" data-new="none"' in text_of(first)
        assert 'href="?comments_after=201#discussion">More comments' in text_of(first)
        second = await visitor.get("/ada/status/1?comments_after=201")
        assert comment_ids(second) == [f"c{n}" for n in range(202, 212)]
        assert "First comments" in text_of(second)
        sent = await visitor.post("/ada/status/1/comments", text="last", nonce="n")
        assert location(sent) == "/ada/status/1?comments_after=211#c212"
        assert comment_ids(await visitor.get("/ada/status/1?comments_after=211")) == ["c212"]

    @gen_test
    async def test_earlier_versions_of_a_post_can_be_read(self) -> None:
        await self.arrive(tweet("1", text="frist"), tweet("2", text="first", edit_ids=("1", "2")))
        page = text_of(await self.form_visitor().get("/ada/status/1"))
        assert '<details class="history"' in page
        assert "frist" in page
        await self.arrive(tweet("3"))
        assert 'class="history"' not in text_of(await self.form_visitor().get("/ada/status/3"))

    @gen_test
    async def test_other_sites_are_told_what_to_show(self) -> None:
        picture = Media("photo", "https://pbs.example/a.jpg", 10, 10)
        await self.arrive(tweet("1", text='"Tea" &amp; ' + "cake " * 60, media=(picture,)))
        page = text_of(await self.form_visitor().get("/ada/status/1"))
        assert '<meta property="og:title" content="Ada (@ada)">' in page
        assert '<meta property="og:description" content="&quot;Tea&quot; &amp; cake cake' in page
        assert '<meta property="og:image" content="https://pbs.example/a.jpg">' in page
        assert f'<meta property="og:url" content="{self.get_url("/ada/status/1")}">' in page

    @gen_test
    async def test_the_page_in_spanish(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/comments", text="hola", nonce="n1")
        await visitor.post("/language", language="es", next="/")
        page = text_of(await visitor.get("/ada/status/1"))
        assert '<html lang="es"' in page
        assert "Conversación" in page
        assert "<span data-t>Responder</span>" in page


class TagsTest(DiscussionCase):
    @gen_test
    async def test_a_tag_is_given_and_taken_back(self) -> None:
        await self.arrive(tweet("1"))
        visitor = self.form_visitor()
        sent = await visitor.post("/ada/status/1/tags", name="Zoe", tag="#Red Carpet")
        assert location(sent) == "/ada/status/1#tags"
        page = text_of(await visitor.get("/ada/status/1"))
        assert '<ul class="tags" data-tags="1"' in page
        assert '<li data-tag="redcarpet"><a href="/tag/redcarpet">' in page
        assert 'action="/ada/status/1/tags/redcarpet/delete"' in page
        # Another visitor sees it, and cannot take it away.
        other = await self.named("Max")
        page = text_of(await other.get("/ada/status/1"))
        assert 'data-tag="redcarpet"' in page
        assert "/delete" not in page
        sent = await other.post("/ada/status/1/tags/redcarpet/delete")
        assert sent.code == 403
        sent = await visitor.post("/ada/status/1/tags/redcarpet/delete")
        assert location(sent) == "/ada/status/1#tags"
        assert "data-tag=" not in text_of(await visitor.get("/ada/status/1"))

    @gen_test
    async def test_a_tag_of_another_script_has_a_page_too(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/tags", tag="سجادة حمراء")
        page = text_of(await visitor.get("/ada/status/1"))
        path = page.partition('href="/tag/')[2].partition('"')[0]
        found = await visitor.get(f"/tag/{path}")
        assert found.code == 200
        assert "سجادة حمراء" in text_of(found)
        assert location(await visitor.post(f"/ada/status/1/tags/{path}/delete"))

    @gen_test
    async def test_what_is_no_tag_comes_back_with_what_was_typed(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        sent = await visitor.post("/ada/status/1/tags", tag='"!!"')
        assert sent.code == 422
        assert 'value="&quot;!!&quot;"' in text_of(sent)
        assert '<details class="tag-form" open>' in text_of(sent)

    @gen_test
    async def test_the_script_is_answered_in_json(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        sent = await visitor.post("/ada/status/1/tags", JSON, tag="Red Carpet")
        assert sent.code == 201
        assert json.loads(sent.body) == {"tag": "redcarpet", "shown": "Red Carpet", "name": "Zoe"}
        sent = await visitor.post("/ada/status/1/tags/redcarpet/delete", JSON)
        assert (sent.code, json.loads(sent.body)) == (200, {"tag": "redcarpet"})
        sent = await visitor.post("/ada/status/1/tags/redcarpet/delete", JSON)
        assert (sent.code, json.loads(sent.body)["reason"]) == (410, "gone")

    @gen_test
    async def test_a_tags_page_has_its_posts_and_is_live(self) -> None:
        await self.arrive(tweet("1"), tweet("2"), tweet("3"))
        visitor = await self.named("Zoe")
        for id_ in ("1", "3"):
            await visitor.post(f"/ada/status/{id_}/tags", tag="Red Carpet")
        found = await visitor.get("/tag/redcarpet")
        page = text_of(found)
        assert [c for c in "123" if f'class="post" data-id="{c}"' in page] == ["1", "3"]
        assert 'data-channel="tag:redcarpet"' in page
        found = await visitor.get("/tag/Red%20Carpet?before=2")
        assert (found.code, found.headers["Location"]) == (302, "/tag/redcarpet?before=2")
        page = text_of(await visitor.get("/tag/redcarpet?before=2"))
        assert 'data-id="1"' in page
        assert 'data-id="3"' not in page
        page = text_of(await visitor.get("/tags"))
        assert "Red Carpet" in page
        assert "2 posts" in page

    @gen_test
    async def test_a_tag_that_no_post_has(self) -> None:
        visitor = self.form_visitor()
        assert (await visitor.get("/tag/nothing")).code == 404
        for path in ("/tag/%20", "/tag/!!", "/tag/a%2Fb%00", "/tag/" + "x" * 800, "/tag/%FF"):
            assert (await visitor.get(path)).code in (400, 404), path

    @gen_test
    async def test_a_tag_can_be_reported(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/tags", tag="rude")
        reporter = self.form_visitor()
        sent = await reporter.post("/tag/rude/report", reason="it is")
        assert location(sent) == "/tag/rude?reported=1"
        assert "Thank you." in text_of(await reporter.get("/tag/rude?reported=1"))
        assert [one.target for one in self.discussion.open_reports()] == ["tag:rude"]
        sent = await reporter.post("/tag/rude/report", reason=" ")
        assert sent.code == 422
        assert "Write something first." in text_of(sent)
        assert (await reporter.post("/tag/other/report", reason="x")).code == 410
