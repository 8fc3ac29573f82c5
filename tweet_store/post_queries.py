"""Reading posts and the people who wrote them, for pages. Each function is one query or two."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select, true

from tweet_store import rows
from tweet_store.model import Author, Celeb, StoredTweet
from tweet_store.schema import accounts, celebs, post_ids, tweet_refs, tweets

_POSTS = select(*rows.TWEET_COLUMNS).join(
    accounts,
    and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
)


def timeline(
    connection: Connection,
    celeb: str | None,
    before: int | None,
    limit: int,
    up_to: int | None,
) -> list[StoredTweet]:
    """Posts, newest first, at positions below `before` and not past `up_to`."""
    conditions = []
    if up_to is not None:
        conditions.append(tweets.c.position <= up_to)
    if celeb is not None:
        conditions.append(tweets.c.celeb == celeb)
    if before is not None:
        conditions.append(tweets.c.position < before)
    newest_first = _POSTS.where(*conditions).order_by(tweets.c.position.desc()).limit(limit)
    return _readable(connection, newest_first)


def tweet(connection: Connection, id_: str) -> StoredTweet | None:
    """The current version of the post that this id names, in any of its versions."""
    query = _POSTS.join(post_ids, post_ids.c.position == tweets.c.position)
    row = connection.execute(query.where(post_ids.c.id == id_)).one_or_none()
    return None if row is None else rows.readable(row)


def was_deleted(connection: Connection, id_: str) -> bool:
    """Whether the id is known and its post is not there."""
    query = (
        select(post_ids.c.id)
        .outerjoin(tweets, tweets.c.position == post_ids.c.position)
        .where(post_ids.c.id == id_, tweets.c.position.is_(None))
    )
    return connection.scalar(query) is not None


def replies(
    connection: Connection, ids: Collection[str], limit: int, up_to: int | None
) -> list[StoredTweet]:
    """Posts that answer one of these, oldest first."""
    answering = select(tweet_refs.c.position).where(
        tweet_refs.c.ref_id.in_(ids), tweet_refs.c.kind == "replied_to"
    )
    visible = true() if up_to is None else tweets.c.position <= up_to
    oldest_first = _POSTS.where(tweets.c.position.in_(answering), visible)
    return _readable(connection, oldest_first.order_by(tweets.c.position).limit(limit))


def _readable(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[StoredTweet]:
    found = map(rows.readable, connection.execute(query))
    return [post for post in found if post is not None]


def celeb(connection: Connection, slug: str) -> Celeb | None:
    """The celeb of this slug."""
    found = _celebs(connection, celebs.c.slug == slug, limit=1, offset=0)
    return found[0] if found else None


def directory(connection: Connection, limit: int, offset: int) -> list[Celeb]:
    """All celebs, most recently active first."""
    return _celebs(connection, true(), limit, offset)


def _celebs(
    connection: Connection, condition: ColumnElement[bool], limit: int, offset: int
) -> list[Celeb]:
    query = (
        select(celebs)
        .where(condition)
        .order_by(celebs.c.last_position.desc(), celebs.c.slug)
        .limit(limit)
        .offset(offset)
    )
    people = connection.execute(query).all()
    found = connection.execute(
        select(*rows.ACCOUNT_COLUMNS, accounts.c.celeb).where(
            accounts.c.celeb.in_([row.slug for row in people])
        )
    )
    of_celeb: dict[str, list[Author]] = {}
    for row in found:
        of_celeb.setdefault(row.celeb, []).append(rows.author_of(row))
    return [rows.celeb_of(row, tuple(of_celeb.get(row.slug, ()))) for row in people]
