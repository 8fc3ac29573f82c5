"""Celebs, and what visitors wrote and tagged, as the API gives them."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.api.api_case import ApiCase
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.model import Tombstone


class CelebsTest(ApiCase):
    def test_a_celeb_and_where_to_read_on(self) -> None:
        self.store.save([tweet("1", author=author("ada", bio="Numbers."))])
        celeb = self.told("/celebs/ada")["celeb"]
        root = self.get_url("")
        assert celeb["name"] == "Ada"
        assert celeb["accounts"][0]["bio"] == "Numbers."
        assert celeb["post_count"] == 1
        assert celeb["last_post_at"] == "2026-11-21T12:00:00Z"
        assert (celeb["url"], celeb["feed_url"]) == (f"{root}/ada", f"{root}/feeds/ada.json")
        assert "no celeb bob" in self.error("/celebs/bob", 404)

    def test_the_directory_has_pages(self) -> None:
        self.store.save([tweet(str(n), author=author(f"celeb{n}")) for n in range(1, 8)])
        first = self.told("/celebs?limit=4")
        second = self.told(f"/celebs?limit=4&page={first['next']}")
        assert second["next"] is None
        slugs = [celeb["slug"] for celeb in first["celebs"] + second["celebs"]]
        assert slugs == [f"celeb{n}" for n in range(7, 0, -1)]

    def test_celebs_are_found_by_name(self) -> None:
        self.store.save([tweet("1"), tweet("2", author=author("bob"))])
        assert [celeb["slug"] for celeb in self.told("/celebs?q=bo")["celebs"]] == ["bob"]
        assert "q: " in self.error("/celebs?q=", 400)


class DiscussionTest(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.save([tweet("1", edit_ids=("1",)), tweet("2", author=author("bob"))])
        self.sender = Sender(self.discussion.sign_in("Carla", b"address", NOON), b"address")
        self.written = 0

    def write(self, text: str, **where: str) -> StoredComment:
        self.written += 1
        now = NOON + timedelta(minutes=self.written)
        nonce = f"nonce-number-{self.written}"
        return self.discussion.add_comment(self.sender, text, now, nonce=nonce, **where)

    def test_all_of_a_comment_and_nothing_that_is_secret(self) -> None:
        one = self.write("<hello>", post_id="1")
        two = self.write("again", post_id="1", parent_id=one.id)
        told = self.told("/posts/1/comments")
        assert told["next"] is None
        assert told["comments"][0] == {
            "id": one.id,
            "celeb": "ada",
            "post_id": "1",
            "parent": None,
            "name": "Carla",
            "text": "<hello>",
            "created_at": "2026-11-21T12:01:00Z",
            "edited_at": None,
            "removed": False,
            "url": self.get_url(f"/comments/{one.id}"),
        }
        assert told["comments"][1]["parent"] == one.id
        assert told["comments"][1]["id"] == two.id
        assert self.sender.visitor.id not in json.dumps(told)
        assert self.told("/posts/1")["comment_count"] == 2

    def test_a_removed_comment_is_empty(self) -> None:
        one = self.write("secret", post_id="1")
        self.write("again", post_id="1", parent_id=one.id)
        self.discussion.remove_comment(self.sender, one.id, NOON + timedelta(hours=1))
        told = self.told("/posts/1/comments")["comments"][0]
        assert (told["text"], told["name"], told["removed"]) == ("", "", True)

    def test_a_thread_has_pages(self) -> None:
        ids = [self.write(f"number {n}", post_id="1").id for n in range(5)]
        first = self.told("/posts/1/comments?limit=3")
        second = self.told(f"/posts/1/comments?limit=3&after={first['next']}")
        assert [comment["id"] for comment in first["comments"] + second["comments"]] == ids
        assert second["next"] is None
        assert self.told("/posts/2/comments") == {"comments": [], "next": None}
        assert "no post 9" in self.error("/posts/9/comments", 404)

    def test_the_discussion_of_a_deleted_post_stays(self) -> None:
        self.write("what was it?", post_id="1")
        self.store.save([Tombstone("1")])
        assert len(self.told("/posts/1/comments")["comments"]) == 1
        assert "deleted" in self.error("/posts/1", 410)

    def test_a_room_has_the_newest_and_leads_back(self) -> None:
        ids = [self.write(f"number {n}", room="ada").id for n in range(5)]
        newest = self.told("/rooms/ada/comments?limit=3")
        older = self.told(f"/rooms/ada/comments?limit=3&before={newest['next']}")
        assert [comment["id"] for comment in older["comments"] + newest["comments"]] == ids
        assert older["next"] is None
        assert self.told("/rooms/bob/comments") == {"comments": [], "next": None}
        assert "no celeb dora" in self.error("/rooms/dora/comments", 404)

    def test_tags_and_the_posts_that_have_them(self) -> None:
        for id_ in ("1", "2"):
            self.discussion.tag_post(self.sender, id_, "Red Carpet", NOON)
        use = {
            "tag": "redcarpet",
            "shown": "Red Carpet",
            "posts": 2,
            "url": self.get_url("/tag/redcarpet"),
        }
        assert self.told("/tags") == {"tags": [use]}
        assert self.told("/tags/redcarpet") == use
        assert "blue" in self.error("/tags/blue", 404)
        (of_post,) = self.told("/posts/1")["tags"]
        assert (of_post["tag"], of_post["posts"]) == ("redcarpet", 1)
        (of_celeb,) = self.told("/celebs/ada")["tags"]
        assert of_celeb["tag"] == "redcarpet"

        def ids(query: str) -> list[str]:
            return [post["id"] for post in self.told(f"/posts?tag=redcarpet{query}")["posts"]]

        assert ids("") == ["2", "1"]
        assert ids("&celeb=ada") == ["1"]
        assert ids("&limit=1") == ["2"]
        page = self.told("/posts?tag=redcarpet&celeb=ada&limit=1")
        assert page["posts"] == []
        assert ids(f"&celeb=ada&before={page['next']}") == ["1"]
