from __future__ import annotations

import pytest

from tests.tweet_store.posts import author
from web_ui.addresses import (
    celeb_path,
    picture_address,
    post_address,
    profile_address,
    status_path,
)


def test_x_posts_and_people_are_at_x_and_the_others_here() -> None:
    assert post_address("x", "Ada", "17", "ada") == "https://x.com/Ada/status/17"
    assert post_address("demo", "Ada", "demo:17", "ada") == "/ada/status/demo:17"
    assert profile_address(author("Ada"), "ada") == "https://x.com/Ada"
    assert profile_address(author("Ada", network="demo"), "ada") == "/ada"


def test_no_name_leaves_its_place_in_a_path() -> None:
    assert celeb_path("/evil.example") == "/%2Fevil.example"
    assert status_path("a/b", '1"/../2') == "/a%2Fb/status/1%22%2F..%2F2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://p/a.jpg", True),
        ("/static/a.svg", True),
        ("http://p/a.jpg", False),
        ("//p/a.jpg", False),
        ("javascript:x", False),
        ("", False),
        (None, False),
    ],
)
def test_pictures_are_shown_over_https_or_from_the_site(url: str | None, shown: bool) -> None:
    assert (picture_address(url) is not None) == shown
