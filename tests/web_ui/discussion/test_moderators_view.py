"""A moderator finds the tools where the comments are; nobody else sees them."""

from __future__ import annotations

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.discussion.site_case import DiscussionCase, location, text_of

TOKEN = "a token for this test alone"


class ModeratorsViewTest(DiscussionCase):
    settings = {"moderator_token": TOKEN}  # noqa: RUF012

    @gen_test
    async def test_the_tools_are_for_moderators(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.named("Zoe")
        await visitor.post("/ada/status/1/comments", text="hello", nonce="n1")
        await visitor.post("/ada/status/1/tags", tag="red")
        moderator = self.form_visitor()
        assert location(await moderator.post("/moderation/enter", token=TOKEN, next="/"))
        for page, place in (
            ("/ada/status/1", 'name="scope" value="post:1"'),
            ("/room/ada", 'name="scope" value="room:ada"'),
            ("/comments/c2", 'action="/moderation/comments/c2"'),
        ):
            assert place in text_of(await moderator.get(page)), page
            assert place not in text_of(await visitor.get(page)), page
        assert 'name="tag" value="red"' in text_of(await moderator.get("/ada/status/1"))
