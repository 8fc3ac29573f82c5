"""What the pages with forms have in common: who writes, what was typed, and how a refusal is told.

A form works without a script. Sent by a browser it leads to the page that shows what was written
(303), or it comes back with the reason why not and with what was typed; sent by a script, which
accepts JSON, it is answered in JSON. Who has not signed in chooses a name in the same form. Event
loop's thread; the store answers from threads of its own.
"""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion import refusals
from tweet_store.discussion.model import Rule, Sender, StoredComment, Visitor
from tweet_store.discussion.refusals import Refused
from web_ui.discussion.comment_cards import CommentCards
from web_ui.discussion.paths import COMMENT_ID, home_path
from web_ui.pages import StorePage
from web_ui.parts import Parts

COMMENTS_A_PAGE = 200

_COMMENT_ID = re.compile(COMMENT_ID)


class WriteForm(NamedTuple):
    """The form for a comment, `write.html`: where it goes, and what stands in it."""

    action: str
    page: str
    """Where it stands, without a query."""
    label: str
    button: str
    chat: bool
    """A room's: one line, that stays in sight."""
    slow: int
    """Seconds between two of one visitor; 0 where there is no slow mode."""
    text: str
    name: str
    nonce: str
    parent: StoredComment | None
    """The comment that it answers."""
    problem: str


class DiscussionPage(StorePage):
    """A page that visitors write on."""

    def initialize(self, parts: Parts) -> None:
        """Tornado hands over here what `routes` was given."""
        super().initialize(parts)
        self.tweets = parts.tweets
        self.discussion = parts.discussion
        self.comment_cards = CommentCards(self.settings["template_loader"])

    # Writing.

    async def author(self) -> Sender:
        """Who writes. Who has not signed in does it with the form's field `name`. Where it has none
        the form comes back with one: the page was loaded by somebody who had a name then. Raises
        `Refused`."""
        name = self.get_body_argument("name", "", strip=False)
        if self._known is None and name:
            await self.sign_in(name)
        if self._known is None and not self.wants_json:
            raise Refused("bad_name", refusals.NO_NAME)
        return self.sender()

    async def add_comment(
        self, *, post_id: str | None = None, room: str | None = None
    ) -> StoredComment:
        """Store the comment of the form. Raises `Refused`."""
        text = self.get_body_argument("text", "", strip=False)
        nonce = self.get_body_argument("nonce", "")
        parent = self._comment_id(self.get_body_argument("parent", ""))
        sender = await self.author()
        return await self.written(
            lambda now: self.discussion.add_comment(
                sender, text, now, nonce=nonce, post_id=post_id, room=room, parent_id=parent
            )
        )

    def tell_comment(self, comment: StoredComment, status: int) -> None:
        """For the script: a comment that was written, with its card."""
        self.set_status(status)
        html = self.comment_cards.render(comment)
        self.finish({"id": comment.id, "seq": comment.position, "html": html, "name": comment.name})

    # Showing.

    @property
    def who(self) -> Visitor | None:
        """Whose page it is; after a form, also who chose a name with it."""
        return self._known if self.request.method == "POST" else self.visitor

    def write_form(
        self, page: str, label: str, parent: StoredComment | None, rule: Rule, problem: str
    ) -> WriteForm:
        """The form, with what was typed into it, if that was refused: `problem` says why."""
        _ = self.locale.translate
        text = self.get_body_argument("text", "", strip=False)
        if not text and parent is not None and parent.room is not None:
            text = f"@{parent.name} "  # a room is flat: the text says whom it answers
        return WriteForm(
            f"{page}/comments",
            page,
            label,
            _("Send"),
            rule.scope.startswith("room:"),
            rule.slow_seconds,
            text,
            self.get_body_argument("name", "", strip=False),
            self.get_body_argument("nonce", "") or secrets.token_urlsafe(12),
            parent,
            problem,
        )

    def asked(self) -> str | None:
        """The id of the comment that is to be answered: of the address, or of a form sent."""
        answer = self.get_query_argument("answer", "") or self.get_body_argument("parent", "")
        return self._comment_id(answer)

    def answerable(self, id_: str | None) -> StoredComment | None:
        """The comment of that id, if it is there to be answered. Blocks: for a worker."""
        comment = self.discussion.comment(id_) if id_ else None
        return None if comment is None or comment.removed_by else comment

    def rule_in(self, scope: str) -> Rule:
        """What moderators ordered for a place and for all of them. Blocks: for a worker."""
        own, all_ = self.discussion.rule(scope), self.discussion.rule("everywhere")
        slow = max(own.slow_seconds, all_.slow_seconds)
        return Rule(scope, own.locked or all_.locked, slow)

    def place_of(self, comment: StoredComment) -> str:
        """The address at which a comment is seen among the others. Blocks: for a worker."""
        path = home_path(comment)
        if comment.post_id is not None:
            last = self.discussion.position_in_thread(comment.post_id, COMMENTS_A_PAGE)
            if last is not None and last < comment.position:
                path += f"?comments_after={(comment.parent or comment.position) - 1}"
        return f"{path}#{comment.id}"

    def problem_of(self, refused: Refused) -> str:
        """What to tell the visitor on the form's page, whose status and headers are set. A script
        is told in JSON: then it is raised again."""
        if self.wants_json:
            raise refused
        return self.set_refused(refused)

    @staticmethod
    def _comment_id(text: str) -> str | None:
        if not text:
            return None
        if not _COMMENT_ID.fullmatch(text):
            raise HTTPError(400)
        return text
