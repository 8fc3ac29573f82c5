"""What moderators did, written in the transaction in which they did it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from tweet_store import rows
from tweet_store.discussion.model import AuditEntry
from tweet_store.discussion.schema import audit


def add(connection: Connection, action: str, target: str, now: datetime, detail: str = "") -> None:
    """Note that it was done."""
    connection.execute(
        insert(audit).values(at=rows.milliseconds(now), action=action, target=target, detail=detail)
    )


def entries(connection: Connection, limit: int, before: int | None) -> list[AuditEntry]:
    """Newest first, those before the number `before`."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.number < before)
    return [
        AuditEntry(row.number, rows.time_of(row.at), row.action, row.target, row.detail)
        for row in connection.execute(query)
    ]
