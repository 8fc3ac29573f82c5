"""Reading posts and the people who wrote them, for pages. Each function is one query or two."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
)

from tweet_store import rows
from tweet_store.dialects import json_texts
from tweet_store.model import Author, Celeb, StoredTweet, Version
from tweet_store.schema import accounts, celebs, post_ids, tweet_refs, tweets, versions
from tweet_store.search_words import folded

_POSTS = select(*rows.TWEET_COLUMNS).join(
    accounts,
    and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
)

# As many of each celeb's posts as are asked for, from the index: however many there are in all, and
# however long ago somebody posted.
_slug = json_texts("slugs")
_newest = (
    select(tweets.c.position)
    .where(tweets.c.celeb == _slug.c.value, tweets.c.position < bindparam("end"))
    .order_by(tweets.c.position.desc())
    .limit(bindparam("most"))
    .correlate(_slug)
)
_several = tweets.alias()
_each = _newest.lateral()
_OF_SEVERAL = {
    # SQLite has no LATERAL; PostgreSQL would go through all posts for the first of these.
    "sqlite": select(_several.c.position).join_from(
        _slug, _several, _several.c.position.in_(_newest)
    ),
    "postgresql": select(_each.c.position.label("position")).join_from(_slug, _each, true()),
}
_OF_SEVERAL = {
    name: query.order_by(text("position DESC")).limit(bindparam("most"))
    for name, query in _OF_SEVERAL.items()
}

NEWEST = 2**63 - 1
"""Above any position."""
LONGEST_NAME, MOST_WORDS = 100, 6
"""Characters and words that are read of what somebody types to find a celeb."""


def timeline(
    connection: Connection,
    celeb: str | None,
    slugs: Collection[str] | None,
    before: int | None,
    limit: int,
    up_to: int | None,
) -> list[StoredTweet]:
    """Posts, newest first, at positions below `before` and not past `up_to`: of everybody, of one
    celeb, or of several."""
    if slugs is not None:
        end = min(NEWEST if up_to is None else up_to + 1, NEWEST if before is None else before)
        asked = {"slugs": msgspec.json.encode(set(slugs)).decode(), "end": end, "most": limit}
        query = _OF_SEVERAL[connection.dialect.name]
        return tweets_at(connection, connection.scalars(query, asked).all())
    conditions = []
    if up_to is not None:
        conditions.append(tweets.c.position <= up_to)
    if celeb is not None:
        conditions.append(tweets.c.celeb == celeb)
    if before is not None:
        conditions.append(tweets.c.position < before)
    newest_first = _POSTS.where(*conditions).order_by(tweets.c.position.desc()).limit(limit)
    return _readable(connection, newest_first)


def tweets_at(connection: Connection, positions: Collection[int]) -> list[StoredTweet]:
    """The posts that are there, newest first."""
    there = _POSTS.where(tweets.c.position.in_(positions)).order_by(tweets.c.position.desc())
    return _readable(connection, there)


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


def earlier_versions(connection: Connection, position: int) -> list[Version]:
    """Those that the post there replaced, oldest first."""
    query = select(versions).where(versions.c.position == position)
    # In the order of the chain: X's ids rise with time.
    found = connection.execute(query.order_by(func.length(versions.c.id), versions.c.id))
    return [Version(row.id, row.text, rows.time_of(row.created_at)) for row in found]


def replies(
    connection: Connection,
    ids: Collection[str],
    limit: int,
    up_to: int | None,
    after: int | None,
) -> list[StoredTweet]:
    """Posts that answer one of these, oldest first, past `after` and not past `up_to`."""
    answering = select(tweet_refs.c.position).where(
        tweet_refs.c.ref_id.in_(ids), tweet_refs.c.kind == "replied_to"
    )
    visible = true() if up_to is None else tweets.c.position <= up_to
    rest = true() if after is None else tweets.c.position > after
    oldest_first = _POSTS.where(tweets.c.position.in_(answering), visible, rest)
    return _readable(connection, oldest_first.order_by(tweets.c.position).limit(limit))


def _readable(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[StoredTweet]:
    found = map(rows.readable, connection.execute(query))
    return [post for post in found if post is not None]


def celeb(connection: Connection, slug: str) -> Celeb | None:
    """The celeb of this slug."""
    found = _celebs(connection, celebs.c.slug == slug, limit=1, offset=0)
    return found[0] if found else None


def celebs_of(connection: Connection, slugs: Collection[str]) -> list[Celeb]:
    """Those of these slugs who are there, in the order of the slugs."""
    found = _celebs(connection, celebs.c.slug.in_(slugs), limit=len(slugs), offset=0)
    order = {slug: number for number, slug in enumerate(slugs)}
    return sorted(found, key=lambda one: order[one.slug])


def directory(connection: Connection, limit: int, offset: int) -> list[Celeb]:
    """All celebs, most recently active first."""
    return _celebs(connection, true(), limit, offset)


def find_celebs(connection: Connection, text: str, limit: int, offset: int) -> list[Celeb]:
    """Celebs in whose names, handles or slug all words of the text occur, whatever their case and
    accents, most recently active first; none for a text without words."""
    # Half a surrogate pair is in nobody's name, and no database takes it.
    typed = text[:LONGEST_NAME].encode(errors="replace").decode()
    words = folded(typed).replace("@", " ").split()[:MOST_WORDS]
    if not words:
        return []
    return _celebs(connection, and_(*map(_bears, words)), limit, offset)


def _bears(word: str) -> ColumnElement[bool]:
    bearing = accounts.c.search_form.contains(word, autoescape=True)
    return or_(
        celebs.c.slug.contains(word, autoescape=True),
        celebs.c.slug.in_(select(accounts.c.celeb).where(bearing)),
    )


def slugs_after(connection: Connection, after: str, limit: int) -> list[str]:
    """The first slugs past `after`, in their own order."""
    query = select(celebs.c.slug).where(celebs.c.slug > after).order_by(celebs.c.slug)
    return list(connection.scalars(query.limit(limit)))


def _celebs(
    connection: Connection, condition: ColumnElement[bool], limit: int, offset: int
) -> list[Celeb]:
    query = (
        select(celebs)
        .where(condition)
        .order_by(celebs.c.last_position.desc().nulls_last(), celebs.c.slug)
        .limit(limit)
        .offset(offset)
    )
    people = connection.execute(query).all()
    if not people:
        return []
    found = connection.execute(
        select(*rows.ACCOUNT_COLUMNS, accounts.c.celeb).where(
            accounts.c.celeb.in_([row.slug for row in people])
        )
    )
    of_celeb: dict[str, list[Author]] = {}
    for row in found:
        of_celeb.setdefault(row.celeb, []).append(rows.author_of(row))
    return [rows.celeb_of(row, tuple(of_celeb.get(row.slug, ()))) for row in people]
