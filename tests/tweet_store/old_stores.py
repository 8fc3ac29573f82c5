"""Stores as earlier releases left them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import alembic.command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

import tweet_store.database


@contextmanager
def migrated(url: str, revision: str) -> Iterator[Connection]:
    """A new store with the schema of that revision, and a transaction to fill it in."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        scripts = Path(tweet_store.database.__file__).with_name("migrations")
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, revision)
        yield connection
    engine.dispose()
