"""What programs read, on the whole site: in front of the pages, and counted."""

from __future__ import annotations

from tornado.httpclient import HTTPResponse
from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.updates_case import UpdatesCase


class WiredCase(UpdatesCase):
    async def get(self, path: str) -> HTTPResponse:
        return await self.http_client.fetch(self.get_url(path), raise_error=False)


class WiredTest(WiredCase):
    @gen_test
    async def test_each_is_where_it_should_be(self) -> None:
        await self.arrive(tweet("1"))
        for path, type_ in [
            ("/feeds/all.atom", "application/atom+xml"),
            ("/feeds/ada.json", "application/feed+json"),
            ("/robots.txt", "text/plain"),
            ("/sitemap.xml", "application/xml"),
            ("/oembed?url=" + self.get_url("/ada/status/1"), "application/json"),
            ("/api", "text/html"),
            ("/api/v1/openapi.json", "application/json"),
            ("/api/v1/posts", "application/json"),
        ]:
            found = await self.get(path)
            assert found.code == 200, path
            assert found.headers["Content-Type"].startswith(type_)


class LimitTest(WiredCase):
    settings = {"max_reads_per_minute": 2}  # noqa: RUF012

    @gen_test
    async def test_what_is_costly_is_limited_together(self) -> None:
        await self.arrive(tweet("1"))
        assert (await self.get("/search?q=hello")).code == 200
        costly = [
            *("/search?q=hello", "/celebs?q=ada", "/tags"),
            *("/api/v1/search?q=hello", "/api/v1/openapi.json"),
            *("/feeds/all.atom", "/feeds/ada,bob.json", "/feeds/tag/x.atom", "/oembed"),
        ]
        for path in costly:
            found = await self.get(path)
            assert found.code == 429, path
            assert 1 <= int(found.headers["Retry-After"]) <= 60
        refused = self.count("celebwire_refused_total", bound="max_reads_per_minute")
        assert refused == len(costly)
        assert (await self.get("/search")).code == 200
        assert (await self.get("/celebs")).code == 200
