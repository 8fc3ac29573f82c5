"""The tags that posts have, within the transaction of whoever calls. Written by `tagging`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    distinct,
    exists,
    func,
    literal,
    select,
    true,
)

from tweet_store import log_words, post_queries
from tweet_store.dialects import upsert
from tweet_store.discussion.model import Tag
from tweet_store.discussion.schema import post_tags, tags
from tweet_store.model import StoredTweet

MOST_SHOWN = 30
"""Tags of one post that are given."""

_POSTS = func.count(distinct(post_tags.c.position))
_VISITORS = func.count()

_given = (
    select(
        post_tags.c.position,
        post_tags.c.tag,
        _VISITORS.label("count"),
        func.row_number()
        .over(partition_by=post_tags.c.position, order_by=(_VISITORS.desc(), post_tags.c.tag))
        .label("place"),
    )
    .where(post_tags.c.position.in_(bindparam("positions", expanding=True)))
    .group_by(post_tags.c.position, post_tags.c.tag)
    .subquery()
)
# Made once: each page asks for it.
_OF_EACH = (
    select(_given.c.position, tags.c.tag, tags.c.shown, _given.c.count)
    .join(_given, _given.c.tag == tags.c.tag)
    .where(_given.c.place <= bindparam("most"))
    .order_by(_given.c.position, _given.c.place)
)


def of_post(connection: Connection, position: int) -> list[Tag]:
    """The tags of the post there, those of the most visitors first; `posts` counts visitors."""
    return _counted(connection, post_tags.c.position == position, _VISITORS, MOST_SHOWN)


def of_each(connection: Connection, positions: Collection[int], most: int) -> dict[int, list[Tag]]:
    """The same of several posts, by position, no more than `most` of each."""
    found: dict[int, list[Tag]] = {}
    for position, *tag in connection.execute(_OF_EACH, {"positions": positions, "most": most}):
        found.setdefault(position, []).append(Tag(*tag))
    return found


def named(connection: Connection, tag: str) -> Tag | None:
    """The tag of this form; None where no post has it."""
    found = _counted(connection, post_tags.c.tag == tag, _POSTS, 1)
    return found[0] if found else None


def of_celeb(connection: Connection, slug: str, limit: int) -> list[Tag]:
    """Those that most of the celeb's posts have."""
    return _counted(connection, post_tags.c.celeb == slug, _POSTS, limit)


def popular(connection: Connection, limit: int) -> list[Tag]:
    """Those that most posts have."""
    return _counted(connection, true(), _POSTS, limit)


def beginning(connection: Connection, form: str, limit: int) -> list[Tag]:
    """The first tags, in the order of their forms, that begin with this; those that most posts have
    first."""
    # In the order of code points, which both databases keep: past all that begins so.
    end = form + "\U0010ffff"
    first = select(tags.c.tag).where(tags.c.tag >= form, tags.c.tag < end)
    some = first.order_by(tags.c.tag).limit(limit)
    return _counted(connection, post_tags.c.tag.in_(some), _POSTS, limit)


def _counted(
    connection: Connection, which: ColumnElement[bool], count: ColumnElement[int], limit: int
) -> list[Tag]:
    query = (
        select(tags.c.tag, tags.c.shown, count.label("count"))
        .join(post_tags, post_tags.c.tag == tags.c.tag)
        .where(which)
        .group_by(tags.c.tag)
        .order_by(count.desc(), tags.c.tag)
        .limit(limit)
    )
    return [Tag(*row) for row in connection.execute(query)]


def tagged(
    connection: Connection, tag: str, before: int | None, limit: int, up_to: int | None
) -> list[StoredTweet]:
    """Posts with the tag, newest first, at positions below `before` and not past `up_to`."""
    query = select(post_tags.c.position).distinct().where(post_tags.c.tag == tag)
    if before is not None:
        query = query.where(post_tags.c.position < before)
    if up_to is not None:
        query = query.where(post_tags.c.position <= up_to)
    newest = connection.scalars(query.order_by(post_tags.c.position.desc()).limit(limit))
    return post_queries.tweets_at(connection, newest.all())


def names_on(connection: Connection, position: int, visitor: str | None = None) -> list[str]:
    """All tags of the post there, in order; or those that a visitor, by id, gave it."""
    query = select(post_tags.c.tag).distinct().where(post_tags.c.position == position)
    if visitor is not None:
        query = query.where(post_tags.c.visitor == visitor)
    return list(connection.scalars(query.order_by(post_tags.c.tag)))


def copy(connection: Connection, position: int, to: int) -> None:
    """The post at `to` gets all tags of the other, whoever gave them."""
    source = post_tags.c
    other = select(source.tag, literal(to), source.visitor, source.celeb)
    connection.execute(
        upsert(post_tags)
        .from_select(list(source.keys()), other.where(source.position == position))
        .on_conflict_do_nothing()
    )


def take_off(
    connection: Connection, position: int, names: Collection[str], visitor: str | None = None
) -> None:
    """Take tags off the post there: whoever gave them, or one visitor's. How a tag was written is
    forgotten with its last post."""
    of_these = [post_tags.c.position == position, post_tags.c.tag.in_(names)]
    if visitor is not None:
        of_these.append(post_tags.c.visitor == visitor)
    connection.execute(delete(post_tags).where(*of_these))
    log_words.leave_note(connection)
    unused = ~exists().where(post_tags.c.tag == tags.c.tag)
    connection.execute(delete(tags).where(tags.c.tag.in_(names), unused))
