"""The migrations lead to the schema that the queries use."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.tweet_store.databases import Databases
from tweet_store.database import BUSY_TIMEOUT, StoreIncompatible, StoreUnavailable
from tweet_store.discussion import schema as _discussion  # noqa: F401  (adds its tables)
from tweet_store.schema import metadata
from tweet_store.store import TweetStore


def test_migrating_an_empty_database_gives_the_schema(store: TweetStore) -> None:
    seen: set[str] = set()

    def is_ours(name: str | None, kind: str, _: object) -> bool:
        # FTS5's table and those it keeps its index in are none that SQLAlchemy could describe.
        if kind == "table" and name is not None:
            seen.add(name)
        return not (kind == "table" and name is not None and name.startswith("search"))

    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        differences = compare_metadata(context, metadata)
    # Comments stand in the schema, for people.
    assert [one for one in differences if one[0][0] != "modify_comment"] == []
    assert seen >= {"search", "tweets", "events", "comments"}


def test_a_store_of_a_newer_release_is_refused(databases: Databases) -> None:
    url = databases.empty()
    store = TweetStore.open(url)
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreIncompatible, match="9999"):
        TweetStore.open(url)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere"):
        TweetStore.open(f"sqlite:///{tmp_path}/nowhere/store.db")


def test_opening_waits_for_a_writer_longer_than_saving_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    TweetStore.open(url).close()
    lock = sqlite3.connect(tmp_path / "store.db", check_same_thread=False, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    threading.Timer(BUSY_TIMEOUT / 1000 + 0.5, lock.close).start()
    TweetStore.open(url).close()
