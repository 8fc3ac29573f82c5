"""The pointer on a list of posts: nothing new comes under it, and a tap opens a post."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import is_live, posts, shows
from tests.tweet_store.posts import tweet

BATCHES = """() => {
    window.batches = 0;
    const list = document.querySelector("[data-cursor]");
    new MutationObserver(() => { batches += 1; }).observe(list, { childList: true });
}"""

CLICK_ON_SELECTED = """() => {
    let tapped = false;
    const [text, link] = [".text", ".talk"].map((name) => document.querySelector(name));
    link.addEventListener("click", (event) => { tapped = true; event.preventDefault(); });
    getSelection().selectAllChildren(text);
    text.click();
    getSelection().removeAllRanges();
    return tapped;
}"""


def test_new_posts_wait_for_whoever_is_about_to_tap(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), tweet("2"))
    page.clock.install()
    page.goto("/")
    is_live(page)
    newer = page.get_by_role("button", name="1 new post")
    page.locator("[data-id='1'] .text").hover()
    page.mouse.down()
    site.post(tweet("3"))
    page.clock.run_for(3_500)
    expect(newer).to_be_visible()
    shows(page, "2", "1")
    page.mouse.move(5, 5)
    page.mouse.up()
    page.clock.run_for(2_500)
    shows(page, "3", "2", "1")
    expect(newer).to_be_hidden()
    # So they do for the keyboard, which asks for them.
    page.keyboard.press("j")
    site.post(tweet("4"))
    page.clock.run_for(3_500)
    expect(newer).to_be_visible()
    shows(page, "3", "2", "1")
    page.keyboard.press("n")
    shows(page, "4", "3", "2", "1")


def test_a_busy_stream_comes_several_at_once(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/")
    is_live(page)
    page.clock.install()
    page.evaluate(BATCHES)
    for n in range(2, 9):
        site.post(tweet(str(n)))
    page.clock.run_for(3_500)
    shows(page, *"87654321")
    assert page.evaluate("batches") < 6


def test_what_came_while_one_was_elsewhere_makes_nothing_late(page: Page, site: LiveSite) -> None:
    site.post(*posts(40))
    page.goto("/")
    is_live(page)
    page.clock.install()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for n in range(900, 912):
        site.post(tweet(str(n)))
        page.locator(f"[data-id='{n}']").wait_for(state="attached")
    page.evaluate("scrollTo(0, 0)")
    site.post(tweet("999"))
    for _ in range(4):
        page.clock.run_for(2_500)
    page.locator("[data-id='999']").wait_for(state="attached")


def test_a_tap_on_a_post_opens_it(page: Page, site: LiveSite) -> None:
    site.post(*posts(2))
    page.goto("/")
    is_live(page)
    text = page.locator("[data-id='1'] .text")
    for options in ({"button": "middle"}, {"modifiers": ["ControlOrMeta"]}):
        with page.context.expect_page() as opened:
            text.click(**options)
        opened.value.wait_for_url("**/ada/status/1")
        opened.value.close()
    assert page.evaluate(CLICK_ON_SELECTED) is False
    text.click()
    page.wait_for_url("**/ada/status/1")
    page.locator(".focus .text").click()
    expect(page.locator(".focus")).to_be_visible()


def test_an_edit_keeps_what_stands_below_the_post(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    site.comment(site.visitor("Basil"), "one", post_id="1")
    page.goto("/")
    is_live(page)
    below = page.locator("[data-below]").inner_text()
    assert "1 comment" in below
    site.post(tweet("2", text="better", edit_ids=("1", "2")))
    shows(page, "2")
    assert page.locator("[data-below]").inner_text() == below
