"""Where visitors write: under a post, or in a celeb's room."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from tweet_store import rows
from tweet_store.discussion import refusals
from tweet_store.discussion.refusals import Refused
from tweet_store.schema import celebs, post_ids, tweets

_POST = (
    select(tweets.c.position, tweets.c.celeb, tweets.c.id, tweets.c.edit_ids)
    .join(post_ids, post_ids.c.position == tweets.c.position)
    .where(post_ids.c.id == bindparam("id"))
)


class Post(NamedTuple):
    """What is needed of a post to write about it."""

    position: int
    celeb: str
    id: str
    edit_ids: str | None

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all its versions."""
        return rows.ids_of(self.edit_ids, self.id)


class Place(NamedTuple):
    """Where a comment stands: under the post at `thread`, whose chain `thread_ids` is, or in the
    room of `room`."""

    celeb: str
    thread: int | None
    room: str | None
    thread_ids: tuple[str, ...]


def post(connection: Connection, id_: str) -> Post:
    """The post that the id names, in any version. Raises `Refused`: gone."""
    row = connection.execute(_POST, {"id": id_}).one_or_none()
    if row is None:
        raise Refused("gone", refusals.GONE)
    return Post(*row)


def place(connection: Connection, post_id: str | None, room: str | None) -> Place:
    """Under a post that any of its ids names, or in a celeb's room: one of them is given.

    Raises `Refused`: gone.
    """
    if post_id is not None and room is None:
        found = post(connection, post_id)
        return Place(found.celeb, found.position, None, found.ids)
    if room is None or post_id is not None:
        raise ValueError("a comment stands under a post or in a room")
    if connection.scalar(select(celebs.c.slug).where(celebs.c.slug == room)) is None:
        raise Refused("gone", refusals.GONE)
    return Place(room, None, room, ())
