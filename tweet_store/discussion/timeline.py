"""What visitors do, put on the one timeline, and into the outbox of what RabbitMQ has to be told.

Runs inside a writing transaction, which takes its seqs in commit order.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from tweet_store import event_queries, rows
from tweet_store.discussion.schema import announcements
from tweet_store.model import Event, EventKind
from tweet_store.schema import events

_UNANNOUNCED = (
    select(events.c.seq, events.c.kind, events.c.post_id, events.c.celeb)
    .join(announcements, announcements.c.seq == events.c.seq)
    .order_by(announcements.c.seq)
)


def next_seq(connection: Connection) -> int:
    """The seq of the next event, as long as this transaction adds no other."""
    return event_queries.latest_seq(connection) + 1


def add_event(
    connection: Connection,
    seq: int,
    kind: EventKind,
    id_: str,
    celeb: str,
    position: int,
    thread_ids: tuple[str, ...],
    tag: str | None = None,
) -> Event:
    """Add the event `seq`, which is to be announced. The rest as in `StoredEvent`."""
    connection.execute(
        insert(events).values(
            seq=seq,
            kind=kind,
            post_id=id_,
            celeb=celeb,
            position=position,
            thread_ids=rows.threads_or_none(thread_ids, id_),
            tag=tag,
        )
    )
    connection.execute(insert(announcements).values(seq=seq))
    return Event(seq, kind, id_, celeb)


def unannounced(connection: Connection, limit: int) -> list[Event]:
    """The first events that RabbitMQ has not confirmed, in seq order."""
    return [Event(*row) for row in connection.execute(_UNANNOUNCED.limit(limit))]


def announced(connection: Connection, seqs: Collection[int]) -> None:
    """RabbitMQ has confirmed these."""
    connection.execute(delete(announcements).where(announcements.c.seq.in_(seqs)))
