"""What the site puts into browsers, and what it takes from them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.web import create_signed_value

from tests.tweet_store.posts import tweet
from tests.web_ui.page_parts import SECRETS
from tests.web_ui.visitors.visitors_case import VisitorsCase
from web_ui.visitors.cookies import DAYS, slugs

DAY = 86_400


class CookiesTest(VisitorsCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.save([tweet("1")])

    def test_reading_leaves_the_token_of_forms_and_nothing_else(self) -> None:
        for path in ("/", "/ada", "/celebs", "/search?q=x", "/following", "/nobody", "/me"):
            one = self.visitor()
            one.get(path)
            assert set(one.cookies) == {"_xsrf"}, path
            one.get(path)
            assert one.set_cookies == [], path

    def signed(self, days_ago: float, key_version: int = SECRETS.key_version) -> str:
        made = create_signed_value(
            SECRETS.cookie_keys | {7: b"of somebody else"},
            "follows",
            "ada",
            key_version=key_version,
            clock=lambda: time.time() - days_ago * DAY,
        )
        return made.decode()

    def test_an_old_cookie_is_written_anew_and_a_very_old_one_forgotten(self) -> None:
        one = self.visitor()
        one.get("/")
        for days, followed, renewed in ((1, True, False), (100, True, True), (401, False, False)):
            one.cookies["follows"] = self.signed(days)
            page = one.get("/ada")
            assert (b'name="on" value="0"' in page.body) == followed, days
            assert any(line.startswith("follows=") for line in one.set_cookies) == renewed, days

    def test_a_cookie_of_an_unknown_key_is_none(self) -> None:
        one = self.visitor()
        for cookie in (self.signed(1, 7), "nonsense", '"2|1:0|"', "ada"):
            one.cookies["follows"] = cookie
            assert b'name="on" value="1"' in one.get("/ada").body
            one.cookies["visitor"] = cookie
            assert one.get("/me").code == 200

    def test_whatever_a_cookie_says_is_no_error(self) -> None:
        octets = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=',;"')
        parts = st.sampled_from(["2", "1:0", "10:1795273889", "7:follows", "|", ":", "ada", "é"])
        values = st.text(octets, max_size=60) | st.lists(parts).map("|".join)

        @settings(max_examples=60)
        @given(values, values)
        def scenario(signed: str, token: str) -> None:
            one = self.visitor()
            one.cookies = {"follows": signed, "visitor": signed, "moderator": signed}
            one.cookies |= {"_xsrf": token, "language": signed}
            assert one.get("/follow").code == 200
            assert one.post("/sign-out", token=False, _xsrf=token).code in (303, 403)

        scenario()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("ada", ("ada",)),
        ("ada,bob,ada", ("ada", "bob")),
        (" Ada , b_b-1 ", ("ada", "b_b-1")),
        ("a.b,<b>,,é," + "x" * 65, ()),
    ],
)
def test_slugs(text: str, found: tuple[str, ...]) -> None:
    assert slugs(text) == found


def test_cookies_last_as_long_as_browsers_let_them() -> None:
    assert DAYS == 400
