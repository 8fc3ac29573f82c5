"""The two signed cookies of visitors: who signed in, and whom a browser follows.

    visitor    the visitor's id, name and generation: a page shows the name without asking the
               store; who writes must be of the generation that the store knows
    follows    slugs of celebs, in the order of following; without an account

Both last for 400 days, the longest that browsers keep one, and begin anew when they are written or
a month old. What is signed by an unknown key, or too old, counts as not there.
"""

from __future__ import annotations

import re

import msgspec
from tornado.web import RequestHandler

from tweet_store.discussion.model import Visitor

VISITOR, FOLLOWS = "visitor", "follows"
DAYS = 400
RENEWED_AFTER = 30
"""Days until a cookie is written again by a visit."""
MOST_FOLLOWED_CHARACTERS = 2_700
"""Of all slugs and commas: signed and encoded, browsers still take the cookie (4,096 bytes)."""

_SLUG = re.compile(r"[a-z0-9_-]{1,64}")


def read_visitor(handler: RequestHandler) -> Visitor | None:
    """Who signed in with this browser."""
    value = handler.get_signed_cookie(VISITOR, max_age_days=DAYS)
    try:
        return None if value is None else msgspec.json.decode(value, type=Visitor)
    except msgspec.DecodeError:
        return None


def write_visitor(handler: RequestHandler, visitor: Visitor | None) -> None:
    """Sign in, or out with None."""
    if visitor is None:
        handler.clear_cookie(VISITOR)
    else:
        handler.set_signed_cookie(VISITOR, msgspec.json.encode(visitor), expires_days=DAYS)


def read_follows(handler: RequestHandler) -> tuple[str, ...]:
    """The slugs of the celebs that this browser follows."""
    value = handler.get_signed_cookie(FOLLOWS, max_age_days=DAYS)
    return () if value is None else slugs(value.decode("ascii", "replace"))


def write_follows(handler: RequestHandler, followed: tuple[str, ...]) -> None:
    """Follow these, and nobody else."""
    if followed:
        handler.set_signed_cookie(FOLLOWS, ",".join(followed), expires_days=DAYS)
    else:
        handler.clear_cookie(FOLLOWS)


def renew(handler: RequestHandler) -> None:
    """Write again what has grown old, so that who comes now and then is not forgotten."""
    for name in (VISITOR, FOLLOWS):
        value = handler.get_signed_cookie(name, max_age_days=DAYS)
        if value and handler.get_signed_cookie(name, max_age_days=RENEWED_AFTER) is None:
            handler.set_signed_cookie(name, value, expires_days=DAYS)


def slugs(text: str) -> tuple[str, ...]:
    """The slugs in a comma-separated list, each once; what is none is left out."""
    found = (part.strip().lower() for part in text.split(","))
    return tuple(dict.fromkeys(part for part in found if _SLUG.fullmatch(part)))
