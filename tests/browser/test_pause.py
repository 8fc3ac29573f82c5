"""The pause button: what waits, what does not, and what is there when the page goes on."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.live_site import LiveSite
from tests.browser.test_comments import crowd, outline, shown, top
from tests.browser.test_tags_and_follows import tag_post
from tests.browser.watching import answer, away, back, gap, ids, is_live
from tests.tweet_store.posts import tweet
from tweet_store.model import Tombstone


def pause(page: Page) -> Locator:
    """Press it."""
    page.get_by_role("button", name="Pause").click()
    return page.locator("[data-live-pause]")  # the pill below the header may say Resume, too


def waits(button: Locator, count: int, *what: str) -> None:
    """Wait until the button says so."""
    expect(button).to_have_text(f"Resume ({count})")
    expect(button).to_have_accessible_description(" ".join(what))


def test_one_pause_holds_all_that_would_move_the_page_of_a_post(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil, odile = site.visitor("Basil"), site.visitor("Odile")
    one = site.comment(basil, "one", post_id="1")
    two = site.comment(odile, "two", post_id="1")
    three = site.comment(odile, "three", post_id="1")
    tag_post(site, basil, "1", "old")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    site.post(answer("2", "1"), answer("3", "1"))
    held = site.comment(basil, "held", post_id="1")
    under = site.comment(odile, "under", post_id="1", parent_id=held.id)
    site.comment(basil, "gone", post_id="1", parent_id=three.id)
    for tag in ("new", "newer"):
        tag_post(site, odile, "1", tag)
    waits(button, 7, "2 new posts.", "3 new comments.", "2 new tags.")
    outline(page, "one two three")
    # What is taken back goes, and what is edited changes, whether it waits or not.
    site.discuss(lambda store, now: store.edit_comment(basil, one.id, "better", now))
    site.discuss(lambda store, now: store.remove_comment(odile, two.id, now))
    site.discuss(lambda store, now: store.edit_comment(odile, under.id, "much better", now))
    site.discuss(lambda store, now: store.moderate_comment(held.id, now))
    site.discuss(lambda store, now: store.moderate_comment(three.id, now))
    site.discuss(lambda store, now: store.untag_post(basil, "1", "old", now))
    site.discuss(lambda store, now: store.untag_post(odile, "1", "new", now))
    site.post(Tombstone("3"))
    waits(button, 4, "1 new post.", "2 new comments.", "1 new tag.")
    outline(page, "better Removed by a moderator.")
    expect(page.locator("[data-tags] li")).to_have_count(0)
    assert ids(page) == ["1"]
    button.click()
    removed = "Removed by a moderator."
    outline(page, f"better {removed}(gone) {removed}(much better)")
    expect(page.locator("[data-tags] li")).to_have_text(["#newer"])
    assert ids(page) == ["1", "2"]
    expect(page.get_by_role("button", name="Pause")).to_have_accessible_description("")
    site.comment(basil, "afterwards", post_id="1")
    expect(page.locator("[data-comment]", has_text="afterwards")).to_be_visible()


def test_where_later_comments_are_a_link_away_only_those_that_belong_here_wait(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    said = crowd(site, 201, post_id="1")
    odile = site.visitor("Odile")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    first = site.comment(odile, "answer", post_id="1", parent_id=said[0].id)
    further = site.comment(odile, "further", post_id="1", parent_id=first.id)
    site.comment(odile, "elsewhere", post_id="1")
    waits(button, 2, "2 new comments.")
    button.click()
    shown(page, said[0], first, further, *said[1:200])


def test_a_stub_that_waits_goes_with_its_last_answer(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    one = site.comment(basil, "one", post_id="1")
    two = site.comment(basil, "two", post_id="1", parent_id=one.id)
    waits(button, 2, "2 new comments.")
    site.discuss(lambda store, now: store.moderate_comment(one.id, now))
    waits(button, 1, "1 new comment.")
    site.discuss(lambda store, now: store.moderate_comment(two.id, now))
    expect(button).to_have_text("Resume")
    button.click()
    outline(page, "")


def test_one_s_own_never_waits(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    site.comment(basil, "first", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    site.comment(basil, "held", post_id="1")
    tag_post(site, basil, "1", "theirs")
    waits(button, 2, "1 new comment.", "1 new tag.")
    page.locator("[data-write] [name=name]").fill(" Ondine ")
    page.locator("textarea").fill("mine")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-comment]", has_text="mine")).to_be_visible()
    site.ring()
    page.get_by_text("Add a tag").click()
    page.locator("[data-tag-form] [name=tag]").fill("mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take back #mine")).to_be_visible()
    expect(page.locator("[data-tags] li")).to_have_text(["#mine"])
    outline(page, "first mine")
    waits(button, 2, "1 new comment.", "1 new tag.")
    button.click()
    outline(page, "first held mine")
    expect(page.locator("[data-tags] li")).to_have_count(2)


def test_a_room_can_be_paused_from_its_end(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    crowd(site, 30, room="ada")
    page.goto("/room/ada")
    is_live(page)
    expect(page.locator("[data-live-pause]")).to_be_in_viewport()
    last = ".comment:nth-child(30)"
    at = top(page, last)
    button = pause(page)
    assert top(page, last) == at
    odile = site.visitor("Odile")
    for text in ("held", "held too"):
        site.comment(odile, text, room="ada")
    waits(button, 2, "2 new messages.")
    assert top(page, last) == at
    # The two that wait are not below, and not to be gone to.
    page.evaluate("scrollTo(0, 200)")
    expect(page.get_by_role("button", name="new message")).to_be_hidden()
    page.locator("[data-write] [name=name]").fill("Ondine")
    page.locator("textarea").fill("mine")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-comment]").last).to_contain_text("mine")
    expect(page.locator("[data-comment]")).to_have_count(31)
    button.click()
    expect(page.locator("[data-comment]").nth(30)).to_contain_text("held")
    expect(page.locator("[data-comment]").last).to_contain_text("mine")
    expect(page.locator("[data-comment]").last).to_be_in_viewport()


def test_who_goes_on_higher_up_in_a_room_is_told_what_is_below(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    crowd(site, 30, room="ada")
    page.goto("/room/ada")
    is_live(page)
    button = pause(page)
    page.evaluate("scrollTo(0, 200)")
    at = top(page, ".comment:nth-child(8)")
    site.comment(site.visitor("Odile"), "held", room="ada")
    waits(button, 1, "1 new message.")
    button.click()
    expect(page.get_by_role("button", name="1 new message")).to_be_visible()
    assert abs(top(page, ".comment:nth-child(8)") - at) < 1


def test_more_than_can_wait_is_asked_for(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    before = crowd(site, 3, room="ada")
    page.goto("/room/ada")
    is_live(page)
    button = pause(page)
    missed = crowd(site, 210, "Crispin", room="ada")
    waits(button, 200, "200 new messages.")
    shown(page, *before)
    button.click()
    shown(page, *before, *missed)


def test_a_gap_in_a_paused_discussion_is_looked_into_and_waits(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    one = site.comment(basil, "one", post_id="1")
    two = site.comment(basil, "two", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    held = site.comment(basil, "held", post_id="1")
    waits(button, 1, "1 new comment.")
    away(page)
    site.discuss(lambda store, now: store.moderate_comment(one.id, now))
    site.discuss(lambda store, now: store.moderate_comment(held.id, now))
    site.comment(basil, "missed", post_id="1", parent_id=two.id)
    tag_post(site, basil, "1", "missed")
    gap(page, site)
    back(page)
    outline(page, "two")
    waits(button, 2, "1 new comment.", "1 new tag.")
    button.click()
    outline(page, "two(missed)")
    expect(page.locator("[data-tags] li")).to_have_text(["#missed"])


def test_a_celebs_tags_wait_as_the_posts_do(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), tweet("2"))
    basil = site.visitor("Basil")
    tag_post(site, basil, "1", "Encore")
    page.goto("/ada")
    is_live(page)
    button = pause(page)
    for id_, tag in (("2", "Encore"), ("1", "Red Carpet"), ("2", "Red Carpet")):
        tag_post(site, basil, id_, tag)
    waits(button, 1, "1 new tag.")
    site.post(tweet("3"))
    waits(button, 2, "1 new post.", "1 new tag.")
    expect(page.locator(".most-used li")).to_have_text(["#Encore"])
    button.click()
    expect(page.locator(".most-used li")).to_have_text(["#Encore", "#Red Carpet"])


def test_where_nothing_new_comes_there_is_nothing_to_pause(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    crowd(site, 3, room="ada")
    for path in ("/?before=2", "/ada?before=2", "/room/ada?before=9"):
        page.goto(path)
        is_live(page, "")
        expect(page.get_by_role("button", name="Pause")).to_be_hidden()


def test_who_listens_is_told_once_of_what_waits(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.clock.install()
    page.goto("/ada/status/1")
    is_live(page)
    region = page.locator("p[aria-live=polite]")
    button = pause(page)
    for text in ("one", "two"):
        site.comment(basil, text, post_id="1")
    waits(button, 2, "2 new comments.")
    page.clock.run_for(1_100)
    expect(region).to_have_text("2 new comments.")
    button.click()
    outline(page, "one two")
    site.comment(basil, "three", post_id="1")
    outline(page, "one two three")
    page.clock.run_for(11_000)
    expect(region).to_have_text("1 new comment.")


def test_a_page_that_ends_shows_what_waited(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/ada/status/1")
    is_live(page)
    button = pause(page)
    site.comment(basil, "held", post_id="1")
    waits(button, 1, "1 new comment.")
    page.route("**/updates?*", lambda route: route.fulfill(status=400, body="{}"))
    away(page)
    back(page)
    is_live(page, "Not updating")
    outline(page, "held")
