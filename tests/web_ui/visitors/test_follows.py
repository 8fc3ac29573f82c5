"""Following without an account: the button, the page, the link."""

from __future__ import annotations

import re

from tornado.httpclient import HTTPResponse

from tests.tweet_store.plans import plans_of
from tests.tweet_store.posts import author, tweet
from tests.web_ui.visitors.form_visitor import FormVisitor
from tests.web_ui.visitors.visitors_case import VisitorsCase

MOST = 3


def posts(answer: HTTPResponse) -> list[str]:
    return re.findall(r'class="post" data-id="([^"]*)"', answer.body.decode())


def press(visitor: FormVisitor, celeb: str, on: str = "1") -> HTTPResponse:
    return visitor.post("/follow", page="/celebs", celeb=celeb, on=on, next=f"/{celeb}")


class FollowsTest(VisitorsCase):
    settings = {"max_channels": MOST}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        for number, name in enumerate(("ada", "bob", "cyd", "dan"), 1):
            self.store.save([tweet(str(number), author=author(name))])

    def test_the_button_follows_and_stops(self) -> None:
        one = self.visitor()
        assert b'name="on" value="1"' in one.get("/ada").body
        found = press(one, "ada")
        assert (found.code, found.headers["Location"]) == (303, "/ada")
        assert b'name="on" value="0"' in one.get("/ada").body
        press(one, "ada", on="0")
        assert "follows" not in one.cookies
        assert b'name="on" value="1"' in one.get("/ada").body

    def test_the_page_has_their_posts_and_listens_to_them(self) -> None:
        one = self.visitor()
        press(one, "cyd")
        press(one, "ada")
        found = one.get("/following")
        assert posts(found) == ["3", "1"]
        assert b'data-channel="celeb:cyd,celeb:ada"' in found.body
        assert b'href="/feeds/cyd,ada.atom"' in found.body
        assert posts(one.get("/following?before=3")) == ["1"]

    def test_more_celebs_cost_no_more_queries(self) -> None:
        one = self.visitor()
        counts = []
        for celebs in ("ada", "ada", "cyd,nobody,ada"):
            with plans_of(self.store._reader) as plans:
                found = one.get(f"/follow?celebs={celebs}").body.decode()
            counts.append(len(plans))
        assert len(set(counts)) == 1
        assert found.index("Cyd") < found.index("Ada")

    def test_who_follows_nobody_is_told_how(self) -> None:
        found = self.visitor().get("/following")
        assert found.code == 200
        assert b"You follow nobody yet" in found.body
        assert b"data-cursor" not in found.body
        assert found.body.count(b"data-follow=") == 4

    def test_who_follows_few_is_shown_more_and_nothing_that_is_no_longer_so(self) -> None:
        one = self.visitor()
        for name, shown in (("ada", 4), ("bob", 4), ("cyd", 0)):
            press(one, name)
            page = one.get("/following").body
            main = page.partition(b"<main")[2].partition(b"</main>")[0]
            assert b"You follow nobody yet" not in main
            assert main.count(b"data-follow=") == shown, name
            assert b"/feeds/" in main, "what depends on whom one follows is in main"
        assert one.get("/following?before=3").body.count(b"data-follow=") == 0

    def test_nobody_follows_more_than_a_page_can_be_live_for(self) -> None:
        one = self.visitor()
        for name in ("ada", "bob", "cyd"):
            assert press(one, name).code == 303
        found = press(one, "dan")
        assert found.code == 409
        assert b"Unfollow some first" in found.body
        assert posts(one.get("/following")) == ["3", "2", "1"]
        assert press(one, "bob", on="0").code == 303
        assert press(one, "dan").code == 303
        assert posts(one.get("/following")) == ["4", "3", "1"]

    def test_a_link_takes_them_along_and_asks_first(self) -> None:
        one, other = self.visitor(), self.visitor()
        press(one, "ada")
        press(one, "bob")
        link = re.search(
            r'data-follow-link href="https?://[^/]*([^"]*)"', one.get("/me").body.decode()
        )
        assert link
        assert link[1] == "/follow?celebs=ada,bob"
        asking = other.get(f"{link[1]},nobody,%3Cb%3E,ADA")
        assert asking.body.count(b'class="person"') == 2
        assert "follows" not in other.cookies
        assert posts(other.get("/following")) == []
        press(other, "dan")
        hidden = re.search(r'name="celebs" value="([^"]*)"', asking.body.decode())
        assert hidden
        found = other.post("/follow/all", page=link[1], celebs=hidden[1], next="/following")
        assert (found.code, found.headers["Location"]) == (303, "/following")
        assert posts(other.get("/following")) == ["4", "2", "1"]

    def test_what_makes_no_sense_is_refused_or_left_out(self) -> None:
        one = self.visitor()
        assert press(one, "nobody").code == 404
        assert press(one, "nobody", on="0").code == 303
        assert press(one, "<b>").code == 400
        assert press(one, "ada", on="2").code == 400
        assert one.post("/follow").code == 400
        assert one.post("/follow/all", celebs="x" * 30_000).code == 400
        assert one.post("/follow/all", celebs=",,nobody,é").headers["Location"] == "/"
        assert one.get("/follow?celebs=").code == 200
        assert b"names nobody" in one.get("/follow?celebs=nobody").body

    def test_what_was_tampered_with_follows_nobody(self) -> None:
        one = self.visitor()
        press(one, "ada")
        one.cookies["follows"] = one.cookies["follows"].replace("1", "2")
        assert b"You follow nobody yet" in one.get("/following").body

    def test_programs_are_told_whom_one_follows(self) -> None:
        one = self.visitor()
        one.get("/me")
        one.headers = {"Accept": "application/json", "X-XSRFToken": one.cookies["_xsrf"].strip('"')}
        found = one.post("/follow", token=False, celeb="ada", on="1")
        assert (found.code, found.body) == (200, b'{"followed": ["ada"]}')
