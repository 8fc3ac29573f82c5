"""A comment as the markup that scripts and styles rely on."""

from __future__ import annotations

from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.posts import NOON
from tests.web_ui.discussion.comments import comment, in_room
from web_ui.discussion.comment_cards import CommentCards
from web_ui.handlers.application import load_templates

CARDS = CommentCards(load_templates())


def test_a_comment_in_a_thread() -> None:
    html = CARDS.render(comment(12, parent=7, edited_at=NOON))
    assert html.startswith(
        '<li class="comment" id="c12" data-comment="c12" data-position="12" data-parent="c7">'
    )
    assert '<bdi class="name" id="c12-name">Bob</bdi>' in html
    assert '<a class="when" href="/comments/c12"><time datetime="2026-11-21T12:00:00Z"' in html
    assert "<span data-t>Edited</span>" in html
    assert '<p class="text" dir="auto">well said</p>' in html
    assert '<a class="answer" href="/ada/status/1?answer=c12#write" ' in html
    assert html.endswith('<ol class="answers"></ol> </li>')


def test_a_message_in_a_room() -> None:
    html = CARDS.render(in_room(12))
    assert 'data-parent=""' in html
    assert 'href="/room/ada?answer=c12#write"' in html
    assert "<ol" not in html
    assert "Edited" not in html


def test_what_was_removed_says_by_whom_and_nothing_else() -> None:
    for by, said in (
        ("author", "Removed by its author."),
        ("moderator", "Removed by a moderator."),
    ):
        html = CARDS.render(comment(12, text="", removed_by=by))
        assert 'data-parent="" data-removed>' in html
        assert f"<span data-t>{said}</span>" in html
        assert "Bob" not in html
        assert "Reply" not in html


def test_a_thread_is_nested_and_in_the_pages_language() -> None:
    spanish = {"Reply": "Responder"}
    html = CARDS.thread(
        [comment(2), comment(3, parent=2)], lambda word: spanish.get(word, word), NOON
    )
    assert html.index('id="c2"') < html.index('<ol class="answers"><li') < html.index('id="c3"')
    assert html.count("<span data-t>Responder</span>") == 2


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_a_name_and_an_id_are_escaped_wherever_they_are_shown(name: str, id_: str) -> None:
    html = CARDS.render(comment(12, name=name, post_id=id_))
    shown = html.partition('<bdi class="name" id="c12-name">')[2].partition("</bdi>")[0]
    assert unescape(shown) == name
    assert not set(shown) & set("<>\"'")
    path = html.partition('class="answer" href="')[2].partition('"')[0]
    assert path.endswith("?answer=c12#write")
    assert not set(path) & set("<>' ")
