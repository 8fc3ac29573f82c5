"""Locked and slow places: everywhere, a room, or the discussion of a post."""

from __future__ import annotations

import re

from sqlalchemy import Connection, delete, select

from tweet_store.dialects import upsert
from tweet_store.discussion import forgetting, refusals
from tweet_store.discussion.model import Rule
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import rules
from tweet_store.schema import celebs, tweets

EVERYWHERE = "everywhere"
SCOPE = re.compile(r"everywhere|room:([a-z0-9_-]{1,64})|post:([1-9][0-9]{0,17})")
"""How places are named: with a celeb's slug, or a post's position."""


def scope(post: int | None, room: str | None) -> str:
    """Of the post at a position, or of a room: one of them is given."""
    return f"room:{room}" if post is None else f"post:{post}"


def of(connection: Connection, *scopes: str) -> list[Rule]:
    """The rules that these scopes have."""
    query = select(rules).where(rules.c.scope.in_(scopes))
    return [Rule(row.scope, row.locked, row.slow_seconds) for row in connection.execute(query)]


def one(connection: Connection, scope: str) -> Rule:
    """The rule of a scope, also where it has none of its own."""
    return next(iter(of(connection, scope)), Rule(scope))


def every(connection: Connection) -> list[Rule]:
    """All rules, by scope."""
    query = select(rules).order_by(rules.c.scope)
    return [Rule(row.scope, row.locked, row.slow_seconds) for row in connection.execute(query)]


def merge(connection: Connection, scope: str, into: str) -> None:
    """Two places turn out to be one: the stricter of each of their rules holds in `into`."""
    found = of(connection, scope, into)
    if any(rule.scope == scope for rule in found):
        locked = any(rule.locked for rule in found)
        put(connection, Rule(into, locked, max(rule.slow_seconds for rule in found)))
        connection.execute(delete(rules).where(rules.c.scope == scope))


def put(connection: Connection, rule: Rule) -> None:
    """Set the rule of a scope; one that says nothing goes, also where the place is gone. Raises
    ValueError for a bad one, `Refused`: gone for a place that is not there."""
    scope = SCOPE.fullmatch(rule.scope)
    if scope is None:
        raise ValueError(f"no scope: {rule.scope!r}")
    if not 0 <= rule.slow_seconds <= forgetting.WRITES_KEPT:
        raise ValueError(f"slow_seconds is from 0 to {forgetting.WRITES_KEPT}")
    connection.execute(delete(rules).where(rules.c.scope == rule.scope))
    if rule.locked or rule.slow_seconds:
        _check_place(connection, *scope.groups())
        connection.execute(
            upsert(rules).values(
                scope=rule.scope, locked=rule.locked, slow_seconds=rule.slow_seconds
            )
        )


def _check_place(connection: Connection, slug: str | None, position: str | None) -> None:
    if slug is not None:
        there = connection.scalar(select(celebs.c.slug).where(celebs.c.slug == slug))
    elif position is not None:
        at = tweets.c.position == int(position)
        there = connection.scalar(select(tweets.c.position).where(at))
    else:
        return
    if there is None:
        raise Refused("gone", refusals.GONE)
