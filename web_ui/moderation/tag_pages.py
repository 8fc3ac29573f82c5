"""`/moderation/tags`: tags, to be taken off a post or off all."""

from __future__ import annotations

from tornado.web import HTTPError

from web_ui.moderation.moderator_page import ModeratorPage

TAGS_SHOWN = 100
LONGEST_TYPED = 200


class TagsPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """The most used."""
        tags = await self.parts.reader.ask(lambda: self.discussion.popular_tags(TAGS_SHOWN))
        await self.show("moderation_tags.html", tags=tags)

    head = get

    async def post(self) -> None:
        """`tag`; `post`: the id of the post that it is taken off, off all without; `next`."""
        tag = self.get_body_argument("tag", "")[:LONGEST_TYPED]
        post_id = self.get_body_argument("post", None)
        if post_id is not None and not 0 < len(post_id) <= LONGEST_TYPED:
            raise HTTPError(400)  # a post that is not said is not all posts
        # A turn of its own for each step: others write in between.
        while await self.written(lambda now: self.discussion.moderate_tag(tag, now, post_id)):
            pass
        self.go_back()
