"""Pages and scripts tell a time in the same words: nothing moves when the script comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from tornado import locale

from tests.browser.live_site import LiveSite
from tests.browser.watching import is_live
from tests.tweet_store.posts import tweet
from tweet_store.model import Tombstone
from web_ui import times

NOW = datetime(2027, 3, 1, 9, 30, 59, 900_000, tzinfo=UTC)
EDGES = (0, 1, 59, 60, 119, 120, 3599, 3600, 7199, 7200, 86_399, 86_400, 172_799, 172_800)
AGES = (-90, *EDGES, *(24_000 * 1.3**n for n in range(30)), 604_799, 604_800)
ASK = """([script, now, times]) => import(script).then(
    ({ ago }) => times.map((time) => ago(new Date(time), now)))"""


@pytest.mark.parametrize("language", ["en-GB", "en-US", "es", "es-MX"])
def test_the_script_says_what_the_page_said(
    language: str, browser: Browser, site: LiveSite
) -> None:
    context = browser.new_context(base_url=site.url, locale=language, timezone_id="UTC")
    page = context.new_page()
    page.goto("/")
    script = page.locator("link[href$='/page.js']").get_attribute("href")
    written = [NOW - timedelta(seconds=age) for age in AGES]
    now = int(NOW.timestamp() * 1000)
    told = page.evaluate(ASK, [script, now, [times.machine(time) for time in written]])
    translate = locale.get(language[:2]).translate
    assert told == [times.ago(time, NOW, translate) for time in written]
    assert len(set(told)) > 20
    context.close()


def test_the_posts_own_page_tells_the_exact_time_where_the_visitor_is(
    browser: Browser, site: LiveSite
) -> None:
    site.post(tweet("1"))
    context = browser.new_context(base_url=site.url, locale="en", timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto("/ada/status/1")
    expect(page.locator(".focus time")).to_have_text("21 Nov 2026, 17:30")
    is_live(page)
    site.post(tweet("2", text="better", edit_ids=("1", "2")))
    expect(page.get_by_text("better")).to_be_visible()
    expect(page.locator(".focus time")).to_have_text("21 Nov 2026, 17:30")
    context.close()


def test_what_comes_by_an_update_is_told_from_now(page: Page, site: LiveSite) -> None:
    page.goto("/")
    is_live(page)
    site.post(tweet("1", created_at=datetime.now(UTC) - timedelta(minutes=3)))
    expect(page.locator(".post time")).to_have_text("3 min ago")
    site.post(Tombstone("1"))
    expect(page.locator(".post")).to_have_count(0)
