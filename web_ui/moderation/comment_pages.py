"""`/moderation/comments`: the newest comments of all places, and what is done about one."""

from __future__ import annotations

from datetime import timedelta

from tweet_store.discussion import moderation_queries
from tweet_store.discussion.model import SanctionKind
from web_ui.moderation.in_context import in_context
from web_ui.moderation.moderator_page import ModeratorForm, ModeratorPage
from web_ui.pages import LAST_POSITION

COMMENTS_A_PAGE = 50

SANCTIONS: dict[str, tuple[SanctionKind, timedelta | None]] = {
    "mute-hour": ("mute", timedelta(hours=1)),
    "mute-day": ("mute", timedelta(days=1)),
    "mute": ("mute", None),
    "name": ("name", None),
    "address-day": ("address", timedelta(days=1)),
    "address": ("address", None),
}
"""What may be done about a comment's author, by the name of the button; None: for good."""


class NewestComments(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """`?before=` is the position that the comments are older than."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        now = self.now()
        found = await self.parts.reader.ask(
            lambda: in_context(
                self.tweets,
                moderation_queries.newest_comments(self.tweets, before, COMMENTS_A_PAGE + 1),
                now,
            )
        )
        shown = found[:COMMENTS_A_PAGE]
        more = shown[-1].comment.position if len(found) > len(shown) else None
        await self.show("moderation_comments.html", found=shown, before=before, more=more)

    head = get


class CommentAct(ModeratorForm):
    """`/moderation/comments/<id>`: where the buttons beside a comment go."""

    async def post(self, id_: str) -> None:
        """`act`: `remove`, or one of SANCTIONS; `next`."""
        act = self.choice("act", "remove", *SANCTIONS)
        if act == "remove":
            await self.written(lambda now: self.discussion.moderate_comment(id_, now))
        else:
            kind, time = SANCTIONS[act]
            await self.written(
                lambda now: self.discussion.sanction_author(
                    id_, kind, id_, now, until=None if time is None else now + time
                )
            )
        self.go_back()
