"""A new store for a test: `TweetStore.open` in a fifth of the time, where a test is not about that.

    store = new_store(folder / "store.db")

The schema is made once a process, and its file copied. All else is as with any new store: what it
notes of itself, its epoch among it, is written when the copy is opened.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tweet_store.store import TweetStore


def new_store(path: Path) -> TweetStore:
    """A store in this file, which is not there yet."""
    with path.open("xb") as file:
        file.write(_file_of_an_empty_store())
    return TweetStore.open(f"sqlite:///{path}")


@cache
def _file_of_an_empty_store() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        TweetStore.open(f"sqlite:///{path}").close()
        connection = sqlite3.connect(path)
        with connection:
            connection.execute("DELETE FROM meta")
        connection.close()
        return path.read_bytes()
