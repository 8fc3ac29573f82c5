"""oEmbed: posts of ours in pages of others."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.program_case import ProgramCase
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.model import Media, Tombstone


class OembedTest(ProgramCase):
    def ask(self, path: str = "/ada/status/1", **query: object) -> Any:
        asked = {"url": self.get_url(path), **query}
        found = self.get(f"/oembed?{urlencode(asked)}")
        assert found.code == 200, found.body
        return json.loads(found.body)

    def refused(self, status: int, **query: object) -> str:
        found = self.get(f"/oembed?{urlencode(query)}")
        assert found.code == status, found.body
        return str(json.loads(found.body)["error"])

    def test_a_post_as_rich_html(self) -> None:
        self.store.save([tweet("1", text="Tea &amp; <cake>", lang="en")])
        page = self.get_url("/ada/status/1")
        told = self.ask()
        assert (told["version"], told["type"]) == ("1.0", "rich")
        assert told["author_name"] == "Ada"
        assert told["author_url"] == self.get_url("/ada")
        assert told["provider_url"] == self.get_url("/")
        assert told["html"] == (
            f'<blockquote cite="{page}" dir="auto" lang="en"><p>Tea &amp; &lt;cake&gt;</p>'
            f'<footer>Ada (@ada), <a href="{page}" rel="nofollow noopener">21 Nov 2026, 12:00 UTC'
            "</a></footer></blockquote>"
        )
        assert told["width"] <= 550
        assert told["height"] > 0

    def test_the_same_as_xml(self) -> None:
        self.store.save([tweet("1", text="a\x0bb")])
        told = self.ask()
        query = urlencode({"url": self.get_url("/ada/status/1"), "format": "xml"})
        found = self.get(f"/oembed?{query}")
        assert found.headers["Content-Type"] == "text/xml; charset=utf-8"
        fields = {field.tag: field.text for field in ElementTree.fromstring(found.body)}
        assert fields == {name: str(value).replace("\x0b", "") for name, value in told.items()}

    def test_no_larger_than_there_is_room(self) -> None:
        photo = Media("photo", "https://pbs.twimg.com/a.jpg", 1000, 2000)
        self.store.save([tweet("1", text="word " * 100, media=(photo,))])
        told = self.ask(maxwidth=300, maxheight=400)
        assert (told["width"], told["height"]) == (300, 400)
        narrow, wide = self.ask(maxwidth=300), self.ask(maxwidth=5000)
        assert (narrow["width"], wide["width"]) == (300, 550)
        assert wide["height"] > 1100

    def test_any_address_of_the_post_will_do(self) -> None:
        self.store.save([tweet("1"), tweet("2", edit_ids=("1", "2"))])
        for path in ("/ada/status/2", "/ada/status/1", "/bob/status/1/", "/ada/status/1?after=3#x"):
            assert self.ask(path)["url"] == self.get_url("/ada/status/2")
        other_scheme = self.get_url("/ada/status/1").replace("http:", "https:")
        query = urlencode({"url": other_scheme, "callback": "unknown parameters do no harm"})
        assert self.get(f"/oembed?{query}").code == 200

    def test_what_cannot_be_embedded(self) -> None:
        self.store.save([tweet("1"), tweet("2"), Tombstone("2")])
        page = self.get_url("/ada/status/1")
        assert "url: is needed" in self.refused(400)
        assert "no post 2" in self.refused(404, url=self.get_url("/ada/status/2"))
        assert "no post 9" in self.refused(404, url=self.get_url("/ada/status/9"))
        for url in (
            self.get_url("/"),
            self.get_url("/ada"),
            "https://x.com/ada/status/1",
            "https://evil.example/?://127.0.0.1/ada/status/1",
            "nonsense",
            "http://[",
        ):
            assert "must be the address of a post" in self.refused(404, url=url)
        assert "format: " in self.refused(400, url=page, format="yaml")
        for size in ("0", "-1", "x", "", "1.5", "9" * 20):
            assert "maxwidth: " in self.refused(400, url=page, maxwidth=size)
            assert "maxheight: " in self.refused(400, url=page, maxheight=size)


class DiscoveryTest(UpdatesCase):
    @gen_test
    async def test_the_page_of_a_post_leads_to_what_embeds_it(self) -> None:
        await self.arrive(tweet("1"))
        page = await self.http_client.fetch(self.get_url("/ada/status/1"))
        found = re.search(
            '<link rel="alternate" type="application/json.oembed" href="([^"]*)"',
            page.body.decode(),
        )
        assert found
        told = await self.http_client.fetch(html.unescape(found[1]))
        assert json.loads(told.body)["url"] == self.get_url("/ada/status/1")
