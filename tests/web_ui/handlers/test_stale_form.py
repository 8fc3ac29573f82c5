"""A form whose token is stale: given back to who sent it from a page of ours, to nobody else."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from tornado.httpclient import HTTPResponse
from tornado.httputil import HTTPHeaders

from tests.tweet_store.posts import tweet
from tests.web_ui.visitors.visitors_case import VisitorsCase
from tweet_store.discussion.store import DiscussionStore
from web_ui.handlers.stale_form import is_of_own_page

TYPED = '"it" <script>\r\n  & more </textarea>'
FIELD = re.compile(r'<input[^>]* name="(\w+)" value="([^"]*)"')
AREA = re.compile(r'<textarea[^>]* name="text"[^>]*>\n(.*?)</textarea>', re.S)


def form_of(answer: HTTPResponse, action: str) -> dict[str, str]:
    """The fields of the form that goes to this address, as a browser would send them."""
    _, found, rest = answer.body.decode().partition(f'action="{action}"')
    assert found, answer.body
    form = rest.partition("</form>")[0]
    fields = {name: unescape(value) for name, value in FIELD.findall(form)}
    area = AREA.search(form)
    return fields | ({"text": unescape(area[1])} if area else {})


class StaleFormTest(VisitorsCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.save([tweet("1")])
        self.discussion = DiscussionStore(self.store)

    def test_what_was_typed_comes_back_and_is_written_when_it_is_sent_again(self) -> None:
        path = "/ada/status/1/comments"
        one = self.visitor(Origin=self.get_url(""))
        page = "/ada/status/1"
        token = one.token(page)
        one.cookies.clear()  # in another tab
        typed = {"text": TYPED, "name": "Odile", "nonce": "n1", "parent": ""}
        found = one.post(path, page=page, token=False, _xsrf=token, **typed)
        assert found.code == 403
        assert b"cookies of this site were deleted" in found.body
        assert b"<script>\r" not in found.body
        assert self.discussion.thread("1") == []
        fields = form_of(found, path)
        new = fields.pop("_xsrf")
        assert fields == typed
        assert f'href="{page}"' in found.body.decode()
        sent = one.post(path, page=page, token=False, _xsrf=new, **fields)
        assert sent.code == 303
        assert [one.text for one in self.discussion.thread("1")] == [
            '"it" <script>\n  & more </textarea>'
        ]

    def test_every_form_with_words_in_it_comes_back(self) -> None:
        one = self.visitor(Referer=self.get_url("/"))
        one.get("/")
        for path, fields in [
            ("/room/ada/comments", {"text": "hello", "nonce": "n", "parent": "c3"}),
            ("/comments/c2/edit", {"text": "hello"}),
            ("/comments/c2/report", {"reason": "rude"}),
            ("/ada/status/1/tags", {"tag": "red", "name": "Odile", "nonce": "n"}),
            ("/tag/red/report", {"reason": "rude"}),
            ("/sign-in", {"name": "Odile", "next": "/celebs", "nonce": "n"}),
            ("/follow", {"celeb": "ada", "on": "1", "next": "/ada"}),
        ]:
            found = one.post(path, token=False, _xsrf="2|old|old|1", **fields)
            back = form_of(found, path)
            assert (found.code, back.pop("_xsrf") != "", back) == (403, True, fields), path

    def test_secrets_are_asked_for_again(self) -> None:
        one = self.visitor(Referer=self.get_url("/"))
        for path, name in (("/sign-in/recover", "code"), ("/comments/c2/edit", "code")):
            found = one.post(path, token=False, **{"name": "Odile", name: "k3fd-9x2m"})
            assert found.code == 403
            assert b"k3fd" not in found.body
            assert form_of(found, path)[name] == ""

    def test_another_site_s_words_stand_on_no_page_of_ours(self) -> None:
        for headers in (
            {"Origin": "https://evil.test"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site", "Origin": self.get_url("")},
            {"Sec-Fetch-Site": "same-site"},
            {"Referer": "https://evil.test/"},
            {},
        ):
            for accept in ("text/html", "application/json"):
                one = self.visitor(Accept=accept)
                one.get("/")
                found = one.send("/ada/status/1/comments", "text=forged", **headers)
                assert found.code == 403, headers
                assert b"forged" not in found.body
                assert b"token" not in found.body

    def test_a_script_is_given_a_token_for_its_next_try(self) -> None:
        one = self.visitor(Accept="application/json", Origin=self.get_url(""))
        found = one.post("/follow", token=False, celeb="ada", on="1")
        told = json.loads(found.body)
        assert (found.code, told["reason"]) == (403, "stale_form")
        assert "follows" not in one.cookies
        again = one.post("/follow", token=False, _xsrf=told["token"], celeb="ada", on="1")
        assert (again.code, json.loads(again.body)) == (200, {"followed": ["ada"]})

    def test_what_is_no_text_is_none_here_either(self) -> None:
        one = self.visitor(Origin=self.get_url(""))
        assert one.send("/ada/status/1/comments", "text=%ff").code == 400


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.test"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://wire.test"}, False),
        ({"Sec-Fetch-Site": "?"}, False),
        ({"Origin": "http://wire.test:80"}, False),
        ({"Origin": "http://WIRE.test"}, True),
        ({"Origin": "https://public.test"}, True),
        ({"Origin": "http://public.test"}, False),
        ({"Origin": "https://evil.test", "Referer": "http://wire.test/"}, False),
        ({"Origin": "null", "Referer": "http://wire.test/"}, False),
        ({"Referer": "http://wire.test/ada?before=3"}, True),
        ({"Referer": "http://wire.test.evil.test/"}, False),
        ({"Referer": "http://wire.test@evil.test/"}, False),
        ({"Referer": "//wire.test/"}, False),
        ({"Referer": "http://["}, False),
        ({}, False),
    ],
)
def test_who_says_that_a_form_is_ours(headers: dict[str, str], is_own: bool) -> None:
    found = is_of_own_page(HTTPHeaders(headers), "wire.test", "https://public.test")
    assert found == is_own
