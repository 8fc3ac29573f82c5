"""Finding posts by their words, newest first. `search_query` reads what is asked for."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, text

from tweet_store.post_queries import NEWEST
from tweet_store.schema import accounts
from tweet_store.search_index import author_word
from tweet_store.search_query import SearchQuery

MOST_ACCOUNTS = 200
"""Accounts that a query may name, of all its celebs together."""

LONGEST = 0.3
"""How long the index is searched for one query, in seconds of the thread's own time. A phrase of
words that every post has costs any number of them."""
_STEPS = 50
"""Of SQLite's machine, between looks at the clock: that is 5 to 10 ms of FTS5's work."""

_FOUND = text(
    "SELECT rowid FROM search WHERE search MATCH :expression AND rowid < :before "
    "ORDER BY rowid DESC LIMIT :most"
)


def positions(
    connection: Connection, query: SearchQuery, celeb: str | None, before: int | None, limit: int
) -> list[int]:
    """Where the newest posts are that the query finds, below `before`; of one celeb, if given.

    A search of more than LONGEST ends with the error of a query that was interrupted, not with an
    answer that may lack something.
    """
    expression = _expression(connection, query, celeb)
    if expression is None:
        return []
    below = NEWEST if before is None else min(before, NEWEST)
    asked = {"expression": expression, "before": below, "most": limit}
    with _limited(connection):
        return list(connection.scalars(_FOUND, asked))


@contextmanager
def _limited(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.dbapi_connection
    end = time.thread_time() + LONGEST
    driver.set_progress_handler(lambda: time.thread_time() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _expression(connection: Connection, query: SearchQuery, celeb: str | None) -> str | None:
    """The query as FTS5 understands it; None where it can find nothing."""
    wanted = [f"words : ({' AND '.join(query.wanted)})"] if query.wanted else []
    restrictions = [_named(query.authors)] if query.authors else []
    if celeb is not None:
        restrictions.append(accounts.c.celeb == celeb)
    for restriction in restrictions:
        authors = _author_words(connection, restriction)
        if not authors:
            return None
        wanted.append(_by(authors))
    if not wanted:
        return None
    unwanted = [f"words : ({' OR '.join(query.unwanted)})"] if query.unwanted else []
    if query.not_authors and (authors := _author_words(connection, _named(query.not_authors))):
        unwanted.append(_by(authors))
    expression = f"({' AND '.join(wanted)})"
    return f"{expression} NOT ({' OR '.join(unwanted)})" if unwanted else expression


def _by(author_words: Iterable[str]) -> str:
    return f"author : ({' OR '.join(author_words)})"


def _named(names: Collection[str]) -> ColumnElement[bool]:
    """Accounts with one of these handles, or of a celeb with one of these slugs."""
    return or_(func.lower(accounts.c.handle).in_(names), accounts.c.celeb.in_(names))


def _author_words(connection: Connection, restriction: ColumnElement[bool]) -> list[str]:
    query = select(accounts.c.network, accounts.c.account_id).where(restriction)
    return [f'"{author_word(*row)}"' for row in connection.execute(query.limit(MOST_ACCOUNTS))]
