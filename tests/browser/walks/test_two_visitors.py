"""Two visitors, each at a web process of their own: what one does, the other sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walks.conftest import Visit
from tests.browser.walks.pages import tag_it, write
from tests.browser.walks.wire import MODERATOR_TOKEN, Wire


@pytest.fixture
def post(wire: Wire) -> str:
    return f"/{wire.celeb}/status/{wire.post_id}"


def sign_in(page: Page, wire_url: str, name: str) -> None:
    page.goto(f"{wire_url}/sign-in")
    page.locator("main [name=name]").first.fill(name)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text(name).first).to_be_visible()


def test_a_post_reaches_both(wire: Wire, visit: Visit) -> None:
    one, two = visit(wire.first), visit(wire.second)
    wire.post("Good evening, both of you")
    for page in (one, two):
        expect(page.locator(".post", has_text="Good evening, both of you")).to_be_visible()


def test_they_talk_under_a_post(wire: Wire, visit: Visit, post: str) -> None:
    one, two = visit(wire.first + post), visit(wire.second + post)
    one.locator("[data-write] [name=name]").fill("Ondine")
    write(one, "What a voice")
    expect(two.locator("[data-comment]", has_text="What a voice")).to_have_count(1)
    said = two.locator("[data-comment]", has_text="What a voice")
    two.locator("[data-write] [name=name]").fill("Basil")
    said.locator(".answer").first.click()
    write(two, "And what a band")
    answer = one.locator("[data-comment] [data-comment]", has_text="And what a band")
    expect(answer).to_have_count(1)
    # What was edited and what is taken back reaches the other, too.
    page_of_answer = f"{wire.second}/comments/{answer.get_attribute('data-comment')}"
    two.goto(page_of_answer)
    two.locator("form[action$='/edit'] textarea").fill("And what a great band")
    two.locator("form[action$='/edit'] button").click()
    expect(one.locator("[data-comment] [data-comment]", has_text="a great band")).to_have_count(1)
    two.goto(page_of_answer)
    two.locator("form[action$='/delete'] button").click()
    expect(one.get_by_text("a great band")).to_have_count(0)


def test_they_chat_in_a_room_while_the_network_fails_and_comes_back(
    wire: Wire, visit: Visit
) -> None:
    room = f"/room/{wire.celeb}"
    one, two = visit(wire.first + room), visit(wire.second + room)
    for page, name in ((one, "Odile"), (two, "Crispin")):
        page.locator("[data-write] [name=name]").fill(name)
    write(one, "Anybody here?")
    expect(two.locator("[data-comment]", has_text="Anybody here?")).to_have_count(1)
    two.context.set_offline(True)
    expect(two.locator("[data-live]")).to_have_attribute("data-state", "waiting")
    write(one, "It went quiet")
    expect(two.locator("[data-comment]", has_text="It went quiet")).to_have_count(0)
    two.locator("[data-write] textarea").fill("I was in a tunnel")
    two.locator("[data-write] button[type=submit]").click()
    two.context.set_offline(False)
    expect(two.locator("[data-comment]", has_text="It went quiet")).to_have_count(1)
    again = two.get_by_role("button", name=re.compile("Try again"))
    if again.count():
        again.first.click()
    expect(one.locator("[data-comment]", has_text="I was in a tunnel")).to_have_count(1)
    expect(two.locator("[data-comment]", has_text="I was in a tunnel")).to_have_count(1)


def test_a_killed_process_costs_nothing(wire: Wire, visit: Visit) -> None:
    room = f"/room/{wire.celeb}"
    one, two = visit(wire.first + room), visit(wire.second + room)
    sign_in(one, wire.first, "Perpetua")
    one.goto(wire.first + room)
    write(one, "Before the night")
    wire.restart(1)
    write(one, "After the night")
    for text in ("Before the night", "After the night"):
        expect(two.locator("[data-comment]", has_text=text)).to_have_count(1, timeout=20_000)


def test_a_tag_brings_the_post_to_the_tag_s_page(wire: Wire, visit: Visit, post: str) -> None:
    one, two = visit(wire.first), visit(f"{wire.second}/tag/encore")
    sign_in(one, wire.first, "Quill")
    one.goto(wire.first + post)
    tag_it(one, "Encore")
    expect(two.locator(f".post[data-id='{wire.post_id}']")).to_have_count(1)
    expect(two.locator(".post")).to_have_count(1)


def test_what_a_moderator_removes_leaves_both(wire: Wire, visit: Visit, post: str) -> None:
    one, two = visit(wire.first + post), visit(wire.second + post)
    one.locator("[data-write] [name=name]").fill("Rowdy")
    write(one, "Buy my watches")
    expect(two.locator("[data-comment]", has_text="Buy my watches")).to_have_count(1)
    id_ = two.locator("[data-comment]", has_text="Buy my watches").get_attribute("data-comment")
    moderator = visit(f"{wire.second}/moderation")
    moderator.locator("[name=token]").fill("the wrong token, quite wrong")
    moderator.locator("main form button").first.click()
    expect(moderator.locator("[name=token]")).to_be_visible()
    moderator.locator("[name=token]").fill(MODERATOR_TOKEN)
    moderator.locator("main form button").first.click()
    moderator.goto(f"{wire.second}/comments/{id_}")
    moderator.locator("form[action*='/moderation/'] button", has_text="Remove").first.click()
    for page in (one, two):
        expect(page.get_by_text("Buy my watches")).to_have_count(0)


def test_following_is_kept_goes_along_and_is_live(wire: Wire, visit: Visit) -> None:
    page = visit(f"{wire.first}/{wire.celeb}")
    follow = page.locator(f"[data-follow={wire.celeb}] button")
    follow.click()
    expect(follow).to_contain_text("Following")
    wire.post("The walker was here")
    page.goto(f"{wire.second}/following")  # the other process knows the cookie, too
    expect(page.locator(".post").first).to_be_visible()
    link = visit(f"{wire.first}/follow?celebs={wire.celeb},walker")
    link.locator("main form button[type=submit]").first.click()
    link.goto(f"{wire.first}/following")
    wire.post("Still walking")
    expect(link.locator(".post", has_text="Still walking")).to_have_count(1)


def test_all_of_it_works_without_scripts(wire: Wire, visit: Visit, post: str) -> None:
    page = visit(wire.first + post, java_script_enabled=False)
    page.locator("[data-write] [name=name]").fill("Plain")
    page.locator("[data-write] textarea").fill("No scripts here")
    page.locator("[data-write] button[type=submit]").click()
    expect(page.locator("[data-comment]", has_text="No scripts here")).to_have_count(1)
    tag_it(page, "plain")
    page.goto(f"{wire.first}/{wire.celeb}")
    page.locator(f"[data-follow={wire.celeb}] button").click()
    expect(page.locator(f"[data-follow={wire.celeb}] button")).to_contain_text("Following")
    page.goto(f"{wire.first}/room/{wire.celeb}")
    page.locator("[data-write] textarea").fill("Nor here")
    page.locator("[data-write] button[type=submit]").click()
    expect(page.locator("[data-comment]", has_text="Nor here")).to_have_count(1)
