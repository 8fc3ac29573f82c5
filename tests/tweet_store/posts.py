"""Posts for tests, with everything that does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tweet_store.model import Author, Tweet

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def author(handle: str, **values: Any) -> Author:
    """An account with this handle."""
    filled = {"account_id": f"id-of-{handle}", "handle": handle, "name": handle.title()}
    return Author(**{**filled, **values})


def tweet(id_: str, **values: Any) -> Tweet:
    """A post with this id, by default Ada's."""
    filled: dict[str, Any] = {
        "id": id_,
        "author": author("ada"),
        "text": "hello",
        "created_at": NOON,
        "raw": b"{}",
        "edit_ids": (id_,),
    }
    return Tweet(**{**filled, **values})
