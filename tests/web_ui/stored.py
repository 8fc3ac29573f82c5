"""Stored posts and events for tests, with everything that does not matter filled in."""

from __future__ import annotations

from typing import Any

from tests.tweet_store.posts import NOON, author
from tweet_store.discussion.model import StoredComment
from tweet_store.model import Event, EventKind, StoredEvent, StoredTweet
from web_ui.feed import Entry


def stored_tweet(id_: str, **values: Any) -> StoredTweet:
    """A post with this id, by default Ada's and at the position that its id names."""
    filled: dict[str, Any] = {
        "id": id_,
        "celeb": "ada",
        "position": int(id_),
        "edit_ids": (id_,),
        "author": author("ada"),
        "text": "hello",
        "created_at": NOON,
        "lang": None,
        "conversation_id": None,
        "reply_to_id": None,
        "entities": (),
        "media": (),
        "references": (),
    }
    return StoredTweet(**{**filled, **values})


def stored_comment(position: int, **values: Any) -> StoredComment:
    """A comment at this position, by default in nobody's room and under no post."""
    filled: dict[str, Any] = {
        "position": position,
        "id": f"c{position}",
        "celeb": "ada",
        "thread": None,
        "post_id": None,
        "room": None,
        "parent": None,
        "visitor": "v1",
        "name": "Grace",
        "text": "hello",
        "created_at": NOON,
        "edited_at": None,
        "removed_by": None,
    }
    return StoredComment(**{**filled, **values})


def entry(
    seq: int,
    celeb: str = "ada",
    *,
    kind: EventKind = "tweet",
    position: int | None = None,
    threads: tuple[str, ...] = (),
    card: str = "",
) -> Entry:
    """An entry of the feed; its post's id is its position."""
    position = position or seq
    stored = StoredEvent(
        event=Event(seq, kind, str(position), celeb),
        position=position,
        thread_ids=threads or (str(position),),
        tweet=None,
    )
    return Entry(stored, card)
