"""Taking a deleted post's words out of another, which quoted or answered it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from tweet_store.model import Reference, Tweet


def without_words_of(tweet: Tweet, dead: Collection[str]) -> Tweet:
    """The post as it is without what it holds of the posts `dead`: their ids stay."""
    return msgspec.structs.replace(
        tweet,
        references=bare_references(tweet.references, dead),
        raw=without_posts(tweet.raw, dead),
    )


def bare_references(
    references: Iterable[Reference], dead: Collection[str]
) -> tuple[Reference, ...]:
    """The references, of the posts `dead` only kind and id."""
    return tuple(Reference(r.kind, r.id) if r.id in dead else r for r in references)


def without_posts(raw: bytes, ids: Collection[str]) -> bytes:
    """`raw` less every embedded object that is one of the posts `ids`, of v2 and v1.1 alike.

    A bare reference such as `{"type": "quoted", "id": "1"}` stays: it has none of its words. JSON
    that cannot be searched is given up, `{}`: better no raw than words that were deleted.
    """
    # In raw an id stands as its network wrote it, without the network's name that we put before.
    written = frozenset(id_.rpartition(":")[2] for id_ in ids)
    try:
        return msgspec.json.encode(_scrubbed(msgspec.json.decode(raw), written))
    except (msgspec.MsgspecError, RecursionError):
        return b"{}"


def _scrubbed(value: Any, ids: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {k: _scrubbed(v, ids) for k, v in value.items() if not _is_post(v, ids)}
    if isinstance(value, list):
        return [_scrubbed(v, ids) for v in value if not _is_post(v, ids)]
    return value


def _is_post(value: Any, ids: frozenset[str]) -> bool:
    return (
        isinstance(value, dict)
        and (value.get("id_str") in ids or str(value.get("id")) in ids)
        and ("text" in value or "full_text" in value)
    )
