"""What moderators look at: comments of all places, how their authors stand, and what waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select

from tweet_store import rows
from tweet_store.discussion import rate_limits, stored_comments
from tweet_store.discussion.model import SanctionKind, StoredComment
from tweet_store.discussion.schema import comments, reports, sanctions
from tweet_store.discussion.text_forms import name_key
from tweet_store.store import TweetStore


class Standing(NamedTuple):
    """A sanction in force on a comment's author. `until` None: for good."""

    kind: SanctionKind
    until: datetime | None


def newest_comments(store: TweetStore, before: int | None, limit: int) -> list[StoredComment]:
    """Comments of all places that nobody removed, newest first, at positions below `before`."""
    query = select(comments.c.position).where(comments.c.removed_at.is_(None))
    if before is not None:
        query = query.where(comments.c.position < before)
    newest = query.order_by(comments.c.position.desc()).limit(limit)
    with store.reading() as connection:
        found = stored_comments.at(connection, connection.scalars(newest).all())
    return [found[position] for position in sorted(found, reverse=True)]


def comments_at(store: TweetStore, positions: Collection[int]) -> dict[int, StoredComment]:
    """The comments at these positions, removed ones included."""
    with store.reading() as connection:
        return stored_comments.at(connection, positions)


def standings(
    store: TweetStore, positions: Collection[int], now: datetime
) -> dict[int, Sequence[Standing]]:
    """What is in force on the authors of the comments at these positions, by position."""
    authors = select(
        comments.c.position, comments.c.visitor, comments.c.name, comments.c.address_key
    ).where(comments.c.position.in_(positions))
    with store.reading() as connection:
        keys: dict[int, list[tuple[str, bytes]]] = {}
        for row in connection.execute(authors):
            keys[row.position] = [
                ("mute", row.visitor.encode()),
                ("name", name_key(row.name).encode()),
                ("address", row.address_key or b""),
            ]
        in_force = select(sanctions.c.kind, sanctions.c.value, sanctions.c.until).where(
            sanctions.c.value.in_({value for of_one in keys.values() for _, value in of_one}),
            or_(sanctions.c.until.is_(None), sanctions.c.until > rows.milliseconds(now)),
        )
        found = {
            (row.kind, row.value): Standing(
                row.kind, None if row.until is None else rows.time_of(row.until)
            )
            for row in connection.execute(in_force.order_by(sanctions.c.number))
        }
    return {
        position: [found[key] for key in of_one if key in found]
        for position, of_one in keys.items()
    }


def open_report_count(store: TweetStore) -> int:
    """How many reports wait for a moderator."""
    query = select(func.count()).select_from(reports).where(reports.c.settled_at.is_(None))
    with store.reading() as connection:
        return connection.scalar(query) or 0


def count_token_try(store: TweetStore, address_key: bytes, now: datetime) -> None:
    """Somebody at this address wants to try a moderator's token. Raises `TooFast`."""
    with store.reading() as connection:
        rate_limits.take_by_address(connection, "moderator", address_key, now, counted=False)
    with store.writing() as connection:
        rate_limits.take_by_address(connection, "moderator", address_key, now)
