"""Accounts and the celebs they belong to, within the transaction that saves posts.

An account that posts for the first time gets a celeb, and the celeb a slug that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, case, func, select

from tweet_store import rows, slugs
from tweet_store.bulk import BulkInsert, BulkRow
from tweet_store.dialects import upsert
from tweet_store.model import Author
from tweet_store.schema import accounts, celebs

AccountKey = tuple[str, str]
"""Network and account id."""


class Account(NamedTuple):
    """An account as stored, and the slug of the celeb it belongs to."""

    author: Author
    celeb: str


class _Activity:
    """What a batch changes about a celeb."""

    def __init__(self) -> None:
        self.name = ""
        self.tweets = 0
        self.last_position: int | None = None
        self.last_tweet_at: int | None = None


class Accounts:
    """The accounts of one batch. Changes are collected, and written by `write`.

    `cache` holds accounts of earlier batches and is only read: after the commit the caller adds
    `found` to it, so that a transaction that fails leaves no trace there.
    """

    def __init__(
        self,
        connection: Connection,
        cache: Mapping[AccountKey, Account],
        authors: Iterable[Author],
    ) -> None:
        """Look up all `authors` at once: one query for them, one for the slugs of the new."""
        self.found: dict[AccountKey, Account] = {}
        self._connection = connection
        self._cache = cache
        self._account_rows: dict[AccountKey, BulkRow] = {}
        self._active: dict[str, _Activity] = {}
        self._free_slugs: set[str] = set()
        missing = {(a.network, a.account_id): a for a in authors}
        missing = {key: a for key, a in missing.items() if key not in cache}
        if missing:
            self._load(missing)

    def _load(self, missing: Mapping[AccountKey, Author]) -> None:
        query = select(*rows.ACCOUNT_COLUMNS, accounts.c.celeb).where(
            # Network and account id, for the primary key to serve.
            accounts.c.network.in_({network for network, _ in missing}),
            accounts.c.account_id.in_([account_id for _, account_id in missing]),
        )
        for row in self._connection.execute(query):
            self.found[row.network, row.account_id] = Account(rows.author_of(row), row.celeb)
        wanted = {next(slugs.candidates(a)) for key, a in missing.items() if key not in self.found}
        taken = select(celebs.c.slug).where(celebs.c.slug.in_(wanted))
        self._free_slugs = wanted.difference(self._connection.scalars(taken))

    def celeb_of(self, author: Author) -> str:
        """The slug of the person behind an account; what changed about the account is noted."""
        key = (author.network, author.account_id)
        known = self.found.get(key) or self._cache.get(key)
        if known is not None:
            if author == known.author or not author.known:
                return known.celeb
            author = msgspec.structs.replace(
                author,
                avatar_url=author.avatar_url or known.author.avatar_url,
                bio=author.bio or known.author.bio,
            )
            if author == known.author:
                return known.celeb
        celeb = self._new_slug(author) if known is None else known.celeb
        self.found[key] = Account(author, celeb)
        self._account_rows[key] = rows.account_row(author, celeb)
        self._activity(celeb).name = author.name
        return celeb

    def count_tweet(self, celeb: str, name: str, position: int, created_at: int) -> None:
        """The celeb posted; `created_at` in ms since 1970 UTC."""
        activity = self._activity(celeb)
        activity.name = name
        activity.tweets += 1
        activity.last_position = position
        activity.last_tweet_at = max(created_at, activity.last_tweet_at or created_at)

    def write(self) -> None:
        """Write what was collected so far."""
        _UPSERT_ACCOUNTS.execute(self._connection, list(self._account_rows.values()))
        _UPSERT_CELEBS.execute(
            self._connection,
            [
                (slug, a.name, a.tweets, a.last_position, a.last_tweet_at)
                for slug, a in self._active.items()
            ],
        )
        self._account_rows.clear()
        self._active.clear()

    def _new_slug(self, author: Author) -> str:
        for slug in slugs.candidates(author):
            if slug in self._free_slugs or self._is_free(slug):
                self._free_slugs.discard(slug)
                return slug
        raise AssertionError("slugs.candidates has no end")

    def _is_free(self, slug: str) -> bool:
        if any(account.celeb == slug for account in self.found.values()):
            return False
        taken = select(celebs.c.slug).where(celebs.c.slug == slug)
        return self._connection.scalar(taken) is None

    def _activity(self, celeb: str) -> _Activity:
        activity = self._active.get(celeb)
        if activity is None:
            activity = self._active[celeb] = _Activity()
        return activity


_account = upsert(accounts)
_UPSERT_ACCOUNTS = BulkInsert(
    _account.on_conflict_do_update(
        index_elements=[accounts.c.network, accounts.c.account_id],
        set_={
            column.name: _account.excluded[column.name]
            for column in accounts.c
            if not column.primary_key
        },
    )
)

_celeb = upsert(celebs)
_UPSERT_CELEBS = BulkInsert(
    _celeb.on_conflict_do_update(
        index_elements=[celebs.c.slug],
        set_={
            "name": _celeb.excluded.name,
            "tweet_count": celebs.c.tweet_count + _celeb.excluded.tweet_count,
            "last_position": func.coalesce(_celeb.excluded.last_position, celebs.c.last_position),
            "last_tweet_at": case(
                (celebs.c.last_tweet_at > _celeb.excluded.last_tweet_at, celebs.c.last_tweet_at),
                else_=func.coalesce(_celeb.excluded.last_tweet_at, celebs.c.last_tweet_at),
            ),
        },
    )
)
