"""How people are shown: a picture or what stands in for it, and a celeb's line in a list. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from tweet_store.model import Author, Celeb
from web_ui.addresses import picture_address, profile_address

TINTS = 8
"""Background colours of people without a picture: the classes tint-0 to tint-7 of site.css."""

_NOT_WORDS = re.compile(r"[\W_]+")


class Person(NamedTuple):
    """What lists and the celeb's page show of a celeb."""

    slug: str
    name: str
    initials: str
    tint: int
    avatar: str | None
    bio: str | None
    accounts: Sequence[tuple[Author, str]]
    """With the address of each where it is not the celeb's page here, else an empty one."""
    posts: int
    last: datetime | None
    """When the newest post was written."""


def person_of(celeb: Celeb) -> Person:
    """A celeb of the store as shown. Picture and words are those of the first account with any."""
    accounts = celeb.accounts
    return Person(
        slug=celeb.slug,
        name=celeb.name,
        initials=initials(celeb.name),
        tint=tint(accounts[0].account_id if accounts else celeb.slug),
        avatar=next((a.avatar_url for a in accounts if picture_address(a.avatar_url)), None),
        bio=next((a.bio for a in accounts if a.bio), None),
        accounts=[(a, profile_address(a, "") if a.network == "x" else "") for a in accounts],
        posts=celeb.tweet_count,
        last=celeb.last_tweet_at,
    )


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """One or two letters that stand in for a missing picture: 'Ada M. Byron' gives 'AB'."""
    words = _NOT_WORDS.sub(" ", name).split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper() or "•"


def tint(account_id: str) -> int:
    """The colour of somebody without a picture; always the same one."""
    return crc32(account_id.encode()) % TINTS
