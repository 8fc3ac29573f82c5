"""Deletes, in the transaction that saves posts: a post goes, and its words with it.

Deleted words stay nowhere: not in the post, not in what quotes or answers it. What a delete costs
does not depend on how much its celeb has posted.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Text, bindparam, case, delete, func, select, update

from tweet_store import log_words, rows, search_index
from tweet_store.batch import Batch
from tweet_store.chains import threads_of
from tweet_store.discussion import tags
from tweet_store.known_posts import DELETED_UNSEEN, Known
from tweet_store.schema import celebs, tweet_refs, tweets, versions
from tweet_store.scrub import bare_references, without_posts

NEWEST = 1000
"""Posts of a celeb, by position, among which the last one is looked for when the last one goes."""

_SLUG = bindparam("celeb", type_=Text)
_newest = (
    select(tweets.c.created_at)
    .where(tweets.c.celeb == _SLUG)
    .order_by(tweets.c.position.desc())
    .limit(NEWEST)
    .subquery()
)
_DELETE_TWEET = delete(tweets).where(tweets.c.position == bindparam("at"))
_DELETE_VERSIONS = delete(versions).where(versions.c.position == bindparam("at"))
_SETTLE = (
    update(celebs)
    .where(celebs.c.slug == _SLUG)
    .values(
        tweet_count=celebs.c.tweet_count - bindparam("gone"),
        last_position=select(func.max(tweets.c.position))
        .where(tweets.c.celeb == _SLUG)
        .scalar_subquery(),
        last_tweet_at=case(
            (celebs.c.last_tweet_at > bindparam("last_gone"), celebs.c.last_tweet_at),
            else_=select(func.max(_newest.c.created_at)).scalar_subquery(),
        ),
    )
)


class Deleting:
    """The deletes of one batch. `settle` when all are done."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._connection = batch.connection
        self._forgot = False
        self._gone: dict[str, list[int]] = {}
        """By celeb, the times of the posts that went, in ms since 1970 UTC."""

    def delete(self, id_: str) -> None:
        """Delete the post that the id names, now or should it come later."""
        known = self._batch.known.get(id_)
        if known is None:
            self._batch.name((id_,), DELETED_UNSEEN)
            self.forget_in_others((id_,))
        elif known.position is not None and known.current_id is not None:
            self.delete_at(known.position)

    def delete_at(self, position: int) -> None:
        """Delete the post there, in all its versions."""
        self.forget_in_others(self._take_away(self._batch.row(position)))

    def remove(self, row: rows.AnyRow) -> None:
        """Take a post off the timeline, and tell those who see it."""
        self._forgot = True
        self._connection.execute(_DELETE_TWEET, {"at": row.position})
        self._connection.execute(_DELETE_VERSIONS, {"at": row.position})
        self._gone.setdefault(row.celeb, []).append(row.created_at)
        search_index.remove_words(self._connection, row.position)
        chain = rows.ids_of(row.edit_ids, row.id)
        tagged = tags.names_on(self._connection, row.position)
        for tag in tagged:
            self._batch.add_event("untag", row.id, row.celeb, row.position, chain, tag)
        if tagged:
            tags.take_off(self._connection, row.position, tagged)
        threads = threads_of(chain, row.reply_to_id)
        self._batch.add_event("delete", row.id, row.celeb, row.position, threads)

    def forget_in_others(self, chain: Collection[str]) -> None:
        """Take the words of a deleted post out of the posts that quote, answer or repeat it.

        What repeats it is deleted, too, and has others in its turn: they are next in the list.
        """
        others = self._others(chain)
        self._forgot |= bool(others)
        while others:
            position, how, chain = others.pop()
            row = self._batch.row_or_none(position)
            if row is None:
                continue  # itself deleted, before or just now
            if "retweeted" in how:
                others += self._others(self._take_away(row))
                continue
            refs = rows.json_or_none(bare_references(rows.references_of(row.refs), chain))
            self._batch.update(position, {"refs": refs, "raw": without_posts(row.raw, chain)})
            threads = threads_of(rows.ids_of(row.edit_ids, row.id), row.reply_to_id)
            self._batch.add_event("edit", row.id, row.celeb, position, threads)

    def settle(self) -> None:
        """Once for all deletes of the batch, when all its posts are written: what the celebs have
        left, and that the words must leave the log."""
        for celeb, times in self._gone.items():
            gone = {"celeb": celeb, "gone": len(times), "last_gone": max(times)}
            self._connection.execute(_SETTLE, gone)
        if self._forgot:
            log_words.leave_note(self._connection)

    def _take_away(self, row: rows.AnyRow) -> tuple[str, ...]:
        """Delete a post; the ids by which others name it."""
        self.remove(row)
        self._batch.known.rename(row.position, Known(row.position, None))
        return rows.ids_of(row.edit_ids, row.id)

    def _others(self, chain: Collection[str]) -> list[tuple[int, set[str], Collection[str]]]:
        """Where the posts are that name one of the chain, how, and the chain; the oldest last."""
        kinds: dict[int, set[str]] = {}
        query = select(tweet_refs.c.position, tweet_refs.c.kind).where(
            tweet_refs.c.ref_id.in_(chain)
        )
        for position, kind in self._connection.execute(query.order_by(tweet_refs.c.position)):
            kinds.setdefault(position, set()).add(kind)
        return [(position, how, chain) for position, how in reversed(kinds.items())]
