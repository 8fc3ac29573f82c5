"""Pictures and portraits that come, that are waited for, and that do not come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import shows
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Media

PICTURE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}'><path d='M0 0h9v9z'/></svg>"
)
PLACES = """() => [...document.querySelectorAll(".media")].map((media) => {
    const all = media.getBoundingClientRect();
    return [...media.querySelectorAll(".picture, .picture img")].map((one) => {
        const is = one.getBoundingClientRect();
        const { left, top, right, bottom } = all;
        return [is.left - left, is.top - top, right - is.right, bottom - is.bottom].map(Math.round);
    });
})"""


def answer(route: Route) -> None:
    """`gone` is not there, `slow` never comes, and others are as high as the path says."""
    *_, state, height, _name = route.request.url.split("/")
    if state == "gone":
        route.fulfill(status=404)
    elif state == "there":
        body = PICTURE.format(800, height)
        route.fulfill(body=body, content_type="image/svg+xml")


@pytest.fixture
def pictures(page: Page) -> Page:
    """A page whose pictures are answered for here."""
    page.route("**/static/pictures/**", answer)
    return page


def test_several_pictures_keep_their_places_whatever_comes(pictures: Page, site: LiveSite) -> None:
    number = 0
    for count in (2, 3, 4):
        for state in ("there", "slow", "gone"):
            for height in (450, 1600):
                number += 1
                first = f"/static/pictures/{state}/{height}/{number}"
                rest = [f"/static/pictures/there/450/{number}-{n}" for n in range(1, count)]
                media = tuple(
                    Media("photo", url, 800, height, "words " * 9) for url in [first, *rest]
                )
                site.post(tweet(str(number), media=media))
    pictures.goto("/", wait_until="commit")
    for width in (390, 1280):
        pictures.set_viewport_size({"width": width, "height": 30_000})
        expect_all_settled(pictures)
        by_count: dict[int, set[str]] = {}
        for places in pictures.evaluate(PLACES):
            assert min(min(place) for place in places) >= 0
            assert places[0::2] == places[1::2], "each picture fills its place"
            by_count.setdefault(len(places), set()).add(str(places))
        assert [len(ways) for ways in by_count.values()] == [1, 1, 1]


def expect_all_settled(page: Page) -> None:
    """But for those that never come."""
    page.wait_for_function(
        "() => [...document.images].every((one) => one.complete || one.src.includes('/slow/'))"
    )


def test_a_portrait_that_does_not_come_leaves_the_initials(pictures: Page, site: LiveSite) -> None:
    def by(handle: str, state: str) -> None:
        who = author(
            handle, name=handle.title(), avatar_url=f"/static/pictures/{state}/48/{handle}"
        )
        site.post(tweet(str(len(handle)), author=who))

    by("ada", "gone")
    by("odile", "there")
    pictures.goto("/", wait_until="commit")
    portraits = pictures.locator(".card > .avatar")
    expect(portraits).to_have_count(2)
    expect(portraits.nth(1).locator("img")).to_have_count(0)
    expect(portraits.nth(1)).to_have_text("A")
    expect(portraits.nth(0).locator("img")).to_have_count(1)
    by("marlow", "gone")
    shows(pictures, "6", "5", "3")
    expect(portraits.first.locator("img")).to_have_count(0)
