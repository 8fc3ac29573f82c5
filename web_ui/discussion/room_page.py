"""`/room/<celeb>`: the live room of a celeb, the newest message at the bottom, above the form."""

from __future__ import annotations

from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion.model import Rule, StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.model import Celeb
from web_ui.discussion.discussion_page import DiscussionPage
from web_ui.discussion.paths import room_path
from web_ui.pages import LAST_POSITION, Live
from web_ui.people import person_of

MESSAGES_A_PAGE = 50


class _Found(NamedTuple):
    """What the store has for the page."""

    celeb: Celeb | None
    messages: list[StoredComment]
    parent: StoredComment | None
    rule: Rule


class RoomPage(DiscussionPage):
    """See the module."""

    async def get(self, slug: str) -> None:
        """`?before=` is the position that the messages are older than, `?answer=` the message that
        the form answers."""
        if slug != slug.lower():
            self.lead_to(room_path(slug.lower()))
            return
        await self.show(slug)

    head = get

    async def show(self, slug: str, problem: str = "") -> None:
        """The page, with what is wrong with what was sent. 404 for a celeb whom nobody knows."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        cursor = self.current_cursor()
        asked = self.asked()
        found = await self.store.ask(lambda: self._find(slug, before, asked))
        if found.celeb is None:
            raise HTTPError(404)
        messages = found.messages[-MESSAGES_A_PAGE:]
        older = messages[0].position if len(found.messages) > len(messages) else None
        _ = self.locale.translate
        path = room_path(slug)
        form = self.write_form(path, _("Your message"), found.parent, found.rule, problem)
        channel = f"room:{slug}"
        await self.render(
            "room.html",
            person=person_of(found.celeb),
            path=path,
            messages=self.comment_cards.flat(messages, _, self.now()),
            before=before,
            older=older,
            closed=found.rule.locked,
            form=form if problem or not found.rule.locked else None,
            here=self.parts.here(channel),
            visitor=self.who,
            live=Live(channel, str(cursor), "bottom" if before is None else "none"),
        )

    def _find(self, slug: str, before: int | None, asked: str | None) -> _Found:
        """In a worker."""
        parent = self.answerable(asked)
        # Also messages past the cursor, as on the page of a post.
        return _Found(
            self.tweets.celeb(slug),
            self.discussion.room(slug, before=before, limit=MESSAGES_A_PAGE + 1),
            parent if parent and parent.room == slug else None,
            self.rule_in(f"room:{slug}"),
        )


class RoomComments(RoomPage):
    """`/room/<celeb>/comments`: where the room's form goes."""

    async def get(self, slug: str) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect(f"{room_path(slug)}#write", status=303)

    head = get

    async def post(self, slug: str) -> None:
        """`text`, `nonce`, `parent` where it is an answer, `name` of who has not signed in."""
        slug = slug.lower()
        try:
            comment = await self.add_comment(room=slug)
        except Refused as refused:
            await self.show(slug, self.problem_of(refused))
            return
        if self.wants_json:
            self.tell_comment(comment, 201)
            return
        self.redirect(f"{room_path(slug)}#{comment.id}", status=303)
