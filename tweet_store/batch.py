"""What one writing transaction collects for the tables of posts, and writes in a few statements.

New rows wait here until `write`, one statement a table; who reads or changes rows of the same batch
calls it before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tweet_store import rows
from tweet_store.accounts import Accounts
from tweet_store.bulk import BulkInsert, BulkRow
from tweet_store.dialects import upsert
from tweet_store.discussion.schema import announcements
from tweet_store.known_posts import Known, KnownPosts
from tweet_store.model import Event, EventKind, Reference
from tweet_store.schema import events, post_ids, tweet_refs, tweets

# Built once: SQLAlchemy takes longer to build a statement than SQLite to carry it out.
_NEWEST = select(func.max(events.c.seq))
_ROW = select(tweets).where(tweets.c.position == bindparam("position"))
_INSERT_EVENTS = BulkInsert(insert(events))
_INSERT_ANNOUNCEMENTS = BulkInsert(insert(announcements))
_INSERT_TWEETS = BulkInsert(insert(tweets))
_INSERT_IDS = BulkInsert(upsert(post_ids).on_conflict_do_nothing())
_INSERT_REFS = BulkInsert(upsert(tweet_refs).on_conflict_do_nothing())


class Batch:
    """Posts on their way into the database, inside a writing transaction."""

    def __init__(self, connection: Connection, accounts: Accounts) -> None:
        self.connection = connection
        self.accounts = accounts
        self.known = KnownPosts()
        self.events: list[Event] = []
        """Those that were made, in seq order."""
        self.next_seq = (connection.scalar(_NEWEST) or 0) + 1
        self.tweet_rows: list[BulkRow] = []
        self._event_rows: list[BulkRow] = []
        self._announcement_rows: list[BulkRow] = []
        self._id_rows: list[BulkRow] = []
        self._ref_rows: list[BulkRow] = []

    def name(self, ids: Iterable[str], known: Known) -> None:
        """These ids name this post; those the store has not heard of are noted."""
        for id_ in ids:
            if id_ not in self.known:
                self._id_rows.append((id_, known.position))
                self.known[id_] = known

    def refer(self, references: Iterable[Reference], position: int) -> None:
        """The post there answers, quotes or repeats these."""
        for reference in references:
            self._ref_rows.append((reference.id, reference.kind, position))

    def add_event(
        self,
        kind: EventKind,
        id_: str,
        celeb: str,
        position: int,
        threads: tuple[str, ...],
        tag: str | None = None,
    ) -> None:
        """The next event of the timeline; the arguments as in `StoredEvent`."""
        seq = self.next_seq
        self.next_seq += 1
        self.events.append(Event(seq, kind, id_, celeb))
        thread_ids = rows.json_or_none(threads) if threads != (id_,) else None
        self._event_rows.append((seq, kind, id_, celeb, position, thread_ids, tag))
        if tag is not None:
            self._announcement_rows.append((seq,))

    def row(self, position: int) -> rows.AnyRow:
        """The post that is there, as it is written."""
        return self.connection.execute(_ROW, {"position": position}).one()

    def row_or_none(self, position: int) -> rows.AnyRow | None:
        """The same where it may be gone."""
        return self.connection.execute(_ROW, {"position": position}).one_or_none()

    def update(self, position: int, values: dict[str, Any]) -> None:
        """Change the post there."""
        change = update(tweets).where(tweets.c.position == position)
        self.connection.execute(change.values(values))

    def write(self) -> None:
        """Write what was collected so far."""
        self.accounts.write()
        for insertion, collected in (
            (_INSERT_EVENTS, self._event_rows),
            (_INSERT_ANNOUNCEMENTS, self._announcement_rows),
            (_INSERT_TWEETS, self.tweet_rows),
            (_INSERT_IDS, self._id_rows),
            (_INSERT_REFS, self._ref_rows),
        ):
            insertion.execute(self.connection, collected)
            collected.clear()
