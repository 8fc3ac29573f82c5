"""The site's pages, in a state in which there is something on each, and how they are looked at."""

from __future__ import annotations

from typing import Any, Literal

from playwright.sync_api import Page

from tests.browser.walks.wire import MODERATOR_TOKEN, Wire

DEVICES = {"phone": (360, 740), "desktop": (1280, 800)}
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}
"""What axe is to look for in each: in the dark only what the dark may change. And what it is to
tell: to describe all that is as it should be took as long again."""
TEXTS = (
    "That second verse! I have had it on repeat since breakfast.",
    "Same here. Does anybody know who plays the piano?\nIt says so on https://example.org/credits",
    "مساء الخير للجميع 🎹",
)


def live_in(page: Page, wire: Wire) -> dict[str, str]:
    """Somebody signs in, follows, writes and tags, and a moderator opens the door. The paths of
    the pages by name."""
    post = f"/{wire.celeb}/status/{wire.post_id}"
    page.goto(f"{wire.first}{post}")
    page.locator("[data-write] [name=name]").fill("Marlow")
    for text in TEXTS:
        write(page, text)
    comment = page.locator("[data-comment]").first.get_attribute("data-comment")
    for tag in ("Red Carpet", "new-song"):
        tag_it(page, tag)
    page.goto(f"{wire.first}/room/{wire.celeb}")
    for text in TEXTS[:2]:  # five comments in 20 s are what one visitor may write
        write(page, text)
    page.goto(f"{wire.first}/{wire.celeb}")
    page.locator(f"[data-follow={wire.celeb}] button").click()
    page.locator(f"[data-follow={wire.celeb}]", has_text="Following").wait_for()
    report(page, f"{wire.first}/comments/{comment}")
    page.goto(f"{wire.first}/moderation")
    page.locator("[name=token]").fill(MODERATOR_TOKEN)
    page.locator("main form button").first.click()
    page.get_by_text("A spoiler").first.wait_for()
    return {
        "home": "/",
        "celeb": f"/{wire.celeb}",
        "post": post,
        "room": f"/room/{wire.celeb}",
        "tag": "/tag/redcarpet",
        "tags": "/tags",
        "celebs": "/celebs",
        "celebs-search": "/celebs?q=a",
        "search": "/search?q=the",
        "following": "/following",
        "follow": f"/follow?celebs={wire.celeb}",
        "comment": f"/comments/{comment}",
        "sign-in": "/sign-in",
        "me": "/me",
        "moderation": "/moderation",
        "api": "/api",
        "missing": "/nobody-is-called-this",
    }


def write(page: Page, text: str) -> None:
    """Write a comment, and see it settle."""
    page.locator("[data-write] textarea").fill(text)
    page.locator("[data-write] button[type=submit]").click()
    first_line = text.partition("\n")[0]
    page.locator("[data-comment]", has_text=first_line).last.wait_for()


def tag_it(page: Page, tag: str) -> None:
    """Give the post on the page a tag that it does not have, and see it there."""
    tags = page.locator("[data-tags] li[data-tag]")
    before = tags.count()
    if not page.locator("[data-tag-form]").is_visible():
        page.locator(".tag-form summary").click()
    page.locator("[data-tag-form] [name=tag]").fill(tag)
    page.locator("[data-tag-form] button").click()
    tags.nth(before).wait_for()


def report(page: Page, comment: str) -> None:
    """Somebody else reports what this visitor wrote."""
    browser = page.context.browser
    assert browser is not None
    other = browser.new_page()
    other.goto(comment)
    other.locator("form[action$='/report'] [name=reason]").fill("A spoiler")
    other.locator("form[action$='/report'] button").click()
    other.wait_for_load_state()
    other.close()
