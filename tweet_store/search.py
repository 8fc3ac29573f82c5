"""Finding posts by their words, newest first. `search_query` reads what is asked for.

A search that takes too long (`LONGEST` in `fts5` and `tsvector`) ends with the error of a query
that was interrupted, not with an answer that may lack something.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, func, or_, select

from tweet_store.post_queries import NEWEST
from tweet_store.schema import accounts
from tweet_store.search_index import author_word, index_of
from tweet_store.search_query import Criteria, SearchQuery

MOST_ACCOUNTS = 200
"""Accounts that a query may name, of all its celebs together."""


def positions(
    connection: Connection, query: SearchQuery, celeb: str | None, before: int | None, limit: int
) -> list[int]:
    """Where the newest posts are that the query finds, below `before`; of one celeb, if given."""
    criteria = _criteria(connection, query, celeb)
    if criteria is None:
        return []
    below = NEWEST if before is None else min(before, NEWEST)
    return index_of(connection).positions(connection, criteria, below, limit)


def _criteria(connection: Connection, query: SearchQuery, celeb: str | None) -> Criteria | None:
    """What to look for; None where nothing can be found."""
    restrictions = [_named(query.authors)] if query.authors else []
    if celeb is not None:
        restrictions.append(accounts.c.celeb == celeb)
    by = tuple(_author_words(connection, restriction) for restriction in restrictions)
    if not all(by) or not (query.wanted or by):
        return None
    not_by = _author_words(connection, _named(query.not_authors)) if query.not_authors else ()
    return Criteria(query.wanted, by, query.unwanted, not_by)


def _named(names: Collection[str]) -> ColumnElement[bool]:
    """Accounts with one of these handles, or of a celeb with one of these slugs."""
    return or_(func.lower(accounts.c.handle).in_(names), accounts.c.celeb.in_(names))


def _author_words(connection: Connection, restriction: ColumnElement[bool]) -> tuple[str, ...]:
    query = select(accounts.c.network, accounts.c.account_id).where(restriction)
    return tuple(author_word(*row) for row in connection.execute(query.limit(MOST_ACCOUNTS)))
