"""One tag, however it is spelled; and never one that no channel could bear."""

# ruff: noqa: RUF001  (look-alikes of all scripts are what this is about)

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tweet_store.discussion.visiting import reason
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.tag_form import LONGEST_TAG, shown_form, tag_of
from web_ui import channels


@pytest.mark.parametrize(
    ("spellings", "tag"),
    [
        (
            "#Red Carpet|red-carpet| RED_CARPET |##redCarpet|# red\u2013carpet|ＲｅｄCarpet",
            "redcarpet",
        ),
        ("Straße|STRASSE", "strasse"),
        ("Beyoncé|beyonce\u0301", "beyoncé"),
        ("＃東京|東 京", "東京"),
        ("می\u200cخواهم|میخواهم", "میخواهم"),
        ("हिन्दी", "हिन्दी"),
        ("2026 Oscars|2026oscars", "2026oscars"),
        ("cat|cat\ufe0f|c\u034fa\u3164t|#\u115fcat|\u3164#cat", "cat"),
        ("é|e\u034f\u0301", "é"),
        ("x" * LONGEST_TAG, "x" * LONGEST_TAG),
    ],
)
def test_spellings_of_one_tag(spellings: str, tag: str) -> None:
    assert {tag_of(spelling) for spelling in spellings.split("|")} == {tag}


@pytest.mark.parametrize(
    "text",
    [
        *[
            "",
            " ",
            "#",
            "# _-",
            "42",
            "\u0301",
            "\u3164",
            "\u115f\u115f",
            "\uffa0\ufe0f",
            "a" + "\u0337" * 5,
            "a,b",
            "a#b",
            "a/b",
            "a?b",
            "tag:a",
            "a\x00b",
            "<b>",
        ],
        *["😀", "😀a", "a\u202eb", "\ud800a", "ﷺ" * 4, "x " * 26, "x" * 51, "x" * 100_000],
    ],
)
def test_what_is_no_tag(text: str) -> None:
    assert reason(lambda: tag_of(text)) == "bad_text"


def test_it_is_shown_as_it_was_written() -> None:
    assert shown_form(" #Red  Carpet ") == "Red Carpet"
    assert shown_form("red-carpet") == "red-carpet"


tags = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(categories=["L", "M", "N", "Pd"]), min_size=1, max_size=LONGEST_TAG),
)


@given(tags)
@example("ǰ\u0323")
@example("a_\u0301")
def test_a_tag_is_its_own_form_and_a_channel(text: str) -> None:
    try:
        tag = tag_of(text)
    except Refused:
        return
    assert tag_of(tag) == tag
    assert tag_of(shown_form(text)) == tag
    assert tag_of(f" #{text.upper()} ") == tag_of(text.upper())
    assert 1 <= len(tag) <= LONGEST_TAG
    assert len(shown_form(text)) <= LONGEST_TAG
    assert channels.parse(f"tag:{tag}", 1) == {f"tag:{tag}"}
    assert not any(unicodedata.category(c)[0] in "CZ" for c in tag)
