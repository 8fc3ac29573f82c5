"""Opening the database: connections, pragmas and migrations.

A store has one writing connection and a small pool of reading ones. A writing transaction starts
with BEGIN IMMEDIATE, so the order in which transactions take their `seq`s is the order in which
they commit, whichever process they run in.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT = 2_000
"""Longest wait for another process's write, in milliseconds."""
OPEN_TIMEOUT = 15_000
"""The same while the store is being opened."""

READERS = 4
POOL_TIMEOUT = 5.0
"""Longest wait of a reading thread for one of them, in seconds."""


class StoreUnavailable(Exception):  # noqa: N818
    """The database cannot be used now: locked, full, missing, no permission. Try again later."""


class StoreIncompatible(Exception):  # noqa: N818
    """The database was made by a newer release. Run that one, or restore a backup."""


def open_engines(url: str) -> tuple[Engine, Engine]:
    """The writing and the reading engine of a store, migrated to this release's schema.

    Raises `StoreUnavailable` or `StoreIncompatible`. Several processes may do this at once.
    """
    writer = create_engine(url, pool_size=1, max_overflow=0)
    reader = create_engine(url, pool_size=READERS, max_overflow=0, pool_timeout=POOL_TIMEOUT)
    event.listen(writer, "connect", _set_up)
    event.listen(writer, "connect", _keep_pages)
    event.listen(writer, "begin", _begin_immediate)
    event.listen(reader, "connect", _set_up)
    event.listen(reader, "connect", _read_only)
    event.listen(reader, "begin", _begin)
    try:
        # SQLite's lock is not fair: against a process that saves without a pause, 2 s may be short.
        wait_for_locks(writer, OPEN_TIMEOUT)
        with writer.begin() as connection:
            migrate(connection)
    except DBAPIError as error:
        writer.dispose()
        raise StoreUnavailable(f"{url}: {error.orig}") from error
    return writer, reader


def wait_for_locks(writer: Engine, milliseconds: int) -> None:
    """How long the writing connection waits for another process's write, from now on."""
    with writer.connect() as connection:
        connection.connection.cursor().execute(f"PRAGMA busy_timeout = {milliseconds}")


def migrate(connection: Connection) -> None:
    """Bring the schema up to date, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, "head")
    except CommandError as error:
        raise StoreIncompatible(
            f"the store has a schema that this release lacks: {error}"
        ) from error


def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A kill -9 loses nothing; a power cut may lose the last moments, never the order.
    cursor.execute("PRAGMA synchronous = NORMAL")
    # Whoever commits past this many pages (16 MB) copies them into the database, with a sync: a
    # save that takes 10 ms instead of 1. At SQLite's own 1,000 that was one save in a hundred.
    cursor.execute("PRAGMA wal_autocheckpoint = 4000")
    cursor.execute("PRAGMA secure_delete = ON")  # deleted words are overwritten
    cursor.close()


def _keep_pages(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # In KiB. Each post adds to the index pages of its celeb: those of a thousand celebs fit. With
    # SQLite's 2 MB a save in a store of 240,000 posts took a tenth longer.
    connection.execute("PRAGMA cache_size = -32000")


def _read_only(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA query_only = ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
