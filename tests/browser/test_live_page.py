"""The list of posts in a real browser: what a visitor sees while posts come, change and go."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import answer, ids, is_live, posts, shows
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Reference, Tombstone


def test_new_posts_appear_by_themselves_newest_first(page: Page, site: LiveSite) -> None:
    page.goto("/")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    is_live(page)
    site.post(tweet("1"), tweet("2"))
    shows(page, "2", "1")
    site.post(tweet("3"))
    shows(page, "3", "2", "1")
    expect(page.get_by_text("Nothing yet")).to_be_hidden()


def test_an_edit_takes_the_place_of_its_post_and_a_delete_takes_it_away(
    page: Page, site: LiveSite
) -> None:
    site.post(*posts(3))
    page.goto("/")
    site.post(tweet("4", text="better", edit_ids=("2", "4")))
    shows(page, "3", "4", "1")
    expect(page.get_by_text("better")).to_be_visible()
    site.post(Tombstone("3"), Tombstone("4"))
    shows(page, "1")


def test_a_post_that_was_quoted_goes_from_the_one_that_quotes_it(
    page: Page, site: LiveSite
) -> None:
    quoted = Reference("quoted", "1", "a secret", author("ada"))
    site.post(tweet("1", text="a secret"), tweet("2", references=(quoted,)))
    page.goto("/")
    expect(page.get_by_text("a secret")).to_have_count(2)
    site.post(Tombstone("1"))
    shows(page, "2")
    expect(page.get_by_text("a secret")).to_have_count(0)


def test_a_celebs_page_gets_that_celebs_posts(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/ada")
    site.post(tweet("2", author=author("bob")), tweet("3"))
    shows(page, "3", "1")


def test_what_a_scrolled_reader_looks_at_does_not_move(page: Page, site: LiveSite) -> None:
    site.post(*posts(50))
    page.goto("/")
    page.evaluate("scrollTo(0, 1500)")
    looked_at = "[data-id='36']"
    before = page.locator(looked_at).bounding_box()
    assert before
    assert 0 < before["y"] < 700
    site.post(tweet("60", text="long " * 60), tweet("61"))
    site.post(Tombstone("45"), tweet("62", text="longer " * 30, edit_ids=("44", "62")))
    expect(page.locator("[data-id='62']")).to_be_attached()
    after = page.locator(looked_at).bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) < 1
    page.get_by_role("button", name="2 new posts").click()
    expect(page.locator("[data-id='61']")).to_be_in_viewport()
    expect(page.get_by_role("button", name="new post")).to_be_hidden()


def test_the_page_can_be_paused(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), tweet("2"))
    page.goto("/")
    is_live(page)
    page.get_by_role("button", name="Pause").click()
    site.post(tweet("3"), tweet("4"), Tombstone("1"))
    expect(page.get_by_role("button", name="Resume (2)")).to_be_visible()
    shows(page, "2")
    page.locator("[data-live-pause]").click()
    shows(page, "4", "3", "2")


def test_answers_come_in_below_and_a_deleted_post_leaves_a_note(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), answer("2", "1"))
    page.goto("/ada/status/1")
    is_live(page)
    site.post(answer("3", "1"), tweet("4"))
    shows(page, "1", "2", "3")
    site.post(tweet("5", text="edited", edit_ids=("1", "5")))
    shows(page, "5", "2", "3")
    site.post(answer("6", "5"))
    shows(page, "5", "2", "3", "6")
    site.post(Tombstone("5"))
    shows(page, "2", "3", "6")
    expect(page.get_by_text("deleted by its author")).to_be_visible()


def test_a_page_of_older_posts_takes_edits_and_deletes_only(page: Page, site: LiveSite) -> None:
    site.post(*posts(3))
    page.goto("/?before=3")
    site.post(tweet("4"), Tombstone("1"), tweet("5", edit_ids=("2", "5")))
    shows(page, "5")


def test_old_posts_leave_and_are_a_link_away(page: Page, site: LiveSite) -> None:
    page.goto("/")
    is_live(page)
    for start in range(1, 800, 100):
        site.post(*(tweet(str(n)) for n in range(start, start + 100)))
    expect(page.locator(".post").first).to_have_attribute("data-id", "800")
    page.wait_for_function("() => document.querySelectorAll('.post').length <= 500")
    shown = ids(page)
    assert shown == [str(n) for n in range(800, 800 - len(shown), -1)]
    page.get_by_role("link", name="Older posts").click()
    page.wait_for_url("**/?before=*")
    assert ids(page)[0] == str(800 - len(shown))


def test_a_long_thread_stays_small_and_leads_on(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/ada/status/1")
    is_live(page)
    for start in range(2, 602, 100):
        site.post(*(answer(str(n), "1") for n in range(start, start + 100)))
    expect(page.get_by_role("link", name="More answers")).to_be_visible()
    assert ids(page) == [str(n) for n in range(1, 502)]
    page.get_by_role("link", name="More answers").click()
    page.wait_for_url("**?after=501")
    assert ids(page) == ["1", *(str(n) for n in range(502, 602))]
    site.post(answer("602", "1"))
    expect(page.locator("[data-id='602']")).to_be_attached()
    page.get_by_role("link", name="First answers").click()
    page.wait_for_url("**/status/1#answers")
    assert ids(page) == [str(n) for n in range(1, 102)]


def test_it_reads_without_javascript(browser: Browser, site: LiveSite) -> None:
    site.post(*posts(60))
    context = browser.new_context(java_script_enabled=False, base_url=site.url)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_text("post 60", exact=True)).to_be_visible()
    expect(page.locator("time").first).to_have_attribute("title", "21 Nov 2026, 12:00 UTC")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.get_by_role("link", name="Older posts").click()
    expect(page.get_by_text("post 1", exact=True)).to_be_visible()
    context.close()
