from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui.channels import BadChannels, TooManyChannels
from web_ui.cursor import BadCursor, Cursor
from web_ui.updates_query import UpdatesQuery


def read(most: int = 50, **values: str | list[str]) -> UpdatesQuery:
    given = {name: [v] if isinstance(v, str) else v for name, v in values.items()}
    return UpdatesQuery.read(lambda name: given.get(name, []), most)


def test_a_channel_is_enough() -> None:
    assert read(channel="all") == UpdatesQuery(frozenset({"all"}), None, None, True)


def test_everything_given() -> None:
    query = read(channel="celeb:a,celeb:b", cursor="5f3a9c01.812", wait="2.5", html="0")
    channels = frozenset({"celeb:a", "celeb:b"})
    assert query == UpdatesQuery(channels, Cursor("5f3a9c01", 812), 2.5, False)


def test_empty_is_not_given_but_a_channel_there_must_be() -> None:
    assert read(channel="all", cursor="", wait="", html="") == read(channel="all")
    with pytest.raises(BadChannels):
        read(channel="")
    with pytest.raises(BadChannels):
        read(cursor="a.1")


@pytest.mark.parametrize("name", ["channel", "cursor", "wait", "html"])
def test_once_is_enough(name: str) -> None:
    values = {"channel": ["all"], name: ["1", "1"]}
    with pytest.raises(ValueError, match=f"{name} is given more than once"):
        UpdatesQuery.read(lambda asked: values.get(asked, []), 50)


@given(st.floats(min_value=0, allow_infinity=False))
def test_a_wait_is_any_number_of_seconds(seconds: float) -> None:
    assert read(channel="all", wait=repr(seconds)).wait == seconds


@given(st.text())
def test_other_waits_are_refused(text: str) -> None:
    try:
        wait = read(channel="all", wait=text).wait
    except ValueError as error:
        assert "wait must be" in str(error)  # noqa: PT017
        return
    assert wait is None if text == "" else wait is not None and 0 <= wait < math.inf


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "-0.1", "1s", "1,5", "0x1"])
def test_what_is_no_wait(text: str) -> None:
    with pytest.raises(ValueError, match="wait must be"):
        read(channel="all", wait=text)


@pytest.mark.parametrize("text", ["2", "true", "00", "no"])
def test_html_is_0_or_1(text: str) -> None:
    with pytest.raises(ValueError, match="html must be 0 or 1"):
        read(channel="all", html=text)


def test_a_bad_cursor_is_told_apart() -> None:
    with pytest.raises(BadCursor):
        read(channel="all", cursor="17")


@given(st.integers(1, 60), st.integers(1, 60))
def test_how_many_channels_is_for_the_caller_to_say(most: int, named: int) -> None:
    channel = ",".join(f"celeb:c{n}" for n in range(named))
    if named <= most:
        assert len(read(most, channel=channel).channels) == named
    else:
        with pytest.raises(TooManyChannels, match=f"at most {most} channels"):
            read(most, channel=channel)
