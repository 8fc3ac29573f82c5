"""The pages over real HTTP, on a real store."""

from __future__ import annotations

import re
import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase, ExpectLog
from tornado.web import Application

from tests.new_store import new_store
from tests.tweet_store.plans import plans_of
from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.page_parts import page_application, page_parts
from tweet_store import slugs
from tweet_store.discussion.model import Sender
from tweet_store.model import Reference, Tombstone, Tweet
from web_ui import pages
from web_ui.cursor import Cursor
from web_ui.discussion.routes import routes as discussion_routes


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


def below(response: HTTPResponse) -> list[tuple[str, tuple[str, list[str]]]]:
    """What each card's link to the discussion says, and the tags there, by the post's id."""
    found = []
    for part in response.body.decode().split('<li class="post" data-id="')[1:]:
        said = re.search(r'class="talk"[^>]*>([^<]*)</a>', part)
        assert said
        tags = re.findall(r'class="given" href="/tag/[^"]*"><bdi>([^<]*)<', part)
        found.append((part.partition('"')[0], (said[1], tags)))
    return found


def used(body: str) -> list[str]:
    """The tags of a list of them."""
    return re.findall(r'<li><a href="/tag/[^"]*"><bdi>([^<]*)</bdi></a></li>', body)


def answer(id_: str, to: str, handle: str = "bob") -> Tweet:
    reference = Reference("replied_to", to)
    return tweet(id_, author=author(handle), reply_to_id=to, references=(reference,))


class PagesTest(AsyncHTTPTestCase):
    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = new_store(Path(folder.name, "store.db"))
        self.addCleanup(self.store.close)
        self.meanwhile: list[Tweet] = []
        """Saved right after the cursor was read."""
        self.parts = parts = page_parts(self.store, self.current_cursor)
        self.addCleanup(parts.reader.close)
        self.addCleanup(parts.writer.close)
        return page_application(parts, [*discussion_routes(parts), *pages.routes(parts)])

    def current_cursor(self) -> Cursor:
        now = Cursor("epoch", self.store.latest_seq())
        self.store.save(self.meanwhile)
        return now

    def get(self, path: str, method: str = "GET") -> HTTPResponse:
        return self.fetch(path, method=method, follow_redirects=False)

    def test_a_word_that_is_no_celeb_costs_one_query(self) -> None:
        self.store.save([tweet("1")])
        assert self.get("/ada").code == 200  # before, so that nothing is left to be prepared
        with plans_of(self.store._reader) as plans:
            assert self.get("/nobody").code == 404
        assert len(plans) == 1

    def test_tags_are_not_counted_for_each_visitor(self) -> None:
        self.store.save([tweet("1"), tweet("2", author=author("bob"))])
        with plans_of(self.store._reader) as plans:
            for path in ("/ada", "/ada", "/bob", "/tags", "/tags", "/ada"):
                assert self.get(path).code == 200
        tagged = [plan for plan in plans if any("post_tags" in step for step in plan)]
        counted = [plan for plan in tagged if not any("by_position" in step for step in plan)]
        assert len(counted) == 3
        assert len(tagged) == 7, "and once for all posts of a page"

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

    def test_cards_say_whether_anybody_talks_and_with_which_tags(self) -> None:
        self.store.save([tweet("1", text="here"), answer("2", "1"), tweet("3", text="there")])
        discussion = self.parts.discussion
        sender = Sender(discussion.sign_in("Odile", b"key", NOON), b"key")
        for number, post_id in enumerate(("1", "1", "2")):
            at = NOON + timedelta(minutes=number)
            discussion.add_comment(sender, "hm", at, nonce=str(number), post_id=post_id)
        for text in ("d", "Cc", "b", "a"):
            discussion.tag_post(sender, "1", text, NOON)
        discussion.tag_post(sender, "2", "b", NOON)
        self.store.index_posts(1000)
        for path, posts in {
            "/": ["3", "2", "1"],
            "/ada": ["3", "1"],
            "/tag/b": ["2", "1"],
            "/search?q=here": ["1"],
            "/ada/status/1": ["1", "2"],
        }.items():
            shown = dict(below(self.get(path)))
            assert list(shown) == posts, path
            if path != "/ada/status/1":  # which has both elsewhere
                assert shown["1"] == ("2 comments", ["#a", "#b", "#Cc"]), path
            if "2" in shown:
                assert shown["2"] == ("1 comment", ["#b"]), path
            if "3" in shown:
                assert shown["3"] == ("Discussion", []), path

        spanish = self.fetch("/", headers={"Accept-Language": "es"})
        assert [said for _, (said, _) in below(spanish)] == [
            "Conversación",
            "1 comentario",
            "2 comentarios",
        ]

    def test_what_stands_below_cards_costs_the_same_for_one_and_many(self) -> None:
        counts = []
        for number in (1, 2, 40):
            self.store.save([tweet(str(number * 100 + n)) for n in range(number)])
            with plans_of(self.store._reader) as plans:
                assert self.get("/ada").code == 200
            counts.append(len(plans))
        assert counts[1] == counts[2]

    def test_home_leads_to_tags_in_use(self) -> None:
        self.store.save([tweet("1")])
        self.parts.discussion.tag_post(self.odile(), "1", "Red Carpet", NOON)
        body = self.get("/").body.decode()
        assert '<a href="/tag/redcarpet"><bdi>#Red Carpet</bdi></a></li></ul>' in body
        assert 'href="/tags"' in body

    def odile(self) -> Sender:
        return Sender(self.parts.discussion.sign_in("Odile", b"key", NOON), b"key")

    def test_whom_one_meets_one_can_follow(self) -> None:
        self.store.save([tweet("1", author=author("AdaL"))])
        self.store.index_posts(1000)
        for path in ["/celebs", "/search?q=ada", "/adal", "/adal/status/1", "/room/adal"]:
            body = self.get(path).body.decode()
            assert body.count('data-follow="adal"') == 1, path
            assert "@AdaL" in body, path

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

    def test_the_directory_is_searched_by_name_and_pages_keep_the_question(self) -> None:
        self.store.save([tweet(str(n), author=author(f"celeb{n}")) for n in range(1, 81)])
        self.store.save([tweet("99", author=author("ada"))])
        found = self.get("/celebs?q=+ADA+")
        assert re.findall(rb'class="person" href="([^"]*)"', found.body) == [b"/ada"]
        assert b'value="ADA"' in found.body
        assert b'href="?q=celeb&amp;page=2"' in self.get("/celebs?q=celeb").body
        assert len(re.findall(rb'class="person"', self.get("/celebs?q=celeb&page=2").body)) == 20
        found = self.get("/celebs?q=nobody%22%3E%3Cb%3E")
        assert b"Nobody of this name" in found.body
        assert b"<b>" not in found.body
        assert self.get("/celebs?q=" + "x" * 201).code == 400

    # Search.

    def search(self, query: str) -> HTTPResponse:
        self.store.index_posts(1000)
        return self.get(f"/search?q={query}")

    def test_a_search_finds_posts_and_people_newest_first(self) -> None:
        self.store.save([tweet("1", text="Red carpet tonight"), tweet("2", text="No carpet")])
        self.store.save([tweet("3", text="hello", author=author("carpetbagger"))])
        found = self.search("carpet")
        assert ids(found) == ["2", "1"]
        assert b'class="person" href="/carpetbagger"' in found.body
        assert b"data-cursor" not in found.body
        assert ids(self.search("red+CARPET")) == ["1"]

    def test_a_search_finds_tags_by_their_beginning_in_any_spelling(self) -> None:
        self.store.save([tweet("1"), tweet("2")])
        sender = self.odile()
        for post_id, text in [("1", "Red Carpets"), ("2", "Red Carpets"), ("1", "Red Carpet")]:
            self.parts.discussion.tag_post(sender, post_id, text, NOON)
        for asked in ("redcarpet", "Red+Carpet", "%23redcarpet", "RED-carpet"):
            body = self.search(asked).body.decode()
            assert used(body) == ["#Red Carpet", "#Red Carpets"], asked
        assert used(self.search("red").body.decode()) == ["#Red Carpets", "#Red Carpet"]
        for asked in ("carpet", "from:ada", "*", "redcarpet&before=9"):
            assert used(self.search(asked).body.decode()) == [], asked

    def test_who_has_not_searched_yet_is_told_how_and_of_tags(self) -> None:
        self.store.save([tweet("1")])
        assert used(self.search("").body.decode()) == []
        self.parts.discussion.tag_post(self.odile(), "1", "gala", NOON)
        self.parts.tag_counts._counts.clear()
        body = self.search("").body.decode()
        assert used(body) == ["#gala"]
        assert "How to search" in body
        assert 'href="/tags"' in body
        assert "How to search" not in self.search("gala").body.decode()

    def test_a_search_has_pages_without_gap_or_overlap(self) -> None:
        self.store.save([tweet(str(n), text=f"encore {n}") for n in range(1, 121)])
        path, seen = "encore", list[str]()
        for page in range(3):
            found = self.search(path)
            seen += ids(found)
            assert (b"Newest posts" in found.body) == (page > 0)
            link = re.search(r'href="\?q=([^"]*)" rel="next"', found.body.decode())
            assert (link is None) == (page == 2)
            path = link[1].replace("&amp;", "&") if link else ""
        assert seen == [str(n) for n in range(120, 0, -1)]

    def test_a_search_that_finds_nothing_or_asks_nothing(self) -> None:
        self.store.save([tweet("1")])
        assert b"No post has all of these words" in self.search("nothinglikeit").body
        for nothing in ("*", "-", "%22", "(", "...", "-carpet", "from:", "%22-%22+*"):
            body = self.search(nothing).body
            assert b"Type a word to look for." in body, nothing
            assert b"No post has all of these words" not in body, nothing
        assert b"Type a word" not in self.search("from:nobody").body
        assert b"Type a word" not in self.search("%F0%9F%91%8D").body
        for nothing in ["", "+++", "%22", "%2A", "-", "AND", "%22%22%22", "(", "NEAR("]:
            found = self.search(nothing)
            assert (found.code, ids(found)) == (200, []), nothing
        found = self.search("x" * 201)
        assert found.code == 400
        assert b"Up to 200 characters are possible." in found.body
        for bad in ["%FF", "a&before=x", "a&before=0"]:
            assert self.search(bad).code == 400, bad
        found = self.search("%3Cscript%3E%22")
        assert b"<script>" not in found.body.replace(b'<script type="', b"")

    # What others make of a page.

    def test_a_celebs_page_tells_others_what_it_is(self) -> None:
        ada = author("ada", bio='Counts "&" writes.', avatar_url="https://p.test/a.jpg")
        self.store.save([tweet("1", author=ada)])
        body = self.get("/ada").body.decode()
        said = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', body))
        address = self.get_url("/ada")
        assert said == {
            "og:site_name": "Celebwire",
            "og:type": "profile",
            "og:title": "Ada on Celebwire",
            "og:description": "Counts &quot;&amp;&quot; writes.",
            "og:url": address,
            "og:image": "https://p.test/a.jpg",
        }
        assert f'<link rel="canonical" href="{address}">' in body
        for kind, end in (("atom+xml", "atom"), ("feed+json", "json")):
            assert f'type="application/{kind}" title="Ada" href="/feeds/ada.{end}"' in body

    def test_a_celebs_page_has_tags_and_a_peek_into_the_room(self) -> None:
        self.store.save([tweet("1")])
        discussion = self.parts.discussion
        sender = Sender(discussion.sign_in("Odile", b"key", NOON), b"key")
        discussion.tag_post(sender, "1", "Red Carpet", NOON)
        for number in range(7):
            at = NOON + timedelta(minutes=number)
            text = f"number {number}\n<b> {'x' * 300}"
            discussion.add_comment(sender, text, at, nonce=str(number), room="ada")
        body = self.get("/ada").body.decode()
        assert '<a href="/tag/redcarpet"><bdi>#Red Carpet</bdi></a>' in body
        peek = body.partition('class="peek"')[2].partition("</ol>")[0]
        assert re.findall(r"number \d", peek) == [f"number {n}" for n in range(2, 7)]
        assert "<b>" not in peek
        assert "x" * 200 not in peek
        assert peek.count("Odile") == 5
        assert "discussion.css" in body

    def test_every_page_has_one_headline_and_says_where_one_is(self) -> None:
        self.store.save([tweet("1")])
        here = {"/": 2, "/?before=1": 2, "/celebs": 1, "/search": 1, "/search?q=hello": 1}
        for path in [*here, "/ada", "/nobody"]:
            body = self.get(path).body.decode()
            levels = [int(level) for level in re.findall(r"<h(\d)", body)]
            assert levels.count(1) == 1, path
            assert all(b - a <= 1 for a, b in pairwise(levels)), path
            assert body.count('aria-current="page"') == here.get(path, 0), path

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
