"""Stores on SQLite and on PostgreSQL: a test that asks for one of these runs on both, unless it
says `on_sqlite`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tweet_store.databases import Databases, PostgresDatabases, SqliteFiles, migrated
from tweet_store.store import TweetStore


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    if request.param == "sqlite":
        return SqliteFiles(tmp_path_factory)
    return PostgresDatabases(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def empty_store(databases: Databases) -> str:
    """The URL of a store with nothing in it, to be copied."""
    return migrated(databases)


@pytest.fixture(scope="module")
def any_store(databases: Databases, empty_store: str) -> Iterator[TweetStore]:
    """A store for tests that leave nothing in it."""
    opened = TweetStore.open(databases.copy(empty_store))
    yield opened
    opened.close()


@pytest.fixture
def url(databases: Databases, empty_store: str) -> Iterator[str]:
    """Of a store with nothing in it."""
    made = databases.copy(empty_store)
    yield made
    databases.drop(made)


@pytest.fixture
def store(url: str) -> Iterator[TweetStore]:
    opened = TweetStore.open(url)
    yield opened
    opened.close()
