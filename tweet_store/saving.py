"""The one transaction that writes posts: what is new becomes rows and events.

Runs on whichever thread calls `TweetStore.save`, one at a time. New tweets, nearly all there is,
are collected and written with one statement a table; an edit or a delete first writes what was
collected and is then carried out by itself, so that a batch may hold a tweet, its edit and its
delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tweet_store import rows
from tweet_store.accounts import Accounts
from tweet_store.model import Event, EventKind, Post, Reference, Tombstone, Tweet
from tweet_store.schema import celebs, events, post_ids, tweet_refs, tweets, versions
from tweet_store.scrub import without_posts

# Built once: SQLAlchemy takes longer to build a statement than SQLite to carry it out.
_NEWEST = select(func.max(events.c.seq))
_KNOWN = (
    select(post_ids.c.id, post_ids.c.position, tweets.c.id)
    .outerjoin(tweets, tweets.c.position == post_ids.c.position)
    .where(post_ids.c.id.in_(bindparam("ids", expanding=True)))
)
_INSERT_EVENTS = insert(events)
_INSERT_TWEETS = insert(tweets)
_INSERT_IDS = insert(post_ids)
_INSERT_REFS = upsert(tweet_refs).on_conflict_do_nothing()


class _Known(NamedTuple):
    """What an id that is in the store names. `current_id` is None once the post is deleted."""

    position: int | None
    current_id: str | None


class Saving:
    """One batch on its way into the database. Make one inside a writing transaction, `run` it once.

    `accounts` are those of the batch's authors.
    """

    def __init__(self, connection: Connection, accounts: Accounts) -> None:
        self._connection = connection
        self._accounts = accounts
        self.events: list[Event] = []
        self._known: dict[str, _Known] = {}
        self._event_rows: list[dict[str, Any]] = []
        self._tweet_rows: list[dict[str, Any]] = []
        self._id_rows: list[dict[str, Any]] = []
        self._ref_rows: list[dict[str, Any]] = []
        self._next_seq = 1

    def run(self, posts: Sequence[Post]) -> list[Event]:
        """Save the posts in their order; the events that this made, in seq order."""
        newest = self._connection.scalar(_NEWEST)
        self._next_seq = (newest or 0) + 1
        self._load_known(posts)
        for post in posts:
            if isinstance(post, Tombstone):
                self._write_collected()
                self._delete(post.id)
            else:
                self._save_tweet(post)
        self._write_collected()
        return self.events

    def _load_known(self, posts: Sequence[Post]) -> None:
        ids = {post.id for post in posts}
        for post in posts:
            if isinstance(post, Tweet):
                ids.update(post.edit_ids)
        for id_, position, current_id in self._connection.execute(_KNOWN, {"ids": list(ids)}):
            self._known[id_] = _Known(position, current_id)

    # Tweets.

    def _save_tweet(self, tweet: Tweet) -> None:
        known = self._known.get(tweet.id)
        if known is not None:
            if known.current_id not in (None, tweet.id):
                self._keep_older_version(tweet, known)
            return
        if len(tweet.edit_ids) > 1:
            for id_ in tweet.edit_ids:
                chain = self._known.get(id_)
                if chain is not None:
                    self._write_collected()
                    self._edit(tweet, chain)
                    return
        self._save_new(tweet)

    def _save_new(self, tweet: Tweet) -> None:
        celeb = self._accounts.celeb_of(tweet.author)
        position = self._next_seq
        values = rows.tweet_values(tweet, position, celeb)
        self._add_event("tweet", tweet.id, celeb, position, _thread_ids(tweet))
        self._tweet_rows.append(values)
        self._name(_chain(tweet), _Known(position, tweet.id))
        self._refer(tweet.references, position)
        self._accounts.count_tweet(celeb, tweet.author.name, position, values["created_at"])

    def _edit(self, tweet: Tweet, chain: _Known) -> None:
        """`tweet` is a newer version of the chain; it takes the place of the current one."""
        if chain.current_id is None or chain.position is None:
            self._name(_chain(tweet), chain)  # the chain is deleted, and this version with it
            return
        position = chain.position
        self._archive_current(position)
        celeb = self._accounts.celeb_of(tweet.author)
        values = rows.tweet_values(tweet, position, celeb)
        self._connection.execute(update(tweets).where(tweets.c.position == position).values(values))
        self._connection.execute(delete(tweet_refs).where(tweet_refs.c.position == position))
        self._refer(tweet.references, position)
        known = _Known(position, tweet.id)
        self._name(_chain(tweet), known)
        for id_, other in self._known.items():
            if other.position == position:
                self._known[id_] = known
        self._add_event("edit", tweet.id, celeb, position, _thread_ids(tweet))

    def _archive_current(self, position: int) -> None:
        old = self._connection.execute(
            select(*(tweets.c[column.name] for column in versions.c)).where(
                tweets.c.position == position
            )
        ).one()
        self._connection.execute(
            upsert(versions).values(dict(old._mapping)).on_conflict_do_nothing()
        )

    def _keep_older_version(self, tweet: Tweet, known: _Known) -> None:
        """A version that a later one, stored before, has replaced: history, and no news."""
        self._connection.execute(
            upsert(versions)
            .values(
                id=tweet.id,
                position=known.position,
                text=tweet.text,
                created_at=rows.milliseconds(tweet.created_at),
                raw=tweet.raw,
            )
            .on_conflict_do_nothing()
        )

    # Deletes.

    def _delete(self, id_: str) -> None:
        known = self._known.get(id_)
        if known is None:
            self._name((id_,), _Known(None, None))  # should it come later, it stays deleted
            return
        if known.current_id is None:
            return
        row = self._connection.execute(
            select(tweets).where(tweets.c.position == known.position)
        ).one()
        chain = rows.ids_of(row.edit_ids, row.id)
        self._connection.execute(delete(tweets).where(tweets.c.position == row.position))
        self._connection.execute(delete(versions).where(versions.c.position == row.position))
        self._connection.execute(
            update(celebs)
            .where(celebs.c.slug == row.celeb)
            .values(tweet_count=celebs.c.tweet_count - 1)
        )
        gone = _Known(row.position, None)
        for other in chain:
            self._known[other] = gone
        self._known[id_] = gone
        threads = (*chain, row.reply_to_id) if row.reply_to_id else chain
        self._add_event("delete", row.id, row.celeb, row.position, threads)
        self._forget_in_others(chain)

    def _forget_in_others(self, chain: tuple[str, ...]) -> None:
        """Take the deleted text out of the posts that quote, answer or repeat it."""
        query = (
            select(tweet_refs.c.kind, tweets)
            .join(tweets, tweets.c.position == tweet_refs.c.position)
            .where(tweet_refs.c.ref_id.in_(chain))
        )
        for row in self._connection.execute(query).all():
            if row.kind == "retweeted":  # X takes the repeats of a deleted post away with it
                self._known[row.id] = _Known(row.position, row.id)
                self._delete(row.id)
                continue
            references = tuple(
                Reference(r.kind, r.id) if r.id in chain else r
                for r in rows.references_of(row.refs)
            )
            self._connection.execute(
                update(tweets)
                .where(tweets.c.position == row.position)
                .values(refs=rows.json_or_none(references), raw=without_posts(row.raw, chain))
            )
            own = rows.ids_of(row.edit_ids, row.id)
            threads = (*own, row.reply_to_id) if row.reply_to_id else own
            self._add_event("edit", row.id, row.celeb, row.position, threads)

    # Rows collected, and written.

    def _add_event(
        self, kind: EventKind, id_: str, celeb: str, position: int, threads: tuple[str, ...]
    ) -> None:
        seq = self._next_seq
        self._next_seq += 1
        self.events.append(Event(seq, kind, id_, celeb))
        self._event_rows.append(
            {
                "seq": seq,
                "kind": kind,
                "post_id": id_,
                "celeb": celeb,
                "position": position,
                "thread_ids": rows.json_or_none(threads) if threads != (id_,) else None,
            }
        )

    def _name(self, ids: Iterable[str], known: _Known) -> None:
        for id_ in ids:
            if id_ not in self._known:
                self._id_rows.append({"id": id_, "position": known.position})
            self._known[id_] = known

    def _refer(self, references: Iterable[Reference], position: int) -> None:
        for reference in references:
            self._ref_rows.append(
                {"ref_id": reference.id, "kind": reference.kind, "position": position}
            )

    def _write_collected(self) -> None:
        execute = self._connection.execute
        self._accounts.write()
        if self._event_rows:
            execute(_INSERT_EVENTS, self._event_rows)
        if self._tweet_rows:
            execute(_INSERT_TWEETS, self._tweet_rows)
        if self._id_rows:
            execute(_INSERT_IDS, self._id_rows)
        if self._ref_rows:
            execute(_INSERT_REFS, self._ref_rows)
        for collected in (self._event_rows, self._tweet_rows, self._id_rows, self._ref_rows):
            collected.clear()


def _chain(tweet: Tweet) -> tuple[str, ...]:
    return tweet.edit_ids if tweet.id in tweet.edit_ids else (*tweet.edit_ids, tweet.id)


def _thread_ids(tweet: Tweet) -> tuple[str, ...]:
    chain = _chain(tweet)
    return (*chain, tweet.reply_to_id) if tweet.reply_to_id else chain
