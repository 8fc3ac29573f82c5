"""A store in a PostgreSQL database: its connections.

`events.seq` must grow in commit order, or somebody who reads 'everything after seq' would pass over
an event that commits late. So a writing transaction begins with a lock, which PostgreSQL gives back
after the commit can be seen by all. There is one writer at a time, as with SQLite; readers wait for
nobody.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.string import StrDumper
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

LOCK = int.from_bytes(b"celebwir")
"""Which advisory lock of the database is the writers'."""

LONGEST_WRITE = 60_000
LONGEST_READ = 5_000
"""Milliseconds that one statement may take."""
LONGEST_PAUSE = 30_000
"""Milliseconds between two statements of a transaction: a writer that hangs is in the way."""

REACHING = {
    "application_name": "celebwire",
    # A server that only reads is a standby: what was the store is elsewhere now.
    "target_session_attrs": "read-write",
    "client_encoding": "utf8",
    "connect_timeout": 3,
    # A server that vanished is noticed after about 10 s, also by who waits for its answer.
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What PostgreSQL's library is told, in its own words and units, where the URL does not."""

_BEGIN = "SELECT set_config('lock_timeout', '{longest_wait}', true), pg_advisory_xact_lock({lock})"


def open_writer(url: URL, longest_wait: int) -> Engine:
    """One connection, whose transactions may write. They wait for others as many milliseconds as
    their execution option `longest_wait` says."""
    # What is read after the lock was given must be what others had committed by then.
    options = {"longest_wait": longest_wait, "isolation_level": "READ COMMITTED"}
    writer = _engine(url, 1, {"statement_timeout": LONGEST_WRITE}, options)
    event.listen(writer, "begin", _lock)
    return writer


def open_reader(url: URL, connections: int, longest_wait: int, pool_timeout: float) -> Engine:
    """So many connections, whose transactions read, each the store as it is at one moment; who
    finds none free waits `pool_timeout` seconds. For locks, which only a migration takes, they wait
    `longest_wait` milliseconds."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    said = {"statement_timeout": LONGEST_READ, "lock_timeout": longest_wait}
    return _engine(url, connections, said, options, pool_timeout=pool_timeout)


def _engine(
    url: URL, connections: int, said: dict[str, int], options: dict[str, Any], **pool: float
) -> Engine:
    # To compile a query for the machine takes longer than any of ours.
    said = {"jit": 0, "idle_in_transaction_session_timeout": LONGEST_PAUSE, **said}
    server = [url.query.get("options", ""), *(f"-c {key}={value}" for key, value in said.items())]
    reaching = {key: value for key, value in REACHING.items() if key not in url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        # After a restart of the server the connections in the pool are none any more.
        pool_pre_ping=True,
        connect_args={**reaching, "options": " ".join(map(str, server)).strip()},
        execution_options=options,
        **pool,
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: psycopg.Connection[Any], _: ConnectionPoolEntry) -> None:
    connection.adapters.register_dumper(str, _WithoutNul)


def _lock(connection: Connection) -> None:
    longest_wait: int = connection.get_execution_options()["longest_wait"]
    connection.exec_driver_sql(_BEGIN.format(longest_wait=longest_wait, lock=LOCK))


class _WithoutNul(StrDumper):
    """PostgreSQL takes no character 0 in a text. A browser shows it as what it is stored as."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))
