from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from tweet_store.model import Entity
from web_ui.folding import (
    FOLDED_CHARACTERS,
    FOLDED_LINES,
    LONGEST,
    LONGEST_HTML,
    beginning,
    fold,
)
from web_ui.tweet_text import to_html, unescape


def text_of(markup: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", markup))


def test_a_usual_post_is_shown_as_it_is() -> None:
    text = "One.\n" * 19 + "Twenty."
    assert fold(text, (), "x") == (to_html(text, (), "x"), False, False)
    assert fold("a" * FOLDED_CHARACTERS, (), "x").folded is False


def test_a_long_one_or_one_of_many_lines_is_folded_and_all_there() -> None:
    for text in ("a " * 600, "\n" * FOLDED_LINES, "é" * LONGEST):
        assert fold(text, (), "x") == (to_html(text, (), "x"), True, False)


def test_of_a_very_long_one_the_beginning_travels() -> None:
    text = "word " * 40_000
    found = fold(text, (), "x")
    assert (found.folded, found.cut) == (True, True)
    assert LONGEST - 50 < len(found.html) <= LONGEST
    assert found.html.endswith("word")


def test_a_text_of_nothing_but_links_is_bounded_too() -> None:
    text = "@ab " * 1000
    entities = [Entity("mention", 4 * n, 4 * n + 3, "ab") for n in range(1000)]
    found = fold(text, entities, "x")
    assert len(found.html) <= LONGEST_HTML
    assert found.cut
    assert found.html.count("<a ") > 50
    assert "@ab" not in found.html.rpartition("</a>")[2]


def test_a_cut_leaves_no_half_of_an_entity_an_escape_or_a_word() -> None:
    assert beginning("see https://t.co/x", [Entity("url", 4, 18, "https://a/")], 10) == "see "
    assert beginning("AT&amp;T", (), 5) == "AT"
    assert beginning("R&D department", (), 8) == "R&D"
    assert beginning("one two", (), 3) == "one"
    assert beginning("one twotwo", (), 6) == "one"
    assert beginning("x" * 100, (), 60) == "x" * 60


@given(st.text(alphabet="ab &amp;lt;\n", max_size=60), st.integers(1, 70))
def test_any_cut_is_a_beginning_of_what_the_reader_sees(text: str, most: int) -> None:
    shown = beginning(text, (), most)
    assert text.startswith(shown)
    assert len(shown) <= most
    # X's escapes, whose characters are in this alphabet.
    if most < len(text) and not re.search(r"&(?:amp|lt|gt)?\Z", shown):
        assert unescape(text).startswith(unescape(shown))


@given(
    st.text(min_size=1, max_size=300),
    st.lists(st.tuples(st.integers(0, 6000), st.integers(1, 40)), max_size=20),
    st.integers(1, 40),
)
def test_whatever_the_entities_a_folded_text_is_a_beginning(
    part: str, places: list[tuple[int, int]], times: int
) -> None:
    text = part.replace("&", "") * times
    entities = [Entity("hashtag", start, start + size, "t") for start, size in places]
    found = fold(text, entities, "x")
    assert text.startswith(text_of(found.html))
    assert found.cut or text_of(found.html) == text
