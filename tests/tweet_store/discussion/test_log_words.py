"""Deleted words leave the write-ahead log, whoever deleted them and whoever is in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import NOON, tweet
from tweet_store import log_words
from tweet_store.database import BUSY_TIMEOUT
from tweet_store.model import Tombstone

SECRET = "unsayable"


def in_files(folder: Path) -> bool:
    """While the store is open."""
    return any(SECRET.encode() in path.read_bytes() for path in folder.iterdir())


def delete_post(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3", text=SECRET)])
    visiting.tweets.save([Tombstone("3")])


def remove_comment(visiting: Visiting) -> None:
    said = visiting.say("Zoe", SECRET)
    visiting.discussion.remove_comment(visiting.sender("Zoe"), said.id, visiting.now)


def edit_comment(visiting: Visiting) -> None:
    said = visiting.say("Zoe", SECRET)
    visiting.discussion.edit_comment(visiting.sender("Zoe"), said.id, "sorry", visiting.now)


def moderate_comment(visiting: Visiting) -> None:
    visiting.discussion.moderate_comment(visiting.say("Zoe", SECRET).id, visiting.now)


@pytest.mark.parametrize(
    "delete",
    [delete_post, remove_comment, edit_comment, moderate_comment],
    ids=lambda f: f.__name__,
)
def test_what_one_process_deletes_another_takes_out_of_the_log(
    visiting: Visiting, tmp_path: Path, delete: Callable[[Visiting], None]
) -> None:
    reader = Visiting(tmp_path)
    delete(visiting)
    assert in_files(tmp_path)
    assert reader.tweets.empty_log()
    assert not in_files(tmp_path)
    reader.close()


def test_how_a_tag_was_written_leaves_it_too(visiting: Visiting, tmp_path: Path) -> None:
    zoe, now = visiting.sender("Zoe"), visiting.now
    visiting.discussion.tag_post(zoe, "1", SECRET.title(), now)
    visiting.discussion.untag_post(zoe, "1", SECRET, now + timedelta(minutes=1))
    assert visiting.tweets.empty_log()
    assert SECRET.title().encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_it_is_tried_again_until_nobody_is_in_the_way(visiting: Visiting, tmp_path: Path) -> None:
    visiting.say("Zoe", SECRET)
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM comments").fetchall()
        visiting.discussion.moderate_comment("c3", NOON)
        assert not visiting.tweets.empty_log()
        assert in_files(tmp_path)
        assert not visiting.tweets.empty_log()
    assert visiting.tweets.empty_log()
    assert not in_files(tmp_path)
    with visiting.tweets._writer.connect() as connection:
        cursor = connection.connection.cursor()
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (BUSY_TIMEOUT,)


def test_what_is_deleted_meanwhile_is_not_forgotten(
    visiting: Visiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[bool] = []
    empty = log_words.empty

    def slow(*given: object) -> bool:
        emptied.append(empty(*given))  # type: ignore[arg-type]
        if len(emptied) == 1:
            moderate_comment(visiting)
        return emptied[-1]

    monkeypatch.setattr(log_words, "empty", slow)
    delete_post(visiting)
    assert visiting.tweets.empty_log()
    assert in_files(tmp_path)
    assert visiting.tweets.empty_log()
    assert not in_files(tmp_path)
    assert visiting.tweets.empty_log()
    assert emptied == [True, True], "nothing to do, the third time"


def test_a_delete_of_what_nobody_has_heard_of_leaves_no_words(visiting: Visiting) -> None:
    visiting.tweets.save([Tombstone("99")])
    with visiting.tweets.reading() as connection:
        assert log_words.times_left(connection) is None
