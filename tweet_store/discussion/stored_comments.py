"""Reading comments: by id or position, under a post, in a room."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from tweet_store import rows
from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.schema import comments
from tweet_store.schema import events, post_ids

# The first event of a comment, at the same seq, knows the post's ids, also when the post is gone.
_COMMENTS = select(comments, events.c.thread_ids).join(events, events.c.seq == comments.c.position)

_is_id = re.compile(r"c[1-9][0-9]{0,17}").fullmatch

_LIVE = comments.alias("live")
_REMOVED = comments.alias("removed")


def comment_of(row: rows.AnyRow) -> StoredComment:
    """From the columns of `comments` and the `thread_ids` of its first event."""
    thread_ids = rows.ids_of(row.thread_ids, row.id)
    return StoredComment(
        position=row.position,
        id=row.id,
        celeb=row.celeb,
        thread=row.thread,
        post_id=thread_ids[0] if thread_ids else None,
        room=row.room,
        parent=row.parent,
        visitor=row.visitor,
        name=row.name,
        text=row.text,
        created_at=rows.time_of(row.created_at),
        edited_at=None if row.edited_at is None else rows.time_of(row.edited_at),
        removed_by=row.removed_by,
    )


def comment(connection: Connection, id_: str) -> StoredComment | None:
    """The comment of this id, also when it was removed."""
    if not _is_id(id_):
        return None
    position = int(id_.removeprefix("c"))
    return at(connection, [position]).get(position)


def at(connection: Connection, positions: Collection[int]) -> dict[int, StoredComment]:
    """The comments at these positions."""
    found = connection.execute(_COMMENTS.where(comments.c.position.in_(positions)))
    return {row.position: comment_of(row) for row in found}


def of_form(connection: Connection, visitor: str, form: str) -> StoredComment | None:
    """What a visitor wrote with this form, by its key."""
    query = _COMMENTS.where(comments.c.visitor == visitor, comments.c.form == form)
    row = connection.execute(query).one_or_none()
    return None if row is None else comment_of(row)


def thread(
    connection: Connection, post_id: str, after: int, limit: int, up_to: int | None
) -> list[StoredComment]:
    """Comments under a post, oldest first; removed ones only where an answer hangs on them."""
    post = _position_of(connection, post_id)
    query = _COMMENTS.where(comments.c.position > after, *_shown_under(post))
    if up_to is not None:
        query = query.where(comments.c.position <= up_to)
    found = connection.execute(query.order_by(comments.c.position).limit(limit))
    return [comment_of(row) for row in found]


def position_in_thread(connection: Connection, post_id: str, number: int) -> int | None:
    """The position of the comment that is the `number`th there, from 1; None where there are not so
    many."""
    post = _position_of(connection, post_id)
    shown = select(comments.c.position).where(*_shown_under(post)).order_by(comments.c.position)
    return connection.scalar(shown.limit(1).offset(number - 1))


def _position_of(connection: Connection, post_id: str) -> int | None:
    return connection.scalar(select(post_ids.c.position).where(post_ids.c.id == post_id))


def _shown_under(post: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The comments under the post there; of removed ones those on which an answer hangs, whatever
    was removed between the two. So only the removed are looked at for what answers them."""
    live = select(_LIVE.c.position).where(
        _LIVE.c.parent == _REMOVED.c.position, _LIVE.c.removed_at.is_(None)
    )
    answered = (
        select(_REMOVED.c.position, _REMOVED.c.parent)
        .where(_REMOVED.c.thread == post, _REMOVED.c.removed_at.is_not(None), live.exists())
        .cte("answered", recursive=True)
    )
    answered = answered.union(
        select(_REMOVED.c.position, _REMOVED.c.parent)
        .join(answered, answered.c.parent == _REMOVED.c.position)
        .where(_REMOVED.c.removed_at.is_not(None))
    )
    stubs = comments.c.position.in_(select(answered.c.position))
    return comments.c.thread == post, or_(comments.c.removed_at.is_(None), stubs)


def room(
    connection: Connection, slug: str, before: int | None, limit: int, up_to: int | None
) -> list[StoredComment]:
    """The newest comments of a room, oldest first; no removed ones."""
    query = _COMMENTS.where(comments.c.room == slug, comments.c.removed_at.is_(None))
    if before is not None:
        query = query.where(comments.c.position < before)
    if up_to is not None:
        query = query.where(comments.c.position <= up_to)
    newest = query.order_by(comments.c.position.desc()).limit(limit)
    return [comment_of(row) for row in connection.execute(newest)][::-1]


def counts(connection: Connection, positions: Collection[int]) -> dict[int, int]:
    """How many comments the posts at these positions have, where there are any."""
    query = (
        select(comments.c.thread, func.count())
        .where(and_(comments.c.thread.in_(positions), comments.c.removed_at.is_(None)))
        .group_by(comments.c.thread)
    )
    return dict(tuple(row) for row in connection.execute(query))
