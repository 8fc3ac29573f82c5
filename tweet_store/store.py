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

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tweet_store import event_queries, post_queries
from tweet_store.accounts import Account, AccountKey, Accounts
from tweet_store.database import (
    BUSY_TIMEOUT,
    StoreUnavailable,
    empty_log,
    open_engines,
    wait_for_locks,
)
from tweet_store.event_queries import EVERYTHING, Selection
from tweet_store.model import Celeb, Event, Post, StoredEvent, StoredTweet, Tweet
from tweet_store.saving import Saving
from tweet_store.schema import meta

__all__ = ["EVERYTHING", "Selection", "TweetStore"]

CACHED_ACCOUNTS = 50_000
"""Accounts kept in memory so that their posts need no look-up; past it the cache starts anew."""

FAULT_OF_THE_VALUES = (IntegrityError, DataError, InterfaceError, ProgrammingError)
"""What the database raises for what it was given; the same again would fail again."""

_META = select(meta.c.value).where(meta.c.key == bindparam("key"))


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
            return event_queries.bare_events_after(connection, after, limit)

    def latest_seq(self) -> int:
        """The seq of the newest event; 0 in an empty store."""
        with self._reading() as connection:
            return event_queries.latest_seq(connection)

    def events_after(
        self, seq: int, limit: int, selection: Selection = EVERYTHING
    ) -> list[StoredEvent]:
        """The first `limit` events past `seq` that the selection holds, in seq order."""
        with self._reading() as connection:
            return event_queries.events_after(connection, seq, limit, selection)

    def count_after(self, seq: int, limit: int, selection: Selection = EVERYTHING) -> int:
        """How many events past `seq` the selection holds, counting no further than `limit`."""
        with self._reading() as connection:
            return event_queries.count_after(connection, seq, limit, selection)

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
        with self._reading() as connection:
            return post_queries.timeline(connection, celeb, before, limit, up_to)

    def tweet(self, id_: str) -> StoredTweet | None:
        """The current version of the post that this id names, in any of its versions."""
        with self._reading() as connection:
            return post_queries.tweet(connection, id_)

    def was_deleted(self, id_: str) -> bool:
        """Whether the post was deleted at its source."""
        with self._reading() as connection:
            return post_queries.was_deleted(connection, id_)

    def replies(
        self, ids: Collection[str], limit: int = 100, up_to: int | None = None
    ) -> list[StoredTweet]:
        """Stored posts that answer one of these, oldest first; `up_to` as in `timeline`."""
        with self._reading() as connection:
            return post_queries.replies(connection, ids, limit, up_to)

    def celeb(self, slug: str) -> Celeb | None:
        """The celeb of this slug."""
        with self._reading() as connection:
            return post_queries.celeb(connection, slug)

    def celebs(self, *, limit: int = 200, offset: int = 0) -> list[Celeb]:
        """The directory, most recently active first."""
        with self._reading() as connection:
            return post_queries.directory(connection, limit, offset)

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
