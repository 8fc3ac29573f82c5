"""A long poll carries the page, a WebSocket takes over where one works, and back; one cursor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, WebSocket, WebSocketRoute, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import SOCKETS, answer_polls, ids, is_live, posts, shows, until
from tests.tweet_store.posts import tweet
from web_ui.cards import Cards
from web_ui.handlers.application import load_templates

NEWEST = re.compile("Load the newest")
POLLS = "**/updates?*"


def first_message(page: Page, action: Callable[[], object]) -> WebSocket:
    """The WebSocket that takes over after the action."""
    with page.expect_websocket() as opened:
        action()
    socket = opened.value
    socket.wait_for_event("framereceived")
    return socket


def test_a_socket_takes_over_from_the_polls(page: Page, site: LiveSite) -> None:
    polls: list[str] = []
    ended: list[str] = []

    def asked(request: Request) -> None:
        if "wait=" in request.url:
            polls.append(request.url)

    page.on("request", asked)
    page.on("requestfailed", lambda request: ended.append(request.url))
    first_message(page, lambda: page.goto("/"))
    page.wait_for_function("true")
    assert len(polls) == 2  # one that is answered at once, and one that the socket ends
    assert "wait=0" in polls[0]
    for n in range(1, 6):
        site.post(tweet(str(n)))
        expect(page.locator(".post")).to_have_count(n)
    shows(page, "5", "4", "3", "2", "1")
    assert len(polls) == 2
    assert ended == [polls[1]]


def test_a_proxy_that_refuses_sockets_leaves_the_polls(page: Page, site: LiveSite) -> None:
    tried: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        tried.append(socket.url)
        socket.close(code=1011)

    page.route_web_socket(SOCKETS, refuse)
    page.goto("/")
    for n in range(1, 4):
        site.post(tweet(str(n)))
        expect(page.locator(".post")).to_have_count(n)
    is_live(page)
    assert len(tried) == 1  # the next one is for later


def test_a_socket_that_opens_and_stays_silent_is_not_relied_on(page: Page, site: LiveSite) -> None:
    silent: list[WebSocketRoute] = []
    closed: list[int | None] = []

    def hold(socket: WebSocketRoute) -> None:
        silent.append(socket)
        socket.on_close(lambda code, _: closed.append(code))

    page.route_web_socket(SOCKETS, hold)
    page.clock.install()
    page.goto("/")
    site.post(tweet("1"))
    shows(page, "1")
    until(page, lambda: silent)
    page.clock.run_for(10_500)
    site.post(tweet("2"))
    shows(page, "2", "1")
    assert len(silent) == 1
    assert len(closed) == 1


def test_what_comes_while_a_socket_takes_over_is_taken_once(page: Page, site: LiveSite) -> None:
    """The first message comes late, and has what a poll has brought meanwhile."""
    held: list[str] = []
    routes: list[WebSocketRoute] = []

    def delay(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server().on_message(lambda message: held.append(str(message)))

    def pass_on(up_to: int) -> None:
        until(page, lambda: held and f'"seq":{up_to},' in held[-1])
        for message in held:
            routes[0].send(message)
        held.clear()

    page.route_web_socket(SOCKETS, delay)
    page.goto("/")
    until(page, lambda: held)
    for n in range(1, 4):
        site.post(tweet(str(n)))
    shows(page, "3", "2", "1")
    with page.expect_event("requestfailed"):  # the poll that the socket ends
        pass_on(3)
    site.post(tweet("4"))
    pass_on(4)
    shows(page, "4", "3", "2", "1")


@pytest.mark.parametrize("code", [1001, 1013, 4001])
def test_polls_go_on_where_a_socket_ends(page: Page, site: LiveSite, code: int) -> None:
    routes: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        if routes:
            route.close()
        else:
            route.connect_to_server()
        routes.append(route)

    page.route_web_socket(SOCKETS, through)
    with page.expect_event("requestfailed"):
        page.goto("/")
    site.post(tweet("1"))
    shows(page, "1")
    page.route(POLLS, lambda route: route.abort())
    routes[0].close(code=code)
    is_live(page, "Reconnecting…")
    site.post(tweet("2"))
    page.unroute(POLLS)
    site.post(tweet("3"))
    shows(page, "3", "2", "1")
    is_live(page)


def test_a_dead_socket_is_found_out_by_a_poll(page: Page, site: LiveSite) -> None:
    """It is open and says nothing, though there is news: no sign of it comes to the page."""
    alive = True

    def dying(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: route.send(message) if alive else None)

    page.route_web_socket(SOCKETS, dying)
    page.clock.install()
    with page.expect_event("requestfailed"):
        page.goto("/")
    site.post(tweet("1"))
    shows(page, "1")
    alive = False
    site.post(tweet("2"))
    page.clock.run_for(46_000)
    shows(page, "2", "1")
    site.post(tweet("3"))
    shows(page, "3", "2", "1")


def test_a_proxy_in_trouble_is_given_time(page: Page, site: LiveSite) -> None:
    page.clock.install()
    asked: list[int] = []

    def trouble(route: Route) -> None:
        status = (502, 503, 429)[len(asked)] if len(asked) < 3 else 200
        asked.append(status)
        if status == 200:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "20"}, body="<html>")

    page.route(POLLS, trouble)
    page.goto("/")
    for count in (1, 2, 3):
        is_live(page, "Reconnecting…")
        assert len(asked) == count
        page.clock.run_for(15_000)
        assert len(asked) == count
        page.clock.run_for(20_000)
    is_live(page)
    site.post(tweet("1"))
    shows(page, "1")


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


def test_a_socket_that_tells_of_another_store_loads_the_page_anew(
    page: Page, site: LiveSite
) -> None:
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    def other_store(route: WebSocketRoute) -> None:
        if len(loads) > 1:
            route.close()
        else:
            route.send(json.dumps({"verdict": "reset", "cursor": "e.1", "events": []}))
            route.close(code=4000)

    page.route_web_socket(SOCKETS, other_store)
    page.goto("/")
    until(page, lambda: len(loads) == 2)
    site.post(tweet("1"))
    shows(page, "1")
    is_live(page)
