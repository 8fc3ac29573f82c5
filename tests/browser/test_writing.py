"""Writing: shown at once, settled once, failing visibly; drafts that survive; plain forms."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.live_site import LiveSite
from tests.browser.watching import is_live, until
from tests.tweet_store.posts import tweet

COMMENTS = "**/ada/status/1/comments"


@pytest.fixture
def page(page: Page, site: LiveSite) -> Page:
    """At a post's page."""
    site.post(tweet("1"))
    page.goto("/ada/status/1")
    is_live(page)
    page.locator("[data-write] [name=name]").fill("Ondine")
    return page


def write(page: Page, text: str) -> None:
    page.locator("[data-write] textarea").fill(text)
    page.locator("[data-write] button[type=submit]").click()


def said(page: Page, text: str) -> Locator:
    return page.locator(".comment", has_text=text)


def watch_for_doubles(page: Page, text: str) -> None:
    """Remember whether the text ever stood on the page twice."""
    page.evaluate(
        """text => {
            window.most = 0;
            new MutationObserver(() => {
                const all = [...document.querySelectorAll(".comment .text")];
                const said = all.filter((p) => p.textContent === text);
                window.most = Math.max(window.most, said.length);
            }).observe(document.body, { childList: true, subtree: true });
        }""",
        text,
    )


def test_a_comment_is_shown_at_once_and_settles(page: Page, site: LiveSite) -> None:
    watch_for_doubles(page, "hello")
    held: list[Route] = []
    page.route(COMMENTS, lambda route: held.append(route))  # noqa: PLW0108  (playwright's wish)
    write(page, "hello")
    expect(said(page, "hello")).to_contain_text("Sending…")
    expect(said(page, "hello").locator(".name")).to_have_text("Ondine")
    expect(page.locator("textarea")).to_have_value("")
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator(".comment[data-comment]", has_text="hello")).to_have_count(1)
    expect(page.get_by_text("Sending…")).to_have_count(0)
    # From now on this browser has a name.
    expect(page.locator("[data-naming]")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Site").get_by_text("Ondine")).to_be_attached()
    expect(page.get_by_label("as Ondine")).to_be_visible()
    page.unroute(COMMENTS)
    write(page, "again")
    expect(page.locator(".comment[data-comment]", has_text="again")).to_have_count(1)
    assert page.evaluate("most") == 1


def test_an_event_that_comes_before_the_answer_settles_it(page: Page, site: LiveSite) -> None:
    text = "see https://example.org/a?b=1&c=2\nand more"
    watch_for_doubles(page, text)
    held: list[Route] = []

    def answer_late(route: Route) -> None:
        response = route.fetch()
        site.ring()
        held.append(route)
        answers.append((response.status, response.text()))

    answers: list[tuple[int, str]] = []
    page.route(COMMENTS, answer_late)
    write(page, text)
    expect(page.locator(".comment[data-comment]", has_text="and more")).to_have_count(1)
    expect(page.get_by_text("Sending…")).to_have_count(0)
    status, body = answers[0]
    held[0].fulfill(status=status, body=body, content_type="application/json")
    expect(page.locator("[data-naming]")).to_have_count(0)
    expect(page.locator(".comment")).to_have_count(1)
    assert page.evaluate("most") == 1


def test_a_comment_that_fails_says_so_and_is_sent_again_with_the_same_nonce(
    page: Page, site: LiveSite
) -> None:
    sent: list[Route] = []

    def lose(route: Route) -> None:
        """The first never arrives; of the second, the answer is lost."""
        sent.append(route)
        if len(sent) == 2:
            route.fetch()
        if len(sent) < 3:
            route.abort()
        else:
            route.continue_()

    page.route(COMMENTS, lose)
    write(page, "into the tunnel")
    again = page.get_by_role("button", name="Try again")
    expect(said(page, "into the tunnel")).to_contain_text("could not be sent")
    again.click()
    site.ring()
    again.or_(page.locator("[data-comment]")).first.wait_for()
    if again.count():
        again.click()
    expect(page.locator(".comment")).to_have_count(1)
    expect(page.locator("[data-comment]", has_text="into the tunnel")).to_have_count(1)
    assert len(site.discussion.thread("1")) == 1


def test_what_had_not_settled_is_there_after_a_reload(page: Page, site: LiveSite) -> None:
    page.route(COMMENTS, lambda route: route.abort())
    write(page, "unsettled")
    expect(said(page, "unsettled")).to_contain_text("could not be sent")
    page.unroute(COMMENTS)
    page.reload()
    expect(said(page, "unsettled")).to_contain_text("This was not sent.")
    page.locator("[data-write] [name=name]").fill("Ondine")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-comment]", has_text="unsettled")).to_have_count(1)
    page.reload()
    expect(said(page, "unsettled")).to_have_count(1)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_another_tab_gives_what_is_being_sent_its_time(page: Page, site: LiveSite) -> None:
    held: list[Route] = []
    page.route(COMMENTS, lambda route: held.append(route))  # noqa: PLW0108
    write(page, "on its way")
    until(page, lambda: held)
    other = page.context.new_page()
    other.clock.install()
    other.goto("/ada/status/1")
    is_live(other)
    expect(other.locator(".comment")).to_have_count(0)
    other.clock.run_for(21_000)
    expect(said(other, "on its way")).to_contain_text("This was not sent.")
    held[0].continue_()
    expect(page.locator("[data-comment]", has_text="on its way")).to_have_count(1)


def test_the_same_words_of_somebody_else_settle_nothing(page: Page, site: LiveSite) -> None:
    basil = site.visitor("Basil")
    page.route(COMMENTS, lambda route: route.abort())
    write(page, "lol")
    expect(said(page, "lol")).to_contain_text("could not be sent")
    site.comment(basil, "lol", post_id="1")
    expect(page.locator("[data-comment]")).to_have_count(1)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_refusal_gives_the_text_back_and_says_why(page: Page, site: LiveSite) -> None:
    site.discuss(lambda store, now: store.add_word("watches", now))
    write(page, "buy watches")
    expect(page.locator("#write [data-problem]")).to_contain_text("not allowed")
    expect(page.locator("textarea")).to_have_value("buy watches")
    expect(page.locator(".comment")).to_have_count(0)
    write(page, "do not buy")
    expect(page.locator("[data-comment]", has_text="do not buy")).to_have_count(1)
    expect(page.locator("#write [data-problem]")).to_be_hidden()


def test_who_is_too_fast_is_told_and_may_try_again(page: Page, site: LiveSite) -> None:
    refusal = {"error": "Wait a moment.", "reason": "too_fast", "retry_after": 9}
    page.route(
        COMMENTS,
        lambda route: route.fulfill(status=429, json=refusal),
        times=1,
    )
    write(page, "quick")
    expect(said(page, "quick")).to_contain_text("Wait a moment.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-comment]", has_text="quick")).to_have_count(1)
    page.route(COMMENTS, lambda route: route.abort())
    write(page, "not this")
    page.get_by_role("button", name="Discard").click()
    expect(said(page, "not this")).to_have_count(0)


def test_where_the_script_is_at_its_end_the_form_goes_as_it_would_without(
    page: Page, site: LiveSite
) -> None:
    page.route(COMMENTS, lambda route: route.fulfill(status=403, body="<h1>no</h1>"), times=1)
    with page.expect_navigation():
        write(page, "by hand")
    expect(page.locator("[data-comment]", has_text="by hand")).to_have_count(1)


def test_an_answer_is_written_below_its_comment(page: Page, site: LiveSite) -> None:
    basil = site.visitor("Basil")
    site.comment(basil, "first", post_id="1")
    site.comment(basil, "second", post_id="1")
    said(page, "first").get_by_role("link", name="Reply").click()
    form = page.locator("[data-write]")
    expect(form.get_by_text("In reply to Basil")).to_be_visible()
    expect(page.locator("textarea")).to_be_focused()
    expect(said(page, "first").locator("[data-write]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(form.get_by_text("In reply to")).to_be_hidden()
    expect(page.locator(".comments [data-write]")).to_have_count(0)
    said(page, "first").get_by_role("link", name="Reply").click()
    page.keyboard.insert_text("an answer")
    page.keyboard.press("Control+Enter")
    expect(said(page, "first").locator("[data-comment]", has_text="an answer")).to_have_count(1)
    expect(page.locator(".comments [data-write]")).to_have_count(0)
    expect(form.get_by_text("In reply to")).to_be_hidden()


def test_whoever_answers_keeps_the_text_when_the_comment_goes(page: Page, site: LiveSite) -> None:
    basil = site.visitor("Basil")
    first = site.comment(basil, "first", post_id="1")
    said(page, "first").get_by_role("link", name="Reply").click()
    site.discuss(lambda store, now: store.edit_comment(basil, first.id, "edited", now))
    expect(said(page, "edited").locator("[data-write]")).to_have_count(1)
    expect(page.locator("textarea")).to_be_focused()
    site.discuss(lambda store, now: store.remove_comment(basil, first.id, now))
    expect(page.locator(".comment")).to_have_count(0)
    expect(page.locator("textarea")).to_be_visible()


def test_drafts_survive_a_reload_each_with_what_it_answers(page: Page, site: LiveSite) -> None:
    basil = site.visitor("Basil")
    site.comment(basil, "first", post_id="1")
    text = page.locator("textarea")
    text.fill("to all")
    said(page, "first").get_by_role("link", name="Reply").click()
    expect(text).to_have_value("")
    text.fill("to Basil")
    page.get_by_role("link", name="Cancel").click()
    expect(text).to_have_value("to all")
    page.reload()
    expect(text).to_have_value("to all")
    said(page, "first").get_by_role("link", name="Reply").click()
    expect(text).to_have_value("to Basil")
    page.locator("[data-write] [name=name]").fill("Ondine")
    page.locator("[data-write] button[type=submit]").click()
    expect(said(page, "first").locator("[data-comment]", has_text="to Basil")).to_have_count(1)
    page.reload()
    expect(text).to_have_value("to all")
    said(page, "first").first.get_by_role("link", name="Reply").first.click()
    expect(text).to_have_value("")


def test_drafts_are_few_and_leave_after_a_week(page: Page, site: LiveSite) -> None:
    old = [{"key": "/ada/status/1 ", "value": "stale", "at": 0}]
    page.evaluate("old => localStorage.setItem('celebwire.drafts', old)", json.dumps(old))
    page.reload()
    expect(page.locator("textarea")).to_have_value("")
    many = "[...Array(60).keys()].map(n => ({ key: `${n}`, value: 'x', at: Date.now() }))"
    page.evaluate(f"localStorage.setItem('celebwire.drafts', JSON.stringify({many}))")
    page.locator("textarea").fill("fresh")
    assert page.evaluate("JSON.parse(localStorage.getItem('celebwire.drafts')).length") == 50
    page.evaluate("localStorage.setItem('celebwire.drafts', 'nonsense')")
    page.reload()
    expect(page.locator("textarea")).to_have_value("")


def test_a_room_is_flat(page: Page, site: LiveSite) -> None:
    basil = site.visitor("Basil")
    site.comment(basil, "hello room", room="ada")
    page.goto("/room/ada")
    said(page, "hello room").get_by_role("link", name="Reply").click()
    text = page.locator("textarea")
    expect(text).to_have_value("@Basil ")
    expect(page.locator(".comments [data-write]")).to_have_count(0)
    page.keyboard.insert_text("hello you")
    page.locator("[data-write] [name=name]").fill("Ondine")
    page.locator("[data-write] button[type=submit]").click()
    expect(page.locator(".comments > [data-comment]")).to_have_count(2)
    expect(text).to_be_focused()


def test_a_discussion_without_scripts(browser: Browser, site: LiveSite) -> None:
    site.post(tweet("1"))
    context = browser.new_context(java_script_enabled=False, base_url=site.url)
    page = context.new_page()
    page.goto("/ada/status/1")
    page.locator("[data-write] [name=name]").fill("Plain")
    write(page, "no scripts")
    expect(said(page, "no scripts")).to_have_count(1)
    said(page, "no scripts").get_by_role("link", name="Reply").click()
    write(page, "none here")
    expect(said(page, "no scripts").locator("[data-comment]", has_text="none")).to_have_count(1)
    context.close()


def test_a_page_whose_cookies_went_sends_all_the_same(page: Page, site: LiveSite) -> None:
    write(page, "before")
    expect(page.locator("[data-comment]", has_text="before")).to_have_count(1)
    watch_for_doubles(page, "after")
    page.context.clear_cookies(name="_xsrf")
    sent: list[int] = []
    page.on("response", lambda r: sent.append(r.status) if r.url.endswith("/comments") else None)
    write(page, "after")
    expect(page.locator("[data-comment]", has_text="after")).to_have_count(1)
    assert sent == [403, 201]
    # The other forms of the page have the new token, too.
    page.get_by_text("Add a tag").click()
    page.locator("[data-tag-form] [name=tag]").fill("encore")
    with page.expect_response("**/tags") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 201
    # Without the name, the page asks for it, and has the text.
    page.context.clear_cookies()
    with page.expect_navigation():
        write(page, "at last")
    expect(page.get_by_text("Choose a name first.")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("at last")
    page.locator("[data-write] [name=name]").fill("Somebody else")
    page.locator("[data-write] button[type=submit]").click()
    expect(page.locator("[data-comment]", has_text="at last")).to_have_count(1)


def test_where_cookies_are_not_kept_the_page_says_so_and_has_the_text(
    page: Page, site: LiveSite
) -> None:
    def lose(route: Route) -> None:
        headers = route.request.all_headers() | {"cookie": "none=kept"}
        route.fulfill(response=route.fetch(headers=headers))

    page.route(COMMENTS, lose)
    with page.expect_navigation():
        write(page, "in a\nprivate window")
    expect(page.get_by_text("Cookies must be allowed.")).to_be_visible()
    expect(page.get_by_label("What you wrote")).to_have_value("in a\nprivate window")
    page.unroute(COMMENTS)
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("[data-comment]", has_text="private window")).to_have_count(1)


def test_a_form_grown_stale_without_scripts(browser: Browser, site: LiveSite) -> None:
    site.post(tweet("1"))
    context = browser.new_context(java_script_enabled=False, base_url=site.url)
    page = context.new_page()
    page.goto("/ada/status/1")
    context.clear_cookies()
    page.locator("[data-write] [name=name]").fill("Plain")
    write(page, "<typed>\n\nfor long")
    expect(page.get_by_label("What you wrote")).to_have_value("<typed>\n\nfor long")
    expect(page.get_by_label("Name")).to_have_value("Plain")
    assert site.discussion.thread("1") == []
    page.get_by_role("button", name="Send it again").click()
    expect(said(page, "<typed>")).to_have_count(1)
    # And an edit whose author the browser no longer knows.
    said(page, "<typed>").get_by_role("link", name="More").click()
    page.locator("form[action$='/edit'] textarea").fill("typed anew")
    context.clear_cookies(name="visitor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("no longer knows that you wrote this")).to_be_visible()
    expect(page.locator("form[action$='/edit'] textarea")).to_have_value("typed anew")
    context.close()
