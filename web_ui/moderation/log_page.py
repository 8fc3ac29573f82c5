"""`/moderation/log`: what moderators did."""

from __future__ import annotations

from web_ui.moderation.moderator_page import ModeratorPage
from web_ui.moderation.places import position_in
from web_ui.pages import LAST_POSITION

ENTRIES_A_PAGE = 100


class LogPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """`?before=` is the number that the entries are older than."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        found = await self.parts.reader.ask(
            lambda: self.discussion.audit_log(ENTRIES_A_PAGE + 1, before)
        )
        entries = found[:ENTRIES_A_PAGE]
        more = entries[-1].number if len(found) > len(entries) else None
        ruled = {entry.target for entry in entries if entry.action == "rule"}
        scopes = {at: scope for scope in ruled if (at := position_in(scope)) is not None}
        posts = await self.parts.reader.ask(lambda: self.tweets.tweets_at(scopes))
        await self.show(
            "moderation_log.html",
            entries=entries,
            posts={scopes[post.position]: post for post in posts},
            before=before,
            more=more,
        )

    head = get
