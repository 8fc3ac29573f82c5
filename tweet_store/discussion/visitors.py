"""Visitors who chose a name, and the code by which they come back to it on another device.

There are no passwords: whoever has the signed cookie, or the code, is the visitor. Names that look
alike are one name, and those of celebs are taken.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from tweet_store import rows
from tweet_store.discussion import rate_limits, refusals, sanctions, text_forms, word_filters
from tweet_store.discussion.model import Sender, Visitor
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import visitors
from tweet_store.schema import accounts

NewToken = Callable[[int], bytes]
"""So many random bytes."""

ID_BYTES = 16
AGAIN_TIME = timedelta(minutes=10)
"""How long a form that signed somebody in may be sent again."""
CODE_BYTES = 15
"""120 bits: nobody guesses them, so a plain hash keeps them."""
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Of codes: Crockford's base 32, which has none that are taken for another."""
_MISREAD = str.maketrans("oil", "011", "- \t")

_BY_ID = select(visitors).where(visitors.c.id == bindparam("id"))
_BY_KEY = select(visitors).where(visitors.c.name_key == bindparam("key"))
_CELEB_BY_KEY = (
    select(accounts.c.celeb)
    .where(
        or_(
            accounts.c.slug_key == bindparam("key"),
            accounts.c.handle_key == bindparam("key"),
            accounts.c.name_key == bindparam("key"),
        )
    )
    .limit(1)
)
"""Of a slug, a handle or a name that looks like it."""


def visitor(connection: Connection, id_: str) -> Visitor | None:
    """The visitor of this id."""
    row = connection.execute(_BY_ID, {"id": id_}).one_or_none()
    return None if row is None else _visitor_of(row)


def just_signed_in(connection: Connection, id_: str, name: str, now: datetime) -> Visitor | None:
    """The visitor of this id and clean name, if new enough that this may be the same form again."""
    row = connection.execute(_BY_ID, {"id": id_}).one_or_none()
    if row is None or row.name != name or row.generation:
        return None
    return _visitor_of(row) if now - rows.time_of(row.created_at) <= AGAIN_TIME else None


def sign_in(
    connection: Connection, id_: str, name: str, address_key: bytes, now: datetime
) -> Visitor:
    """A new visitor of an id and a clean name. Raises `Refused`: banned, filtered, name_taken."""
    key = text_forms.name_key(name)
    sanctions.check_address(connection, address_key, now)
    sanctions.check_name(connection, key, now)
    word_filters.check(connection, name)
    if text_forms.is_official(name):
        raise Refused("name_taken", refusals.KEPT_NAME)
    if connection.execute(_CELEB_BY_KEY, {"key": key}).first() is not None:
        raise Refused("name_taken", refusals.CELEB_NAME)
    if connection.execute(_BY_KEY, {"key": key}).first() is not None:
        raise Refused("name_taken", refusals.NAME_TAKEN)
    at = rows.milliseconds(now)
    connection.execute(
        insert(visitors).values(id=id_, name=name, name_key=key, created_at=at, generation=0)
    )
    return Visitor(id_, name)


def new_recovery_code(
    connection: Connection, sender: Sender, now: datetime, new_token: NewToken
) -> tuple[Visitor, str]:
    """The visitor anew, and a code, in place of any before. Raises `Refused`: too_fast, gone."""
    rate_limits.take(connection, "recovery-code", sender, now)
    number = int.from_bytes(new_token(CODE_BYTES), "big")
    digits = "".join(_DIGITS[number >> shift & 31] for shift in range(0, CODE_BYTES * 8, 5))
    connection.execute(
        update(visitors)
        .where(visitors.c.id == sender.visitor.id)
        .values(recovery_hash=_hash(digits), generation=visitors.c.generation + 1)
    )
    changed = visitor(connection, sender.visitor.id)
    if changed is None:
        raise Refused("gone", refusals.GONE)
    return changed, "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def recover(
    connection: Connection, name: str, code: str, address_key: bytes, now: datetime
) -> Visitor:
    """The visitor of a name and its code. Raises `Refused`: banned, wrong_code."""
    sanctions.check_address(connection, address_key, now)
    row = connection.execute(_BY_KEY, {"key": text_forms.name_key(name)}).first()
    digits = code.lower().translate(_MISREAD)
    if row is None or row.recovery_hash is None or not _same_hash(row.recovery_hash, digits):
        raise Refused("wrong_code", refusals.WRONG_CODE)
    return _visitor_of(row)


def _visitor_of(row: rows.AnyRow) -> Visitor:
    return Visitor(row.id, row.name, row.generation)


def _hash(digits: str) -> bytes:
    return hashlib.sha256(digits.encode(errors="replace")).digest()


def _same_hash(kept: bytes, digits: str) -> bool:
    return hmac.compare_digest(kept, _hash(digits))
