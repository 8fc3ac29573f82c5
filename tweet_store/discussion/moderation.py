"""What moderators do. Each act writes an entry into the audit log, in its own transaction."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from tweet_store.discussion import (
    audit,
    comments,
    refusals,
    reports,
    rules,
    sanctions,
    word_filters,
)
from tweet_store.discussion.model import SanctionKind, StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import comments as comment_rows

_ADDRESS_KEY = select(comment_rows.c.address_key)

_SANCTION = "sanction %d"
_KINDS: dict[SanctionKind, str] = {
    "mute": "mute",
    "name": "ban of the name",
    "address": "ban of the address",
}


def remove_comment(connection: Connection, id_: str, now: datetime) -> StoredComment:
    """Take a comment away; reports of it are settled. Raises `Refused`: gone."""
    comment = comments.existing(connection, id_)
    if comment.removed_by is None:
        comment = comments.remove(connection, comment, "moderator", now)
        audit.add(connection, "remove", id_, now, f"by {comment.name}")
    reports.settle_all_of(connection, id_, now)
    return comment


def settle_report(connection: Connection, number: int, now: datetime) -> None:
    """A report was seen to. Raises `Refused`: gone."""
    target = reports.settle(connection, number, now)
    audit.add(connection, "settle", target, now, f"report {number}")


def sanction(
    connection: Connection,
    kind: SanctionKind,
    value: str | bytes,
    reason: str,
    now: datetime,
    until: datetime | None,
) -> int:
    """Mute a visitor's id, or ban a name in any spelling or an address key. Raises `Refused`."""
    number = sanctions.add(connection, kind, value, reason, now, until)
    target = sanctions.one(connection, number).value
    audit.add(connection, kind, target, now, ": ".join(filter(None, (_SANCTION % number, reason))))
    return number


def sanction_author(
    connection: Connection,
    comment_id: str,
    kind: SanctionKind,
    reason: str,
    now: datetime,
    until: datetime | None,
) -> int:
    """The same for who wrote a comment. Raises `Refused`: gone."""
    comment = comments.existing(connection, comment_id)
    value: str | bytes | None = comment.visitor if kind == "mute" else comment.name
    if kind == "address":
        value = connection.scalar(_ADDRESS_KEY.where(comment_rows.c.position == comment.position))
    if value is None:
        raise Refused("gone", refusals.GONE)
    number = sanctions.add(connection, kind, value, reason, now, until)
    told = f"{_SANCTION % number}, {sanctions.one(connection, number).value}"
    audit.add(connection, kind, comment_id, now, told)
    return number


def lift(connection: Connection, number: int, now: datetime) -> None:
    """Take a sanction back. Raises `Refused`: gone."""
    lifted = sanctions.lift(connection, number)
    told = f"{_SANCTION % number}, {_KINDS[lifted.kind]}"
    audit.add(connection, "lift", lifted.value, now, told)


def forbid_word(connection: Connection, word: str, now: datetime) -> None:
    """Nobody may write it from now on. Raises `Refused`: bad_text, too_many."""
    audit.add(connection, "forbid", word_filters.add(connection, word), now)


def allow_word(connection: Connection, word: str, now: datetime) -> None:
    """Take a word back. Raises `Refused`: gone."""
    audit.add(connection, "allow", word_filters.remove(connection, word), now)


def set_rule(
    connection: Connection,
    scope: str,
    locked: bool | None,
    slow_seconds: int | None,
    now: datetime,
) -> None:
    """Lock a place, slow it down, or open it again; None leaves it as it is. Raises ValueError for
    a bad rule, `Refused`: gone."""
    rule = rules.one(connection, scope)
    if locked is not None:
        rule = msgspec.structs.replace(rule, locked=locked)
    if slow_seconds is not None:
        rule = msgspec.structs.replace(rule, slow_seconds=slow_seconds)
    rules.put(connection, rule)
    state = "locked" if rule.locked else "open"
    audit.add(connection, "rule", scope, now, f"{state}, {rule.slow_seconds} s")
