from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.posts import NOON, author
from tweet_store.model import Celeb
from web_ui.people import TINTS, initials, person_of, tint


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada", "A"),
        ("ada m. byron", "AB"),
        ("Dan O'Shea 🎸", "DS"),
        ("雨野ゆき", "雨"),
        ("ليلى نور", "لن"),
        ("🎸🎸", "•"),
        ("", "•"),
        ("__x__", "X"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@given(st.text())
def test_anybody_has_initials_and_a_colour(name: str) -> None:
    assert initials(name)
    assert 0 <= tint(name) < TINTS
    assert tint(name) == tint(name)


def test_a_celeb_is_shown_by_the_first_picture_and_words_there_are() -> None:
    accounts = (
        author("ada", avatar_url="http://insecure/a.jpg"),
        author("ada2", network="demo", avatar_url="https://p/a.jpg", bio="Counts."),
    )
    shown = person_of(
        Celeb(slug="ada", name="Ada", accounts=accounts, tweet_count=1234, last_tweet_at=NOON)
    )
    assert (shown.avatar, shown.bio, shown.posts) == ("https://p/a.jpg", "Counts.", 1234)
    assert [address for _, address in shown.accounts] == ["https://x.com/ada", ""]
    assert shown.last == NOON


def test_a_celeb_with_nothing_yet() -> None:
    shown = person_of(Celeb(slug="ada", name="Ada", accounts=(), tweet_count=1, last_tweet_at=None))
    assert (shown.posts, shown.avatar, shown.bio, shown.last) == (1, None, None, None)
