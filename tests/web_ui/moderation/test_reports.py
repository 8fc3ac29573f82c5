"""What was reported, and what was written lately: seen in its context, removed, dismissed."""

from __future__ import annotations

import re

from tests.web_ui.moderation.moderation_case import ModerationCase
from tweet_store.model import Tombstone


class ReportsTest(ModerationCase):
    def test_a_report_is_shown_with_the_comment_in_its_context(self) -> None:
        first = self.comment("look at <this>", "Ada Fan")
        answer = self.comment("rude words", parent_id=first.id, post_id="7")
        self.report(answer.id, "it is rude")
        self.report_from("elsewhere", answer.id, "indeed & so")
        page = self.page()
        for said in ("it is rude", "indeed &amp; so", "rude words", "Eve", "Under a post by Ada"):
            assert said in page, said
        assert "the post" in page
        assert "In reply to Ada Fan : look at &lt;this&gt;" in page
        assert "Reports 2" in page
        self.report(self.comment("hi", room="ada").id)
        assert "In the room of ada" in self.page()

    def test_without_reports_all_is_well(self) -> None:
        assert "All is well" in self.page()

    def test_reports_are_dismissed_together_and_the_comment_stays(self) -> None:
        comment = self.comment("fine")
        self.report_from("one", comment.id)
        self.report_from("two", comment.id)
        numbers = re.findall(r'name="report" value="(\d+)"', self.body("/moderation"))
        assert len(numbers) == 2
        found = self.act("/reports", report=numbers, next="/moderation?after=0")
        assert found.headers["Location"] == "/moderation?after=0"
        assert self.discussion.open_reports() == []
        assert self.discussion.comment(comment.id) == comment
        self.act("/reports", report=numbers)  # another moderator was faster
        assert self.actions() == ["settle", "settle"]

    def test_reports_are_paged(self) -> None:
        comments = [self.comment(f"number {n}", f"Visitor {n}") for n in range(3)]
        for number in range(60):
            self.report_from(str(number), comments[number % 3].id)
        first = self.body("/moderation")
        more = re.search(r'href="\?after=(\d+)"', first)
        assert more
        assert "number 2" in self.page(f"?after={more[1]}")
        assert "There are no later reports." in self.page("?after=1000000")

    def test_a_report_of_what_is_gone_can_still_be_dismissed(self) -> None:
        comment = self.comment("soon gone")
        self.report(comment.id)
        self.discussion.remove_comment(self.sender("Eve"), comment.id, self.now())
        self.store.save([Tombstone("7")])
        page = self.page()
        assert "Removed by its author." in page
        assert "Under a deleted post" in page
        assert "Remove it" not in page
        assert "Dismiss" in page

    # Comments.

    def test_a_removal_takes_the_comment_away_and_tells_open_pages(self) -> None:
        comment = self.comment("bad")
        self.report(comment.id)
        self.io_loop.run_sync(self.site.arrivals.catch_up)
        cursor = self.cursor(self.store.latest_seq())
        self.act(f"/comments/{comment.id}", act="remove", next="/moderation")
        asked = f"/updates?channel=thread:7&cursor={cursor}&wait=5"
        update = self.moderator.get(asked).body.decode()
        assert '"kind":"comment_delete"' in update
        assert f'"id":"{comment.id}"' in update
        assert "bad" not in update
        stored = self.discussion.comment(comment.id)
        assert stored is not None
        assert (stored.text, stored.removed_by) == ("", "moderator")
        assert self.discussion.open_reports() == []
        assert self.actions() == ["remove"]

    def test_the_newest_comments_of_all_places(self) -> None:
        self.comment("under the post")
        self.comment("in the room", room="ada")
        removed = self.comment("not here any more", "Mallory")
        self.act(f"/comments/{removed.id}", act="remove")
        page = self.page("/comments")
        assert page.index("in the room") < page.index("under the post")
        assert "not here any more" not in page

    def test_they_are_paged(self) -> None:
        for number in range(55):
            self.comment(f"number {number}.", f"Visitor {number}")
        first = self.body("/moderation/comments")
        more = re.search(r'href="\?before=(\d+)"', first)
        assert more
        second = self.page(f"/comments?before={more[1]}")
        for number in range(55):
            assert (f"number {number}." in first) != (f"number {number}." in second), number
        assert "There are no earlier comments." in self.page("/comments?before=1")

    def test_a_place_that_is_none_is_a_400(self) -> None:
        for path in ("?after=x", "?after=-1", "/comments?before=0", "/log?before=" + "9" * 30):
            assert self.moderator.get(f"/moderation{path}").code == 400, path

    def report_from(self, address: str, target: str, reason: str = "rude") -> None:
        self.discussion.report(target, reason, address.encode(), self.now())
