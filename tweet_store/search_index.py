"""The index of posts' words, filled behind the intake's back.

Saving a post does not touch the index: what is past the mark `searched_position` is put there
later, in batches, when there is time (`index_next`). Edits and deletes of what is there already
change it at once, in their own transaction. How it is kept is the database's: `fts5`, `tsvector`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from tweet_store import fts5, rows, tsvector
from tweet_store.model import Entity
from tweet_store.schema import meta, tweets
from tweet_store.search_query import Criteria
from tweet_store.search_words import indexed, shown_text

MARK = "searched_position"

NOTES = {MARK: "0", **fts5.NOTES}
"""What `meta` holds of the index, in a new store."""

_MARK = select(meta.c.value).where(meta.c.key == MARK)
_SET_MARK = update(meta).where(meta.c.key == MARK).values(value=bindparam("new"))
_NEXT = (
    select(
        tweets.c.position, tweets.c.network, tweets.c.account_id, tweets.c.text, tweets.c.entities
    )
    .where(tweets.c.position > bindparam("after"))
    .order_by(tweets.c.position)
    .limit(bindparam("most"))
)


class Index(Protocol):
    """What a database's module does: see `fts5`."""

    def add(self, connection: Connection, found: Sequence[tuple[int, str, str]]) -> None: ...  # noqa: D102

    def replace(self, connection: Connection, position: int, words: str, author: str) -> None: ...  # noqa: D102

    def remove(self, connection: Connection, position: int) -> None: ...  # noqa: D102

    def positions(  # noqa: D102
        self, connection: Connection, criteria: Criteria, below: int, limit: int
    ) -> list[int]: ...


def index_of(connection: Connection) -> Index:
    """The index in the database that this leads to."""
    return tsvector if connection.dialect.name == "postgresql" else fts5


def author_word(network: str, account_id: str) -> str:
    """The word that stands for an account in the index: letters and digits only."""
    return f"{network}:{account_id}".encode().hex()


def index_next(connection: Connection, most: int) -> int:
    """Put the first posts past the mark into the index; how many, fewer than `most` if all."""
    after = int(connection.execute(_MARK).scalar_one())
    found = connection.execute(_NEXT, {"after": after, "most": most}).all()
    if found:
        index_of(connection).add(connection, list(map(_index_row, found)))
        connection.execute(_SET_MARK, {"new": str(found[-1].position)})
    return len(found)


def replace_words(
    connection: Connection, position: int, author: str, text: str, entities: Iterable[Entity]
) -> None:
    """The post there was edited; `author` is its author's word. Nothing is done where it is not in
    the index yet.

    The words of the earlier version may stay in the file: `versions` has them, too.
    """
    words = indexed(shown_text(text, entities))
    index_of(connection).replace(connection, position, words, author)


def remove_words(connection: Connection, position: int) -> None:
    """The post there was deleted."""
    index_of(connection).remove(connection, position)


def _index_row(row: rows.AnyRow) -> tuple[int, str, str]:
    try:
        entities = rows.entities_of(row.entities)
    except msgspec.MsgspecError:  # of a later release
        entities = ()
    words = indexed(shown_text(row.text, entities))
    return row.position, words, author_word(row.network, row.account_id)
