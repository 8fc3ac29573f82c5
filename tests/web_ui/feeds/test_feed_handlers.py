"""Which feeds there are, what they hold, and who need not read them again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import quote

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.feeds.feed_case import FeedCase
from tweet_store.discussion.model import Sender
from tweet_store.model import Tombstone

NAMES = ("all", "ada", "ada,bob", "tag/redcarpet")


class FeedsTest(FeedCase):
    def tag(self, id_: str, text: str) -> None:
        sender = Sender(self.discussion.sign_in(f"Carla {id_}", b"address", NOON), b"address")
        self.discussion.tag_post(sender, id_, text, NOON)

    def test_of_everybody_of_a_celeb_of_several_and_of_a_tag(self) -> None:
        self.store.save(
            [
                tweet("1"),
                tweet("2", author=author("bob")),
                tweet("3", author=author("carl")),
                tweet("4"),
            ]
        )
        self.tag("1", "Red Carpet")
        self.tag("2", "#redcarpet")
        assert self.ids("all") == ["4", "3", "2", "1"]
        assert self.ids("ada") == ["4", "1"]
        assert self.ids("ada,bob") == ["4", "2", "1"]
        assert self.ids("tag/redcarpet") == ["2", "1"]

    def test_each_says_what_it_is_and_where(self) -> None:
        avatar = "https://pbs.twimg.com/ada.jpg"
        people = [author("ada", avatar_url=avatar), *map(author, ["bob", "carl", "dora", "eve"])]
        self.store.save([tweet(str(n), author=one) for n, one in enumerate(people, 1)])
        self.tag("1", "Red Carpet")
        root = self.get_url("")
        everything = "ada,bob,carl,dora,eve"
        for name, title, page in [
            ("all", "Celebwire", "/"),
            ("ada", "Ada on Celebwire", "/ada"),
            (everything, "Ada, Bob, Carl, 2 more on Celebwire", None),
            ("tag/redcarpet", "#Red Carpet on Celebwire", "/tag/redcarpet"),
        ]:
            feed, told = self.atom(name).feed, self.json(name)
            assert feed.title == told["title"] == title
            links = {link.rel: link.href for link in feed.links}
            assert links["self"] == f"{root}/feeds/{name}.atom"
            assert told["feed_url"] == f"{root}/feeds/{name}.json"
            assert links.get("alternate") == told.get("home_page_url")
            assert told.get("home_page_url") == (page and root + page)
            assert told.get("icon") == feed.get("icon") == (avatar if name == "ada" else None)

    def test_each_has_an_id_of_its_own_that_stays(self) -> None:
        self.store.save([tweet("1"), tweet("2", author=author("bob"))])
        self.tag("1", "redcarpet")
        before = {name: self.atom(name).feed.id for name in NAMES}
        assert len(set(before.values())) == len(NAMES)
        self.store.save([tweet("3")])
        assert {name: self.atom(name).feed.id for name in NAMES} == before

    def test_a_post_has_the_same_id_in_all_feeds_and_after_an_edit(self) -> None:
        self.store.save([tweet("1")])
        (first,) = self.atom("all").entries
        later = NOON + timedelta(minutes=5)
        self.store.save([tweet("2", text="new", edit_ids=("1", "2"), created_at=later)])
        (entry,) = self.atom("ada").entries
        (item,) = self.json("ada")["items"]
        assert first.id == entry.id == item["id"]
        assert first.id.startswith("urn:uuid:")
        assert (entry.published, entry.updated) == ("2026-11-21T12:00:00Z", "2026-11-21T12:05:00Z")
        assert self.atom("ada").feed.updated == entry.updated
        assert item["date_published"] == "2026-11-21T12:00:00Z"
        assert item["date_modified"] == "2026-11-21T12:05:00Z"

    def test_the_newest_fifty(self) -> None:
        self.store.save([tweet(str(n)) for n in range(1, 61)])
        assert self.ids("all") == [str(n) for n in range(60, 10, -1)]

    def test_a_deleted_post_is_gone(self) -> None:
        self.store.save([tweet("1", text="secret"), tweet("2")])
        before = self.get("/feeds/all.atom")
        self.store.save([Tombstone("1")])
        for name in ("all", "ada"):
            assert self.ids(name) == ["2"]
        for headers in (
            {"If_None_Match": before.headers["ETag"]},
            {"If_Modified_Since": before.headers["Last-Modified"]},
        ):
            after = self.get("/feeds/all.atom", **headers)
            assert after.code == 200
            assert b"secret" not in after.body

    def test_an_empty_site_has_an_empty_feed(self) -> None:
        assert self.atom("all").feed.updated == "1970-01-01T00:00:00Z"
        assert self.json("all")["items"] == []

    def test_a_feed_of_nobody_is_not_there(self) -> None:
        self.store.save([tweet("1")])
        for path in ("bob.atom", "bob,carl.json", "tag/x.atom", "ada.rss", "ada", "", "tag/.atom"):
            found = self.get(f"/feeds/{path}")
            assert found.code == 404, path
            assert found.headers["Content-Type"].startswith("application/json")

    def test_a_list_outlives_those_on_it(self) -> None:
        self.store.save([tweet("1")])
        assert self.ids("ada,nobody") == ["1"]

    def test_one_list_has_one_address(self) -> None:
        self.store.save([tweet("1")])
        for name in ("Ada,bob", "ada,bob,ada"):
            found = self.get(f"/feeds/{name}.atom")
            assert (found.code, found.headers["Location"]) == (301, "/feeds/ada,bob.atom")

    def test_a_tag_of_any_script(self) -> None:
        self.store.save([tweet("1")])
        self.tag("1", "café")
        name = f"tag/{quote('café')}"
        assert self.ids(name) == ["1"]
        assert self.json(name)["feed_url"] == self.get_url(f"/feeds/{name}.json")

    def test_who_has_it_already_is_told_so(self) -> None:
        self.store.save([tweet("1")])
        for path in ("/feeds/all.atom", "/feeds/all.json"):
            first = self.get(path)
            etag, changed = first.headers["ETag"], first.headers["Last-Modified"]
            assert etag.startswith('"')
            assert parsedate_to_datetime(changed).tzinfo is not None
            for headers in (
                {"If_None_Match": etag},
                {"If_None_Match": f'"other", W/{etag}'},
                {"If_Modified_Since": changed},
                {"If_None_Match": etag, "If_Modified_Since": formatdate(0, usegmt=True)},
            ):
                again = self.get(path, **headers)
                assert (again.code, again.body) == (304, b""), headers
                assert again.headers["ETag"] == etag
            for headers in (
                {"If_None_Match": '"other"'},
                {"If_None_Match": '"other"', "If_Modified_Since": changed},
                {"If_Modified_Since": formatdate(0, usegmt=True)},
                {"If_Modified_Since": "yesterday"},
                {"If_Modified_Since": "Sat, 99 Nov 99999999 99:99:99 GMT"},
            ):
                assert self.get(path, **headers).body == first.body, headers

    def test_head_answers_as_get_does_without_the_body(self) -> None:
        for path in ("/feeds/all.atom", "/feeds/all.json", "/feeds/nobody.atom"):
            asked, told = self.get(path), self.get(path, "HEAD")
            assert (asked.code, told.body) == (told.code, b"")
            assert asked.headers["Content-Type"] == told.headers["Content-Type"]
            assert asked.headers.get("ETag") == told.headers.get("ETag")
        assert self.get("/feeds/all.atom", "POST").code == 405


class FewChannelsTest(FeedCase):
    settings = {"max_channels": 2}  # noqa: RUF012

    def test_a_feed_of_too_many_is_refused(self) -> None:
        self.store.save([tweet("1")])
        assert self.get("/feeds/ada,bob.atom").code == 200
        found = self.get("/feeds/ada,bob,carl.atom")
        assert found.code == 400
        assert b"at most 2" in found.body


class PublicAddressTest(FeedCase):
    settings = {"public_url": "https://celebs.example"}  # noqa: RUF012

    def test_addresses_are_those_that_visitors_know(self) -> None:
        self.store.save([tweet("1")])
        assert b"127.0.0.1" not in self.get("/feeds/all.atom").body
        assert self.json("all")["items"][0]["url"] == "https://celebs.example/ada/status/1"
