"""A discussion and a room as others write in them: what comes, where it stands, and what goes."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import away, back, gap, is_live, until
from tests.tweet_store.posts import tweet
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.store import DiscussionStore

OUTLINE = """() => {
    const outline = (list) => [...list.children].map((row) => {
        const text = row.querySelector(":scope > article .text, :scope > article .removed");
        const answers = row.querySelector(":scope > .answers");
        return text.textContent + (answers?.children.length ? `(${outline(answers)})` : "");
    }).join(" ");
    return outline(document.querySelector(".comments"));
}"""


def outline(page: Page, wanted: str) -> None:
    """Wait until the comments are these, answers in brackets."""
    page.wait_for_function(f"wanted => ({OUTLINE})() === wanted", arg=wanted)


def crowd(site: LiveSite, count: int, name: str = "Basil", **place: str) -> list[StoredComment]:
    """So many comments, at once; each of those who write them writes a few."""

    def write(store: DiscussionStore, now: datetime) -> list[StoredComment]:
        said = []
        for n in range(count):
            if n % 5 == 0:
                key = f"{name} {n}".encode().ljust(32)
                sender = Sender(store.sign_in(f"{name} the {n}th", key, now), key)
            said.append(store.add_comment(sender, f"{name} {n}", now, nonce=f"{n}", **place))
        return said

    return site.discuss(write)


def shown(page: Page, *wanted: StoredComment) -> None:
    """Wait until the page has just these comments."""
    ids = "[...document.querySelectorAll('[data-comment]')].map(e => e.id).join()"
    page.wait_for_function(f"wanted => {ids} === wanted", arg=",".join(one.id for one in wanted))


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box
    return box["y"]


def test_comments_come_in_where_they_belong(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil, odile = site.visitor("Basil"), site.visitor("Odile")
    one = site.comment(basil, "one", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    site.comment(odile, "two", post_id="1")
    inner = site.comment(odile, "one.one", post_id="1", parent_id=one.id)
    third = site.comment(basil, "third", post_id="1", parent_id=inner.id)
    site.comment(basil, "one.two", post_id="1", parent_id=one.id)
    # Deeper than three levels there is no room on a phone.
    fourth = site.comment(odile, "fourth", post_id="1", parent_id=third.id)
    site.comment(basil, "fifth", post_id="1", parent_id=fourth.id)
    wanted = "one(one.one(third fourth fifth) one.two) two"
    outline(page, wanted)
    page.reload()
    outline(page, wanted)


def test_an_edit_changes_a_comment_and_leaves_its_answers(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    one = site.comment(basil, "one", post_id="1")
    site.comment(basil, "answer", post_id="1", parent_id=one.id)
    page.goto("/ada/status/1")
    site.discuss(lambda store, now: store.edit_comment(basil, one.id, "better", now))
    outline(page, "better(answer)")
    expect(page.get_by_text("Edited")).to_be_visible()


def test_what_is_removed_leaves_a_stub_only_where_something_answers_it(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    basil, odile = site.visitor("Basil"), site.visitor("Odile")
    one = site.comment(basil, "one", post_id="1")
    two = site.comment(odile, "two", post_id="1", parent_id=one.id)
    three = site.comment(basil, "three", post_id="1")
    page.goto("/ada/status/1")
    outline(page, "one(two) three")
    site.discuss(lambda store, now: store.remove_comment(basil, three.id, now))
    outline(page, "one(two)")
    site.discuss(lambda store, now: store.moderate_comment(one.id, now))
    outline(page, "Removed by a moderator.(two)")
    site.discuss(lambda store, now: store.remove_comment(odile, two.id, now))
    outline(page, "")
    expect(page.get_by_text("Nobody has said anything yet.")).to_be_visible()


def test_after_a_gap_the_discussion_is_as_it_is_now(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    one = site.comment(basil, "one", post_id="1")
    two = site.comment(basil, "two", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    away(page)
    site.discuss(lambda store, now: store.remove_comment(basil, one.id, now))
    site.discuss(lambda store, now: store.edit_comment(basil, two.id, "second", now))
    site.comment(basil, "inner", post_id="1", parent_id=two.id)
    site.comment(basil, "three", post_id="1")
    gap(page, site)
    back(page)
    outline(page, "second(inner) three")


def test_after_a_gap_a_room_keeps_the_earlier_messages(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    before = crowd(site, 52, room="ada")
    page.goto("/room/ada")
    is_live(page)
    before += crowd(site, 5, "Odile", room="ada")
    shown(page, *before[2:])
    away(page)
    site.discuss(lambda store, now: store.moderate_comment(before[4].id, now))
    missed = crowd(site, 60, "Crispin", room="ada")
    gap(page, site)
    back(page)
    earlier = page.get_by_role("link", name="Earlier messages")
    shown(page, *(one for one in before if one != before[4]), *missed)
    expect(earlier).to_be_hidden()


def test_a_room_that_missed_very_much_leads_on_to_it(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    old = crowd(site, 1, room="ada")
    page.goto("/room/ada")
    is_live(page)
    away(page)
    missed = crowd(site, 260, "Crispin", room="ada")
    gap(page, site)
    back(page)
    shown(page, *missed[10:])
    page.get_by_role("link", name="Earlier messages").click()
    shown(page, *old, *missed[:10])


def test_after_a_gap_a_long_discussion_keeps_the_later_comments(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    said = crowd(site, 195, post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    said += crowd(site, 10, "Odile", post_id="1")
    shown(page, *said)
    away(page)
    gone = said[3], said[201]
    site.discuss(lambda store, now: [store.moderate_comment(one.id, now) for one in gone])
    said += crowd(site, 3, "Crispin", post_id="1")
    gap(page, site)
    back(page)
    shown(page, *(one for one in said if one not in gone))
    expect(page.get_by_role("link", name="More comments")).to_be_hidden()
    # And it goes on.
    said += crowd(site, 1, "Quill", post_id="1")
    shown(page, *(one for one in said if one not in gone))


def test_one_s_own_comment_is_seen_where_later_ones_are_a_link_away(
    page: Page, site: LiveSite
) -> None:
    site.post(tweet("1"))
    crowd(site, 201, post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    page.locator("[data-write] [name=name]").fill("Ondine")
    page.locator("textarea").fill("mine")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-comment]", has_text="mine")).to_be_visible()
    site.comment(site.visitor("Quill"), "not here", post_id="1")
    page.get_by_role("link", name="More comments").click()
    expect(page.get_by_text("not here")).to_be_visible()
    expect(page.locator(".comment")).to_have_count(3)


def test_what_comes_while_a_gap_is_looked_into_stays(page: Page, site: LiveSite) -> None:
    """The page that is compared with is older than the news."""
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    one = site.comment(basil, "one", post_id="1")
    site.comment(basil, "two", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    away(page)
    gap(page, site)
    held: list[tuple[Route, APIResponse]] = []
    # Once: the page may look again, and nothing must be under way when the test ends.
    page.route("**/ada/status/1", lambda route: held.append((route, route.fetch())), times=1)
    back(page)
    until(page, lambda: held)
    site.comment(basil, "three", post_id="1")
    site.discuss(lambda store, now: store.remove_comment(basil, one.id, now))
    outline(page, "two three")
    route, response = held[0]
    with page.expect_event("requestfinished"):
        route.fulfill(response=response)
    is_live(page)
    outline(page, "two three")


def test_a_room_follows_the_newest_while_its_reader_does(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    for n in range(8):
        visitor = site.visitor(f"Basil the {n}th")
        for m in range(4):
            site.comment(visitor, f"line {n}.{m}", room="ada")
    page.goto("/room/ada")
    is_live(page)
    expect(page.locator(".comment").last).to_be_in_viewport()
    expect(page.locator("textarea")).to_be_in_viewport()
    odile = site.visitor("Odile")
    before = top(page, "textarea")
    site.comment(odile, "one more", room="ada")
    expect(page.get_by_text("one more")).to_be_in_viewport()
    assert abs(top(page, "textarea") - before) < 1  # fingers may be on it

    page.evaluate("scrollTo(0, 200)")
    looked_at = ".comment:nth-child(8)"
    at = top(page, looked_at)
    site.comment(odile, "unseen", room="ada")
    site.comment(odile, "unseen too", room="ada")
    button = page.get_by_role("button", name="2 new messages")
    expect(button).to_be_visible()
    assert abs(top(page, looked_at) - at) < 1
    button.click()
    expect(page.get_by_text("unseen too")).to_be_in_viewport()
    expect(page.get_by_role("button", name="new message")).to_be_hidden()


def test_what_is_removed_from_a_room_is_gone(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    one = site.comment(basil, "one", room="ada")
    site.comment(basil, "two", room="ada", parent_id=one.id)
    page.goto("/room/ada")
    site.discuss(lambda store, now: store.moderate_comment(one.id, now))
    outline(page, "two")


def test_who_is_here_is_counted(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.clock.install()
    page.goto("/room/ada")
    is_live(page)
    other = page.context.new_page()
    other.goto("/room/ada")
    other.locator("[data-live-text]:has-text('Live')").wait_for()
    expect(page.locator("[data-here]")).to_be_hidden()
    for ms in (3_000, 30_000):
        with page.expect_response("**/here?*"):
            page.clock.run_for(ms)
    expect(page.locator("[data-here]")).to_have_text("2 here now")
    expect(page.locator("[data-here]")).to_be_visible()


def test_the_links_of_a_comment_say_whose_it_is(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    site.comment(site.visitor("Basil"), "one", post_id="1")
    page.goto("/ada/status/1")
    is_live(page)
    site.comment(site.visitor("Odile"), "two", post_id="1")
    for name in ("Reply", "More"):
        links = page.locator(".comment").get_by_role("link", name=name, exact=True)
        expect(links).to_have_count(2)
        for n, writer in enumerate(("Basil", "Odile")):
            expect(links.nth(n)).to_have_accessible_description(writer)
