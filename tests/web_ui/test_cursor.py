from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui.cursor import PATTERN, BadCursor, Cursor


@given(st.from_regex(r"\A[0-9a-z]{1,32}\Z"), st.integers(0, 10**18 - 1))
def test_what_is_written_reads_back(epoch: str, seq: int) -> None:
    assert Cursor.parse(str(Cursor(epoch, seq))) == (epoch, seq)


@given(st.text())
def test_other_text_is_refused_or_written_the_same(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except BadCursor:
        return
    assert str(cursor) == text


@pytest.mark.parametrize(
    "text", ["", "1", ".1", "a.", "a.-1", "a.01", "a.1 ", "a.1\n", "A.1", "a.٣", "a.1" + "0" * 18]
)
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.parse(text)


@given(st.from_regex(PATTERN, fullmatch=True))
def test_the_pattern_takes_what_is_parsed(text: str) -> None:
    match = re.fullmatch(PATTERN, text)
    assert match is not None
    assert Cursor.parse(text) == (match[1], int(match[2]))
