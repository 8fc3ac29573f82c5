"""What a moderator does about authors, words, tags and places, and what the log says of it."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock

import pytest

from tests.tweet_store.posts import tweet
from tests.web_ui.moderation.moderation_case import Browser, ModerationCase, words
from tweet_store.discussion.refusals import Refused
from tweet_store.model import Tombstone
from web_ui.store_writer import StoreWriter


class ModerationTest(ModerationCase):
    # Authors.

    def test_the_author_is_muted_for_a_time_or_for_good(self) -> None:
        comment = self.comment("bad")
        for act, time in (
            *(("mute-hour", timedelta(hours=1)), ("mute-day", timedelta(days=1))),
            *(("mute", None), ("address-day", timedelta(days=1))),
        ):
            before = self.now()
            self.act(f"/comments/{comment.id}", act=act)
            newest = self.discussion.sanctions()[0]
            assert newest.kind == act.partition("-")[0]
            if time is None:
                assert newest.until is None
            else:
                assert newest.until is not None
                assert abs(newest.until - before - time) < timedelta(seconds=30)
        assert self.actions() == ["mute", "mute", "mute", "address"]
        assert self.refusal() == "banned"
        assert self.refusal("Somebody else") == ""

    def test_what_is_in_force_stands_beside_the_name(self) -> None:
        comment = self.comment("bad")
        self.comment("good", "Ada Fan")
        assert "Muted" not in self.page("/comments").replace("Muted until", "")
        self.act(f"/comments/{comment.id}", act="mute-hour")
        self.act(f"/comments/{comment.id}", act="name")
        self.act(f"/comments/{comment.id}", act="address")
        page = self.page("/comments")
        assert page.count("Muted until") == 1
        assert page.count("Name banned") == 1
        assert page.count("Address banned") == 1
        assert self.refusal() == "banned"

    def test_a_sanction_is_lifted(self) -> None:
        comment = self.comment("bad")
        self.act(f"/comments/{comment.id}", act="mute")
        assert self.refusal() == "muted"
        assert "Muted Eve" in self.page("/sanctions")
        number = self.discussion.sanctions()[0].number
        self.act(f"/sanctions/{number}/lift")
        assert self.refusal() == ""
        assert "Everybody may write." in self.page("/sanctions")
        found = self.moderator.post(f"/moderation/sanctions/{number}/lift")
        assert found.code == 410

    def test_a_name_is_banned_before_anybody_takes_it(self) -> None:
        self.act("/sanctions", name="The Mallory")
        assert self.refusal("the mallory") == "banned"
        assert self.moderator.post("/moderation/sanctions", name="!!!").code == 422

    # Words, tags, places.

    def test_a_word_is_forbidden_and_allowed_again(self) -> None:
        self.act("/words", act="forbid", word="Naughty")
        assert "Naughty" in self.page("/words")
        with pytest.raises(Refused, match="not allowed"):
            self.comment("so N A U G H T Y")
        self.act("/words", act="allow", word="naughty")
        self.comment("so naughty")
        assert self.actions() == ["forbid", "allow"]

    def test_a_tag_is_taken_off_one_post_or_off_all(self) -> None:
        self.store.save([tweet("8"), tweet("9")])
        for post in ("7", "8", "9"):
            self.discussion.tag_post(self.sender("Eve"), post, "Bad Tag", self.now())
        self.report("tag:badtag", "not nice")
        assert "#BadTag" in self.page("/tags").replace("# ", "#").replace("Bad Tag", "BadTag")
        assert "not nice" in self.page()
        self.act("/tags", tag="badtag", post="8")
        assert [post.id for post in self.discussion.tagged("badtag")] == ["9", "7"]
        self.act("/tags", tag="badtag")
        assert self.discussion.tag("badtag") is None
        assert "No post has it any more." in self.page() or not self.discussion.open_reports()
        assert set(self.actions()) == {"untag"}

    def test_a_tag_is_taken_off_all_in_steps_between_which_others_write(self) -> None:
        self.store.save([tweet("8"), tweet("9")])
        for post in ("7", "8", "9"):
            self.discussion.tag_post(self.sender("Eve"), post, "Bad Tag", self.now())
        with (
            mock.patch("tweet_store.discussion.store.UNTAGGED_AT_ONCE", 1),
            mock.patch.object(
                StoreWriter, "write", autospec=True, side_effect=StoreWriter.write
            ) as write,
        ):
            self.act("/tags", tag="badtag")
        assert write.call_count == 4
        assert self.discussion.tag("badtag") is None

    def test_places_that_are_not_there_are_not_locked(self) -> None:
        for scope in ("room:nobody", "post:999999"):
            found = self.moderator.post("/moderation/places", scope=scope, locked="1")
            assert found.code == 410
        assert self.discussion.rules() == []

    def test_places_are_locked_slowed_down_and_opened_again(self) -> None:
        self.act("/places", place=self.get_url("/ada/status/7?x=1"), locked="1", slow_seconds="0")
        assert self.refusal() == "locked"
        assert self.refusal(room="ada") == ""
        assert "Under a post by Ada" in self.page("/places")
        scope = self.discussion.rules()[0].scope
        self.act("/places", scope=scope, slow_seconds="30")
        assert self.discussion.rule(scope).locked
        self.act("/places", scope=scope, locked="0")
        rule = self.discussion.rule(scope)
        assert (rule.locked, rule.slow_seconds) == (False, 30)
        assert self.refusal() == ""
        assert self.refusal() == "too_fast"
        self.act("/places", place="/room/ada", locked="1", slow_seconds="0")
        assert "In the room of ada" in self.page("/places")
        self.act("/places", scope="everywhere", locked="1")
        assert self.refusal("Ada Fan") == "locked"
        assert set(self.actions()) == {"rule"}

    def test_a_place_that_is_not_there_is_told(self) -> None:
        for place in ("/room/nobody", "/ada/status/999", "/ada", "x" * 2000):
            found = self.moderator.post("/moderation/places", place=place, locked="1")
            assert found.code == 410
            assert "There is no such place." in words(found)
        assert self.discussion.rules() == []

    def test_a_place_that_is_not_given_is_not_the_whole_site(self) -> None:
        for fields in ({"place": ""}, {"place": " \t\u3000 "}, {"scope": " "}, {}):
            found = self.moderator.post("/moderation/places", locked="1", **fields)
            assert found.code == 422, fields
            assert "Give the address of a post or a room." in words(found)
        assert self.refusal() == ""
        assert self.discussion.rules() == []

    def test_a_post_that_is_not_given_is_not_all_posts(self) -> None:
        self.discussion.tag_post(self.sender("Eve"), "7", "Red Carpet", self.now())
        for post in ("", "  "):
            found = self.moderator.post("/moderation/tags", tag="redcarpet", post=post)
            assert found.code == 400, post
        for tag in ("", "  "):
            assert self.moderator.post("/moderation/tags", tag=tag).code == 422, tag
        assert self.discussion.tag("redcarpet") is not None

    def test_an_empty_word_or_name_does_nothing(self) -> None:
        for path, fields in (
            ("/words", {"act": "forbid", "word": " "}),
            ("/words", {"act": "allow", "word": " "}),
            ("/sanctions", {"name": " "}),
        ):
            assert self.moderator.post(f"/moderation{path}", **fields).code in (410, 422), path
        assert self.discussion.audit_log() == []

    def test_fields_that_no_form_of_ours_sends_are_a_400(self) -> None:
        comment = self.comment("fine")
        for path, fields in (
            (f"/comments/{comment.id}", {"act": "explode"}),
            (f"/comments/{comment.id}", {}),
            ("/words", {"act": "explode", "word": "x"}),
            ("/places", {"scope": "room:../x", "locked": "1"}),
            ("/places", {"scope": "everywhere", "locked": "2"}),
            ("/places", {"scope": "everywhere", "slow_seconds": "-1"}),
            ("/places", {"scope": "everywhere", "slow_seconds": "1e9"}),
            ("/reports", {"report": "1; drop"}),
            ("/reports", {"report": "9" * 40}),
        ):
            assert self.moderator.post(f"/moderation{path}", **fields).code == 400, (path, fields)
        assert self.discussion.audit_log() == []

    def test_what_is_not_there_is_gone(self) -> None:
        for path, fields in (
            ("/comments/c999", {"act": "remove"}),
            ("/comments/c999", {"act": "mute"}),
            ("/tags", {"tag": "nothing", "post": "7"}),
            ("/tags", {"tag": "nothing", "post": "999"}),
            ("/sanctions/999/lift", {}),
        ):
            assert self.moderator.post(f"/moderation{path}", **fields).code == 410, (path, fields)

    def test_a_form_without_its_token_is_not_taken(self) -> None:
        comment = self.comment("fine")
        found = self.moderator.post(f"/moderation/comments/{comment.id}", act="remove", _xsrf="x")
        assert found.code == 403
        assert self.discussion.comment(comment.id) == comment

    # The log.

    def test_the_log_says_what_was_done_in_pages(self) -> None:
        comment = self.comment("bad")
        self.act(f"/comments/{comment.id}", act="remove")
        for number in range(101):
            self.discussion.add_word(f"word{number}", self.now())
        first = self.body("/moderation/log")
        more = re.search(r'href="\?before=(\d+)"', first)
        assert more
        second = self.page(f"/log?before={more[1]}")
        assert "Removed a comment" in second
        assert comment.id in second
        assert "Removed a comment" not in first
        assert "There is nothing earlier." in self.page("/log?before=1")

    def test_the_log_says_what_was_typed_and_leads_to_what_it_was_about(self) -> None:
        comment = self.comment("bad")
        self.act("/words", act="forbid", word="Frobnicate 2001")
        self.act("/words", act="allow", word="frobnicate 2OO1")
        self.act("/sanctions", name="BadName931841")
        self.act(f"/comments/{comment.id}", act="mute")
        page = self.page("/sanctions")
        assert "BadName931841" in page
        self.act("/sanctions/1/lift")
        self.act("/places", place="/ada/status/7", locked="1")
        self.act("/places", place="/room/ada", locked="1")
        self.act("/places", scope="everywhere", slow_seconds="30")
        log, body = self.page("/log"), self.body("/moderation/log")
        assert "Forbade a word Frobnicate 2001" in log
        assert "Allowed a word Frobnicate 2001" in log
        assert "Name banned BadName931841 sanction 1" in log
        assert "Lifted a sanction BadName931841 sanction 1, ban of the name" in log
        assert f"Muted {comment.id} sanction 2, Eve" in log
        assert f'<a href="/comments/{comment.id}">{comment.id}</a>' in body
        assert '<a href="/ada/status/7">Under a post by Ada</a>' in body
        assert '<a href="/room/ada">In the room of ada</a>' in body
        assert "Changed a rule The whole site open, 30 s" in log
        assert "post:" not in log

    def test_the_log_outlives_what_it_is_about(self) -> None:
        self.act("/places", place="/ada/status/7", locked="1")
        self.store.save([Tombstone("7")])
        assert "Under a deleted post" in self.page("/log")

    # On the pages of others.

    def test_a_moderator_s_tools_are_for_moderators_only(self) -> None:
        comment = self.comment("hello")
        path = f"/comments/{comment.id}"
        assert "For moderators" in words(self.moderator.get(path))
        assert "For moderators" not in words(Browser(self).get(path))
        assert "For moderators" in words(self.moderator.get("/ada/status/7"))
        assert "For moderators" in words(self.moderator.get("/room/ada"))

    def test_everything_is_said_in_spanish_too(self) -> None:
        self.report(self.comment("hola").id)
        self.moderator.cookies["language"] = "es"
        for path, said in (
            *(("", "Eliminarlo"), ("/comments", "Silenciar"), ("/log", "Registro")),
            *(("/places", "Modo lento"), ("/words", "prohibidas"), ("/tags", "etiquetas")),
        ):
            assert said in self.page(path)

    def test_pauses_are_told_in_their_own_units(self) -> None:
        page = self.page("/places")
        assert "30 s 1 min 5 min 15 min 1 hr" in page
        self.moderator.cookies["language"] = "es"
        assert "30 s 1 min 5 min 15 min 1 h" in self.page("/places")

    def test_a_form_that_is_no_text_does_nothing(self) -> None:
        for field in ("next", "z"):
            found = self.moderator.post(
                "/moderation/places", place="everywhere", locked="1", **{field: b"\xff"}
            )
            assert found.code == 400
        assert self.discussion.rules() == []
        assert self.actions() == []
