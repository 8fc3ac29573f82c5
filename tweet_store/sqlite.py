"""A store in a file of SQLite: its connections.

A writing transaction starts with BEGIN IMMEDIATE, so that no other process writes until it has
committed.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry


def open_writer(url: URL, longest_wait: int) -> Engine:
    """One connection, whose transactions may write. They wait for others as many milliseconds as
    their execution option `longest_wait` says."""
    options = {"longest_wait": longest_wait}
    writer = create_engine(url, pool_size=1, max_overflow=0, execution_options=options)
    event.listen(writer, "connect", _set_up)
    event.listen(writer, "connect", _keep_pages)
    event.listen(writer, "begin", _begin_immediate)
    return writer


def open_reader(url: URL, connections: int, longest_wait: int, pool_timeout: float) -> Engine:
    """So many connections, whose transactions read; who finds none free waits `pool_timeout`
    seconds. For other processes they wait `longest_wait` milliseconds, where they have to."""
    reader = create_engine(url, pool_size=connections, max_overflow=0, pool_timeout=pool_timeout)

    def set_wait(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA busy_timeout = {longest_wait}")

    event.listen(reader, "connect", set_wait)
    event.listen(reader, "connect", _set_up)
    event.listen(reader, "connect", _read_only)
    event.listen(reader, "begin", _begin)
    return reader


def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
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
    longest_wait: int = connection.get_execution_options()["longest_wait"]
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {longest_wait}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
