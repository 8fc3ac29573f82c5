"""What visitors type, in the forms that are kept and compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.discussion.visiting import reason
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.text_forms import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    clean_name,
    clean_text,
    name_key,
    words_of,
)


def made_of(form: Callable[[str], str], text: str, why: str) -> str | None:
    """The clean form, or None where it is refused, which is for that reason."""
    try:
        return form(text)
    except Refused as refused:
        if refused.reason == why:
            return None
        raise


@pytest.mark.parametrize(
    "names",
    [
        ("Zoë Q", "zoe q", "ZOE.Q", "z-o-e_q", "  Zoe  Q ", "Ｚｏｅ Ｑ", "z\u200do\u200ce q"),  # noqa: RUF001
        ("Alice", "AIice", "a1ice", "ALICE", "Аlісе", "álíçé", "al|ce"),  # noqa: RUF001
        ("Oslo", "0510", "ΟSLΟ"),  # noqa: RUF001
        ("Straße", "STRASSE"),
        ("Ivan", "ıvan", "İVAN", "lvan"),  # noqa: RUF001
        ("राम", "राम\ufe0f"),
        ("Ada Lovelace", "Ada Løvelace", "Ada Lovełace", "Adɑ Lovelace", "ᴀda lovelace"),  # noqa: RUF001
        ("Ada", "Ꭺda", "ꓮda", "ꓮꓓꓮ", "ꭺꭰꭺ", "Ꭺꭰa"),  # noqa: RUF001
        ("Thor Aesop", "Þor Æsop", "Ƭhor Aeſop"),  # noqa: RUF001
    ],
)
def test_names_that_look_alike_have_one_key(names: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in names}) == 1


def test_names_that_differ_have_keys_that_do() -> None:
    names = ["zoe", "zoey", "राम", "रोमी", "محمد", "محمود", "田中", "中田", "Иван", "Иванна"]
    assert len({name_key(name) for name in names}) == len(names)


@given(st.text())
def test_a_key_is_its_own_key_whatever_it_was_made_of(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key
    assert name_key(name.upper()) == name_key(name.upper().lower())
    assert all(unicodedata.category(character)[0] in "LNM" for character in key)
    assert "".join(words_of(name)) == key


@given(st.text(max_size=40))
def test_a_name_is_clean_or_refused(name: str) -> None:
    clean = made_of(clean_name, name, "bad_name")
    if clean is None:
        return
    assert clean_name(clean) == clean
    assert 2 <= len(clean) <= LONGEST_NAME
    assert len(clean.splitlines()) == 1
    assert name_key(clean)
    clean.encode()


@pytest.mark.parametrize(
    "name",
    [
        *["", " ", "a", "x" * 31, "a\nb", "a\u202eb", "a\x00b", "\ud800a", "...", "👍👍"],
        *["a\u2066b", "Zo" + "\u0337" * 28, "Zo" + "\u0337\u200d" * 5],
    ],
)
def test_such_names_are_refused(name: str) -> None:
    assert reason(lambda: clean_name(name)) == "bad_name"


@pytest.mark.parametrize(
    "name",
    ["Аda", "Ꭺda", "ꓮda", "Ada Lοvelace", "DJ Миша", "ᗩda", "Ad\u0250", "Ada \u029f\u1d27"],  # noqa: RUF001
)
def test_a_name_is_written_in_letters_of_one_alphabet(name: str) -> None:
    assert reason(lambda: clean_name(name)) == "bad_name"


def test_a_name_of_any_script_is_kept_as_it_is() -> None:
    names = ["Zoë Q", "محمد علی", "田中", "राम", "Ana 👩\u200d🚀", "Миша", "Ελένη", "ᎠᏂᎦ"]
    for name in [*names, "Əliyev", "Sjöstrøm", "Łukasz", "Yuki 東京", "Kɔjo Ɖeka", "Ɓala", "İlkay"]:
        assert clean_name(f" {name} ") == name


@given(st.text(max_size=60))
def test_a_text_is_clean_or_refused(text: str) -> None:
    clean = made_of(clean_text, text, "bad_text")
    if clean is None:
        return
    assert clean_text(clean) == clean
    assert 1 <= len(clean) <= LONGEST_TEXT
    assert clean.count("\n") < MOST_LINES
    assert clean == clean.strip()
    clean.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "\u200d\ufe0f",
        "\u200d \u200d",
        "x" * 1001,
        "x\n" * 20 + "x",
        "a\x00",
        "a\u202eb",
        "\ud800",
        "a" + "\u0337" * 900,
        "a" + "\u0337\u200d" * 5,
        "x" + "\u0300\u20dd" * 3,
    ],
)
def test_such_texts_are_refused(text: str) -> None:
    assert reason(lambda: clean_text(text)) == "bad_text"


def test_lines_and_emoji_stay_and_the_rest_is_made_plain() -> None:
    assert clean_text(" one\r\ntwo\rthree\u2028four\tfive ") == "one\ntwo\nthree\nfour five"
    assert clean_text("👩\u200d🚀 ❤\ufe0f") == "👩\u200d🚀 ❤\ufe0f"
    assert clean_text("e\u0301") == "é"
    for marked in ("שָׁ֣ל", "ཧཱུྃ", "น้ำ", "क्षि", "x" + "\u0337" * 4, "1\ufe0f\u20e3" * 3):
        assert len(clean_text(marked)) >= len(marked) - 1
    assert clean_text("x" * 1000) == "x" * 1000
    assert clean_text("\n".join("x" * 20)) == "\n".join("x" * 20)
