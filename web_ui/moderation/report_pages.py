"""`/moderation`: what visitors reported and nobody has seen to, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion import moderation_queries
from tweet_store.discussion.model import Report, Tag
from tweet_store.discussion.refusals import Refused
from web_ui.moderation.in_context import InContext, comment_position, in_context
from web_ui.moderation.moderator_page import ModeratorForm, ModeratorPage
from web_ui.pages import LAST_POSITION

REPORTS_A_PAGE = 50
_TAG = "tag:"


class Reported(NamedTuple):
    """A comment or a tag, with all the reports of it on the page. `tag` is its form; `known` None:
    no post has it any more."""

    reports: Sequence[Report]
    comment: InContext | None
    tag: str | None
    known: Tag | None


class ReportsPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """`?after=` is the number that the reports are later than."""
        after = self.number("after", lowest=0, highest=LAST_POSITION) or 0
        now = self.now()
        found = await self.parts.reader.ask(
            lambda: self.discussion.open_reports(REPORTS_A_PAGE + 1, after)
        )
        reports = found[:REPORTS_A_PAGE]
        reported = await self.parts.reader.ask(lambda: self._reported(reports, now))
        more = reports[-1].number if len(found) > len(reports) else None
        await self.show("moderation_reports.html", reported=reported, after=after, more=more)

    head = get

    def _reported(self, reports: Sequence[Report], now: datetime) -> list[Reported]:
        """In a worker."""
        by_target: dict[str, list[Report]] = {}
        for report in reports:
            by_target.setdefault(report.target, []).append(report)
        positions = {at for target in by_target if (at := comment_position(target)) is not None}
        comments = moderation_queries.comments_at(self.tweets, positions)
        shown = {one.comment.id: one for one in in_context(self.tweets, [*comments.values()], now)}
        return [
            Reported(
                of_target,
                shown.get(target),
                target.removeprefix(_TAG) if target.startswith(_TAG) else None,
                self.discussion.tag(target.removeprefix(_TAG)) if target.startswith(_TAG) else None,
            )
            for target, of_target in by_target.items()
        ]


class SettleReports(ModeratorForm):
    """`/moderation/reports`: where the button 'Dismiss' goes."""

    async def post(self) -> None:
        """`report`, once or more: the numbers of the reports; `next`."""
        numbers = self.get_body_arguments("report")[:REPORTS_A_PAGE]
        if not all(n.isascii() and n.isdigit() and len(n) <= 18 for n in numbers):
            raise HTTPError(400)

        def settle(now: datetime) -> None:
            for number in numbers:
                with suppress(Refused):  # another moderator was faster
                    self.discussion.settle_report(int(number), now)

        await self.written(settle)
        self.go_back()
