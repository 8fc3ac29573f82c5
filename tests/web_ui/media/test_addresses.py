from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui.media.addresses import LONGEST, MediaAddresses, may_be_fetched

ADDRESSES = MediaAddresses(b"a key")


def halves(path: str) -> tuple[str, str]:
    """The signature and the address of a path."""
    _, media, signature, encoded = path.split("/")
    assert media == "media"
    return signature, encoded


def test_a_picture_of_another_host_has_an_address_of_ours() -> None:
    path = ADDRESSES.picture("https://pbs.example/a.jpg?name=small#x")
    assert path is not None
    assert path.startswith("/media/")
    assert ADDRESSES.original(*halves(path)) == "https://pbs.example/a.jpg?name=small#x"


def test_our_own_pictures_stay_where_they_are() -> None:
    assert ADDRESSES.picture("/static/a.svg") == "/static/a.svg"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://pbs.example/a.jpg",
        "//pbs.example/a.jpg",
        "javascript:alert(1)",
        "https://user@pbs.example/a.jpg",
        "https://user:word@pbs.example/a.jpg",
        "https:///a.jpg",
        "https://[::1/a.jpg",
        "https://pbs.example:0/a.jpg",
        "https://pbs.example:99999/a.jpg",
        "https://pbs.example:x/a.jpg",
        "https://pbs.example/" + "a" * LONGEST,
    ],
)
def test_what_is_no_address_of_a_picture_is_not_shown(url: str | None) -> None:
    assert ADDRESSES.picture(url) is None


@given(st.text(max_size=200))
def test_whatever_the_address_it_comes_back_whole_and_is_plain(tail: str) -> None:
    path = ADDRESSES.picture(f"https://pbs.example/{tail}")
    if path is None:
        return
    assert path.isascii()
    assert path.replace("/", "").replace("-", "").replace("_", "").isalnum()
    original = ADDRESSES.original(*halves(path))
    assert original is not None
    assert may_be_fetched(original)
    assert not set(original) & set(' \r\n\t\\"<>')


@given(st.text(max_size=60), st.text(max_size=200))
def test_nobody_else_can_write_one(signature: str, encoded: str) -> None:
    assert ADDRESSES.original(signature, encoded) is None


def test_another_address_or_another_key_needs_another_signature() -> None:
    path = ADDRESSES.picture("https://pbs.example/a.jpg")
    other = ADDRESSES.picture("https://pbs.example/b.jpg")
    assert path is not None
    assert other is not None
    assert ADDRESSES.original(halves(path)[0], halves(other)[1]) is None
    assert MediaAddresses(b"another key").original(*halves(path)) is None
