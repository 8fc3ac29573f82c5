"""What tests of live pages do and look for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Reference, Tweet

SOCKETS = "**/updates/ws?*"


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


def without_sockets(page: Page) -> None:
    """No WebSocket reaches the server: polls carry the page."""
    page.route_web_socket(SOCKETS, lambda socket: socket.close())


def answer_polls(page: Page, *answers: dict[str, Any] | int) -> None:
    """The first polls get these answers or statuses; the later ones do not reach the server."""
    left = list(answers)
    page.unroute("**/updates?*")
    without_sockets(page)

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


def until(page: Page, condition: Callable[[], object]) -> None:
    """Wait, letting the browser go on, until something is so."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(10)
