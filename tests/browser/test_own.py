"""One's own comments, and those that name one, among the others."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.test_comments import outline
from tests.browser.test_writing import said, write
from tests.browser.watching import is_live
from tests.tweet_store.posts import tweet


def test_one_s_own_can_be_changed_and_deleted_where_it_stands(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    first = site.comment(basil, "not @Ondines", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    page.locator("[data-write] [name=name]").fill("Ondine")
    write(page, "mine")
    expect(page.locator("[data-own] .text")).to_have_text("mine")
    site.comment(basil, "hello @ondine!", post_id="1", parent_id=first.id)
    expect(page.locator("[data-mention] > article > .text")).to_have_text("hello @ondine!")
    button = page.get_by_role("button", name="Edit or delete")
    button.click()
    page.locator(".change textarea").fill("better")
    page.get_by_role("button", name="Save").click()
    outline(page, "not @Ondines(hello @ondine!) better")
    page.reload()
    expect(page.locator("[data-mention]")).to_have_count(1)
    button.click()
    page.get_by_role("button", name="Delete this comment").click()
    expect(said(page, "better")).to_have_count(0)
    expect(page.locator("[data-own]")).to_have_count(0)


def test_a_hidden_tab_counts_what_is_said(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/room/ada")
    is_live(page)
    title = page.title()
    hide = "value => Object.defineProperty(document, 'hidden', { value, configurable: true })"
    page.evaluate(hide, True)
    for text in ("one", "two"):
        site.comment(basil, text, room="ada")
    expect(page).to_have_title(f"(2) {title}")
    page.evaluate(hide, False)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title(title)
