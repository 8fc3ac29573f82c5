"""What the page says where the reader is: that it is paused or offline, and what came below."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.test_comments import crowd
from tests.browser.watching import is_live, posts, shows
from tests.tweet_store.posts import tweet
from tweet_store.model import Tombstone


def test_the_state_is_told_to_who_is_far_from_the_panel(page: Page, site: LiveSite) -> None:
    site.post(*posts(20))
    page.goto("/")
    is_live(page)
    pill = page.locator("main > button.newer:not([data-newer])")
    page.get_by_role("button", name="Pause").click()
    is_live(page, "Paused")
    expect(pill).to_be_hidden()
    page.evaluate("scrollTo(0, 900)")
    expect(pill).to_have_text("Paused · Resume")
    at = page.locator("[data-id='10']").bounding_box()
    site.post(tweet("21"), tweet("22"))
    expect(pill).to_have_text("Paused · 2 new · Resume")
    assert page.locator("[data-id='10']").bounding_box() == at
    pill.click()
    expect(pill).to_be_hidden()
    shows(page, *(str(n) for n in range(22, 0, -1)))
    page.context.set_offline(True)
    expect(pill).to_have_text("Offline")
    expect(page.get_by_role("button", name="2 new posts")).to_be_hidden()
    page.context.set_offline(False)
    expect(pill).to_be_hidden()
    expect(page.get_by_role("button", name="2 new posts")).to_be_visible()


def test_a_post_that_is_deleted_leaves_the_page_as_after_a_reload(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/ada/status/1")
    is_live(page)
    site.comment(basil, "late", post_id="1")
    expect(page.get_by_text("late")).to_be_visible()
    site.post(Tombstone("1"))
    seen = []
    for _ in range(2):
        expect(page.get_by_text("What visitors said about it is still here.")).to_be_visible()
        expect(page).to_have_title("A deleted post")
        for gone in ("[data-write]", "#tags", ".answer"):
            expect(page.locator(gone).locator("visible=true")).to_have_count(0)
        seen.append((page.locator("h1").inner_text(), page.locator("[data-gone]").inner_text()))
        page.reload()
    assert seen[0] == seen[1]


def test_what_is_said_further_down_is_a_tap_away(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    crowd(site, 30, post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    site.comment(site.visitor("Odile"), "unseen", post_id="1")
    below = page.get_by_role("button", name="1 new comment")
    below.click()
    expect(page.get_by_text("unseen")).to_be_in_viewport()
    expect(below).to_be_hidden()
