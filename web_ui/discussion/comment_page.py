"""`/comments/<id>`: one comment, and what may be done with it: by its author, by others, and by
moderators. Here, because the comment among others is the same for everybody who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion.comments import EDIT_TIME
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.refusals import Refused
from web_ui.discussion.discussion_page import DiscussionPage
from web_ui.discussion.paths import comment_path


class _Found(NamedTuple):
    """What the store has for the page."""

    comment: StoredComment
    answered: StoredComment | None
    place: str


class CommentPage(DiscussionPage):
    """See the module."""

    async def get(self, id_: str) -> None:
        """`?reported=1` after a report: it says thank you."""
        await self.show(id_)

    head = get

    async def show(self, id_: str, *, edit_problem: str = "", report_problem: str = "") -> None:
        """The page, with what is wrong with what was sent. 410 for a comment that was removed."""
        comment, answered, place = await self.store.ask(lambda: self._find(id_))
        if comment.removed_by and not (edit_problem or report_problem):
            self.set_status(410)
        _ = self.locale.translate
        own = self.who is not None and self.who.id == comment.visitor
        in_time = self.now() - comment.created_at < EDIT_TIME
        # What was typed is not lost, whatever came in between.
        typed = bool(edit_problem) and "text" in self.request.body_arguments
        await self.render(
            "comment_page.html",
            comment=comment,
            card=self.comment_cards.render(comment, _, self.now()),
            answered=answered,
            place=place,
            own=own,
            editable=typed or (own and comment.removed_by is None and in_time),
            minutes=EDIT_TIME // timedelta(minutes=1),
            text=self.get_body_argument("text", comment.text, strip=False),
            typed_name=self.get_body_argument("name", "", strip=False),
            reason=self.get_body_argument("reason", "", strip=False),
            edit_problem=edit_problem,
            report_problem=report_problem,
            reported=self.get_query_argument("reported", "") == "1",
            visitor=self.who,
        )

    def _find(self, id_: str) -> _Found:
        """In a worker. 404 for what never was a comment."""
        comment = self.discussion.comment(id_)
        if comment is None:
            raise HTTPError(404)
        answered = None
        if comment.parent is not None:
            answered = self.answerable(f"c{comment.parent}")
        return _Found(comment, answered, self.place_of(comment))


class CommentAct(CommentPage):
    """Where a form of the page goes."""

    async def get(self, id_: str) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect(comment_path(id_), status=303)

    head = get


class EditComment(CommentAct):
    """`/comments/<id>/edit`: by its author, for a few minutes."""

    async def post(self, id_: str) -> None:
        """`text`; `name` and `code` of who comes without the cookie."""
        text = self.get_body_argument("text", "", strip=False)
        try:
            sender = await self.author_again()
            comment = await self.written(
                lambda now: self.discussion.edit_comment(sender, id_, text, now)
            )
        except Refused as refused:
            await self.show(id_, edit_problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.tell_comment(comment, 200)
            return
        self.redirect(await self.store.ask(lambda: self.place_of(comment)), status=303)

    async def author_again(self) -> Sender:
        """Who wrote the comment. Whose cookie was lost since takes the name back in the same form,
        which comes with its fields and with what was typed. Raises `Refused`."""
        code = self.get_body_argument("code", "")
        if code:
            await self.recover(self.get_body_argument("name", ""), code)
        if self._known is None and not self.wants_json:
            raise Refused(
                "not_yours",
                self.locale.translate(
                    "This browser no longer knows that you wrote this. Give your name and its "
                    "recovery code, and what you changed is saved."
                ),
            )
        return self.sender()


class DeleteComment(CommentAct):
    """`/comments/<id>/delete`: by its author."""

    async def post(self, id_: str) -> None:
        """No fields."""
        sender = self.sender()
        try:
            comment = await self.written(
                lambda now: self.discussion.remove_comment(sender, id_, now)
            )
        except Refused as refused:
            await self.show(id_, edit_problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.tell_comment(comment, 200)
            return
        self.redirect(await self.store.ask(lambda: self.place_of(comment)), status=303)


class ReportComment(CommentAct):
    """`/comments/<id>/report`: by anybody, with or without a name."""

    async def post(self, id_: str) -> None:
        """`reason`."""
        reason = self.get_body_argument("reason", "", strip=False)
        key = self.address_key()
        try:
            await self.written(
                lambda now: self.discussion.report(id_, reason, key, now, visitor=self.who)
            )
        except Refused as refused:
            await self.show(id_, report_problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.finish({"id": id_})
            return
        self.redirect(f"{comment_path(id_)}?reported=1", status=303)
