"""Deleted words leave the write-ahead log, whoever deleted them and whoever is in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from tests.tweet_store.databases import file_of, holds, on_sqlite
from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import NOON, tweet
from tweet_store import log_words
from tweet_store.database import BUSY_TIMEOUT
from tweet_store.model import Tombstone

SECRET = "unsayable"

pytestmark = on_sqlite


def in_files(visiting: Visiting, words: str = SECRET) -> bool:
    """While the store is open."""
    return holds(visiting.url, words)


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
    visiting: Visiting, delete: Callable[[Visiting], None]
) -> None:
    reader = Visiting(visiting.url)
    delete(visiting)
    assert in_files(visiting)
    assert reader.tweets.empty_log()
    assert not in_files(visiting)
    reader.close()


def test_how_a_tag_was_written_leaves_it_too(visiting: Visiting) -> None:
    zoe, now = visiting.sender("Zoe"), visiting.now
    visiting.discussion.tag_post(zoe, "1", SECRET.title(), now)
    visiting.discussion.untag_post(zoe, "1", SECRET, now + timedelta(minutes=1))
    assert visiting.tweets.empty_log()
    assert not in_files(visiting, SECRET.title())


def test_it_is_tried_again_until_nobody_is_in_the_way(visiting: Visiting) -> None:
    visiting.say("Zoe", SECRET)
    with closing(sqlite3.connect(file_of(visiting.url), isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM comments").fetchall()
        visiting.discussion.moderate_comment("c3", NOON)
        assert not visiting.tweets.empty_log()
        assert in_files(visiting)
        assert not visiting.tweets.empty_log()
    assert visiting.tweets.empty_log()
    assert not in_files(visiting)
    with visiting.tweets._writer.connect() as connection:
        cursor = connection.connection.cursor()
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (BUSY_TIMEOUT,)


def test_what_is_deleted_meanwhile_is_not_forgotten(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
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
    assert in_files(visiting)
    assert visiting.tweets.empty_log()
    assert not in_files(visiting)
    assert visiting.tweets.empty_log()
    assert emptied == [True, True], "nothing to do, the third time"


def test_a_delete_of_what_nobody_has_heard_of_leaves_no_words(visiting: Visiting) -> None:
    visiting.tweets.save([Tombstone("99")])
    with visiting.tweets.reading() as connection:
        assert log_words.times_left(connection) is None
