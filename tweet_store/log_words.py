"""Deleted words leave SQLite's write-ahead log, too, in which each page stands as it once was.

Whoever deletes words leaves a note in `meta`, in the same transaction; whoever works in the
background (the reader) empties the log while there are notes. A note is a number that goes up:
words that are deleted while the log is emptied have a note of their own. Only so with SQLite:
what PostgreSQL keeps in its log, and how long, is for its operator to say.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Engine, Integer, bindparam, cast, select, update

from tweet_store.database import StoreUnavailable
from tweet_store.schema import meta

LEFT = "log_words_left"
"""How often words were deleted."""
EMPTIED = "log_words_emptied"
"""How many of these times the log was emptied after."""

NOTES = {LEFT: "0", EMPTIED: "0"}
"""What `meta` holds of this, in a new store."""

PATIENCE = 50
"""Longest wait for readers who are in the way, in milliseconds: nobody writes meanwhile."""

_LEAVE = update(meta).where(meta.c.key == LEFT).values(value=cast(meta.c.value, Integer) + 1)
_NOTES = select(meta.c.key, meta.c.value).where(meta.c.key.in_(list(NOTES)))
_DONE = update(meta).where(meta.c.key == EMPTIED).values(value=bindparam("times"))


def leave_note(connection: Connection) -> None:
    """This transaction deletes words."""
    if connection.dialect.name == "sqlite":
        connection.execute(_LEAVE)


def times_left(connection: Connection) -> str | None:
    """How often words were deleted, if the log was not emptied after the last time."""
    notes = {row.key: row.value for row in connection.execute(_NOTES)}
    return None if notes[LEFT] == notes[EMPTIED] else notes[LEFT]


def settle(connection: Connection, times: str) -> None:
    """The log was emptied after so many times."""
    connection.execute(_DONE, {"times": times})


def empty(writer: Engine) -> bool:
    """Bring everything from the log into the database, and leave nothing in it. False where a
    reader, or another process that writes, is in the way. Raises `StoreUnavailable`."""
    with writer.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error
    return not busy
