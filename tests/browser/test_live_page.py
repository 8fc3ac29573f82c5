"""live.js and site.css in a real browser: what a visitor sees while posts come, change and go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Entity, Media, Reference, Tombstone, Tweet
from web_ui.cards import Cards
from web_ui.site_handler import load_templates

NEWEST = re.compile("Load the newest")
GAP = "Some posts are not shown here."
LOAD = re.compile("Load them")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    site = LiveSite(tmp_path)
    site.start()
    yield site
    site.close()


@pytest.fixture
def page(browser: Browser, site: LiveSite) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 700}, base_url=site.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: faults.append(request.url))
    yield page
    context.close()
    # The site's own requests, and the browser's remarks on answers that a test asked for.
    expected = (f"{site.url}/", "Failed to load resource:")
    assert [fault for fault in faults if not fault.startswith(expected)] == []


def posts(count: int) -> list[Tweet]:
    return [tweet(str(n), text=f"post {n}") for n in range(1, count + 1)]


def answer(id_: str, to: str) -> Tweet:
    reference = Reference("replied_to", to)
    return tweet(id_, author=author("bob"), reply_to_id=to, references=(reference,))


def ids(page: Page) -> list[str]:
    found: list[str] = page.locator(".post").evaluate_all("all => all.map(e => e.dataset.id)")
    return found


def shows(page: Page, *wanted: str) -> None:
    """Wait until the page shows just these posts, in this order."""
    shown = "[...document.querySelectorAll('.post')].map(e => e.dataset.id).join()"
    page.wait_for_function(f"wanted => {shown} === wanted", arg=",".join(wanted))


def is_live(page: Page, text: str = "Live") -> None:
    expect(page.locator("[data-live-text]")).to_have_text(text)


def answer_polls(page: Page, *answers: dict[str, Any] | int) -> None:
    """The first polls get these answers or statuses; the later ones do not reach the server."""
    left = list(answers)
    page.unroute("**/updates?*")

    def poll(route: Route) -> None:
        found = left.pop(0) if left else None
        if found is None:
            route.abort()
        elif isinstance(found, int):
            route.fulfill(status=found, body="{}")
        else:
            route.fulfill(
                body=json.dumps({"verdict": "live", "cursor": "e.9", "events": [], **found})
            )

    page.route("**/updates?*", poll)


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
    page.get_by_role("button", name="Resume").click()
    shows(page, "4", "3", "2")


def test_the_page_survives_the_servers_restart(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/")
    is_live(page)
    site.stop()
    is_live(page, "Reconnecting…")
    site.store.save([tweet("2")])
    site.start()
    shows(page, "2", "1")
    is_live(page)
    site.post(tweet("3"))
    shows(page, "3", "2", "1")


LAYOUT = """() => JSON.stringify(["[data-cursor]", ".head > :first-child", "[data-live]",
    "[role=status]", "[data-live-pause]"].map((name) => {
        const { x, y, width, height } = document.querySelector(name).getBoundingClientRect();
        return [name, x, y, width, height];
    }))"""


@pytest.mark.parametrize("width", [320, 390, 1280])
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
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        assert page.evaluate(LAYOUT) == before
        page.locator("[data-live-pause]").evaluate("e => e.textContent = 'Resume (500)'")
        assert page.evaluate(LAYOUT) == before


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


def test_events_that_come_twice_change_nothing(page: Page, site: LiveSite) -> None:
    site.post(*posts(2))
    html = Cards(load_templates()).render(site.store.timeline()[0])
    again = {"seq": 2, "kind": "tweet", "id": "2", "celeb": "ada", "html": html}
    answer_polls(
        page,
        {"events": [again, again], "cursor": "e.21"},
        {"events": [again], "cursor": "e.22"},
    )
    # Who asks on from there has taken both answers.
    with page.expect_request("**/updates?*cursor=e.22*"):
        page.goto("/")
    assert ids(page) == ["2", "1"]


def test_a_delete_is_found_even_if_the_edit_before_it_could_not_be_shown(
    page: Page, site: LiveSite
) -> None:
    site.post(*posts(2))
    edit = {"seq": 3, "kind": "edit", "id": "9", "chain": "2", "celeb": "ada", "html": ""}
    answer_polls(page, {"events": [edit, {**edit, "seq": 4, "kind": "delete"}]})
    page.goto("/")
    shows(page, "1")


def gap(page: Page, site: LiveSite) -> None:
    """The next poll is told of a gap; those after it go to the site, from now on."""

    def poll(route: Route) -> None:
        cursor = f"{site.store.epoch}.{site.store.latest_seq()}"
        route.fulfill(body=json.dumps({"verdict": "gap", "cursor": cursor, "events": []}))

    page.route("**/updates?*", poll, times=1)


def away(page: Page) -> None:
    """Into the back/forward cache, as it were: no poll is under way then."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")


def back(page: Page) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def rows(page: Page) -> str:
    """Posts by id, gaps as a line, from top to bottom."""
    found: list[str] = page.locator("[data-cursor] > li").evaluate_all(
        "all => all.map(e => e.dataset.id ?? '|')"
    )
    return " ".join(found)


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
    page.get_by_role("button", name="Resume").click()
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
    page.wait_for_url("**/status/1")
    assert ids(page) == [str(n) for n in range(1, 102)]


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


def test_another_store_loads_the_page_anew_but_not_for_ever(page: Page, site: LiveSite) -> None:
    answer_polls(page, *[{"verdict": "reset"}] * 9)
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.goto("/")
    expect(page.get_by_text("out of date")).to_be_visible()
    is_live(page, "Not updating")
    assert len(loads) == 2


def test_another_store_is_told_of_where_the_browser_keeps_no_notes(
    page: Page, site: LiveSite
) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no'); } });"
    )
    answer_polls(page, {"verdict": "reset"})
    page.goto("/")
    expect(page.get_by_text("out of date")).to_be_visible()
    is_live(page, "Not updating")


def test_a_poll_that_is_refused_stops_and_says_so(page: Page, site: LiveSite) -> None:
    answer_polls(page, 400)
    page.goto("/")
    is_live(page, "Not updating")
    expect(page.get_by_role("button", name=NEWEST)).to_be_visible()


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


def test_it_reads_without_javascript(browser: Browser, site: LiveSite) -> None:
    site.post(*posts(60))
    context = browser.new_context(java_script_enabled=False, base_url=site.url)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_text("post 60", exact=True)).to_be_visible()
    expect(page.get_by_text("21 Nov 2026, 12:00 UTC").first).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.get_by_role("link", name="Older posts").click()
    expect(page.get_by_text("post 1", exact=True)).to_be_visible()
    context.close()


def test_times_are_told_from_now(page: Page, site: LiveSite) -> None:
    page.clock.set_fixed_time("2026-11-21T12:05:00Z")
    site.post(tweet("1"))
    page.goto("/")
    expect(page.locator(".post time")).to_have_text("5 min. ago")
    site.post(tweet("2"))
    expect(page.locator("[data-id='2'] time")).to_have_text("5 min. ago")


@pytest.mark.parametrize("width", [320, 390, 1280, 3840])
def test_nothing_is_wider_than_the_window(page: Page, site: LiveSite, width: int) -> None:
    long = "Donaudampfschifffahrtsgesellschaft" * 8
    media = tuple(Media("photo", "/static/favicon.svg", 4000, 300) for _ in range(3))
    who = author("a_very_long_handle", name=long, network="demo", bio=long)
    quoted = Reference("quoted", "9", long, who)
    site.post(tweet("1", author=who, text=long, media=media, references=(quoted,)))
    page.set_viewport_size({"width": width, "height": 800})
    for path in ["/", "/a_very_long_handle", "/a_very_long_handle/status/1", "/celebs", "/nobody"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
