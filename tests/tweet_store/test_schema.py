"""The migrations lead to the schema that the queries use."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from tweet_store.database import BUSY_TIMEOUT, StoreIncompatible, StoreUnavailable
from tweet_store.discussion import schema as _discussion  # noqa: F401  (adds its tables)
from tweet_store.schema import metadata
from tweet_store.store import TweetStore


def test_migrating_an_empty_database_gives_the_schema(tmp_path: Path) -> None:
    TweetStore.open(f"sqlite:///{tmp_path}/store.db").close()
    engine = create_engine(f"sqlite:///{tmp_path}/store.db")
    with engine.connect() as connection:
        # FTS5's table and those it keeps its index in are none that SQLAlchemy could describe.
        listed = connection.execute(
            text("SELECT name, type FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")
        )
        kinds: dict[str, str] = {row.name: row.type for row in listed}
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, *_: name not in kinds}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []
    assert [name for name, kind in kinds.items() if kind == "virtual"] == ["search"]


def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    TweetStore.open(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
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
