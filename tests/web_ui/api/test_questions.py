"""Questions: what may be asked, and what is said about the rest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from web_ui.api.operations import OPERATIONS, Operation
from web_ui.api.questions import (
    Asked,
    BadQuestion,
    BelowPost,
    Directory,
    ListOfPosts,
    OneCeleb,
    SearchedPosts,
    read,
)


def fault(asked: type[Asked], path: dict[str, str], **query: str) -> str:
    with pytest.raises(BadQuestion) as caught:
        read(asked, path, {name: [text] for name, text in query.items()})
    return str(caught.value)


def test_what_is_not_given_has_its_default() -> None:
    asked = read(ListOfPosts, {}, {})
    assert (asked.celeb, asked.tag, asked.before, asked.limit) == (UNSET, UNSET, UNSET, 50)


def test_parameters_come_from_the_path_and_the_query() -> None:
    asked = read(BelowPost, {"id": "demo:1"}, {"limit": ["7"], "after": ["12"]})
    assert (asked.id, asked.after, asked.limit) == ("demo:1", "12", 7)


def test_a_fault_names_the_parameter_and_what_would_do() -> None:
    assert fault(ListOfPosts, {}, limit="many") == "limit: must be a number from 1 to 100"
    assert fault(ListOfPosts, {}, limit="101") == "limit: must be a number from 1 to 100"
    assert "in lower case" in fault(OneCeleb, {"celeb": "Ada"})
    assert fault(SearchedPosts, {}).startswith("q: is needed. Words to look for")
    assert "celeb, tag, before, limit" in fault(ListOfPosts, {}, celebs="ada")
    assert fault(OneCeleb, {"celeb": "ada"}, limit="5").endswith("there are none here")


def test_a_parameter_of_the_path_is_none_of_the_query() -> None:
    assert "no such parameter" in fault(OneCeleb, {"celeb": "ada"}, celeb="bob")


def test_a_parameter_may_come_once() -> None:
    with pytest.raises(BadQuestion, match="limit: give it once"):
        read(Directory, {}, {"limit": ["1", "2"]})


def test_a_pattern_does_not_let_a_newline_pass() -> None:
    assert "control characters" in fault(OneCeleb, {"celeb": "ada\n"})


TEXTS = st.text() | st.text("0123456789ad,:-null.e+\n\0", max_size=8)


@given(
    operation=st.sampled_from(OPERATIONS),
    path=st.lists(TEXTS, min_size=1, max_size=1),
    query=st.dictionaries(
        st.sampled_from("celeb tag before after limit page q id".split()) | st.text(),
        st.lists(TEXTS, min_size=1, max_size=2),
    ),
)
def test_whatever_is_asked_is_read_or_refused(
    operation: Operation, path: list[str], query: dict[str, list[str]]
) -> None:
    given_path = dict(zip(operation.path_parameters, path, strict=False))
    said = "read"
    try:
        asked = read(operation.asked, given_path, query)
        assert set(query) <= set(asked.__struct_fields__)
    except BadQuestion as error:
        said = str(error)
    assert said
    assert not re.search(r"[\x00-\x1f]", said)
