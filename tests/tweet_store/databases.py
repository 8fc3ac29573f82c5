"""Databases for stores, of either kind. Most tests here run once on each: see `conftest`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from tests.postgresql.server import PostgresServer
from tweet_store.store import TweetStore

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""For tests of what only SQLite does, or what is seen in its files or its plans."""
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
"""The reverse."""


class Databases(Protocol):
    """One kind of them. All are gone at the end of the run."""

    def empty(self) -> str:
        """The URL of a database with nothing in it."""

    def copy(self, url: str) -> str:
        """The URL of a copy of a store that nobody has open."""

    def drop(self, url: str) -> None:
        """Nobody needs it any more."""


class SqliteFiles:
    """Each in a folder of its own."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory

    def empty(self) -> str:
        return f"sqlite:///{self._factory.mktemp('store')}/store.db"

    def copy(self, url: str) -> str:
        made = self.empty()
        shutil.copy(file_of(url), file_of(made))
        return made

    def drop(self, url: str) -> None:
        """pytest takes its folders away."""


class PostgresDatabases:
    """Those of a server that runs. A copy that nobody needs any more gets its first rows back, for
    who next asks for one: to make a database takes fifty times as long."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._contents: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
        """By the URL that is copied: the rows of its tables."""
        self._free: dict[str, list[str]] = {}
        self._copied: dict[str, str] = {}

    def empty(self) -> str:
        return self._server.url(self._server.new_database())

    def copy(self, url: str) -> str:
        if url not in self._contents:
            self._contents[url] = dict(_tables(url))
        free = self._free.setdefault(url, [])
        made = free.pop() if free else self._server.url(self._server.new_database(_name(url)))
        self._copied[made] = url
        return made

    def drop(self, url: str) -> None:
        of = self._copied.pop(url, None)
        if of is None:
            self._server.drop(_name(url))
            return
        with psycopg.connect(url) as connection:
            sequences = connection.execute("SELECT sequencename FROM pg_sequences").fetchall()
            restarts = [f"ALTER SEQUENCE {name} RESTART" for (name,) in sequences]
            deletes = [f"DELETE FROM {table}" for table in self._contents[of]]
            connection.execute(";".join([*deletes, *restarts]).encode())
            for table, rows in self._contents[of].items():
                places = ", ".join(["%s"] * len(rows[0])) if rows else ""
                insert = f"INSERT INTO {table} VALUES ({places})".encode()
                connection.cursor().executemany(insert, rows)
        self._free[of].append(url)


def file_of(url: str) -> Path:
    """Where SQLite keeps it. The log is beside it."""
    return Path(url.removeprefix("sqlite:///"))


def migrated(databases: Databases) -> str:
    """A store with nothing in it, to be copied: that takes less time than to make one."""
    url = databases.empty()
    TweetStore.open(url).close()
    return url


def holds(url: str, words: str) -> bool:
    """Whether they are anywhere in a store: in SQLite's files, in a row of PostgreSQL's tables."""
    if url.startswith("sqlite:"):
        found = [path.read_bytes() for path in file_of(url).parent.iterdir()]
    else:
        values = [v for _, rows in _tables(url) for row in rows for v in row]
        found = [v if isinstance(v, bytes) else str(v).encode() for v in values]
    assert found
    return any(words.encode() in one for one in found)


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _tables(url: str) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables.fetchall():
            yield table, connection.execute(f"SELECT * FROM {table}".encode()).fetchall()
