"""Edit chains, the ids under which one post was published and edited, oldest first. Pure."""

from __future__ import annotations

from tweet_store.model import Tweet


def chain_of(tweet: Tweet) -> tuple[str, ...]:
    """The chain as far as this version knows it, its own id in it in any case."""
    return tweet.edit_ids if tweet.id in tweet.edit_ids else (*tweet.edit_ids, tweet.id)


def union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """All ids of two accounts of one chain, oldest first: X's ids rise with time."""
    return tuple(sorted({*one, *other}, key=lambda id_: (len(id_), id_)))


def threads_of(chain: tuple[str, ...], reply_to_id: str | None) -> tuple[str, ...]:
    """See `StoredEvent.thread_ids`."""
    return (*chain, reply_to_id) if reply_to_id else chain
