"""The one transaction that writes posts: what is new becomes rows and events.

Runs on whichever thread calls `TweetStore.save`, one at a time. New tweets, nearly all there is,
are collected and written with one statement a table. Whatever concerns a post that the store has
heard of (an edit, a late version, a delete) first writes what was collected and is then carried out
by itself, so that a batch may hold a tweet, its edit and its delete.

Two rules decide everything else. A post is its whole edit chain: one id that is deleted deletes all
of it, and the received version that is last in the chain is shown. And deleted words stay nowhere:
not in the post, not in what quotes or answers it, whichever came first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tweet_store import rows
from tweet_store.accounts import Accounts
from tweet_store.bulk import BulkInsert, BulkRow
from tweet_store.chains import chain_of, threads_of, union
from tweet_store.known_posts import DELETED_UNSEEN, Known, KnownPosts
from tweet_store.model import Event, EventKind, Post, Reference, Tombstone, Tweet
from tweet_store.schema import celebs, events, post_ids, tweet_refs, tweets, versions
from tweet_store.scrub import bare_references, without_posts, without_words_of

# Built once: SQLAlchemy takes longer to build a statement than SQLite to carry it out.
_NEWEST = select(func.max(events.c.seq))
_ROW = select(tweets).where(tweets.c.position == bindparam("position"))
_INSERT_EVENTS = BulkInsert(insert(events))
_INSERT_TWEETS = BulkInsert(insert(tweets))
_INSERT_IDS = BulkInsert(upsert(post_ids).on_conflict_do_nothing())
_INSERT_REFS = BulkInsert(upsert(tweet_refs).on_conflict_do_nothing())


class Saving:
    """One batch on its way into the database. Make one inside a writing transaction, `run` it once.

    `accounts` are those of the batch's authors.
    """

    def __init__(self, connection: Connection, accounts: Accounts) -> None:
        self.forgot = False
        """Something was deleted; its words must leave the files, too."""
        self.events: list[Event] = []
        self._connection = connection
        self._accounts = accounts
        self._known = KnownPosts()
        self._event_rows: list[BulkRow] = []
        self._tweet_rows: list[BulkRow] = []
        self._id_rows: list[BulkRow] = []
        self._ref_rows: list[BulkRow] = []
        self._next_seq = 1

    def run(self, posts: Sequence[Post]) -> list[Event]:
        """Save the posts in their order; the events that this made, in seq order."""
        newest = self._connection.scalar(_NEWEST)
        self._next_seq = (newest or 0) + 1
        self._known.load(self._connection, posts)
        for post in posts:
            if isinstance(post, Tombstone):
                self._write_collected()
                self._save_tombstone(post.id)
            else:
                self._save_tweet(post)
        self._write_collected()
        return self.events

    # Tweets.

    def _save_tweet(self, tweet: Tweet) -> None:
        dead = {
            reference.id for reference in tweet.references if self._known.is_deleted(reference.id)
        }
        if dead:
            if any(r.kind == "retweeted" and r.id in dead for r in tweet.references):
                return  # a repeat goes with what it repeats
            tweet = without_words_of(tweet, dead)
        chain = chain_of(tweet)
        if self._known.keys().isdisjoint(chain):
            self._save_new(tweet, chain)
        elif len(chain) > 1 or self._known[tweet.id].current_id not in (None, tweet.id):
            self._write_collected()
            self._save_version(tweet, chain)

    def _save_new(self, tweet: Tweet, chain: tuple[str, ...]) -> None:
        celeb = self._accounts.celeb_of(tweet.author)
        position = self._next_seq
        created_at = rows.milliseconds(tweet.created_at)
        self._add_event("tweet", tweet.id, celeb, position, threads_of(chain, tweet.reply_to_id))
        self._tweet_rows.append(rows.tweet_row(tweet, position, celeb, created_at))
        self._name(chain, Known(position, tweet.id))
        self._refer(tweet.references, position)
        self._accounts.count_tweet(celeb, tweet.author.name, position, created_at)

    def _save_version(self, tweet: Tweet, chain: tuple[str, ...]) -> None:
        """A version of a post that the store has heard of, under this id or another."""
        known = self._known.among(chain)
        positions = sorted({k.position for k in known if k.position and k.current_id})
        if any(k.current_id is None for k in known):
            fresh = [id_ for id_ in chain if not self._known.is_deleted(id_)]
            for position in positions:
                self._delete_at(position)
            self._name(chain, DELETED_UNSEEN)
            self._forget_in_others(fresh)
            return
        row = self._row(positions[0])
        if (row.network, row.account_id) != (tweet.author.network, tweet.author.account_id):
            # Nobody edits another's post: the chain is wrong, the post may be right.
            if tweet.id not in self._known:
                alone = msgspec.structs.replace(tweet, edit_ids=(tweet.id,))
                self._save_new(alone, (tweet.id,))
            return
        for position in positions[1:]:
            self._merge(position, into=row)
        chain = union(chain, rows.ids_of(row.edit_ids, row.id))
        if chain.index(tweet.id) > chain.index(row.id):
            self._replace(row, msgspec.structs.replace(tweet, edit_ids=chain))
            return
        if tweet.id != row.id:
            self._keep_version(tweet.id, row.position, tweet.text, tweet.created_at)
        if chain != rows.ids_of(row.edit_ids, row.id):
            self._update(row.position, {"edit_ids": rows.json_or_none(chain)})
        self._name(chain, Known(row.position, row.id))

    def _replace(self, row: rows.AnyRow, tweet: Tweet) -> None:
        """`tweet` takes the place of an earlier version of itself."""
        position = row.position
        self._keep_version(row.id, position, row.text, rows.time_of(row.created_at))
        celeb = self._accounts.celeb_of(tweet.author)
        self._update(position, rows.tweet_values(tweet, position, celeb))
        self._connection.execute(delete(tweet_refs).where(tweet_refs.c.position == position))
        self._refer(tweet.references, position)
        self._known.rename(position, Known(position, tweet.id))
        self._name(tweet.edit_ids, Known(position, tweet.id))
        threads = threads_of(tweet.edit_ids, tweet.reply_to_id)
        self._add_event("edit", tweet.id, celeb, position, threads)

    def _merge(self, position: int, into: rows.AnyRow) -> None:
        """Two rows turn out to be one post: the later one goes, its ids name the earlier."""
        row = self._row(position)
        self._remove(row)
        self._keep_version(row.id, into.position, row.text, rows.time_of(row.created_at))
        moved = update(post_ids).where(post_ids.c.position == position)
        self._connection.execute(moved.values(position=into.position))
        self._known.rename(position, Known(into.position, into.id))

    def _keep_version(self, id_: str, position: int, text: str, created_at: datetime) -> None:
        """History: a version that is not, or no longer, shown."""
        self._connection.execute(
            upsert(versions)
            .values(id=id_, position=position, text=text, created_at=rows.milliseconds(created_at))
            .on_conflict_do_nothing()
        )

    # Deletes.

    def _save_tombstone(self, id_: str) -> None:
        known = self._known.get(id_)
        if known is None:
            self._name((id_,), DELETED_UNSEEN)  # should it come later, it stays deleted
            self._forget_in_others((id_,))
        elif known.position is not None and known.current_id is not None:
            self._delete_at(known.position)

    def _delete_at(self, position: int) -> None:
        self._forget_in_others(self._take_away(position))

    def _take_away(self, position: int) -> tuple[str, ...]:
        """Delete the post there; the ids by which others name it."""
        row = self._row(position)
        self._remove(row)
        self._known.rename(position, Known(position, None))
        return rows.ids_of(row.edit_ids, row.id)

    def _remove(self, row: rows.AnyRow) -> None:
        """Take a post off the timeline, and tell those who see it."""
        self.forgot = True
        self._connection.execute(delete(tweets).where(tweets.c.position == row.position))
        self._connection.execute(delete(versions).where(versions.c.position == row.position))
        left = tweets.c.celeb == row.celeb
        self._connection.execute(
            update(celebs)
            .where(celebs.c.slug == row.celeb)
            .values(
                tweet_count=celebs.c.tweet_count - 1,
                last_position=select(func.max(tweets.c.position)).where(left).scalar_subquery(),
                last_tweet_at=select(func.max(tweets.c.created_at)).where(left).scalar_subquery(),
            )
        )
        threads = threads_of(rows.ids_of(row.edit_ids, row.id), row.reply_to_id)
        self._add_event("delete", row.id, row.celeb, row.position, threads)

    def _forget_in_others(self, chain: Collection[str]) -> None:
        """Take the words of a deleted post out of the posts that quote, answer or repeat it.

        What repeats it is deleted, too, and has others in its turn: they are next in the list.
        """
        self.forgot = True
        others = self._others(chain)
        while others:
            position, how, chain = others.pop()
            row = self._connection.execute(_ROW, {"position": position}).one_or_none()
            if row is None:
                continue  # itself deleted, before or just now
            if "retweeted" in how:
                others += self._others(self._take_away(position))
                continue
            refs = rows.json_or_none(bare_references(rows.references_of(row.refs), chain))
            self._update(position, {"refs": refs, "raw": without_posts(row.raw, chain)})
            threads = threads_of(rows.ids_of(row.edit_ids, row.id), row.reply_to_id)
            self._add_event("edit", row.id, row.celeb, position, threads)

    def _others(self, chain: Collection[str]) -> list[tuple[int, set[str], Collection[str]]]:
        """Where the posts are that name one of the chain, how, and the chain; the oldest last."""
        kinds: dict[int, set[str]] = {}
        query = select(tweet_refs.c.position, tweet_refs.c.kind).where(
            tweet_refs.c.ref_id.in_(chain)
        )
        for position, kind in self._connection.execute(query.order_by(tweet_refs.c.position)):
            kinds.setdefault(position, set()).add(kind)
        return [(position, how, chain) for position, how in reversed(kinds.items())]

    # Rows, known and collected.

    def _row(self, position: int) -> rows.AnyRow:
        return self._connection.execute(_ROW, {"position": position}).one()

    def _update(self, position: int, values: dict[str, Any]) -> None:
        self._connection.execute(update(tweets).where(tweets.c.position == position).values(values))

    def _name(self, ids: Iterable[str], known: Known) -> None:
        """These ids name this post; those the store has not heard of are noted."""
        for id_ in ids:
            if id_ not in self._known:
                self._id_rows.append((id_, known.position))
                self._known[id_] = known

    def _refer(self, references: Iterable[Reference], position: int) -> None:
        for reference in references:
            self._ref_rows.append((reference.id, reference.kind, position))

    def _add_event(
        self, kind: EventKind, id_: str, celeb: str, position: int, threads: tuple[str, ...]
    ) -> None:
        seq = self._next_seq
        self._next_seq += 1
        self.events.append(Event(seq, kind, id_, celeb))
        thread_ids = rows.json_or_none(threads) if threads != (id_,) else None
        self._event_rows.append((seq, kind, id_, celeb, position, thread_ids))

    def _write_collected(self) -> None:
        self._accounts.write()
        for insertion, collected in (
            (_INSERT_EVENTS, self._event_rows),
            (_INSERT_TWEETS, self._tweet_rows),
            (_INSERT_IDS, self._id_rows),
            (_INSERT_REFS, self._ref_rows),
        ):
            insertion.execute(self._connection, collected)
            collected.clear()
