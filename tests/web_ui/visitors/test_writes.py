"""Writes come from forms of ours and from nowhere else; over TLS, cookies stay on it."""

from __future__ import annotations

from unittest.mock import patch
from urllib.parse import urlencode

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.testing import ExpectLog, gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.updates_case import UpdatesCase
from tests.web_ui.visitors.visitors_case import VisitorsCase
from tweet_store.discussion.refusals import Refused
from web_ui.handlers.page import PageHandler
from web_ui.read_limits import ReadLimits


class WritesTest(VisitorsCase):
    def test_without_the_token_nothing_is_written_and_the_page_says_what_to_do(self) -> None:
        self.store.save([tweet("1")])
        paths = ["/sign-in", "/sign-in/recover", "/sign-out", "/me/recovery-code", "/follow"]
        for origin, said in ((self.get_url(""), b"Send it again"), ("null", b"load it again")):
            one = self.visitor(Origin=origin)
            one.get("/")
            for path in [*paths, "/follow/all", "/language"]:
                fields = {"celeb": "ada", "on": "1", "name": "Odile", "language": "es"}
                found = one.post(path, token=False, **fields)
                assert found.code == 403, path
                assert said in found.body
                assert set(one.cookies) == {"_xsrf"}

    def test_the_token_of_another_browser_is_none(self) -> None:
        other = self.visitor()
        other.get("/me")
        one = self.visitor()
        one.get("/me")
        token = other.cookies["_xsrf"].strip('"')
        assert one.post("/sign-in", token=False, name="Odile", _xsrf=token).code == 403

    def test_a_page_of_another_site_writes_nothing_even_with_the_token(self) -> None:
        for headers, status in [
            ({"Origin": "https://evil.test"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.127.0.0.1"}, 403),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.test"}, 303),
            ({"Origin": self.get_url("")}, 303),
            ({}, 303),
        ]:
            found = self.visitor(**headers).post("/language", language="es", next="/")
            assert found.code == status, headers

    def test_a_page_has_no_mark_to_ask_again_by(self) -> None:
        # The token in each page is masked anew: a mark of the page would never be found again.
        page = self.visitor().get("/")
        assert "Etag" not in page.headers
        assert page.headers["Cache-Control"] == "private, no-cache"

    def test_a_refusal_that_cannot_be_told_is_an_error_all_the_same(self) -> None:
        class Broken(PageHandler):
            def get(self) -> None:
                raise Refused("locked", "closed")

            def refuse(self, refused: Refused) -> None:
                raise RuntimeError("a fault of ours")

        self._app.add_handlers(".*", [("/broken", Broken, {"parts": self.parts})])
        with ExpectLog("tornado.application", "Uncaught exception"):
            found = self.visitor().get("/broken")
        assert found.code == 403
        assert b"fault" not in found.body

    def test_who_reads_too_much_is_asked_to_wait_and_keeps_the_words(self) -> None:
        one = self.visitor(Referer="http://[")
        with patch.object(ReadLimits, "take", return_value=7):
            found = one.get("/search?q=red+carpet")
        body = found.body.decode()
        assert (found.code, found.headers["Retry-After"]) == (429, "7")
        assert 'href="/search?q=red+carpet"' in body
        assert 'action="/search"' not in body
        assert "That was not sent" not in body
        assert "Wait a moment" in body

    def test_what_can_only_be_read_says_so(self) -> None:
        for path in ("/", "/celebs", "/search", "/following", "/me"):
            found = self.fetch(path, method="POST", body="")
            assert found.code == 405, path


class BehindTlsTest(UpdatesCase):
    settings = {"public_url": "https://wire.test"}  # noqa: RUF012

    async def ask(self, path: str, **headers: str) -> HTTPResponse:
        return await self.http_client.fetch(
            HTTPRequest(self.get_url(path), headers=headers), raise_error=False
        )

    @gen_test
    async def test_cookies_are_secure_where_a_trusted_proxy_says_https(self) -> None:
        plain = await self.ask("/")
        assert "Secure" not in plain.headers["Set-Cookie"]
        safe = await self.ask("/", **{"X-Forwarded-Proto": "https"})
        [cookie] = safe.headers.get_list("Set-Cookie")
        for part in ("_xsrf=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
            assert part in cookie

    @gen_test
    async def test_links_for_elsewhere_have_the_address_that_visitors_know(self) -> None:
        page = (await self.ask("/")).body.decode()
        assert '<meta property="og:url" content="https://wire.test/">' in page
        assert "127.0.0.1" not in page

    @gen_test
    async def test_a_form_from_the_address_that_visitors_know_is_ours(self) -> None:
        page = await self.ask("/")
        cookie = page.headers["Set-Cookie"].partition(";")[0]
        token = cookie.partition("=")[2].strip('"')
        for origin, status in (("https://wire.test", 303), ("https://other.test", 403)):
            found = await self.http_client.fetch(
                HTTPRequest(
                    self.get_url("/language"),
                    method="POST",
                    headers={"Cookie": cookie, "Origin": origin},
                    body=urlencode({"language": "es", "next": "/", "_xsrf": token}),
                    follow_redirects=False,
                ),
                raise_error=False,
            )
            assert found.code == status
