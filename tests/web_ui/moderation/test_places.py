from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui.moderation.places import Place, is_scope, place_in, position_in


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("  ", None),
        (" everywhere ", None),
        ("/room/ada", Place(room="ada")),
        ("room:Ada", Place(room="ada")),
        ("https://celebs.example/room/ada?before=7#c7", Place(room="ada")),
        ("/ada/status/1856", Place(post_id="1856")),
        (
            "https://celebs.example:8443/ada/status/demo:17?answer=c3#write",
            Place(post_id="demo:17"),
        ),
        ("/ada/status/demo%3A17/comments", Place(post_id="demo:17")),
        ("/ada", None),
        ("/tag/x", None),
        ("nonsense", None),
        ("https://[", None),
        ("/room/a b", None),
    ],
)
def test_a_place_is_written_as_the_address_of_its_page(text: str, place: Place | None) -> None:
    assert place_in(text) == place


@given(st.text())
def test_whatever_is_written_is_a_place_or_none(text: str) -> None:
    place = place_in(text)
    if place is not None and place.room is not None:
        assert is_scope(f"room:{place.room}")


def test_a_scope_is_the_store_s() -> None:
    assert is_scope("everywhere")
    assert is_scope("room:ada")
    assert is_scope("post:17")
    for text in ("", "room:", "room:Ada", "post:x", "post:-1", "post:" + "9" * 30, "post:٣"):
        assert not is_scope(text)
    assert (position_in("post:17"), position_in("room:17")) == (17, None)
