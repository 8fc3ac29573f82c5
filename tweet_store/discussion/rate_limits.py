"""How often a visitor, and an address, may do what. Counted in the store, so the limits hold over
all web processes.

Each write takes its turn in the transaction that carries it out: a row of `writes`, unless as many
as a limit allows lie within its time. Rows that no limit asks for any more are deleted by
`forgetting`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from tweet_store import rows
from tweet_store.discussion import forgetting
from tweet_store.discussion.model import Rule, Sender
from tweet_store.discussion.refusals import TooFast
from tweet_store.discussion.schema import writes


class Limit(NamedTuple):
    """So many in so many seconds."""

    most: int
    seconds: int


class Limits(NamedTuple):
    """What holds for one kind of write."""

    visitor: tuple[Limit, ...] = ()
    address: tuple[Limit, ...] = ()


LIMITS = {
    "comment": Limits(visitor=(Limit(5, 20), Limit(60, 600)), address=(Limit(30, 60),)),
    "edit": Limits(visitor=(Limit(10, 60),), address=(Limit(30, 60),)),
    "remove": Limits(visitor=(Limit(30, 60),)),
    "tag": Limits(visitor=(Limit(20, 60),), address=(Limit(60, 60),)),
    "report": Limits(address=(Limit(10, 600),)),
    "sign-in": Limits(address=(Limit(10, 600),)),
    "recovery-code": Limits(visitor=(Limit(5, 600),)),
    "recover": Limits(address=(Limit(5, 600),)),
    "moderator": Limits(address=(Limit(5, 600),)),
}

_BY_VISITOR = (
    select(writes.c.at)
    .where(
        writes.c.visitor == bindparam("who"),
        writes.c.kind == bindparam("kind"),
        writes.c.at.between(bindparam("since"), bindparam("until")),
    )
    .order_by(writes.c.at.desc())
    .limit(1)
    .offset(bindparam("before"))
)
_BY_ADDRESS = (
    select(writes.c.at)
    .where(
        writes.c.address_key == bindparam("who"),
        writes.c.kind == bindparam("kind"),
        writes.c.at.between(bindparam("since"), bindparam("until")),
    )
    .order_by(writes.c.at.desc())
    .limit(1)
    .offset(bindparam("before"))
)


def take(
    connection: Connection, kind: str, sender: Sender, now: datetime, *, counted: bool = True
) -> None:
    """Count a write of a kind in LIMITS. Raises `TooFast`, and counts nothing then.

    Not `counted`, it only tells whether it would be, which needs no writing transaction.
    """
    for limit in LIMITS[kind].visitor:
        _check(connection, kind, limit, now, sender.visitor.id)
    take_by_address(connection, kind, sender.address_key, now, sender.visitor.id, counted=counted)


def take_by_address(
    connection: Connection,
    kind: str,
    address_key: bytes,
    now: datetime,
    visitor: str | None = None,
    *,
    counted: bool = True,
) -> None:
    """The same for somebody who may have no name."""
    for limit in LIMITS[kind].address:
        _check(connection, kind, limit, now, address_key)
    if counted:
        _count(connection, kind, now, address_key, visitor)


def take_slowly(
    connection: Connection, rule: Rule, sender: Sender, now: datetime, *, counted: bool = True
) -> None:
    """The same for a comment where slow mode holds."""
    kind = f"slow:{rule.scope}"
    _check(connection, kind, Limit(1, rule.slow_seconds), now, sender.visitor.id)
    if counted:
        _count(connection, kind, now, sender.address_key, sender.visitor.id)


def _check(
    connection: Connection, kind: str, limit: Limit, now: datetime, who: str | bytes
) -> None:
    query = _BY_VISITOR if isinstance(who, str) else _BY_ADDRESS
    at, span = rows.milliseconds(now), limit.seconds * 1000
    # Another machine's clock may be ahead, but what it wrote locks nobody out for longer than that.
    asked = {"since": at - span + 1, "until": at + span, "before": limit.most - 1}
    oldest = connection.scalar(query, {"who": who, "kind": kind, **asked})
    if oldest is not None:
        wait = -((at - oldest - span) // 1000)  # rounded up
        raise TooFast(min(wait, limit.seconds))


def _count(
    connection: Connection, kind: str, now: datetime, address_key: bytes, visitor: str | None
) -> None:
    at = rows.milliseconds(now)
    connection.execute(
        insert(writes).values(at=at, kind=kind, visitor=visitor, address_key=address_key)
    )
    forgetting.forget_some(connection, at)
