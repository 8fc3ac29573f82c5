"""What visitors tell the moderators of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select, update

from tweet_store import rows
from tweet_store.discussion import rate_limits, refusals, sanctions, stored_comments
from tweet_store.discussion.model import Report, Visitor
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import post_tags, reports, visitors

MOST_OPEN = 5000
"""Reports that wait for a moderator; further ones are refused."""


def check(
    connection: Connection,
    target: str,
    address_key: bytes,
    now: datetime,
    *,
    counted: bool = False,
) -> None:
    """Whether this may be reported now. `counted` as in `rate_limits`. Raises `Refused`."""
    sanctions.check_address(connection, address_key, now)
    rate_limits.take_by_address(connection, "report", address_key, now, counted=counted)
    if not _is_there(connection, target):
        raise Refused("gone", refusals.GONE)


def add(
    connection: Connection,
    target: str,
    reason: str,
    address_key: bytes,
    now: datetime,
    visitor: Visitor | None,
) -> None:
    """Report a comment or a tag. Whoever reports it again, or somebody else from that address, only
    changes the reason. Raises `Refused`: banned, too_fast, gone, too_many."""
    check(connection, target, address_key, now, counted=True)
    values = {"reason": reason, "visitor": None if visitor is None else visitor.id}
    if _again(connection, target, values, address_key):
        return
    open_ones = select(func.count()).select_from(reports).where(reports.c.settled_at.is_(None))
    if (connection.scalar(open_ones) or 0) >= MOST_OPEN:
        raise Refused("too_many", refusals.TOO_MANY)
    connection.execute(
        insert(reports).values(
            target=target, address_key=address_key, created_at=rows.milliseconds(now), **values
        )
    )


def waiting(connection: Connection, limit: int, after: int) -> list[Report]:
    """Reports that are not settled, oldest first, those past the number `after`."""
    query = (
        select(reports, visitors.c.name)
        .outerjoin(visitors, visitors.c.id == reports.c.visitor)
        .where(reports.c.settled_at.is_(None), reports.c.number > after)
        .order_by(reports.c.number)
        .limit(limit)
    )
    return [
        Report(row.number, row.target, row.reason, row.name, rows.time_of(row.created_at))
        for row in connection.execute(query)
    ]


def settle(connection: Connection, number: int, now: datetime) -> str:
    """A moderator has seen to it; gives the target. Raises `Refused`: gone."""
    target: str | None = connection.scalar(
        update(reports)
        .where(reports.c.number == number, reports.c.settled_at.is_(None))
        .values(settled_at=rows.milliseconds(now), address_key=None)
        .returning(reports.c.target)
    )
    if target is None:
        raise Refused("gone", refusals.GONE)
    return target


def settle_all_of(connection: Connection, target: str, now: datetime) -> None:
    """What they were about has been taken away."""
    connection.execute(
        update(reports)
        .where(reports.c.target == target, reports.c.settled_at.is_(None))
        .values(settled_at=rows.milliseconds(now), address_key=None)
    )


def _again(
    connection: Connection, target: str, values: dict[str, str | None], address_key: bytes
) -> bool:
    """Whether they have reported it before: that report has the new reason then."""
    reporter = reports.c.address_key == address_key
    if values["visitor"] is not None:
        reporter = or_(reporter, reports.c.visitor == values["visitor"])
    open_ones = (reports.c.target == target, reports.c.settled_at.is_(None), reporter)
    return connection.execute(update(reports).where(*open_ones).values(values)).rowcount > 0


def _is_there(connection: Connection, target: str) -> bool:
    if target.startswith("tag:"):
        tag = target.removeprefix("tag:")
        query = select(post_tags.c.tag).where(post_tags.c.tag == tag).limit(1)
        return connection.scalar(query) is not None
    comment = stored_comments.comment(connection, target)
    return comment is not None and comment.removed_by is None
