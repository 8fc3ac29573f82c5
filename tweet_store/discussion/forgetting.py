"""What is not kept for ever: rows of `writes`, settled reports, sanctions whose time is over, and
where a comment or a report came from. A few of each go with every write, whoever writes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from tweet_store.discussion.schema import comments, reports, sanctions, writes

WRITES_KEPT = 3600
"""Seconds: no rate limit may look back further."""
ADDRESSES_KEPT = timedelta(days=30)
"""From when a comment was written: so long the address that it came from can be banned."""
CASES_KEPT = timedelta(days=90)
"""From when a report was settled, or a sanction ended."""
AT_ONCE = 50
"""Rows of each that go with one write at the most."""

_MILLISECOND = timedelta(milliseconds=1)

_OLD_WRITES = (
    select(writes.c.number).where(writes.c.at < bindparam("before")).order_by(writes.c.at)
).limit(AT_ONCE)
_WRITES_AHEAD = (
    select(writes.c.number).where(writes.c.at > bindparam("after")).order_by(writes.c.at.desc())
).limit(AT_ONCE)
"""Of a clock that was set wrong: else they would be kept until their time comes."""
_OLD_REPORTS = (
    select(reports.c.number)
    .where(reports.c.settled_at < bindparam("before"))
    .order_by(reports.c.settled_at)
).limit(AT_ONCE)
_OLD_SANCTIONS = (
    select(sanctions.c.number)
    .where(sanctions.c.until < bindparam("before"))
    .order_by(sanctions.c.until)
).limit(AT_ONCE)
_OLD_ADDRESSES = (
    select(comments.c.position)
    .where(comments.c.address_key.is_not(None), comments.c.created_at < bindparam("before"))
    .order_by(comments.c.created_at)
).limit(AT_ONCE)
_OLD_REPORTERS = (
    select(reports.c.number)
    .where(reports.c.address_key.is_not(None), reports.c.created_at < bindparam("before"))
    .order_by(reports.c.created_at)
).limit(AT_ONCE)


def forget_some(connection: Connection, now: int) -> None:
    """`now` in ms since 1970 UTC."""
    cases = {"before": now - CASES_KEPT // _MILLISECOND}
    if old := connection.scalars(_OLD_WRITES, {"before": now - WRITES_KEPT * 1000}).all():
        connection.execute(delete(writes).where(writes.c.number.in_(old)))
    if ahead := connection.scalars(_WRITES_AHEAD, {"after": now + WRITES_KEPT * 1000}).all():
        connection.execute(delete(writes).where(writes.c.number.in_(ahead)))
    if old := connection.scalars(_OLD_REPORTS, cases).all():
        connection.execute(delete(reports).where(reports.c.number.in_(old)))
    if old := connection.scalars(_OLD_SANCTIONS, cases).all():
        connection.execute(delete(sanctions).where(sanctions.c.number.in_(old)))
    before = {"before": now - ADDRESSES_KEPT // _MILLISECOND}
    if old := connection.scalars(_OLD_ADDRESSES, before).all():
        of_these = comments.c.position.in_(old)
        connection.execute(update(comments).where(of_these).values(address_key=None))
    if old := connection.scalars(_OLD_REPORTERS, before).all():
        connection.execute(
            update(reports).where(reports.c.number.in_(old)).values(address_key=None)
        )
