"""A room's form: at the bottom of the window, one line, and the newest message above it."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.live_site import LiveSite
from tests.browser.test_comments import crowd
from tests.browser.watching import is_live
from tests.tweet_store.posts import tweet

SMALL: ViewportSize = {"width": 390, "height": 470}  # a phone with its keyboard up
LARGE: ViewportSize = {"width": 390, "height": 844}


def newest_is_above_the_form(page: Page) -> None:
    page.wait_for_function(
        """() => {
            const last = document.querySelector(".comments").lastElementChild;
            const form = document.querySelector("[data-write]").getBoundingClientRect();
            const gap = form.top - last.getBoundingClientRect().bottom;
            return 0 <= gap && gap < 20 && Math.abs(innerHeight - form.bottom) < 1;
        }"""
    )


def height(page: Page) -> float:
    box = page.locator("textarea").bounding_box()
    assert box
    return box["height"]


def test_the_form_stays_in_sight_and_the_newest_message_above_it(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    crowd(site, 30, room="ada")
    page.set_viewport_size(LARGE)
    page.goto("/room/ada")
    is_live(page)
    newest_is_above_the_form(page)
    for size in (SMALL, LARGE, SMALL):
        page.set_viewport_size(size)
        newest_is_above_the_form(page)
    page.locator("[data-write] [name=name]").fill("Ondine")
    text = page.locator("textarea")
    text.focus()
    one_line = height(page)
    for n in range(8):
        page.keyboard.type(f"line {n}")
        page.keyboard.press("Shift+Enter")
    assert 2 * one_line < height(page) < 5 * one_line
    newest_is_above_the_form(page)
    page.keyboard.press("Enter")
    expect(page.locator("[data-comment]").last).to_contain_text("line 7")
    newest_is_above_the_form(page)
    assert height(page) == one_line
    page.evaluate("scrollTo(0, 100)")
    expect(text).to_be_in_viewport(ratio=1)
    site.comment(site.visitor("Odile"), "unseen", room="ada")
    page.get_by_role("button", name="1 new message").click()
    newest_is_above_the_form(page)


def test_fingers_write_new_lines_with_enter(browser: Browser, site: LiveSite) -> None:
    site.post(tweet("1"))
    context = browser.new_context(base_url=site.url, viewport=SMALL, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto("/room/ada")
    is_live(page)
    page.locator("[data-write] [name=name]").fill("Ondine")
    text = page.get_by_label("Your message")
    text.tap()
    for line in ("one", "two"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    expect(text).to_have_value("one\ntwo\n")
    page.get_by_role("button", name="Send").tap()
    own = page.locator("[data-own]")
    expect(own).to_contain_text("two")
    box = own.get_by_role("button", name="Edit").bounding_box()
    assert box
    assert box["height"] >= 44
    context.close()
