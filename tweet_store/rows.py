"""Between rows of the database and the values of `model`. Pure; any thread."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from tweet_store import schema
from tweet_store.bulk import BulkRow
from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.text_forms import name_key
from tweet_store.model import (
    Author,
    Celeb,
    Entity,
    Event,
    Media,
    Reference,
    StoredEvent,
    StoredTweet,
    Tweet,
)
from tweet_store.search_words import folded

log = logging.getLogger("celebwire.store")

AnyRow = Row[*tuple[Any, ...]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

_encode = msgspec.json.Encoder().encode
_entities = msgspec.json.Decoder(tuple[Entity, ...]).decode
_media = msgspec.json.Decoder(tuple[Media, ...]).decode
_references = msgspec.json.Decoder(tuple[Reference, ...]).decode
_ids = msgspec.json.Decoder(tuple[str, ...]).decode

LONGEST_KEY = 200
"""Characters of a name that are compared with visitors' names, which are shorter. An index of
PostgreSQL takes 2,704 bytes."""

ACCOUNT_COLUMNS = (
    schema.accounts.c.network,
    schema.accounts.c.account_id,
    schema.accounts.c.handle,
    schema.accounts.c.name,
    schema.accounts.c.avatar_url,
    schema.accounts.c.bio,
    schema.accounts.c.verified,
)

TWEET_COLUMNS = (
    schema.tweets.c.position.label("tweet_position"),
    schema.tweets.c.id,
    schema.tweets.c.celeb.label("tweet_celeb"),
    schema.tweets.c.text,
    schema.tweets.c.created_at,
    schema.tweets.c.lang,
    schema.tweets.c.conversation_id,
    schema.tweets.c.reply_to_id,
    schema.tweets.c.edit_ids,
    schema.tweets.c.entities,
    schema.tweets.c.media,
    schema.tweets.c.refs,
    *ACCOUNT_COLUMNS,
)


def milliseconds(time: datetime) -> int:
    """Since 1970, UTC."""
    return (time - EPOCH) // MILLISECOND


def time_of(ms: int) -> datetime:
    """The reverse of `milliseconds`."""
    return EPOCH + timedelta(milliseconds=ms)


def json_or_none(items: tuple[Any, ...]) -> str | None:
    """The JSON of a tuple; None for an empty one, which most are."""
    return _encode(items).decode() if items else None


def tweet_row(tweet: Tweet, position: int, celeb: str, created_at: int) -> BulkRow:
    """A row of `tweets`; `created_at` is the tweet's, in ms since 1970 UTC."""
    author = tweet.author
    return (
        position,
        tweet.id,
        celeb,
        author.network,
        author.account_id,
        tweet.text,
        created_at,
        tweet.lang,
        tweet.conversation_id,
        tweet.reply_to_id,
        json_or_none(tweet.edit_ids) if len(tweet.edit_ids) > 1 else None,
        json_or_none(tweet.entities),
        json_or_none(tweet.media),
        json_or_none(tweet.references),
        tweet.raw,
    )


def tweet_values(tweet: Tweet, position: int, celeb: str) -> dict[str, Any]:
    """The same by the names of the columns."""
    row = tweet_row(tweet, position, celeb, milliseconds(tweet.created_at))
    return dict(zip(schema.tweets.c.keys(), row, strict=True))


def entities_of(column: str | None) -> tuple[Entity, ...]:
    """The column `entities`."""
    return _entities(column) if column else ()


def references_of(refs: str | None) -> tuple[Reference, ...]:
    """The column `refs`."""
    return _references(refs) if refs else ()


def ids_of(column: str | None, single: str) -> tuple[str, ...]:
    """The columns `edit_ids` and `thread_ids`, where null means 'just this one id'."""
    return _ids(column) if column else (single,)


def threads_or_none(thread_ids: tuple[str, ...], single: str) -> str | None:
    """The column `thread_ids`; the reverse of `ids_of`."""
    return None if thread_ids == (single,) else _encode(thread_ids).decode()


def account_row(author: Author, celeb: str) -> BulkRow:
    """A row of `accounts`."""
    return (
        author.network,
        author.account_id,
        celeb,
        author.handle,
        author.name,
        author.avatar_url,
        author.bio,
        author.verified,
        folded(f"{author.name} @{author.handle}"),
        *(name_key(name)[:LONGEST_KEY] for name in (celeb, author.handle, author.name)),
    )


def author_of(row: AnyRow) -> Author:
    """From ACCOUNT_COLUMNS."""
    return Author(
        account_id=row.account_id,
        handle=row.handle,
        name=row.name,
        network=row.network,
        avatar_url=row.avatar_url,
        bio=row.bio,
        verified=row.verified,
    )


def tweet_of(row: AnyRow) -> StoredTweet:
    """From TWEET_COLUMNS."""
    return StoredTweet(
        id=row.id,
        celeb=row.tweet_celeb,
        position=row.tweet_position,
        edit_ids=ids_of(row.edit_ids, row.id),
        author=author_of(row),
        text=row.text,
        created_at=time_of(row.created_at),
        lang=row.lang,
        conversation_id=row.conversation_id,
        reply_to_id=row.reply_to_id,
        entities=entities_of(row.entities),
        media=_media(row.media) if row.media else (),
        references=references_of(row.refs),
    )


def readable(row: AnyRow) -> StoredTweet | None:
    """`tweet_of`, or None for a row that this release cannot read: a later one may have made it."""
    try:
        return tweet_of(row)
    except (msgspec.MsgspecError, ValueError):
        log.exception("post %s cannot be read", row.id)
        return None


def event_of(
    row: AnyRow,
    comment: StoredComment | None = None,
    tags: tuple[str, ...] = (),
    shown: str | None = None,
) -> StoredEvent:
    """From the columns of `events` and TWEET_COLUMNS, joined outward."""
    return StoredEvent(
        event=Event(row.seq, row.kind, row.post_id, row.celeb),
        position=row.position,
        thread_ids=ids_of(row.thread_ids, row.post_id),
        tweet=readable(row) if row.tweet_position is not None else None,
        comment=comment,
        tag=row.tag,
        shown=shown,
        tags=tags,
    )


def celeb_of(row: AnyRow, accounts: tuple[Author, ...]) -> Celeb:
    """From the columns of `celebs`."""
    return Celeb(
        slug=row.slug,
        name=row.name,
        accounts=accounts,
        tweet_count=row.tweet_count,
        last_tweet_at=None if row.last_tweet_at is None else time_of(row.last_tweet_at),
    )
