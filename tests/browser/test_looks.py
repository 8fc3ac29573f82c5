"""site.css in a real browser: nothing moves, nothing is too wide, long texts are folded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import answer, is_live, shows
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Entity, Media, Reference

LAYOUT = """() => JSON.stringify(["[data-cursor]", ".head > :first-child", "[data-live]",
    "[role=status]", "[data-live-pause]"].map((name) => {
        const { x, y, width, height } = document.querySelector(name).getBoundingClientRect();
        return [name, x, y, width, height];
    }))"""


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/", "/ada", "/ada/status/1", "/?before=2"])
def test_nothing_moves_when_the_state_changes(
    page: Page, site: LiveSite, width: int, path: str
) -> None:
    site.post(tweet("1"), answer("2", "1"))
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    is_live(page, "" if "before" in path else "Live")
    before = page.evaluate(LAYOUT)
    site.stop()
    is_live(page, "Reconnecting…")
    assert page.evaluate(LAYOUT) == before
    assert page.locator("[role=status]").inner_text() == "Reconnecting…"
    page.context.set_offline(True)
    is_live(page, "Offline")
    assert page.evaluate(LAYOUT) == before
    page.context.set_offline(False)
    site.start()
    is_live(page, "" if "before" in path else "Live")
    assert page.evaluate(LAYOUT) == before
    pause = page.get_by_role("button", name="Pause")
    if pause.count():
        pause.click()
        expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
        assert page.evaluate(LAYOUT) == before
        page.locator("[data-live-pause] span").evaluate("e => e.textContent = 'Resume (500)'")
        assert page.evaluate(LAYOUT) == before


def test_a_long_post_is_folded_on_timelines_and_whole_on_its_page(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1", text="short"))
    page.goto("/")
    is_live(page)
    site.post(tweet("2", text="word " * 40_000 + "the end", media=()))
    shows(page, "2", "1")
    text = page.locator("[data-id='2'] .text")
    box = text.bounding_box()
    assert box
    assert 200 < box["height"] < 350
    page.get_by_role("link", name="Read on").click()
    expect(page.get_by_text("the end")).to_be_attached()
    box = text.bounding_box()
    assert box
    assert box["height"] > 10_000
    is_live(page)
    # An update has the beginning only.
    site.post(tweet("3", text="other " * 40_000 + "the finish", edit_ids=("2", "3")))
    expect(page.locator(".focus [data-id='3']").get_by_text("the finish")).to_be_attached()


def test_a_link_below_the_fold_can_be_seen_when_the_keyboard_reaches_it(
    page: Page, site: LiveSite
) -> None:
    text = "word " * 400 + "@ada"
    site.post(tweet("1", text=text, entities=(Entity("mention", 2000, 2004, "ada"),)))
    page.goto("/")
    inside = page.locator(".text a")
    expect(inside).not_to_be_in_viewport()
    inside.focus()
    expect(inside).to_be_in_viewport()


def test_times_are_told_from_now(page: Page, site: LiveSite) -> None:
    page.clock.set_fixed_time("2026-11-21T12:05:00Z")
    site.post(tweet("1"))
    page.goto("/")
    expect(page.locator(".post time")).to_have_text("5 min ago")
    site.post(tweet("2"))
    expect(page.locator("[data-id='2'] time")).to_have_text("5 min ago")


@pytest.mark.parametrize("width", [320, 390, 481, 1280, 3840])
def test_nothing_is_wider_than_the_window(page: Page, site: LiveSite, width: int) -> None:
    long = "Donaudampfschifffahrtsgesellschaft" * 8
    media = tuple(Media("photo", "/static/favicon.svg", 4000, 300) for _ in range(3))
    who = author("a_very_long_handle", name=long, network="demo", bio=long)
    quoted = Reference("quoted", "9", long, who)
    site.post(tweet("1", author=who, text=long, media=media, references=(quoted,)))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/sign-in?next=/me")
    page.get_by_label("Your name here").fill("Wilhelmina" * 3)
    page.get_by_role("button", name="Take this name").click()
    page.wait_for_url("**/me")
    room, post = "/room/a_very_long_handle", "/a_very_long_handle/status/1"
    for path in ["/", "/me", room, "/a_very_long_handle", post, "/celebs", "/nobody"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_moves_when_one_follows(page: Page, site: LiveSite, language: str) -> None:
    site.post(tweet("1", author=author("ada", name="Ada Augusta Maria Byron-King of Lovelace")))
    code = {"name": "language", "value": language, "url": site.url}
    page.context.add_cookies([code])  # type: ignore[list-item]
    page.goto("/celebs")
    button = page.locator("[data-follow=ada] button")
    before = page.locator(".followable > li").bounding_box(), button.bounding_box()
    word = button.inner_text()
    button.click()
    expect(button).not_to_have_text(word)
    assert (page.locator(".followable > li").bounding_box(), button.bounding_box()) == before


def test_who_was_active_stands_above_the_posts_where_there_is_no_room_beside_them(
    page: Page, site: LiveSite
) -> None:
    names = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
    site.post(*(tweet(str(n), author=author(name)) for n, name in enumerate(names, 1)))
    page.goto("/")
    row, beside = page.locator(".faces"), page.locator("aside .people")
    expect(row).to_be_visible()
    expect(beside).to_be_hidden()
    last = row.get_by_role("link").last
    expect(last).not_to_be_in_viewport()
    last.focus()
    expect(last).to_be_in_viewport(ratio=0.99)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(row).to_be_hidden()
    expect(beside).to_be_visible()
