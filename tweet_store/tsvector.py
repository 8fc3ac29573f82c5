"""Search in PostgreSQL: a table of tsvectors, and a GIN index of them.

What is a word has been settled before (`search_words`), so a tsvector is written out here, word by
word, and PostgreSQL's own dictionaries have no part in it. An author is a word, too, with a sign
before it that no text has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from tweet_store.search_query import Criteria, Phrase
from tweet_store.search_words import split

LONGEST = 1_000
"""How long PostgreSQL searches for one query, in milliseconds. It goes through all that has the
words, however many that are, or through all posts, as it thinks best."""

LONGEST_TEXT = 100_000
"""Characters of a text that are searched: PostgreSQL's limit is 1 MiB of different words."""
LONGEST_WORD = 500
"""Characters of a word that are compared. PostgreSQL's limit is 2,046 bytes."""

_INSERT = "INSERT INTO search (position, words) VALUES (%s, %s::tsvector)"
_REPLACE = text("UPDATE search SET words = CAST(:words AS tsvector) WHERE position = :position")
_DELETE = text("DELETE FROM search WHERE position = :position")
_FOUND = text(
    "SELECT position FROM search WHERE words @@ CAST(:expression AS tsquery) "
    "AND position < :below ORDER BY position DESC LIMIT :most"
)


def add(connection: Connection, found: Sequence[tuple[int, str, str]]) -> None:
    """Put posts there: positions, texts and authors' words."""
    rows = [(position, _vector(words, author)) for position, words, author in found]
    connection.exec_driver_sql(_INSERT, rows)


def replace(connection: Connection, position: int, words: str, author: str) -> None:
    """The post there has other words, if it is there."""
    connection.execute(_REPLACE, {"words": _vector(words, author), "position": position})


def remove(connection: Connection, position: int) -> None:
    """Take the post away that is there, if it is."""
    connection.execute(_DELETE, {"position": position})


def positions(connection: Connection, criteria: Criteria, below: int, limit: int) -> list[int]:
    """Where the newest posts are that are criteria. See `search`."""
    asked = {"expression": _expression(criteria), "below": below, "most": limit}
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {LONGEST}")
    found = list(connection.scalars(_FOUND, asked))
    connection.exec_driver_sql("SET LOCAL statement_timeout TO DEFAULT")
    return found


def _vector(words: str, author: str) -> str:
    numbered = enumerate(split(words[:LONGEST_TEXT]), 1)
    return " ".join([f"'@{author}'", *(f"'{word[:LONGEST_WORD]}':{n}" for n, word in numbered)])


def _expression(criteria: Criteria) -> str:
    required = [*map(_phrase, criteria.phrases), *map(_by, criteria.by)]
    refused = [*map(_phrase, criteria.not_phrases)]
    if criteria.not_by:
        refused.append(_by(criteria.not_by))
    return " & ".join([*required, *(f"!{one}" for one in refused)])


def _phrase(phrase: Phrase) -> str:
    # No quote can be in a word.
    words = " <-> ".join(f"'{word[:LONGEST_WORD]}'" for word in phrase.words)
    return f"({words}{':*' if phrase.is_open else ''})"


def _by(authors: Iterable[str]) -> str:
    any_of = " | ".join(f"'@{author}'" for author in authors)
    return f"({any_of})"
