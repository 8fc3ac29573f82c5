"""The keyboard alone, and what a screen reader is told."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import is_live, posts, shows, until
from tests.tweet_store.posts import tweet


def focused(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.dataset.id ?? null")
    return found


def test_from_post_to_post_and_in(page: Page, site: LiveSite) -> None:
    site.post(*posts(30))
    page.goto("/")
    is_live(page)
    for id_ in ("30", "29", "28"):
        page.keyboard.press("j")
        assert focused(page) == id_
    page.keyboard.press("k")
    assert focused(page) == "29"
    for _ in range(15):
        page.keyboard.press("j")
    expect(page.locator("[data-id='14']")).to_be_in_viewport()
    expect(page.locator("[data-id='14']")).to_be_focused()
    top = page.locator("[data-id='14']").bounding_box()
    header = page.locator("header.site").bounding_box()
    assert top
    assert header
    assert top["y"] >= header["y"] + header["height"] - 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/ada/status/14")


def test_the_newest_and_pause(page: Page, site: LiveSite) -> None:
    site.post(*posts(30))
    page.goto("/")
    is_live(page)
    page.evaluate("scrollTo(0, 900)")
    site.post(tweet("31"))
    expect(page.get_by_role("button", name="1 new post")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("[data-id='31']")).to_be_in_viewport()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_to_the_search(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/")
    is_live(page)
    page.keyboard.press("j")
    held: list[Route] = []
    page.route("**/search", lambda route: held.append(route), times=1)  # noqa: PLW0108
    page.keyboard.press("/")
    until(page, lambda: held)
    for key in "jo":  # the search is not there yet: what is typed opens nothing else
        page.keyboard.press(key)
    held[0].continue_()
    page.wait_for_url("**/search")
    field = page.get_by_role("searchbox")
    expect(field).to_be_focused()
    page.keyboard.press("j")
    expect(field).to_have_value("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=j")
    expect(field).not_to_be_focused()
    page.keyboard.press("/")
    expect(field).to_be_focused()


def test_the_help_and_turning_the_keys_off(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_).to_be_visible()
    page.keyboard.press("j")
    assert focused(page) is None
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("Control+j")
    assert focused(page) is None
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert focused(page) is None
    expect(help_).to_be_hidden()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page)


def test_the_focus_stays_when_a_post_is_edited(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/")
    is_live(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    site.post(tweet("4", text="better", edit_ids=("2", "4")))
    shows(page, "3", "4", "1")
    assert focused(page) == "4"
    page.keyboard.press("j")
    assert focused(page) == "1"


def test_who_listens_is_told_politely_and_never_flooded(page: Page, site: LiveSite) -> None:
    page.clock.install()
    page.goto("/")
    is_live(page)
    region = page.locator("[aria-live=polite]")
    page.evaluate(
        """() => {
            window.told = [];
            const region = document.querySelector("[aria-live=polite]");
            const tell = () => told.push(region.textContent);
            new MutationObserver(tell).observe(region, { childList: true });
        }"""
    )
    site.post(*posts(3))
    shows(page, *"321")
    page.clock.run_for(1_100)
    expect(region).to_have_text("3 new posts.")
    for n in range(4, 10):
        site.post(tweet(str(n)))
        page.clock.run_for(1_000)
    shows(page, *"987654321")
    assert page.evaluate("told") == ["3 new posts."]
    page.clock.run_for(10_000)
    assert page.evaluate("told") == ["3 new posts.", "6 new posts."]
