"""The site map and robots.txt, as search engines read them."""

from __future__ import annotations

import re
import urllib.robotparser
from unittest import mock
from xml.etree import ElementTree

from tests.tweet_store.posts import author, tweet
from tests.web_ui.program_case import ProgramCase
from tweet_store.model import Tombstone
from web_ui.feeds import sitemap

NAMES = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class SitemapTest(ProgramCase):
    def locations(self, address: str) -> list[str]:
        """The addresses in a list, of which each is a path of ours here."""
        found = self.get(address.removeprefix(self.get_url("")))
        assert found.code == 200
        assert found.headers["Content-Type"] == "application/xml; charset=utf-8"
        tree = ElementTree.fromstring(found.body)
        return [str(one.text) for one in tree.iter(f"{NAMES}loc")]

    def everything(self) -> list[str]:
        lists = self.locations("/sitemap.xml")
        found = [one for each in lists for one in self.locations(each)]
        return [one.removeprefix(self.get_url("")) for one in found]

    def test_all_celebs_and_posts(self) -> None:
        self.store.save([tweet("1"), tweet("2", author=author("bob")), tweet("3"), Tombstone("1")])
        assert sorted(self.everything()) == ["/ada", "/ada/status/3", "/bob", "/bob/status/2"]
        body = self.get("/sitemap/posts/0.xml").body
        assert body.count(b"<lastmod>2026-11-21T12:00:00Z</lastmod>") == 2

    def test_an_empty_site_has_an_empty_map(self) -> None:
        assert self.everything() == []

    def test_long_lists_are_many(self) -> None:
        posts = [tweet(str(n), author=author(f"celeb{n % 17}")) for n in range(1, 96)]
        self.store.save(posts)
        with (
            mock.patch.object(sitemap, "CELEBS", 5),
            mock.patch.object(sitemap, "POSTS", 10),
            mock.patch.object(sitemap, "PIECE", 3),
        ):
            found = self.everything()
            assert self.get("/sitemap/posts/10.xml").code == 404
        expected = {f"/celeb{n}" for n in range(17)}
        expected |= {f"/{post.author.handle}/status/{post.id}" for post in posts}
        assert len(found) == len(set(found))
        assert set(found) == expected

    def test_only_the_newest_posts_are_listed(self) -> None:
        self.store.save([tweet(str(n)) for n in range(1, 96)])
        with mock.patch.object(sitemap, "POSTS", 10), mock.patch.object(sitemap, "POST_LISTS", 2):
            posts = [path for path in self.everything() if "/status/" in path]
            assert len(posts) == 16  # of the positions 80 to 95
            assert self.get("/sitemap/posts/5.xml").code == 404

    def test_what_is_not_listed_is_not_there(self) -> None:
        self.store.save([tweet("1")])
        for path in ("posts/1", "posts/9999999999999"):
            assert self.get(f"/sitemap/{path}.xml").code == 404

    def test_it_is_read_no_more_often_than_the_api(self) -> None:
        self.store.save([tweet("1")])
        codes = {self.get("/sitemap/posts/0.xml").code for _ in range(40)}
        assert codes == {200, 429}


class RobotsTest(ProgramCase):
    def test_search_engines_are_kept_out_of_some_places(self) -> None:
        found = self.get("/robots.txt")
        assert found.headers["Content-Type"] == "text/plain; charset=utf-8"
        rules = re.findall("(?m)^Disallow: (.*)$", found.body.decode())
        # RFC 9309, 2.2.3: a rule is a beginning; * stands for anything, $ for the end.
        forms = [re.escape(rule).replace(r"\*", ".*").replace(r"\$", "$") for rule in rules]
        kept_out = re.compile("|".join(forms))
        for word in ("search", "comments", "moderation", "me", "sign-in"):
            for path in (f"/{word}", f"/{word}/x", f"/{word}?x=1"):
                assert kept_out.match(path), path
            assert not kept_out.match(f"/{word}ing")
        for path in ("/", "/ada", "/messi", "/ada/status/1", "/feeds/all.atom", "/tag/me"):
            assert not kept_out.match(path), path

    def test_simple_programs_are_not_kept_out_of_more_and_find_the_map(self) -> None:
        robots = urllib.robotparser.RobotFileParser()
        robots.parse(self.get("/robots.txt").body.decode().splitlines())
        assert robots.can_fetch("any", self.get_url("/messi"))
        assert not robots.can_fetch("any", self.get_url("/comments/c1"))
        assert robots.site_maps() == [self.get_url("/sitemap.xml")]
