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

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, update

from tweet_store import rows, search_index
from tweet_store.accounts import Accounts
from tweet_store.batch import Batch
from tweet_store.chains import chain_of, threads_of, union
from tweet_store.deleting import Deleting
from tweet_store.dialects import upsert
from tweet_store.discussion import rules, tags
from tweet_store.discussion.schema import comments
from tweet_store.known_posts import DELETED_UNSEEN, Known
from tweet_store.model import Event, Post, Tombstone, Tweet
from tweet_store.schema import post_ids, tweet_refs, versions
from tweet_store.scrub import without_words_of

MOST_DELETES = 50
"""Deletes of one transaction: others wait while they are carried out."""


def parts(posts: Sequence[Post], tweet_count: int) -> Iterator[Sequence[Post]]:
    """The posts, of which so many are tweets, cut so that none has too many deletes."""
    if len(posts) - tweet_count <= MOST_DELETES:
        yield posts
        return
    start = deletes = 0
    for end, post in enumerate(posts, 1):
        deletes += isinstance(post, Tombstone)
        if deletes == MOST_DELETES or end == len(posts):
            yield posts[start:end]
            start, deletes = end, 0


class Saving:
    """One batch on its way into the database. Make one inside a writing transaction, `run` it once.

    `accounts` are those of the batch's authors.
    """

    def __init__(self, connection: Connection, accounts: Accounts) -> None:
        self._connection = connection
        self._accounts = accounts
        self._batch = Batch(connection, accounts)
        self._known = self._batch.known
        self._deleting = Deleting(self._batch)

    def run(self, posts: Sequence[Post]) -> list[Event]:
        """Save the posts in their order; the events that this made, in seq order."""
        self._known.load(self._connection, posts)
        for post in posts:
            if isinstance(post, Tombstone):
                self._batch.write()
                self._deleting.delete(post.id)
            else:
                self._save_tweet(post)
        self._batch.write()
        self._deleting.settle()
        return self._batch.events

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
            self._batch.write()
            self._save_version(tweet, chain)

    def _save_new(self, tweet: Tweet, chain: tuple[str, ...]) -> None:
        celeb = self._accounts.celeb_of(tweet.author)
        position = self._batch.next_seq
        created_at = rows.milliseconds(tweet.created_at)
        self._batch.add_event(
            "tweet", tweet.id, celeb, position, threads_of(chain, tweet.reply_to_id)
        )
        self._batch.tweet_rows.append(rows.tweet_row(tweet, position, celeb, created_at))
        self._batch.name(chain, Known(position, tweet.id))
        self._batch.refer(tweet.references, position)
        self._accounts.count_tweet(celeb, tweet.author.name, position, created_at)

    def _save_version(self, tweet: Tweet, chain: tuple[str, ...]) -> None:
        """A version of a post that the store has heard of, under this id or another."""
        known = self._known.among(chain)
        positions = sorted({k.position for k in known if k.position and k.current_id})
        if any(k.current_id is None for k in known):
            fresh = [id_ for id_ in chain if not self._known.is_deleted(id_)]
            for position in positions:
                self._deleting.delete_at(position)
            self._batch.name(chain, DELETED_UNSEEN)
            self._deleting.forget_in_others(fresh)
            return
        row = self._batch.row(positions[0])
        if (row.network, row.account_id) != (tweet.author.network, tweet.author.account_id):
            # Nobody edits another's post: the chain is wrong, the post may be right.
            if tweet.id not in self._known:
                alone = msgspec.structs.replace(tweet, edit_ids=(tweet.id,))
                self._save_new(alone, (tweet.id,))
            return
        for position in positions[1:]:
            row = self._merge(position, row, chain, tweet.id)
        chain = union(chain, rows.ids_of(row.edit_ids, row.id))
        if chain.index(tweet.id) > chain.index(row.id):
            self._replace(row, msgspec.structs.replace(tweet, edit_ids=chain))
            return
        if tweet.id != row.id:
            self._keep_version(tweet.id, row.position, tweet.text, tweet.created_at)
        if chain != rows.ids_of(row.edit_ids, row.id):
            self._batch.update(row.position, {"edit_ids": rows.json_or_none(chain)})
        self._batch.name(chain, Known(row.position, row.id))

    def _replace(self, row: rows.AnyRow, tweet: Tweet) -> None:
        """`tweet` takes the place of an earlier version of itself."""
        position = row.position
        self._keep_version(row.id, position, row.text, rows.time_of(row.created_at))
        celeb = self._accounts.celeb_of(tweet.author)
        self._batch.update(position, rows.tweet_values(tweet, position, celeb))
        by = search_index.author_word(row.network, row.account_id)
        search_index.replace_words(self._connection, position, by, tweet.text, tweet.entities)
        self._connection.execute(delete(tweet_refs).where(tweet_refs.c.position == position))
        self._batch.refer(tweet.references, position)
        self._known.rename(position, Known(position, tweet.id))
        self._batch.name(tweet.edit_ids, Known(position, tweet.id))
        threads = threads_of(tweet.edit_ids, tweet.reply_to_id)
        self._batch.add_event("edit", tweet.id, celeb, position, threads)

    def _merge(
        self, position: int, into: rows.AnyRow, chain: tuple[str, ...], coming: str
    ) -> rows.AnyRow:
        """Two rows turn out to be one post: the later one goes, its ids name the earlier, which is
        given as it is then. It shows the last version in the chain, unless that is `coming`."""
        row = self._batch.row(position)
        tagged = tags.names_on(self._connection, into.position)
        tags.copy(self._connection, position, into.position)
        self._deleting.remove(row)
        moved = update(post_ids).where(post_ids.c.position == position)
        self._connection.execute(moved.values(position=into.position))
        discussed = update(comments).where(comments.c.thread == position)
        self._connection.execute(discussed.values(thread=into.position))
        rules.merge(self._connection, f"post:{position}", f"post:{into.position}")
        chain = union(union(chain, rows.ids_of(into.edit_ids, into.id)), (row.id,))
        is_last = chain.index(row.id) > max(chain.index(into.id), chain.index(coming))
        older, newer = (into, row) if is_last else (row, into)
        self._keep_version(older.id, into.position, older.text, rows.time_of(older.created_at))
        self._known.rename(position, Known(into.position, newer.id))
        self._known.rename(into.position, Known(into.position, newer.id))
        threads = rows.ids_of(into.edit_ids, into.id)
        for tag in tags.names_on(self._connection, into.position):
            if tag not in tagged:
                self._batch.add_event("tag", into.id, into.celeb, into.position, threads, tag)
        return self._show(row, into.position, chain) if is_last else into

    def _show(self, row: rows.AnyRow, position: int, chain: tuple[str, ...]) -> rows.AnyRow:
        """The version of a row that was removed is shown at `position`; the row that is there."""
        values = {**row._asdict(), "position": position, "edit_ids": rows.json_or_none(chain)}
        self._batch.update(position, values)
        entities, references = rows.entities_of(row.entities), rows.references_of(row.refs)
        by = search_index.author_word(row.network, row.account_id)
        search_index.replace_words(self._connection, position, by, row.text, entities)
        self._connection.execute(delete(tweet_refs).where(tweet_refs.c.position == position))
        self._batch.refer(references, position)
        threads = threads_of(chain, row.reply_to_id)
        self._batch.add_event("edit", row.id, row.celeb, position, threads)
        return self._batch.row(position)

    def _keep_version(self, id_: str, position: int, text: str, created_at: datetime) -> None:
        """History: a version that is not, or no longer, shown."""
        self._connection.execute(
            upsert(versions)
            .values(id=id_, position=position, text=text, created_at=rows.milliseconds(created_at))
            .on_conflict_do_nothing()
        )
