"""The pages over real HTTP, on a real store."""

from __future__ import annotations

import re
import tempfile
from datetime import timedelta

from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase, ExpectLog
from tornado.web import Application

from tests.tweet_store.posts import NOON, author, tweet
from tweet_store import slugs
from tweet_store.model import Reference, Tombstone, Tweet
from tweet_store.store import TweetStore
from web_ui import pages
from web_ui.cards import Cards
from web_ui.cursor import Cursor
from web_ui.site_handler import application_settings, load_templates
from web_ui.store_reader import StoreReader


def ids(response: HTTPResponse) -> list[str]:
    """The posts on a page, from top to bottom."""
    return re.findall(r'class="post" data-id="([^"]*)"', response.body.decode())


def live(response: HTTPResponse) -> tuple[str, str, str]:
    """The channel, the cursor, and where new posts go."""
    found = re.search(
        r'data-channel="([^"]*)" data-cursor="([^"]*)" data-new="([^"]*)"', response.body.decode()
    )
    assert found
    return found[1], found[2], found[3]


def answer(id_: str, to: str, handle: str = "bob") -> Tweet:
    reference = Reference("replied_to", to)
    return tweet(id_, author=author(handle), reply_to_id=to, references=(reference,))


class PagesTest(AsyncHTTPTestCase):
    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = TweetStore.open(f"sqlite:///{folder.name}/store.db")
        self.addCleanup(self.store.close)
        self.meanwhile: list[Tweet] = []
        """Saved right after the cursor was read."""
        templates = load_templates()
        cards = Cards(templates)
        reader = StoreReader(self.store, cards.render)
        self.addCleanup(reader.close)
        return Application(
            pages.routes(reader, cards, self.current_cursor),
            **application_settings(templates),
        )

    def current_cursor(self) -> Cursor:
        now = Cursor("epoch", self.store.latest_seq())
        self.store.save(self.meanwhile)
        return now

    def get(self, path: str, method: str = "GET") -> HTTPResponse:
        return self.fetch(path, method=method, follow_redirects=False)

    # Everybody's.

    def test_the_first_page_of_an_empty_site_says_so(self) -> None:
        found = self.get("/")
        assert found.code == 200
        assert b"Nothing yet" in found.body
        assert live(found) == ("all", "epoch.0", "top")
        assert b"Lately active" not in found.body
        assert b'href="/celebs">All celebs' in found.body

    def test_everybodys_posts_newest_first(self) -> None:
        self.store.save([tweet("1"), tweet("2", author=author("bob")), tweet("3")])
        found = self.get("/")
        assert ids(found) == ["3", "2", "1"]
        assert live(found) == ("all", "epoch.3", "top")
        assert b"Lately active" in found.body
        assert b'href="/bob"' in found.body

    def test_a_page_shows_what_was_there_at_its_cursor(self) -> None:
        # What comes in between is given by the first poll, in its order.
        self.store.save([tweet("1")])
        self.meanwhile = [tweet("2")]
        found = self.get("/")
        assert (ids(found), live(found)[1]) == (["1"], "epoch.1")

    def test_older_posts_are_a_link_away_without_gap_or_overlap(self) -> None:
        self.store.save([tweet(str(n)) for n in range(1, 121)])
        path, seen = "", list[str]()
        for page in range(3):
            found = self.get(f"/{path}")
            seen += ids(found)
            link = re.search(r'data-older href="([^"]*)"( hidden)?', found.body.decode())
            assert link
            path = link[1]
            assert (link[2] is None) == (page < 2)
        assert seen == [str(n) for n in range(120, 0, -1)]

    def test_new_posts_do_not_belong_to_a_page_of_older_ones(self) -> None:
        self.store.save([tweet("1"), tweet("2")])
        found = self.get("/?before=2")
        assert ids(found) == ["1"]
        assert live(found) == ("all", "epoch.2", "none")
        assert b"Newest posts" in found.body

    def test_a_place_that_is_none_is_a_400_in_the_sites_look(self) -> None:
        for before in ["x", "0", "-1", "1.5", "٣", "9" * 19, "9" * 5000, "", "%00"]:
            found = self.get(f"/?before={before}")
            assert found.code == 400, before
            assert b"That address does not work" in found.body

    # A celeb's.

    def test_a_celebs_page_has_the_celebs_posts_only(self) -> None:
        ada = author("ada", bio="Counts & writes.", network="demo")
        self.store.save([tweet("1", author=ada), tweet("2", author=author("bob"))])
        found = self.get("/ada")
        assert ids(found) == ["1"]
        assert live(found) == ("celeb:ada", "epoch.2", "top")
        assert b"Counts &amp; writes." in found.body

    def test_a_handle_as_its_owner_writes_it_leads_to_the_celeb(self) -> None:
        found = self.get("/AdaL")
        assert (found.code, found.headers["Location"]) == (302, "/adal")
        assert self.get("/AdaL?before=7").headers["Location"] == "/adal?before=7"

    def test_nobody_of_that_name(self) -> None:
        for path in ["/nobody", "/no.body", "/" + "a" * 65, "/%00", "/a/b", "/ada/status/"]:
            found = self.get(path)
            assert found.code == 404, path
            assert b"Nothing here" in found.body

    def test_a_slash_too_many_is_taken_away_for_good_and_the_query_kept(self) -> None:
        for path in ["/ada", "/celebs", "/ada/status/1", "/ada/status/demo:1.a~b"]:
            for query in ["", "?before=7&x=%3C%0d%0a"]:
                for method in ["GET", "HEAD"]:
                    found = self.get(f"{path}/{query}", method)
                    assert (found.code, found.headers["Location"]) == (301, path + query)
        for path in ["//", "//ada/", "/ada//", "//evil.test/", "/evil.test/", "/\\evil.test/"]:
            assert self.get(path).code == 404, path

    def test_bytes_that_are_no_text_are_a_400(self) -> None:
        assert self.get("/%FF/status/1").code in (400, 404)
        assert self.get("/?before=%FF").code == 400

    def test_no_celeb_can_take_one_of_our_own_paths(self) -> None:
        for path in ["celebs", "updates", "static", "healthz", "readyz", "metrics", "tag", "feeds"]:
            assert path in slugs.RESERVED
        self.store.save([tweet("1", author=author("celebs"))])
        assert b"<h1>Celebs</h1>" in self.get("/celebs").body
        assert ids(self.get("/celebs-x")) == ["1"]

    # One post.

    def test_a_post_and_the_answers_to_it(self) -> None:
        self.store.save([tweet("1"), answer("2", "1"), tweet("3"), answer("4", "1")])
        found = self.get("/ada/status/1")
        assert found.code == 200
        assert ids(found) == ["1", "2", "4"]
        assert live(found) == ("thread:1", "epoch.4", "bottom")

    def test_later_answers_are_a_link_away_without_gap_or_overlap(self) -> None:
        self.store.save([tweet("1"), *(answer(str(n), "1") for n in range(2, 252))])
        query, seen = "", list[str]()
        for page in range(3):
            found = self.get(f"/ada/status/1{query}")
            first, *answers = ids(found)
            assert first == "1"
            seen += answers
            link = re.search(r'data-more href="([^"]*)"( hidden)?', found.body.decode())
            assert link
            query = link[1]
            assert (link[2] is None) == (page < 2)
            # A new answer would stand after those that are not shown.
            assert live(found)[2] == ("bottom" if page == 2 else "none")
            assert (b"First answers" in found.body) == (page > 0)
        assert seen == [str(n) for n in range(2, 252)]
        found = self.get("/ada/status/1?after=251")
        assert ids(found) == ["1"]
        assert b"no later answers" in found.body
        assert self.get("/ada/status/1?after=x").code == 400

    def test_the_page_of_a_long_post_has_all_of_it(self) -> None:
        text = "word " * 40_000
        self.store.save([tweet("1", text=text)])
        assert self.get("/ada/status/1").body.count(b"word ") >= 39_999
        assert len(self.get("/").body) < 20_000

    def test_any_id_of_an_edit_chain_shows_the_current_version(self) -> None:
        self.store.save(
            [tweet("1", text="old"), answer("2", "1"), tweet("3", text="new", edit_ids=("1", "3"))]
        )
        for id_ in ("1", "3"):
            found = self.get(f"/ada/status/{id_}")
            assert ids(found) == ["3", "2"]
            assert set(live(found)[0].split(",")) == {"thread:1", "thread:3"}

    def test_a_wrong_celeb_is_put_right(self) -> None:
        self.store.save([tweet("1")])
        found = self.get("/bob/status/1")
        assert (found.code, found.headers["Location"]) == (302, "/ada/status/1")
        found = self.get("/bob/status/1?after=5")
        assert found.headers["Location"] == "/ada/status/1?after=5"

    def test_a_deleted_post_is_gone_and_its_answers_stay(self) -> None:
        self.store.save([tweet("1", text="secret"), answer("2", "1"), Tombstone("1")])
        found = self.get("/ada/status/1")
        assert found.code == 410
        assert b"deleted by its author" in found.body
        assert b"data-gone hidden" not in found.body
        assert b"secret" not in found.body
        assert ids(found) == ["2"]

    def test_a_post_that_is_not_here_is_shown_by_its_answers(self) -> None:
        self.store.save([answer("2", "1")])
        found = self.get("/ada/status/1")
        assert found.code == 200
        assert ids(found) == ["2"]
        assert b"https://x.com/i/status/1" in found.body

    def test_a_post_that_nobody_knows(self) -> None:
        found = self.get("/ada/status/1")
        assert found.code == 404
        assert b"not kept here" in found.body
        assert b"x.com" not in self.get("/ada/status/demo:1").body

    # The directory.

    def test_the_directory_has_everybody_lately_active_first(self) -> None:
        later = NOON + timedelta(hours=1)
        self.store.save(
            [tweet("1"), tweet("2", author=author("bob")), tweet("3", created_at=later)]
        )
        body = self.get("/celebs").body.decode()
        assert re.findall(r'class="person" href="([^"]*)"', body) == ["/ada", "/bob"]
        assert "2 posts" in body
        assert "1 post " in body

    def test_the_directory_has_pages(self) -> None:
        self.store.save([tweet(str(n), author=author(f"celeb{n}")) for n in range(1, 81)])
        first, second = self.get("/celebs"), self.get("/celebs?page=2")
        assert b'href="?page=2"' in first.body
        assert b'href="?page=1"' in second.body
        assert b'href="?page=3"' not in second.body
        found = re.findall(rb'class="person" href="([^"]*)"', first.body + second.body)
        assert len(found) == len(set(found)) == 80
        assert self.get("/celebs?page=3").code == 404
        assert self.get("/celebs?page=0").code == 400

    # All of them.

    def test_head_answers_as_get_does_without_the_body(self) -> None:
        self.store.save([tweet("1")])
        for path in ["/", "/ada", "/ada/status/1", "/celebs", "/nobody"]:
            asked, told = self.get(path), self.get(path, "HEAD")
            assert (asked.code, told.body) == (told.code, b"")
            assert asked.headers["Content-Type"] == told.headers["Content-Type"]

    def test_a_page_is_never_shown_from_the_cache_unasked(self) -> None:
        assert self.get("/").headers["Cache-Control"] == "private, no-cache"

    def test_a_full_first_page_is_small(self) -> None:
        text = "Two hundred and eighty characters are not much. " * 6
        self.store.save([tweet(str(n), text=text[:280]) for n in range(60)])
        sizes = [
            len(self.fetch(path, headers={"Accept-Encoding": "identity"}).body)
            for path in ("/", "/static/site.css", "/static/live.js", "/static/favicon.svg")
        ]
        assert sum(sizes) < 100_000

    def test_a_store_that_is_away_is_a_page_too(self) -> None:
        with self.store._writer.begin() as connection:
            connection.exec_driver_sql("DROP TABLE tweets")
        with ExpectLog("celebwire.web", "503 GET /"):
            found = self.get("/")
        assert found.code == 503
        assert b"Back in a moment" in found.body
