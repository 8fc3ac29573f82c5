"""The store: posts go in through `save`, and everything else reads.

    store = TweetStore.open("sqlite:////path/celebwire.db")
    events = store.save(posts)                 # one transaction: rows and events, or nothing
    store.events_after(cursor_seq, limit=500)  # what the site has not seen yet
    store.unannounced(0, limit=500)            # what RabbitMQ has not confirmed yet

Synchronous and free of frameworks: Twisted and Tornado call it in threads of their own. `save` and
`mark_announced` belong to one writing thread a process; reading is safe from any number of threads.
Every method raises `StoreUnavailable` where the database cannot be used now.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tweet_store import rows
from tweet_store.accounts import Account, AccountKey, Accounts
from tweet_store.database import (
    BUSY_TIMEOUT,
    StoreUnavailable,
    empty_log,
    open_engines,
    wait_for_locks,
)
from tweet_store.model import Author, Celeb, Event, Post, StoredEvent, StoredTweet, Tweet
from tweet_store.saving import Saving
from tweet_store.schema import accounts, celebs, events, meta, post_ids, tweet_refs, tweets

CACHED_ACCOUNTS = 50_000
"""Accounts kept in memory so that their posts need no look-up; past it the cache starts anew."""

FAULT_OF_THE_VALUES = (IntegrityError, DataError, InterfaceError, ProgrammingError)
"""What the database raises for what it was given; the same again would fail again."""

_FROM_EVENTS = (
    select(events, *rows.TWEET_COLUMNS)
    .outerjoin(tweets, tweets.c.position == events.c.position)
    .outerjoin(
        accounts,
        and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
    )
)
_FROM_TWEETS = select(*rows.TWEET_COLUMNS).join(
    accounts,
    and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
)


# Statements of the hot path are built once: that takes SQLAlchemy longer than to run them.
_META = select(meta.c.value).where(meta.c.key == bindparam("key"))
_LATEST_SEQ = select(func.max(events.c.seq))
_UNANNOUNCED = (
    select(events.c.seq, events.c.kind, events.c.post_id, events.c.celeb)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
_EVENTS_AFTER = (
    _FROM_EVENTS.where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)


class Selection:
    """Which events: all, or those of some celebs or on the page of some posts."""

    def __init__(
        self,
        *,
        everything: bool = False,
        celebs: Collection[str] = (),
        threads: Collection[str] = (),
    ) -> None:
        self.everything = everything
        self.celebs = frozenset(celebs)
        self.threads = frozenset(threads)


EVERYTHING = Selection(everything=True)


class TweetStore:
    """See the module. `epoch` names this store in cursors: drawn when it was created."""

    def __init__(self, writer: Engine, reader: Engine, epoch: str) -> None:
        self.epoch = epoch
        self._writer = writer
        self._reader = reader
        self._accounts: dict[AccountKey, Account] = {}

    @classmethod
    def open(cls, url: str, new_epoch: Callable[[], str] = lambda: secrets.token_hex(4)) -> Self:
        """Open the store, creating or migrating it where needed.

        Raises `StoreUnavailable`, or `StoreIncompatible` for a store of a newer release.
        """
        writer, reader = open_engines(url)
        with _available(), writer.begin() as connection:
            connection.execute(
                upsert(meta)
                .values(
                    [{"key": "epoch", "value": new_epoch()}, {"key": "announced_seq", "value": "0"}]
                )
                .on_conflict_do_nothing()
            )
            epoch = _meta(connection, "epoch")
        wait_for_locks(writer, BUSY_TIMEOUT)
        return cls(writer, reader, epoch)

    def close(self) -> None:
        """Close all connections. Nothing may be in progress."""
        self._writer.dispose()
        self._reader.dispose()

    # Writing.

    def save(self, posts: Sequence[Post]) -> list[Event]:
        """Store the posts in one transaction; the events that this made, in seq order.

        A post already stored, or deleted before, makes no event; so saving twice is saving once.
        """
        with self._writing() as connection:
            authors = [post.author for post in posts if isinstance(post, Tweet)]
            involved = Accounts(connection, self._accounts, authors)
            saving = Saving(connection, involved)
            made = saving.run(posts)
        if len(self._accounts) > CACHED_ACCOUNTS:
            self._accounts.clear()
        self._accounts.update(involved.found)
        if saving.forgot:
            empty_log(self._writer)
        return made

    def mark_announced(self, up_to_seq: int) -> None:
        """Every event up to this one is confirmed by RabbitMQ. Never goes back."""
        with self._writing() as connection:
            if up_to_seq > int(_meta(connection, "announced_seq")):
                connection.execute(
                    update(meta).where(meta.c.key == "announced_seq").values(value=str(up_to_seq))
                )

    # Reading the timeline.

    def unannounced(self, after_seq: int, limit: int) -> list[Event]:
        """The first events past both `after_seq` and the last one announced, in seq order."""
        with self._reading() as connection:
            after = max(after_seq, int(_meta(connection, "announced_seq")))
            found = connection.execute(_UNANNOUNCED, {"after": after, "most": limit})
            return [Event(*row) for row in found]

    def latest_seq(self) -> int:
        """The seq of the newest event; 0 in an empty store."""
        with self._reading() as connection:
            return connection.scalar(_LATEST_SEQ) or 0

    def events_after(
        self, seq: int, limit: int, selection: Selection = EVERYTHING
    ) -> list[StoredEvent]:
        """The first `limit` events past `seq` that the selection holds, in seq order."""
        with self._reading() as connection:
            query = _EVENTS_AFTER
            if not selection.everything:
                query = query.where(_selected(connection, selection))
            found = connection.execute(query, {"after": seq, "most": limit})
            return [rows.event_of(row) for row in found]

    def count_after(self, seq: int, limit: int, selection: Selection = EVERYTHING) -> int:
        """How many events past `seq` the selection holds, counting no further than `limit`."""
        with self._reading() as connection:
            matching = (
                select(events.c.seq)
                .where(events.c.seq > seq, _selected(connection, selection))
                .limit(limit)
            )
            return connection.scalar(select(func.count()).select_from(matching.subquery())) or 0

    # Reading posts and people.

    def timeline(
        self,
        *,
        celeb: str | None = None,
        before: int | None = None,
        limit: int = 50,
        up_to: int | None = None,
    ) -> list[StoredTweet]:
        """Posts of everybody or of one celeb, newest first; `before` is a position, exclusive.

        `up_to` is the last position that may be given: that of the cursor a page is made for.
        """
        conditions = []
        if up_to is not None:
            conditions.append(tweets.c.position <= up_to)
        if celeb is not None:
            conditions.append(tweets.c.celeb == celeb)
        if before is not None:
            conditions.append(tweets.c.position < before)
        query = _FROM_TWEETS.where(*conditions).order_by(tweets.c.position.desc()).limit(limit)
        with self._reading() as connection:
            found = map(rows.readable, connection.execute(query))
            return [tweet for tweet in found if tweet is not None]

    def tweet(self, id_: str) -> StoredTweet | None:
        """The current version of the post that this id names, in any of its versions."""
        query = _FROM_TWEETS.join(post_ids, post_ids.c.position == tweets.c.position).where(
            post_ids.c.id == id_
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else rows.readable(row)

    def was_deleted(self, id_: str) -> bool:
        """Whether the post was deleted at its source."""
        query = (
            select(post_ids.c.id)
            .outerjoin(tweets, tweets.c.position == post_ids.c.position)
            .where(post_ids.c.id == id_, tweets.c.position.is_(None))
        )
        with self._reading() as connection:
            return connection.scalar(query) is not None

    def replies(
        self, ids: Collection[str], limit: int = 100, up_to: int | None = None
    ) -> list[StoredTweet]:
        """Stored posts that answer one of these, oldest first; `up_to` as in `timeline`."""
        answering = select(tweet_refs.c.position).where(
            tweet_refs.c.ref_id.in_(ids), tweet_refs.c.kind == "replied_to"
        )
        visible = true() if up_to is None else tweets.c.position <= up_to
        query = (
            _FROM_TWEETS.where(tweets.c.position.in_(answering), visible)
            .order_by(tweets.c.position)
            .limit(limit)
        )
        with self._reading() as connection:
            found = map(rows.readable, connection.execute(query))
            return [tweet for tweet in found if tweet is not None]

    def celeb(self, slug: str) -> Celeb | None:
        """The celeb of this slug."""
        with self._reading() as connection:
            found = _celebs(connection, celebs.c.slug == slug, limit=1, offset=0)
            return found[0] if found else None

    def celebs(self, *, limit: int = 200, offset: int = 0) -> list[Celeb]:
        """The directory, most recently active first."""
        with self._reading() as connection:
            return _celebs(connection, true(), limit, offset)

    # Connections.

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _available(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _available(), self._reader.begin() as connection:
            yield connection


@contextmanager
def _available() -> Iterator[None]:
    """Raises `StoreUnavailable` for what is not the fault of the values given."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if isinstance(error, FAULT_OF_THE_VALUES):
            raise
        raise StoreUnavailable(_reason(error)) from error


def _reason(error: DBAPIError | PoolTimeout) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else "no free connection"


def _meta(connection: Connection, key: str) -> str:
    value: str = connection.execute(_META, {"key": key}).scalar_one()
    return value


def _selected(connection: Connection, selection: Selection) -> ColumnElement[bool]:
    if selection.everything:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if selection.celebs:
        conditions.append(events.c.celeb.in_(selection.celebs))
    if selection.threads:
        own = select(post_ids.c.position).where(post_ids.c.id.in_(selection.threads))
        answers = select(tweet_refs.c.position).where(
            tweet_refs.c.ref_id.in_(selection.threads), tweet_refs.c.kind == "replied_to"
        )
        positions = list(connection.scalars(own.union(answers)))
        # The first event of a post has its position for a seq, so two indexes serve.
        conditions.append(events.c.seq.in_(positions))
        conditions.append(and_(events.c.kind != "tweet", events.c.position.in_(positions)))
    return or_(*conditions) if conditions else ~true()


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
