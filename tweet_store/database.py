"""Opening the database: its two engines, and migrations.

A store has one writing connection and a small pool of reading ones. A writing transaction locks out
other writers from its beginning, so the order in which transactions take their `seq`s is the order
in which they commit, whichever process they run in: see `sqlite` and `postgresql`.
"""

from __future__ import annotations

from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError

BUSY_TIMEOUT = 2_000
"""Longest wait for another process's write, in milliseconds."""
OPEN_TIMEOUT = 15_000
"""The same while the store is being opened. SQLite's lock is not fair: against a process that saves
without a pause, 2 s may be short."""

READERS = 4
"""Reading connections of a store."""
POOL_TIMEOUT = 5.0
"""Longest wait of a reading thread for one of them, in seconds."""


class StoreUnavailable(Exception):  # noqa: N818
    """The database cannot be used now: locked, full, missing, no permission. Try again later."""


class StoreIncompatible(Exception):  # noqa: N818
    """The database was made by a newer release. Run that one, or restore a backup."""


def open_engines(url: str) -> tuple[Engine, Engine]:
    """The writing and the reading engine of a store, which need not be there yet.

    Transactions of the first lock out other writers. They wait for these BUSY_TIMEOUT, or as many
    milliseconds as the execution option `longest_wait` says.
    """
    address = make_url(url)
    # PostgreSQL's library takes a while to load, and is there for who uses it.
    if address.get_backend_name() == "postgresql":
        from tweet_store.postgresql import open_reader, open_writer  # noqa: PLC0415
    else:
        from tweet_store.sqlite import open_reader, open_writer  # noqa: PLC0415
    writer = open_writer(address, BUSY_TIMEOUT)
    return writer, open_reader(address, READERS, BUSY_TIMEOUT, POOL_TIMEOUT)


def shown_url(engine: Engine) -> str:
    """The store's URL as the operator wrote it, without the password."""
    return str(engine.url.set(drivername=engine.url.get_backend_name()))


OF_VALUES = ("22", "23", "54")
"""PostgreSQL's classes of errors that are about what it was given: bad, not allowed, too long."""


def is_fault_of_the_values(error: DBAPIError) -> bool:
    """Whether the database minds what it was given: the same again would fail again."""
    if type(error.orig).__module__ == "sqlite3":
        return isinstance(error, IntegrityError | DataError | InterfaceError | ProgrammingError)
    # The driver itself minds a value, without asking the server, as a DataError.
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    return isinstance(error, DataError) or (sqlstate or "").startswith(OF_VALUES)


def migrate(connection: Connection) -> None:
    """Bring the schema up to date, inside the caller's transaction. Raises `StoreIncompatible`."""
    if connection.dialect.name == "postgresql":
        # To make an index of a large table takes what it takes.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreIncompatible(
                f"the database cannot hold all scripts, its encoding is {encoding}: create one "
                "with ENCODING 'UTF8' TEMPLATE template0"
            )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, "head")
    except CommandError as error:
        raise StoreIncompatible(
            f"the store has a schema that this release lacks: {error}"
        ) from error
