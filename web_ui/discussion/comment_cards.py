"""A comment as HTML: `templates/comment.html`, the same for a page and for a live update.

    cards = CommentCards(loader)
    cards.render(comment)                    # '<li class="comment" …>' in English, for updates
    cards.thread(comments, translate, now)   # answers under what they answer, for a page

Nothing here depends on the visitor: what an author or a moderator may do with a comment is on its
own page. Stateless after construction; any thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from tornado.template import BaseLoader

from tweet_store.discussion.model import StoredComment
from web_ui.discussion.comment_text import to_html
from web_ui.discussion.paths import home_path
from web_ui.discussion.threading import Branch, nest
from web_ui.times import Translate, element

log = logging.getLogger("celebwire.web.cards")


class CommentCards:
    """Renders comments. `loader` holds the templates; the comment's is compiled here, once."""

    def __init__(self, loader: BaseLoader) -> None:
        self._template = loader.load("comment.html")

    def render(
        self,
        comment: StoredComment,
        translate: Translate = str,
        now: datetime | None = None,
        answers: str = "",
        to: str = "",
    ) -> str:
        """The comment as one `<li>`; `answers` is the HTML of those that stand under it, `to` whom
        it answers, where that is known. Without a `now` its time is absolute.

        Its own words in English are marked, so that a page in another language puts them right.
        Empty for a comment that cannot be shown: the others can, and the log says why.
        """
        try:
            return self._html(comment, translate, now, answers, to)
        except Exception:
            log.exception("comment %s cannot be rendered", comment.id)
            return ""

    def thread(self, comments: Iterable[StoredComment], translate: Translate, now: datetime) -> str:
        """The inside of a discussion's list."""
        comments = list(comments)
        names = _names(comments)
        return "".join(self._branch(one, names, translate, now) for one in nest(comments))

    def flat(self, comments: list[StoredComment], translate: Translate, now: datetime) -> str:
        """The inside of a room's list."""
        names = _names(comments)
        return "".join(
            self.render(one, translate, now, to=names.get(one.parent, "")) for one in comments
        )

    def _branch(
        self, branch: Branch, names: dict[int | None, str], translate: Translate, now: datetime
    ) -> str:
        answers = "".join(self._branch(one, names, translate, now) for one in branch.answers)
        to = names.get(branch.comment.parent, "")
        return self.render(branch.comment, translate, now, answers, to)

    def _html(
        self,
        comment: StoredComment,
        translate: Translate,
        now: datetime | None,
        answers: str,
        to: str,
    ) -> str:
        html = self._template.generate(
            comment=comment,
            parent="" if comment.parent is None else f"c{comment.parent}",
            text=to_html(comment.text),
            time=element(comment.created_at, translate, now),
            answer=f"{home_path(comment)}?answer={comment.id}#write",
            answers=answers,
            to=to,
            _=translate,
        )
        return html.decode().strip()


def _names(comments: Iterable[StoredComment]) -> dict[int | None, str]:
    """Who wrote those that are still there, by position."""
    return {one.position: one.name for one in comments if one.removed_by is None}
