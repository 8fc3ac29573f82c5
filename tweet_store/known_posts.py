"""What the store knows of the posts that a batch names, kept true while the batch is saved.

An id that ever named a post, in any of its versions, names it for good, deleted or not. So 'is this
new?', 'which post is this?' and 'was it deleted?' are the same look-up, made once for the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from tweet_store.dialects import json_texts
from tweet_store.model import Post, Tweet
from tweet_store.schema import post_ids, tweets

_KNOWN = (
    select(post_ids.c.id, post_ids.c.position, tweets.c.id)
    .outerjoin(tweets, tweets.c.position == post_ids.c.position)
    .where(post_ids.c.id.in_(select(json_texts("ids").c.value)))
)


class Known(NamedTuple):
    """What an id that is in the store names. `current_id` is None once the post is deleted."""

    position: int | None
    current_id: str | None


DELETED_UNSEEN = Known(None, None)


class KnownPosts(dict[str, Known]):
    """By id; what is not here the store has never heard of."""

    def load(self, connection: Connection, posts: Sequence[Post]) -> None:
        """Look up all ids that the posts name."""
        wanted = {post.id for post in posts}
        for post in posts:
            if isinstance(post, Tweet):
                wanted.update(post.edit_ids)
                wanted.update(reference.id for reference in post.references)
        ids = {"ids": msgspec.json.encode(wanted).decode()}
        for id_, position, current_id in connection.execute(_KNOWN, ids):
            self[id_] = Known(position, current_id)

    def is_deleted(self, id_: str) -> bool:
        """Whether the id names a post that was deleted."""
        known = self.get(id_)
        return known is not None and known.current_id is None

    def among(self, chain: Iterable[str]) -> list[Known]:
        """What those of the ids name that are known."""
        return [self[id_] for id_ in chain if id_ in self]

    def rename(self, position: int, known: Known) -> None:
        """What is at a position has changed."""
        for id_, other in self.items():
            if other.position == position:
                self[id_] = known
