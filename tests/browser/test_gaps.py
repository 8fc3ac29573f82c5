"""What was missed: posts on the page stay, and what is missing among them is loaded on demand."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import (
    answer,
    away,
    back,
    gap,
    ids,
    is_live,
    posts,
    rows,
    shows,
    without_sockets,
)
from tests.tweet_store.posts import tweet
from tweet_store.model import Tombstone

GAP = "Some posts are not shown here."
LOAD = re.compile("Load them")


def test_after_a_gap_the_posts_stay_and_it_is_filled_on_demand(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/")
    is_live(page)
    away(page)
    site.post(*(tweet(str(n)) for n in range(4, 124)))
    gap(page, site)
    back(page)
    expect(page.get_by_text(GAP)).to_be_visible()
    assert rows(page) == "| 3 2 1"
    site.post(tweet("124"))
    shows(page, "124", "3", "2", "1")
    assert rows(page) == "124 | 3 2 1"

    page.get_by_role("button", name=LOAD).click()
    expect(page.locator("[data-id='74']")).to_be_attached()
    newest = " ".join(str(n) for n in range(124, 73, -1))
    assert rows(page) == f"{newest} | 3 2 1"
    page.get_by_role("button", name=LOAD).click()
    expect(page.locator("[data-id='24']")).to_be_attached()
    page.get_by_role("button", name=LOAD).click()
    shows(page, *(str(n) for n in range(124, 0, -1)))
    expect(page.get_by_text(GAP)).to_have_count(0)


def test_what_was_deleted_or_edited_in_a_gap_does_not_stay_as_it_was(
    page: Page, site: LiveSite
) -> None:
    site.post(*posts(50))
    page.goto("/")
    is_live(page)
    # So that the posts to compare are on several pages.
    site.post(*(tweet(str(n)) for n in range(51, 131)))
    page.wait_for_function("() => document.querySelectorAll('.post').length === 130")
    page.get_by_role("button", name="Pause").click()
    site.post(tweet("131"), tweet("132"))
    expect(page.get_by_role("button", name="Resume (2)")).to_be_visible()
    away(page)
    site.post(Tombstone("1"), Tombstone("60"), Tombstone("131"))
    site.post(tweet("133", text="better", edit_ids=("2", "133")))
    gap(page, site)
    back(page)
    expected = [str(n) for n in range(130, 2, -1) if n != 60]
    shows(page, *expected, "133")
    expect(page.get_by_text("better")).to_be_attached()
    page.locator("[data-live-pause]").click()
    shows(page, "132", *expected, "133")
    assert rows(page).startswith("| 132 130 129")


def test_a_gap_that_cannot_be_looked_into_now_is_looked_into_later(
    page: Page, site: LiveSite
) -> None:
    site.post(*posts(3))
    page.goto("/")
    is_live(page)
    away(page)
    site.post(Tombstone("2"))
    pages = re.compile(r"/\?before=")
    page.route(pages, lambda route: route.abort())
    gap(page, site)
    back(page)
    is_live(page, "Reconnecting…")
    assert rows(page) == "| 3 2 1"
    page.unroute(pages)
    shows(page, "3", "1")
    is_live(page)
    page.route("**/", lambda route: route.abort())
    page.get_by_role("button", name=LOAD).click()
    expect(page.get_by_text("cannot be loaded just now")).to_be_visible()
    page.unroute("**/")
    page.get_by_role("button", name=LOAD).click()
    expect(page.locator(".gap")).to_have_count(0)
    shows(page, "3", "1")


def test_answers_missed_in_a_gap_are_loaded_in_their_place(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), answer("2", "1"), answer("3", "1"))
    page.goto("/ada/status/1")
    is_live(page)
    away(page)
    site.post(Tombstone("2"), *(answer(str(n), "1") for n in range(4, 124)))
    gap(page, site)
    back(page)
    expect(page.get_by_text(GAP)).to_be_visible()
    site.post(answer("124", "1"))
    shows(page, "1", "3", "124")
    assert rows(page) == "3 | 124"
    page.get_by_role("button", name=LOAD).click()
    expect(page.locator("[data-id='103']")).to_be_attached()
    page.get_by_role("button", name=LOAD).click()
    shows(page, "1", *(str(n) for n in range(3, 125)))
    expect(page.get_by_text(GAP)).to_have_count(0)


def test_a_page_of_older_posts_has_no_gap_but_is_put_right(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/?before=3")
    away(page)
    site.post(Tombstone("1"), tweet("4"))
    gap(page, site)
    back(page)
    shows(page, "2")
    expect(page.get_by_text(GAP)).to_have_count(0)


def test_a_gap_that_goes_on_is_one_and_leaves_with_the_old_posts(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    without_sockets(page)
    page.goto("/")
    for _ in range(2):
        is_live(page)
        away(page)
        gap(page, site)
        with page.expect_response("**/updates?*"):
            back(page)
        with page.expect_request("**/updates?*"):
            pass  # so the answer was taken
    assert rows(page) == "| 1"
    for start in range(2, 602, 100):
        site.post(*(tweet(str(n)) for n in range(start, start + 100)))
    page.wait_for_function("() => document.querySelector('.post').dataset.id === '601'")
    expect(page.get_by_text(GAP)).to_have_count(0)
    shown = ids(page)
    expect(page.get_by_role("link", name="Older posts")).to_have_attribute(
        "href", f"?before={shown[-1]}"
    )
