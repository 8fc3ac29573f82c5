"""`/tag/<tag>`: the posts that visitors gave a tag, live; `/tags`: the most used."""

from __future__ import annotations

from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion.model import Tag
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.tag_form import tag_of
from tweet_store.model import StoredTweet
from web_ui.addresses import tag_path
from web_ui.discussion.discussion_page import DiscussionPage
from web_ui.pages import LAST_POSITION, POSTS_A_PAGE, Live


class _Found(NamedTuple):
    """What the store has for the page."""

    tag: Tag | None
    posts: list[StoredTweet]


class TagPage(DiscussionPage):
    """See the module."""

    async def get(self, tag: str) -> None:
        """`?before=` is the position that the posts are older than; `?reported=1` after a report.
        Another spelling of a tag leads to it."""
        form = form_of(tag)
        if form != tag:
            self.lead_to(tag_path(form))
            return
        await self.show(tag)

    head = get

    async def show(self, tag: str, problem: str = "") -> None:
        """The page, with what is wrong with what was sent. 404 for a tag that no post has."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        cursor = self.current_cursor()
        found = await self.store.ask(lambda: self._find(tag, before, cursor.seq))
        if found.tag is None and not problem:
            self.set_status(404)
        posts = found.posts[:POSTS_A_PAGE]
        await self.render(
            "tag.html",
            shown=found.tag.shown if found.tag else tag,
            there=found.tag is not None,
            path=tag_path(tag),
            posts=posts,
            older=posts[-1].position if len(found.posts) > len(posts) else None,
            live=Live(f"tag:{tag}", str(cursor), "top" if before is None else "none"),
            problem=problem,
            reason=self.get_body_argument("reason", "", strip=False),
            reported=self.get_query_argument("reported", "") == "1",
            visitor=self.who,
        )

    def _find(self, tag: str, before: int | None, up_to: int) -> _Found:
        """In a worker."""
        posts = self.discussion.tagged(tag, before=before, limit=POSTS_A_PAGE + 1, up_to=up_to)
        self.look_below(posts)
        return _Found(self.discussion.tag(tag), posts)


class ReportTag(TagPage):
    """`/tag/<tag>/report`: by anybody, with or without a name."""

    async def get(self, tag: str) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect(tag_path(tag), status=303)

    head = get

    async def post(self, tag: str) -> None:
        """`reason`."""
        reason = self.get_body_argument("reason", "", strip=False)
        tag = form_of(tag)
        key = self.address_key()
        try:
            await self.written(
                lambda now: self.discussion.report(f"tag:{tag}", reason, key, now, visitor=self.who)
            )
        except Refused as refused:
            await self.show(tag, self.problem_of(refused))
            return
        if self.wants_json:
            self.finish({"tag": tag})
            return
        self.redirect(f"{tag_path(tag)}?reported=1", status=303)


class TagsPage(DiscussionPage):
    """`/tags`: the most used tags."""

    async def get(self) -> None:
        """No arguments."""
        self.limit_reads()
        await self.render("tags.html", tags=await self.parts.tag_counts.popular())

    head = get


def form_of(text: str) -> str:
    """The tag's form in paths. 404 for what cannot be a tag."""
    try:
        return tag_of(text)
    except Refused as refused:
        raise HTTPError(404) from refused
