"""Tags under a post and on their own pages, and the follow buttons."""

from __future__ import annotations

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import is_live, shows, until
from tests.tweet_store.posts import author, tweet
from tweet_store.discussion.model import Sender


def tag_post(site: LiveSite, sender: Sender, id_: str, text: str) -> None:
    site.discuss(lambda store, now: store.tag_post(sender, id_, text, now))


def forms_are_ready(page: Page) -> None:
    """Wait for the script: until it has come, the browser sends forms by itself."""
    page.evaluate(
        "import(document.querySelector('script[type=module]').src.replace('live', 'forms'))"
    )


def test_tags_come_and_go_under_a_post(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/ada/status/1")
    is_live(page)
    tag_post(site, basil, "1", "Red Carpet")
    tags = page.locator("[data-tags] li")
    expect(tags).to_have_count(1)
    page.get_by_text("Add a tag").click()
    page.locator("[data-tag-form] [name=name]").fill("Odile")
    for text in ("#encore", "red-carpet"):
        page.locator("[data-tag-form] [name=tag]").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator("[data-tag-form] [name=tag]")).to_have_value("")
    expect(tags).to_have_count(2)
    site.discuss(lambda store, now: store.untag_post(basil, "1", "redcarpet", now))
    expect(tags).to_have_count(2)  # Odile's is left
    page.get_by_role("button", name="Take back #").first.click()
    expect(tags).to_have_count(1)


def test_a_tag_that_comes_while_one_adds_another_stays(page: Page, site: LiveSite) -> None:
    """The page from which the tags are taken is older than the news."""
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    page.goto("/ada/status/1")
    is_live(page)
    page.get_by_text("Add a tag").click()
    page.locator("[data-tag-form] [name=name]").fill(" Odile ")
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/ada/status/1", lambda route: held.append((route, route.fetch())), times=1)
    page.locator("[data-tag-form] [name=tag]").fill("mine")
    page.keyboard.press("Enter")
    until(page, lambda: held)
    tag_post(site, basil, "1", "theirs")
    tags = page.locator("[data-tags] li")
    expect(tags).to_have_text(["#mine", "#theirs"])
    route, response = held[0]
    route.fulfill(response=response)
    expect(page.get_by_role("button", name="Take back #mine")).to_be_visible()
    expect(tags).to_have_text(["#mine", "#theirs"])
    # Whoever chose a name with the form has it everywhere.
    expect(page.get_by_role("navigation", name="Site").get_by_text("Odile")).to_be_attached()
    expect(page.get_by_label("as Odile")).to_be_visible()


def test_a_tag_that_is_none_is_told_in_the_form(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/ada/status/1")
    page.get_by_text("Add a tag").click()
    page.locator("[data-tag-form] [name=name]").fill("Odile")
    page.locator("[data-tag-form] [name=tag]").fill("!!!")
    page.keyboard.press("Enter")
    expect(page.locator("[data-tag-form] [data-problem]")).to_be_visible()
    expect(page.locator("[data-tag-form] [name=tag]")).to_have_value("!!!")


def test_posts_come_to_a_tags_page_and_leave_it(page: Page, site: LiveSite) -> None:
    site.post(*(tweet(str(n)) for n in range(1, 5)))
    basil = site.visitor("Basil")
    for id_ in ("1", "3"):
        tag_post(site, basil, id_, "encore")
    page.goto("/tag/encore")
    is_live(page)
    shows(page, "3", "1")
    tag_post(site, basil, "2", "Encore")
    tag_post(site, basil, "2", "other")
    tag_post(site, basil, "4", "encore")
    shows(page, "4", "3", "2", "1")
    site.discuss(lambda store, now: store.untag_post(basil, "2", "other", now))
    site.discuss(lambda store, now: store.untag_post(basil, "3", "encore", now))
    shows(page, "4", "2", "1")


def test_a_celebs_page_gets_tags_that_are_new(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    basil = site.visitor("Basil")
    tag_post(site, basil, "1", "Encore")
    page.goto("/ada")
    is_live(page)
    site.post(tweet("2"))
    shows(page, "2", "1")
    for text in ("Encore", "Red Carpet"):
        tag_post(site, basil, "2", text)
    tags = page.locator(".most-used li")
    expect(tags.last).to_have_text("#Red Carpet")
    expect(tags).to_have_count(2)


def test_following_needs_no_reload_and_no_account(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"), tweet("2", author=author("bob")))
    page.goto("/ada")
    button = page.locator("[data-follow=ada] button")
    expect(button).to_have_accessible_name("Follow Ada")
    button.click()
    expect(button).to_have_accessible_name("Following Ada")
    page.goto("/following")
    shows(page, "1")
    is_live(page)
    site.post(tweet("3", author=author("bob")), tweet("4"))
    shows(page, "4", "1")
    page.goto("/ada")
    button.click()
    expect(button).to_have_accessible_name("Follow Ada")
    page.reload()
    expect(button).to_have_accessible_name("Follow Ada")


def test_quick_follows_are_all_kept(page: Page, site: LiveSite) -> None:
    """Each answer brings a cookie, which the next one adds to."""
    names = ("ada", "bob", "cleo")
    site.post(*(tweet(str(n), author=author(name)) for n, name in enumerate(names)))
    page.goto("/following")
    forms_are_ready(page)
    page.evaluate("document.querySelectorAll('[data-follow] button').forEach((b) => b.click())")
    expect(page.get_by_role("button", name="Following")).to_have_count(3)
    page.goto("/following")
    expect(page.locator(".post")).to_have_count(3)


def test_a_follow_that_cannot_be_sent_says_so(page: Page, site: LiveSite) -> None:
    site.post(tweet("1"))
    page.goto("/ada")
    forms_are_ready(page)
    page.route("**/follow", lambda route: route.abort())
    page.locator("[data-follow=ada] button").click()
    expect(page.get_by_text("could not be sent")).to_be_visible()
    page.unroute("**/follow")
    page.locator("[data-follow=ada] button").click()
    expect(page.get_by_text("could not be sent")).to_be_hidden()
    expect(page.get_by_role("button", name="Following Ada")).to_be_visible()
