"""Who may not write, and until when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from tweet_store import rows
from tweet_store.discussion import refusals
from tweet_store.discussion.model import Sanction, SanctionKind, Sender
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import sanctions, visitors
from tweet_store.discussion.text_forms import name_key

_IN_FORCE = (
    select(sanctions.c.number)
    .where(
        sanctions.c.value == bindparam("value"),
        sanctions.c.kind == bindparam("kind"),
        or_(sanctions.c.until.is_(None), sanctions.c.until > bindparam("now")),
    )
    .limit(1)
)


def check(connection: Connection, sender: Sender, now: datetime) -> None:
    """Raises `Refused`, banned or muted, for somebody who may not write now."""
    check_address(connection, sender.address_key, now)
    check_name(connection, name_key(sender.visitor.name), now)
    if _in_force(connection, "mute", sender.visitor.id.encode(), now):
        raise Refused("muted", refusals.MUTED)


def check_address(connection: Connection, address_key: bytes, now: datetime) -> None:
    """Raises `Refused`: banned."""
    if _in_force(connection, "address", address_key, now):
        raise Refused("banned", refusals.BANNED)


def check_name(connection: Connection, key: str, now: datetime) -> None:
    """The same for a name key."""
    if _in_force(connection, "name", key.encode(), now):
        raise Refused("banned", refusals.BANNED)


def add(
    connection: Connection,
    kind: SanctionKind,
    value: str | bytes,
    reason: str,
    now: datetime,
    until: datetime | None,
) -> int:
    """The number of a new sanction; `value` is a visitor's id, a name in any spelling, or an
    address key. Raises `Refused`: bad_name."""
    values = {
        "kind": kind,
        "value": _compared(kind, value),
        "shown": value if kind == "name" else None,
        "reason": reason,
        "created_at": rows.milliseconds(now),
        "until": None if until is None else rows.milliseconds(until),
    }
    adding = insert(sanctions).values(values).returning(sanctions.c.number)
    number: int = connection.execute(adding).scalar_one()
    return number


def lift(connection: Connection, number: int) -> Sanction:
    """Take a sanction back. Raises `Refused`: gone."""
    lifted = one(connection, number)
    connection.execute(delete(sanctions).where(sanctions.c.number == number))
    return lifted


def one(connection: Connection, number: int) -> Sanction:
    """The sanction of this number. Raises `Refused`: gone."""
    found = _read(connection, 1, number)
    if not found:
        raise Refused("gone", refusals.GONE)
    return found[0]


def newest(connection: Connection, limit: int) -> list[Sanction]:
    """All there are, newest first, those included whose time is over."""
    return _read(connection, limit)


def _compared(kind: SanctionKind, value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    compared = name_key(value) if kind == "name" else value
    if not compared:
        raise Refused("bad_name", refusals.EMPTY_NAME)
    return compared.encode()


def _read(connection: Connection, limit: int, number: int | None = None) -> list[Sanction]:
    query = select(sanctions).order_by(sanctions.c.number.desc()).limit(limit)
    if number is not None:
        query = query.where(sanctions.c.number == number)
    found = connection.execute(query).all()
    muted = [row.value.decode() for row in found if row.kind == "mute"]
    names: dict[str, str] = {}
    if muted:
        of_ids = select(visitors.c.id, visitors.c.name).where(visitors.c.id.in_(muted))
        names = dict(tuple(row) for row in connection.execute(of_ids))
    return [_sanction_of(row, names) for row in found]


def _sanction_of(row: rows.AnyRow, names: dict[str, str]) -> Sanction:
    if row.kind == "name":
        shown = row.shown or row.value.decode()
    elif row.kind == "address":
        shown = row.value.hex()[:12]
    else:
        shown = names.get(row.value.decode(), "?")
    return Sanction(
        number=row.number,
        kind=row.kind,
        value=shown,
        reason=row.reason,
        created_at=rows.time_of(row.created_at),
        until=None if row.until is None else rows.time_of(row.until),
    )


def _in_force(connection: Connection, kind: SanctionKind, value: bytes, now: datetime) -> bool:
    known = {"value": value, "kind": kind, "now": rows.milliseconds(now)}
    return connection.scalar(_IN_FORCE, known) is not None
