"""Words, whatever the text: the same for the index as for who looks for them."""

# ruff: noqa: RUF001  (look-alikes of all scripts are what this is about)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tweet_store import search_words
from tweet_store.model import Entity
from tweet_store.search_words import folded, indexed, shown_text, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop, 42!", ["don", "t", "stop", "42"]),
        ("CAFÉ cafe\u0301", ["cafe", "cafe"]),
        ("Łódź Ørsted naïve ΣΊΣΥΦΟΣ Ёлка", ["lodz", "orsted", "naive", "σισυφοσ", "елка"]),
        ("straße İstanbul ılık", ["strasse", "istanbul", "ilik"]),
        ("ﬁne ＦＵＬＬ ½", ["fine", "full", "1", "2"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("ｶﾞ", ["ガ"]),
        ("서울에서", ["서", "울", "에", "서"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("مَرْحَبًا أهلا", ["مرحبا", "اهلا"]),
        ("שָׁלוֹם", ["שלום"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("go🚀🚀 1️⃣ ❤️", ["go", "🚀", "🚀", "1", "❤"]),
        ("“quoted”…—dash", ["quoted", "dash"]),
        ("@nasa #moon_landing", ["nasa", "moon", "landing"]),
        ("\ud800 \x00", []),
    ],
)
def test_words_of_every_script(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_a_word_that_was_found_is_found_again(text: str) -> None:
    words = words_of(text)
    assert [again for word in words for again in words_of(word)] == words
    assert words_of(indexed(text)) == words
    assert not any(character in word for word in words for character in ' "*():^+-\x00')


@given(st.text())
def test_a_folded_text_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(), st.text())
def test_words_stand_for_themselves_whatever_stands_beside_them(one: str, other: str) -> None:
    assert words_of(f"{one} {other}") == words_of(one) + words_of(other)


def test_the_table_of_characters_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_words, "REMEMBERED", 8)
    separating = search_words._Separating()
    assert "".join(map(chr, range(0x4E00, 0x4E40))).translate(separating).split()[63] == "\u4e3f"
    assert len(separating) <= 8


def test_links_are_read_as_they_are_shown() -> None:
    text = "See https://t.co/x &amp; &lt;this&gt; https://t.co/y"
    entities = (
        Entity("url", 4, 18, "https://example.org/page", display="example.org/page"),
        Entity("mention", 2, 9, "who"),
        Entity("url", 38, 52, "https://elsewhere.example"),
        Entity("url", 5, 3, "https://nonsense.example"),
    )
    assert shown_text(text, entities) == "See example.org/page & <this> https://elsewhere.example"


@given(st.text(), st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=4))
def test_no_entities_break_it(text: str, places: list[tuple[int, int]]) -> None:
    shown_text(text, [Entity("url", *place, "https://example.org") for place in places])
