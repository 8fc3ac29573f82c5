"""The index of posts' words: a table of SQLite's FTS5, filled behind the intake's back.

Saving a post does not touch the index: what is past the mark `searched_position` is put there
later, in batches, when there is time (`index_next`). Edits and deletes of what is there already
change it at once, in their own transaction.

A word that is deleted from FTS5 stays in the file until the segment that holds it is merged with
the one that says 'deleted'. So a delete leaves a note, `search_leftovers`, and `forget_step` merges
everything into one segment, a bounded number of pages at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from sqlalchemy import Connection, bindparam, case, select, text, update

from tweet_store import rows
from tweet_store.model import Entity
from tweet_store.schema import meta, tweets
from tweet_store.search_words import indexed, shown_text

MARK = "searched_position"
LEFTOVERS = "search_leftovers"

Leftovers = Literal["none", "some", "merging", "merging, some"]
"""Whether deleted words may be in the file: no; yes; yes, and a merge that rids us of them goes on;
the same, and others were deleted since it began."""

NOTES = {MARK: "0", LEFTOVERS: "none"}
"""What `meta` holds of the index, in a new store."""

_META = select(meta.c.value).where(meta.c.key == bindparam("name"))
_SET_META = update(meta).where(meta.c.key == bindparam("name")).values(value=bindparam("new"))
_NEXT = (
    select(
        tweets.c.position, tweets.c.network, tweets.c.account_id, tweets.c.text, tweets.c.entities
    )
    .where(tweets.c.position > bindparam("after"))
    .order_by(tweets.c.position)
    .limit(bindparam("most"))
)
_LEAVE = (
    update(meta)
    .where(meta.c.key == LEFTOVERS)
    .values(value=case((meta.c.value.startswith("merging"), "merging, some"), else_="some"))
)
_INSERT = "INSERT INTO search (rowid, words, author) VALUES (?, ?, ?)"
_REPLACE = text("UPDATE search SET words = :words WHERE rowid = :position")
_DELETE = text("DELETE FROM search WHERE rowid = :position")
_MERGE = text("INSERT INTO search (search, rank) VALUES ('merge', :pages)")


def author_word(network: str, account_id: str) -> str:
    """The word that stands for an account in the index: letters and digits only."""
    return f"{network}:{account_id}".encode().hex()


def index_next(connection: Connection, most: int) -> int:
    """Put the first posts past the mark into the index; how many, fewer than `most` if all."""
    after = int(connection.execute(_META, {"name": MARK}).scalar_one())
    found = connection.execute(_NEXT, {"after": after, "most": most}).all()
    if found:
        connection.exec_driver_sql(_INSERT, [_search_row(row) for row in found])
        connection.execute(_SET_META, {"name": MARK, "new": str(found[-1].position)})
    return len(found)


def replace_words(
    connection: Connection, position: int, text: str, entities: Iterable[Entity]
) -> None:
    """The post there was edited. Nothing is done where it is not in the index yet.

    The words of the earlier version may stay in the file: `versions` has them, too.
    """
    connection.execute(_REPLACE, {"words": _words(text, entities), "position": position})


def remove_words(connection: Connection, position: int) -> None:
    """The post there was deleted."""
    if connection.execute(_DELETE, {"position": position}).rowcount:
        connection.execute(_LEAVE)


def leftovers(connection: Connection) -> Leftovers:
    """Whether there is something to forget."""
    left: Leftovers = connection.execute(_META, {"name": LEFTOVERS}).scalar_one()
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
    connection.execute(_SET_META, {"name": LEFTOVERS, "new": left})
    return left


def _changes(connection: Connection) -> int:
    changes: int = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    return changes


def _search_row(row: rows.AnyRow) -> tuple[int, str, str]:
    try:
        entities = rows.entities_of(row.entities)
    except msgspec.MsgspecError:  # of a later release
        entities = ()
    words = _words(row.text, entities)
    return row.position, words, author_word(row.network, row.account_id)


def _words(text: str, entities: Iterable[Entity]) -> str:
    return indexed(shown_text(text, entities))
