"""Pages that were left, put to sleep, or cut off from the network: they go on where they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.live_site import LiveSite
from tests.browser.watching import ids, is_live, shows
from tests.tweet_store.posts import tweet


def test_a_page_that_comes_back_from_the_cache_goes_on(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/")
    is_live(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    site.post(tweet("2"))
    page.wait_for_timeout(200)
    assert ids(page) == ["1"]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    shows(page, "2", "1")


HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_network_that_fails_and_comes_back(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    with page.expect_websocket():
        page.goto("/")
    page.context.set_offline(True)
    is_live(page, "Offline")
    site.post(tweet("2"))
    assert ids(page) == ["1"]
    page.context.set_offline(False)
    shows(page, "2", "1")
    is_live(page)
    site.post(tweet("3"))
    shows(page, "3", "2", "1")


def test_a_tab_out_of_sight_rests_and_catches_up(page: Page, site: LiveSite) -> None:
    page.clock.install()
    with page.expect_websocket() as opened:
        page.goto("/")
    is_live(page)
    page.evaluate(HIDE, True)
    site.post(tweet("1"))
    shows(page, "1")  # for a moment it still listens
    expect(page).to_have_title("(1) Celebwire: live from everyone")
    with opened.value.expect_event("close"):
        page.clock.run_for(11_000)
    site.post(tweet("2"))
    page.clock.run_for(60_000)
    assert ids(page) == ["1"]
    page.evaluate(HIDE, False)
    shows(page, "2", "1")
    expect(page).to_have_title("Celebwire: live from everyone")


def test_a_machine_that_slept_asks_anew(page: Page, site: LiveSite) -> None:
    """The clock jumps, and nothing else tells: what was open may be dead."""
    page.clock.install()
    with page.expect_websocket() as opened:
        page.goto("/")
    opened.value.wait_for_event("framereceived")
    with opened.value.expect_event("close"), page.expect_request("**/updates?*wait=0"):
        page.clock.fast_forward(3_600_000)
    site.post(tweet("1"))
    shows(page, "1")


@pytest.fixture
def remembering(browser: Browser, site: LiveSite) -> Iterator[Page]:
    """A page of a browser with its back/forward cache, which playwright turns off."""
    off = ["--disable-back-forward-cache"]
    path = chromium_path()
    other = browser.browser_type.launch(
        executable_path=path, args=ARGUMENTS, ignore_default_args=off
    )
    page = other.new_page(base_url=site.url)
    page.set_default_timeout(10_000)
    yield page
    other.close()


def test_a_page_from_the_browsers_own_back_and_forward_cache(
    remembering: Page, site: LiveSite
) -> None:
    page = remembering
    site.post(tweet("1"))
    with page.expect_websocket() as opened:
        page.goto("/")
    opened.value.wait_for_event("framereceived")
    page.evaluate("window.kept = true")
    page.goto("/celebs")
    site.post(tweet("2"))
    page.go_back(wait_until="commit")
    shows(page, "2", "1")
    assert page.evaluate("window.kept")  # an open socket would have kept it out
    site.post(tweet("3"))
    shows(page, "3", "2", "1")
