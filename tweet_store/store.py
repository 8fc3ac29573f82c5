"""The store: posts go in through `save`, and everything else reads.

    store = TweetStore.open("sqlite:////path/celebwire.db")  # or postgresql://…
    events = store.save(posts)                 # rows and events together, or nothing
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tweet_store import (
    event_queries,
    fts5,
    log_words,
    post_queries,
    saving,
    search,
    search_index,
    search_query,
)
from tweet_store.accounts import Account, AccountKey, Accounts
from tweet_store.database import (
    OPEN_TIMEOUT,
    StoreIncompatible,
    StoreUnavailable,
    is_fault_of_the_values,
    migrate,
    open_engines,
    shown_url,
)
from tweet_store.dialects import upsert
from tweet_store.event_queries import EVERYTHING, Selection
from tweet_store.fts5 import Leftovers
from tweet_store.model import (
    Celeb,
    Event,
    Post,
    PostEvent,
    StoredEvent,
    StoredTweet,
    Tweet,
    Version,
)
from tweet_store.schema import meta

__all__ = ["EVERYTHING", "Selection", "TweetStore"]

CACHED_ACCOUNTS = 50_000
"""Accounts kept in memory so that their posts need no look-up; past it the cache starts anew."""

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
        patient = writer.execution_options(longest_wait=OPEN_TIMEOUT)
        first = {
            "epoch": new_epoch(),
            "announced_seq": "0",
            **search_index.NOTES,
            **log_words.NOTES,
        }
        try:
            with _available(shown_url(writer)), patient.begin() as connection:
                migrate(connection)
                connection.execute(
                    upsert(meta)
                    .values([{"key": key, "value": value} for key, value in first.items()])
                    .on_conflict_do_nothing()
                )
                epoch = _meta(connection, "epoch")
        except (StoreUnavailable, StoreIncompatible):
            writer.dispose()
            raise
        return cls(writer, reader, epoch)

    def close(self) -> None:
        """Close all connections. Nothing may be in progress."""
        self._writer.dispose()
        self._reader.dispose()

    # Writing.

    def save(self, posts: Sequence[Post]) -> list[Event]:
        """Store the posts in one transaction, or in several where many are deletes; the events that
        this made, in seq order.

        A post already stored, or deleted before, makes no event; so saving twice is saving once.
        """
        authors = [post.author for post in posts if isinstance(post, Tweet)]
        made: list[Event] = []
        for part in saving.parts(posts, len(authors)):
            with self.writing() as connection:
                involved = Accounts(connection, self._accounts, authors)
                made += saving.Saving(connection, involved).run(part)
            if len(self._accounts) > CACHED_ACCOUNTS:
                self._accounts.clear()
            self._accounts.update(involved.found)
        return made

    def mark_announced(self, up_to_seq: int) -> None:
        """Every event of a post up to this seq is confirmed by RabbitMQ. Never goes back."""
        with self.writing() as connection:
            if up_to_seq > int(_meta(connection, "announced_seq")):
                connection.execute(
                    update(meta).where(meta.c.key == "announced_seq").values(value=str(up_to_seq))
                )

    def index_posts(self, most: int) -> int:
        """Make the next `most` posts findable by `search`; how many there were, fewer if those were
        all. To be called again and again, in the time that saving leaves."""
        with self.writing() as connection:
            return search_index.index_next(connection, most)

    def forget_words(self, pages: int, begin: bool) -> Leftovers:
        """Take words of deleted posts out of the search index's part of the file: a step of about
        `pages` pages, the first of them only with `begin`. What there is to do then.

        In all this rewrites the index once, however few the words are.
        """
        with self.reading() as connection:
            left = fts5.leftovers(connection)
        if left == "none" or (left == "some" and not begin):
            return left
        with self.writing() as connection:
            left = fts5.forget_step(connection, pages)
            if left == "none":
                log_words.leave_note(connection)
        return left

    def empty_log(self) -> bool:
        """Take deleted words out of the write-ahead log, if there are any. False where that must be
        tried again: somebody was in the way."""
        with self.reading() as connection:
            times = log_words.times_left(connection)
        if times is None:
            return True
        with _available():
            if not log_words.empty(self._writer):
                return False
        with self.writing() as connection:
            log_words.settle(connection, times)
        return True

    # Reading the timeline.

    def unannounced(self, after_seq: int, limit: int) -> list[PostEvent]:
        """The first events of posts past both `after_seq` and the last one announced, in seq order.

        What visitors do has seqs between them, and an outbox of its own in `DiscussionStore`."""
        with self.reading() as connection:
            after = max(after_seq, int(_meta(connection, "announced_seq")))
            return event_queries.post_events_after(connection, after, limit)

    def latest_seq(self) -> int:
        """The seq of the newest event; 0 in an empty store."""
        with self.reading() as connection:
            return event_queries.latest_seq(connection)

    def events_after(
        self, seq: int, limit: int, selection: Selection = EVERYTHING
    ) -> list[StoredEvent]:
        """The first `limit` events past `seq` that the selection holds, in seq order."""
        with self.reading() as connection:
            return event_queries.events_after(connection, seq, limit, selection)

    def count_after(self, seq: int, limit: int, selection: Selection = EVERYTHING) -> int:
        """How many events past `seq` the selection holds, counting no further than `limit`."""
        with self.reading() as connection:
            return event_queries.count_after(connection, seq, limit, selection)

    # Reading posts and people.

    def timeline(
        self,
        *,
        celeb: str | None = None,
        celebs: Collection[str] | None = None,
        before: int | None = None,
        limit: int = 50,
        up_to: int | None = None,
    ) -> list[StoredTweet]:
        """Posts of everybody, of one celeb or of several, newest first; `before` is a position,
        exclusive.

        `up_to` is the last position that may be given: that of the cursor a page is made for.
        """
        with self.reading() as connection:
            return post_queries.timeline(connection, celeb, celebs, before, limit, up_to)

    def search(
        self, query: str, *, celeb: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[StoredTweet]:
        """Posts that a visitor's query finds (see `search_query`), of one celeb if given, newest
        first; `before` as in `timeline`. Posts of the last moments may be missing. Raises
        `StoreUnavailable` also for what takes too long to find: see `search`."""
        asked = search_query.parse(query)
        with self.reading() as connection:
            found = search.positions(connection, asked, celeb, before, limit)
            return post_queries.tweets_at(connection, found)

    def tweets_at(self, positions: Collection[int]) -> list[StoredTweet]:
        """The posts at these positions that are still there, newest first."""
        with self.reading() as connection:
            return post_queries.tweets_at(connection, positions)

    def versions(self, position: int) -> list[Version]:
        """The earlier versions of the post there, oldest first; not the current one."""
        with self.reading() as connection:
            return post_queries.earlier_versions(connection, position)

    def tweet(self, id_: str) -> StoredTweet | None:
        """The current version of the post that this id names, in any of its versions."""
        with self.reading() as connection:
            return post_queries.tweet(connection, id_)

    def was_deleted(self, id_: str) -> bool:
        """Whether the post was deleted at its source."""
        with self.reading() as connection:
            return post_queries.was_deleted(connection, id_)

    def replies(
        self,
        ids: Collection[str],
        limit: int = 100,
        up_to: int | None = None,
        after: int | None = None,
    ) -> list[StoredTweet]:
        """Stored posts that answer one of these, oldest first; `up_to` as in `timeline`, `after` is
        a position, exclusive."""
        with self.reading() as connection:
            return post_queries.replies(connection, ids, limit, up_to, after)

    def celeb(self, slug: str) -> Celeb | None:
        """The celeb of this slug."""
        with self.reading() as connection:
            return post_queries.celeb(connection, slug)

    def celebs_of(self, slugs: Collection[str]) -> list[Celeb]:
        """The celebs of these slugs who are there, in the order of the slugs."""
        with self.reading() as connection:
            return post_queries.celebs_of(connection, slugs)

    def celebs(self, *, limit: int = 200, offset: int = 0) -> list[Celeb]:
        """The directory, most recently active first."""
        with self.reading() as connection:
            return post_queries.directory(connection, limit, offset)

    def find_celebs(self, text: str, *, limit: int = 50, offset: int = 0) -> list[Celeb]:
        """Celebs in whose names, handles or slug the words of the text occur, most recently active
        first."""
        with self.reading() as connection:
            return post_queries.find_celebs(connection, text, limit, offset)

    def celeb_slugs(self, after: str = "", limit: int = 1000) -> list[str]:
        """The first slugs past `after`, in alphabetical order."""
        with self.reading() as connection:
            return post_queries.slugs_after(connection, after, limit)

    # Connections.

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write, for the queries of this package: seqs taken in it are in
        commit order. Raises `StoreUnavailable`."""
        with _available(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads, for the queries of this package. Raises `StoreUnavailable`."""
        with _available(), self._reader.begin() as connection:
            yield connection


@contextmanager
def _available(url: str | None = None) -> Iterator[None]:
    """Raises `StoreUnavailable` for what is not the fault of the values given; with the URL, if it
    is not known to be good."""
    try:
        yield
    except DBAPIError as error:
        if url is None and is_fault_of_the_values(error):
            raise
        # PostgreSQL goes on with the statement: nothing for who reads of it.
        reason = " ".join(str(error.orig).partition("\nLINE ")[0].split())
        raise StoreUnavailable(reason if url is None else f"{url}: {reason}") from error
    except PoolTimeout as error:
        raise StoreUnavailable("no free connection") from error


def _meta(connection: Connection, key: str) -> str:
    value: str = connection.execute(_META, {"key": key}).scalar_one()
    return value
