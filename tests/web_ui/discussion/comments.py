"""Stored comments for tests, with everything that does not matter filled in."""

from __future__ import annotations

from typing import Any

from tests.tweet_store.posts import NOON
from tweet_store.discussion.model import StoredComment


def comment(position: int, **values: Any) -> StoredComment:
    """The comment that is first at this position, by default under Ada's post 1, by Bob."""
    filled: dict[str, Any] = {
        "position": position,
        "id": f"c{position}",
        "celeb": "ada",
        "thread": 1,
        "post_id": "1",
        "room": None,
        "parent": None,
        "visitor": "id-of-bob",
        "name": "Bob",
        "text": "well said",
        "created_at": NOON,
        "edited_at": None,
        "removed_by": None,
    }
    return StoredComment(**{**filled, **values})


def in_room(position: int, **values: Any) -> StoredComment:
    """The same in Ada's room."""
    return comment(position, **{"thread": None, "post_id": None, "room": "ada", **values})
