"""Posts, as the API gives them."""

from __future__ import annotations

from tests.tweet_store.posts import author, tweet
from tests.web_ui.api.api_case import ApiCase
from tweet_store.model import Entity, Reference, Tombstone


class PostsTest(ApiCase):
    def test_all_of_a_post(self) -> None:
        self.store.save(
            [
                tweet(
                    "1",
                    text="Tea &amp; cake with @bob",
                    entities=(Entity("mention", 20, 24, "bob"),),
                    lang="in",
                )
            ]
        )
        (post,) = self.told("/posts")["posts"]
        root = self.get_url("")
        assert post == {
            "id": "1",
            "edit_ids": ["1"],
            "celeb": "ada",
            "author": {
                "network": "x",
                "account_id": "id-of-ada",
                "handle": "ada",
                "name": "Ada",
                "url": "https://x.com/ada",
                "avatar_url": None,
                "bio": None,
                "verified": False,
            },
            "text": "Tea & cake with @bob",
            "html": 'Tea &amp; cake with <a href="https://x.com/bob" dir="ltr" '
            'rel="nofollow noopener">@bob</a>',
            "entities": [
                {"kind": "mention", "start": 16, "end": 20, "target": "bob", "display": None}
            ],
            "media": [],
            "references": [],
            "created_at": "2026-11-21T12:00:00Z",
            "lang": "id",
            "conversation_id": None,
            "reply_to_id": None,
            "url": f"{root}/ada/status/1",
            "source_url": "https://x.com/ada/status/1",
        }

    def test_pages_follow_one_another_without_gap_or_overlap(self) -> None:
        self.store.save([tweet(str(n)) for n in range(1, 26)])
        seen: list[str] = []
        query = "?limit=10"
        for _ in range(3):
            page = self.told(f"/posts{query}")
            seen += [post["id"] for post in page["posts"]]
            query = f"?limit=10&before={page['next']}"
        assert page["next"] is None
        assert seen == [str(n) for n in range(25, 0, -1)]

    def test_posts_of_one_celeb_and_of_several(self) -> None:
        self.store.save([tweet(str(n), author=author("abc"[n % 3])) for n in range(3, 9)])

        def ids(celeb: str) -> list[str]:
            return [post["id"] for post in self.told(f"/posts?celeb={celeb}")["posts"]]

        assert ids("a") == ["6", "3"]
        assert ids("a,c") == ["8", "6", "5", "3"]
        assert ids("nobody") == []
        assert "celeb" in self.error("/posts?celeb=Ada", 400)
        assert "at most 50" in self.error(
            "/posts?celeb=" + ",".join(f"c{n}" for n in range(51)), 400
        )

    def test_a_post_has_its_history(self) -> None:
        self.store.save([tweet("1", text="a &lt; b"), tweet("2", text="new", edit_ids=("1", "2"))])
        for id_ in ("1", "2"):
            told = self.told(f"/posts/{id_}")
            assert told["post"]["id"] == "2"
            assert told["post"]["edit_ids"] == ["1", "2"]
            assert told["versions"] == [
                {"id": "1", "text": "a < b", "created_at": "2026-11-21T12:00:00Z"}
            ]

    def test_a_deleted_post_is_gone_and_its_answers_stay(self) -> None:
        answer = tweet("2", author=author("bob"), references=(Reference("replied_to", "1"),))
        self.store.save([tweet("1", text="secret"), tweet("3"), answer, Tombstone("1")])
        assert [post["id"] for post in self.told("/posts")["posts"]] == ["2", "3"]
        assert "deleted" in self.error("/posts/1", 410)
        assert [post["id"] for post in self.told("/posts/1/answers")["posts"]] == ["2"]
        assert "no post 9" in self.error("/posts/9", 404)
        assert "no post 9" in self.error("/posts/9/answers", 404)

    def test_answers_have_pages(self) -> None:
        reference = (Reference("replied_to", "1"),)
        self.store.save([tweet("1"), *(tweet(str(n), references=reference) for n in range(2, 9))])
        page = self.told("/posts/1/answers?limit=4")
        assert [post["id"] for post in page["posts"]] == ["2", "3", "4", "5"]
        page = self.told(f"/posts/1/answers?limit=4&after={page['next']}")
        assert [post["id"] for post in page["posts"]] == ["6", "7", "8"]
        assert page["next"] is None

    def test_posts_are_found_by_their_words(self) -> None:
        self.store.save([tweet("1", text="red carpet"), tweet("2", text="blue sea")])
        self.store.index_posts(100)
        assert [post["id"] for post in self.told("/search?q=carpet")["posts"]] == ["1"]
        assert self.told("/search?q=carpet&celeb=bob") == {"posts": [], "next": None}
        assert "q: is needed" in self.error("/search", 400)
