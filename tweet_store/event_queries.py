"""Reading the one timeline: what happened after a seq. Each function is one query."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, true

from tweet_store import rows
from tweet_store.model import Event, StoredEvent
from tweet_store.schema import accounts, events, post_ids, tweet_refs, tweets

# Built once: that takes SQLAlchemy longer than to run them.
_LATEST_SEQ = select(func.max(events.c.seq))
_AFTER = (
    select(events.c.seq, events.c.kind, events.c.post_id, events.c.celeb)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
_AFTER_WITH_TWEETS = (
    select(events, *rows.TWEET_COLUMNS)
    .outerjoin(tweets, tweets.c.position == events.c.position)
    .outerjoin(
        accounts,
        and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
    )
    .where(events.c.seq > bindparam("after"))
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


def latest_seq(connection: Connection) -> int:
    """The seq of the newest event; 0 where there is none."""
    return connection.scalar(_LATEST_SEQ) or 0


def bare_events_after(connection: Connection, seq: int, limit: int) -> list[Event]:
    """The first `limit` events past `seq`, without their posts."""
    found = connection.execute(_AFTER, {"after": seq, "most": limit})
    return [Event(*row) for row in found]


def events_after(
    connection: Connection, seq: int, limit: int, selection: Selection
) -> list[StoredEvent]:
    """The first `limit` events past `seq` that the selection holds."""
    query = _AFTER_WITH_TWEETS
    if not selection.everything:
        query = query.where(_selected(connection, selection))
    found = connection.execute(query, {"after": seq, "most": limit})
    return [rows.event_of(row) for row in found]


def count_after(connection: Connection, seq: int, limit: int, selection: Selection) -> int:
    """How many of them there are, counting no further than `limit`."""
    matching = (
        select(events.c.seq)
        .where(events.c.seq > seq, _selected(connection, selection))
        .limit(limit)
    )
    return connection.scalar(select(func.count()).select_from(matching.subquery())) or 0


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
