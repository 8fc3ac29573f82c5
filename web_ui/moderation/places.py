"""Places as moderators write them, by the address of a page, and as the store's rules name them.

    place_in("https://celebs.example/ada/status/1856")    # Place(post_id="1856")

Pure.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tweet_store.discussion.rules import SCOPE
from web_ui.addresses import POST_ID, SLUG

_ROOM = re.compile(f"/?room[:/]({SLUG})(?:/.*)?")
_POST = re.compile(f"/?{SLUG}/status/({POST_ID})(?:/.*)?")


class Place(NamedTuple):
    """A celeb's room, or what is said under a post."""

    room: str | None = None
    post_id: str | None = None


def place_in(text: str) -> Place | None:
    """The place of this address or path; None for what is no place. The whole site is none that
    could be typed, so that nobody shuts it by a slip."""
    text = text.strip()
    try:
        path = unquote(urlsplit(text).path) if "/" in text else text
    except ValueError:
        return None
    if found := _ROOM.fullmatch(path):
        return Place(room=found[1].lower())
    if found := _POST.fullmatch(path):
        return Place(post_id=found[1])
    return None


def is_scope(text: str) -> bool:
    """Whether this is the store's own name of a place."""
    return SCOPE.fullmatch(text) is not None


def position_in(scope: str) -> int | None:
    """The position of the post that a scope names."""
    return int(scope.removeprefix("post:")) if scope.startswith("post:") else None
