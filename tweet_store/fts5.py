"""Search in SQLite: a table of FTS5.

A word that is deleted from FTS5 stays in the file until the segment that holds it is merged with
the one that says 'deleted'. So a delete leaves a note, `search_leftovers`, and `forget_step` merges
everything into one segment, a bounded number of pages at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, case, select, text, update

from tweet_store.schema import meta
from tweet_store.search_query import Criteria, Phrase

LEFTOVERS = "search_leftovers"

Leftovers = Literal["none", "some", "merging", "merging, some"]
"""Whether deleted words may be in the file: no; yes; yes, and a merge that rids us of them goes on;
the same, and others were deleted since it began."""

NOTES = {LEFTOVERS: "none"}
"""What `meta` holds of this, in a new store."""

LONGEST = 0.3
"""How long the index is searched for one query, in seconds of the thread's own time. A phrase of
words that every post has costs any number of them."""
_STEPS = 50
"""Of SQLite's machine, between looks at the clock: that is 5 to 10 ms of FTS5's work."""

_FOUND = text(
    "SELECT rowid FROM search WHERE search MATCH :expression AND rowid < :below "
    "ORDER BY rowid DESC LIMIT :most"
)
_INSERT = "INSERT INTO search (rowid, words, author) VALUES (?, ?, ?)"
_REPLACE = text("UPDATE search SET words = :words, author = :author WHERE rowid = :position")
_DELETE = text("DELETE FROM search WHERE rowid = :position")
_MERGE = text("INSERT INTO search (search, rank) VALUES ('merge', :pages)")
_LEFTOVERS = select(meta.c.value).where(meta.c.key == LEFTOVERS)
_SET_LEFTOVERS = update(meta).where(meta.c.key == LEFTOVERS).values(value=bindparam("left"))
_LEAVE = (
    update(meta)
    .where(meta.c.key == LEFTOVERS)
    .values(value=case((meta.c.value.startswith("merging"), "merging, some"), else_="some"))
)


def add(connection: Connection, found: Sequence[tuple[int, str, str]]) -> None:
    """Put posts there: positions, texts and authors' words."""
    connection.exec_driver_sql(_INSERT, list(found))


def replace(connection: Connection, position: int, words: str, author: str) -> None:
    """The post there has other words, if it is there."""
    changed = {"position": position, "words": words, "author": author}
    connection.execute(_REPLACE, changed)


def remove(connection: Connection, position: int) -> None:
    """Take the post away that is there, if it is."""
    if connection.execute(_DELETE, {"position": position}).rowcount:
        connection.execute(_LEAVE)


def positions(connection: Connection, criteria: Criteria, below: int, limit: int) -> list[int]:
    """Where the newest posts are that are criteria. See `search`."""
    asked = {"expression": _expression(criteria), "below": below, "most": limit}
    with _limited(connection):
        return list(connection.scalars(_FOUND, asked))


def leftovers(connection: Connection) -> Leftovers:
    """Whether there is something to forget."""
    left: Leftovers = connection.execute(_LEFTOVERS).scalar_one()
    return left


def forget_step(connection: Connection, pages: int) -> Leftovers:
    """Merge about `pages` pages more, beginning where no merge goes on; what is left to do."""
    left = leftovers(connection)
    begins = left == "some"
    before = _changes(connection)
    # Negative: begin to merge all segments into one; else go on with it, and with what became too
    # much meanwhile. Nothing left to do is told by the number of changes (FTS5's documentation).
    connection.execute(_MERGE, {"pages": -pages if begins else pages})
    if _changes(connection) - before < 2:
        left = "some" if left == "merging, some" else "none"
    elif begins:
        left = "merging"
    connection.execute(_SET_LEFTOVERS, {"left": left})
    return left


def _changes(connection: Connection) -> int:
    changes: int = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    return changes


@contextmanager
def _limited(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.dbapi_connection
    end = time.thread_time() + LONGEST
    driver.set_progress_handler(lambda: time.thread_time() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _expression(criteria: Criteria) -> str:
    required = [*_words(" AND ", criteria.phrases), *(_by(authors) for authors in criteria.by)]
    refused = [*_words(" OR ", criteria.not_phrases)]
    if criteria.not_by:
        refused.append(_by(criteria.not_by))
    expression = f"({' AND '.join(required)})"
    return f"{expression} NOT ({' OR '.join(refused)})" if refused else expression


def _words(operator: str, phrases: Sequence[Phrase]) -> Iterator[str]:
    if phrases:
        yield f"words : ({operator.join(map(_phrase, phrases))})"


def _phrase(phrase: Phrase) -> str:
    # No quote can be in a word.
    words = " ".join(phrase.words)
    return f'"{words}"{" *" if phrase.is_open else ""}'


def _by(authors: Iterable[str]) -> str:
    any_of = " OR ".join(f'"{author}"' for author in authors)
    return f"author : ({any_of})"
