"""Posts as others are told of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tweet_store.model import Entity
from web_ui.outward import html_of, plain_entities
from web_ui.tweet_text import unescape

ROOT = "https://celebs.example"


def test_entities_move_with_the_text() -> None:
    text = "a &amp; b &lt;3 #tea"
    moved = plain_entities(text, (Entity("hashtag", 16, 20, "tea"),))
    assert moved == ("a & b <3 #tea", [Entity("hashtag", 9, 13, "tea")])


def test_entities_that_cannot_be_are_left_out() -> None:
    odd = [Entity("hashtag", start, end, "x") for start, end in [(3, 3), (-1, 2), (4, 9), (5, 2)]]
    assert plain_entities("hello", odd) == ("hello", [])
    assert plain_entities("&amp;", [Entity("hashtag", 1, 5, "amp")]) == ("&", [])


def test_our_own_links_are_whole_and_words_are_left_alone() -> None:
    entities = (Entity("mention", 0, 4, "bob"),)
    html = html_of('@bob says href="/x"\nbye', entities, "demo", "https://a.example/?<\"'>")
    assert html == (
        '<a href="https://a.example/?&lt;&quot;&#39;&gt;/bob" dir="ltr">@bob</a> '
        "says href=&quot;/x&quot;<br>\nbye"
    )


@given(
    text=st.lists(st.sampled_from(["&amp;", "&lt;", "&gt;", "&", "a", "é", "😀"])).map("".join),
    places=st.lists(st.tuples(st.integers(-2, 30), st.integers(-2, 30)), max_size=5),
)
def test_an_entity_names_the_same_words_before_and_after(
    text: str, places: list[tuple[int, int]]
) -> None:
    entities = [Entity("hashtag", start, end, str(n)) for n, (start, end) in enumerate(places)]
    plain, moved = plain_entities(text, entities)
    assert plain == unescape(text)
    by_target = {entity.target: entity for entity in entities}
    for one in moved:
        before = by_target[one.target]
        assert 0 <= one.start < one.end
        assert plain[one.start : one.end] == unescape(text[before.start : before.end])
