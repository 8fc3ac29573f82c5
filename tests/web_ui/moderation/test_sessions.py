"""Who is a moderator: the token, its file, and the cookie of who gave it."""

from __future__ import annotations

import logging
import stat
import time
from functools import partial
from operator import sub
from pathlib import Path
from unittest.mock import patch

import pytest
from tornado.web import create_signed_value

from settings import Settings
from tests.web_ui.moderation.moderation_case import TOKEN, Browser, ModerationCase, words
from tests.web_ui.page_parts import SECRETS
from web_ui.moderation import entrance
from web_ui.moderation.sessions import ModeratorToken
from web_ui.visitors.secret_file import SecretUnusable, secrets_of


def made(folder: Path) -> ModeratorToken:
    return ModeratorToken.of(Settings.model_validate({"var": folder}), SECRETS)


def test_without_a_setting_the_token_is_made_once_for_its_owner_s_eyes(tmp_path: Path) -> None:
    first = made(tmp_path)
    path = tmp_path / "moderator_token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = path.read_text().strip()
    assert len(token) >= 32
    assert first.matches(token)
    assert first.matches(f" {token}\n")  # as it is pasted
    assert made(tmp_path).mark == first.mark


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    config = Settings.model_validate({"var": tmp_path, "moderator_token": TOKEN})
    assert ModeratorToken.of(config, SECRETS).matches(TOKEN)
    assert not (tmp_path / "moderator_token").exists()


@pytest.mark.parametrize("typed", ["", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "é" * 20, "\x00"])
def test_no_other_text_matches(typed: str) -> None:
    assert not ModeratorToken(TOKEN, SECRETS).matches(typed)


def test_a_token_that_is_too_short_is_none(tmp_path: Path) -> None:
    path = tmp_path / "moderator_token"
    path.write_text("short\n")
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match="at least 16"):
        made(tmp_path)


def test_the_mark_says_nothing_of_the_token_and_changes_with_it() -> None:
    mark = ModeratorToken(TOKEN, SECRETS).mark
    assert TOKEN not in mark
    assert ModeratorToken(f"{TOKEN}2", SECRETS).mark != mark
    assert ModeratorToken(TOKEN, secrets_of([b"another key of the site's"])).mark != mark


class EntranceTest(ModerationCase):
    def setUp(self) -> None:
        super().setUp()
        self.stranger = Browser(self)
        pause = patch.object(entrance, "PAUSE", 0.01)
        pause.start()
        self.addCleanup(pause.stop)

    def test_a_stranger_is_asked_for_the_token_on_every_page(self) -> None:
        for page in ("", "/comments", "/places", "/sanctions", "/words", "/tags", "/log?before=3"):
            found = self.stranger.get(f"/moderation{page}")
            assert found.code == 403
            assert 'action="/moderation/enter"' in found.body.decode()
            assert f'name="next" value="/moderation{page}"' in found.body.decode()
            assert found.headers["Cache-Control"] == "no-store"
        assert "/moderation" not in words(self.stranger.get("/"))

    def test_a_stranger_s_forms_are_not_taken(self) -> None:
        comment = self.comment("fine")
        for path in (
            *(f"/moderation/comments/{comment.id}", "/moderation/words", "/moderation/tags"),
            *("/moderation/places", "/moderation/sanctions", "/moderation/sanctions/1/lift"),
            *("/moderation/reports", "/moderation/leave"),
        ):
            found = self.stranger.post(path, act="remove", word="fine", tag="x", locked="1")
            assert found.code == 403, path
        assert self.discussion.comment(comment.id) == comment
        assert self.discussion.audit_log() == []

    def test_the_address_of_a_form_leads_to_the_pages(self) -> None:
        paths = ("enter", "leave", "reports", "comments/c1", "sanctions/1/lift")
        for path in paths:
            found = self.moderator.get(f"/moderation/{path}")
            assert (found.code, found.headers["Location"]) == (303, "/moderation"), path
            if path != "enter":
                assert self.stranger.get(f"/moderation/{path}").code == 403

    def test_the_token_leads_to_the_page_that_was_asked_for(self) -> None:
        found = self.stranger.enter(next="/moderation/log?before=3")
        assert (found.code, found.headers["Location"]) == (303, "/moderation/log?before=3")
        cookie = next(c for c in found.headers.get_list("Set-Cookie") if c.startswith("moderator="))
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        assert TOKEN not in cookie
        assert "Reports" in words(self.stranger.get("/moderation"))
        assert 'href="/moderation"' in self.stranger.get("/").body.decode()

    def test_behind_tls_the_cookie_stays_there(self) -> None:
        found = self.stranger.post(
            "/moderation/enter", token=TOKEN, headers={"X-Forwarded-Proto": "https"}
        )
        assert any("Secure" in c for c in found.headers.get_list("Set-Cookie") if "moderator=" in c)

    def test_it_leads_to_no_other_site(self) -> None:
        for place in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            assert self.stranger.enter(next=place).headers["Location"] == "/"

    def test_a_wrong_token_is_told_and_logged_without_it(self) -> None:
        with self.assertLogs("celebwire.web.moderation", logging.WARNING) as logs:
            found = self.stranger.enter("not the token at all")
        assert found.code == 403
        assert "This is not the token." in words(found)
        assert "not the token at all" not in found.body.decode()
        assert "not the token at all" not in "".join(logs.output)
        assert "moderator" not in self.stranger.cookies

    def test_who_tries_often_is_made_to_wait_even_with_the_right_one(self) -> None:
        codes = [self.stranger.enter("wrong").code for _ in range(4)]  # one was used by `moderator`
        assert codes == [403] * 4
        found = self.stranger.enter()
        assert found.code == 429
        assert int(found.headers["Retry-After"]) > 0
        assert "too fast" in words(found)
        assert TOKEN not in found.body.decode()
        assert self.moderator.get("/moderation/log").code == 200

    def test_leaving_takes_the_cookie_away(self) -> None:
        assert self.moderator.post("/moderation/leave").code == 303
        assert "/moderation/enter" in self.moderator.get("/moderation").body.decode()

    def test_a_changed_token_ends_all_sessions(self) -> None:
        for token, opened in ((TOKEN, True), ("the token of yesterday", False)):
            signed = create_signed_value(
                self.secrets.cookie_keys,
                "moderator",
                ModeratorToken(token, self.secrets).mark,
                key_version=self.secrets.key_version,
            )
            self.stranger.cookies["moderator"] = signed.decode()
            page = self.stranger.get("/moderation").body.decode()
            assert ("/moderation/enter" not in page) == opened, token

    def test_a_session_ends_after_twelve_hours(self) -> None:
        for hours, opened in ((11.9, True), (12.1, False)):
            signed = create_signed_value(
                self.secrets.cookie_keys,
                "moderator",
                ModeratorToken(TOKEN, self.secrets).mark,
                key_version=self.secrets.key_version,
                clock=partial(sub, time.time(), hours * 3600),
            )
            self.stranger.cookies["moderator"] = signed.decode()
            page = self.stranger.get("/moderation").body.decode()
            assert ("/moderation/enter" not in page) == opened, hours

    def test_a_cookie_that_somebody_made_up_is_none(self) -> None:
        for value in ("", "1", "2|1:0|10:1|9:moderator|4:MQ==|x", "x" * 2000):
            self.stranger.cookies["moderator"] = value
            assert "/moderation/enter" in self.stranger.get("/moderation").body.decode()
